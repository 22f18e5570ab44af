#include "stagedoor/protocol/salvage.hpp"

#include <algorithm>
#include <cstddef>

namespace stagedoor {

namespace {

constexpr std::string_view blanks = " \t\r\n";

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text;
}

/// The string at the front of a text, with its quotes; empty if it has no end.
std::string_view front_string(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i)
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      return text.substr(0, i + 1);
  return {};
}

bool spells_request_id(std::string_view key) {
  if (key.find('\\') == std::string_view::npos)
    return key == R"("request_id")";
  const auto parsed = parse_json(key, 1);
  return parsed && parsed->is_string() && parsed->get_string() == "request_id";
}

/// The value at the front of a text; nothing if it is no valid `request_id`.
std::optional<json::value> front_request_id(std::string_view text,
                                            const limits& limits) {
  const auto token = text.starts_with('"')
                         ? front_string(text)
                         : text.substr(0, text.find_first_of(",}] \t\r\n"));
  auto parsed = parse_json(token, 1);
  if (!parsed)
    return std::nullopt;
  if (const auto* id = parsed->if_string();
      id != nullptr && id->size() > limits.request_id_bytes_max)
    return std::nullopt;
  if (parsed->is_string() || parsed->is_int64() || parsed->is_uint64()
      || parsed->is_null())
    return std::move(*parsed);
  return std::nullopt;
}

} // namespace

std::optional<json::value> salvaged_request_id(std::string_view payload,
                                               const limits& limits) {
  std::optional<json::value> result;
  auto rest = without_blanks(payload);
  if (!rest.starts_with('{'))
    return result;
  std::size_t depth = 0;
  while (!rest.empty()) {
    const auto c = rest.front();
    if (c == '"') {
      const auto text = front_string(rest);
      if (text.empty())
        break;
      rest.remove_prefix(text.size());
      const auto behind = without_blanks(rest);
      if (depth == 1 && behind.starts_with(':') && spells_request_id(text))
        result = front_request_id(without_blanks(behind.substr(1)), limits);
      continue;
    }
    if (c == '{' || c == '[')
      ++depth;
    else if ((c == '}' || c == ']') && --depth == 0)
      break;
    rest.remove_prefix(1);
  }
  return result;
}

} // namespace stagedoor
