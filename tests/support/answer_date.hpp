#pragma once

#include <array>
#include <cmath>
#include <ctime>
#include <string>
#include <string_view>

namespace stagedoor::test {

/// Replaces the value of the header `Date` of an answer with `now`, so that
/// answers can be compared as a whole. Any value but the present time is left
/// as it is.
inline std::string with_date_checked(std::string answer) {
  constexpr std::string_view name = "\r\nDate: ";
  constexpr auto* form = "%a, %d %b %Y %H:%M:%S GMT";
  const auto head = answer.substr(0, answer.find("\r\n\r\n"));
  const auto begin = head.find(name);
  if (begin == std::string::npos)
    return answer;
  const auto from = begin + name.size();
  const auto value = head.substr(from, head.find("\r\n", from) - from);
  std::tm parts{};
  const auto* end = strptime(value.c_str(), form, &parts);
  if (end == nullptr || *end != '\0')
    return answer;
  // Also the day of the week has to be right, and every number has two digits.
  const auto when = timegm(&parts);
  std::array<char, 64> again{};
  std::strftime(again.data(), again.size(), form, gmtime(&when));
  constexpr double seconds_max = 60;
  if (value == again.data()
      && std::abs(std::difftime(std::time(nullptr), when)) < seconds_max)
    answer.replace(from, value.size(), "now");
  return answer;
}

} // namespace stagedoor::test
