#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace stagedoor {

namespace {

/// Calls `visit` with every trimmed item of `text` between `separator`s.
template <class Visit>
void split(std::string_view text, char separator, Visit visit) {
  while (true) {
    const auto end = text.find(separator);
    visit(trim(text.substr(0, end)));
    if (end == std::string_view::npos)
      return;
    text.remove_prefix(end + 1);
  }
}

} // namespace

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (auto& c : result)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::vector<std::string_view> header_values(const fields& headers,
                                            std::string_view name) {
  std::vector<std::string_view> result;
  for (const auto& [key, value] : headers)
    if (key == name)
      result.push_back(trim(value));
  return result;
}

fields parse_cookies(const fields& headers) {
  fields result;
  for (const auto& header : header_values(headers, "cookie"))
    split(header, ';', [&](std::string_view pair) {
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos)
        return;
      const auto name = trim(pair.substr(0, equals));
      auto value = trim(pair.substr(equals + 1));
      if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
        value = value.substr(1, value.size() - 2);
      if (!name.empty())
        result.emplace_back(name, value);
    });
  return result;
}

std::vector<std::string> parse_list(const fields& headers,
                                    std::string_view name) {
  std::vector<std::string> result;
  for (const auto& header : header_values(headers, name))
    split(header, ',', [&](std::string_view item) {
      if (!item.empty())
        result.emplace_back(item);
    });
  return result;
}

bool list_has_token(const fields& headers, std::string_view name,
                    std::string_view token) {
  const auto items = parse_list(headers, name);
  return std::any_of(items.begin(), items.end(), [&](const auto& item) {
    return lower_case(item) == token;
  });
}

std::string date_and_server(std::chrono::system_clock::time_point now) {
  // Names of our own: strftime writes those of the locale.
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  const auto two_digits = [](int number) {
    return std::string{static_cast<char>('0' + number / 10 % 10),
                       static_cast<char>('0' + number % 10)};
  };
  std::string result = "Date: ";
  result.append(days.at(static_cast<std::size_t>(parts.tm_wday))).append(", ");
  result.append(two_digits(parts.tm_mday)).append(" ");
  result.append(months.at(static_cast<std::size_t>(parts.tm_mon))).append(" ");
  result.append(std::to_string(1900 + parts.tm_year)).append(" ");
  result.append(two_digits(parts.tm_hour)).append(":");
  result.append(two_digits(parts.tm_min)).append(":");
  result.append(two_digits(parts.tm_sec));
  return result.append(" GMT\r\nServer: Stagedoor\r\n");
}

} // namespace stagedoor
