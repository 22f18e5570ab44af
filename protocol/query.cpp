#include "stagedoor/protocol/query.hpp"

#include "stagedoor/protocol/utf8.hpp"

#include <algorithm>
#include <string>

namespace stagedoor {

namespace {

/// The value of a hexadecimal digit, or -1.
int value_of(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

std::string decode(std::string_view text) {
  std::string result;
  for (; !text.empty(); text.remove_prefix(1)) {
    const auto byte = escaped_byte(text);
    if (byte >= 0) {
      result += static_cast<char>(byte);
      text.remove_prefix(2);
    } else {
      result += text.front() == '+' ? ' ' : text.front();
    }
  }
  return result;
}

void mend(std::string& text) {
  if (!is_utf8(text))
    text = mended_utf8(text);
}

} // namespace

int escaped_byte(std::string_view text) {
  if (text.size() < 3 || text.front() != '%')
    return -1;
  const auto high = value_of(text[1]);
  const auto low = value_of(text[2]);
  return high < 0 || low < 0 ? -1 : 16 * high + low;
}

fields decode_query(std::string_view query) {
  fields result;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    if (pair.empty())
      continue;
    const auto name = pair.substr(0, pair.find('='));
    const auto value = pair.substr(std::min(name.size() + 1, pair.size()));
    result.emplace_back(decode(name), decode(value));
  }
  return result;
}

fields query_of_route(std::string_view route) {
  const auto path_bytes = std::min(route.find('?'), route.size());
  auto result =
      decode_query(route.substr(std::min(path_bytes + 1, route.size())));
  for (auto& [name, value] : result) {
    mend(name);
    mend(value);
  }
  return result;
}

} // namespace stagedoor
