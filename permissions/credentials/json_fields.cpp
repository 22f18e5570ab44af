#include "stagedoor/permissions/credentials/json_fields.hpp"

namespace stagedoor {

complaint about(std::string_view key, std::string_view problem) {
  return std::string("\"").append(key).append("\" ").append(problem);
}

complaint read_text(std::string_view key, const json::value& value,
                    std::string& out) {
  const auto* text = value.if_string();
  if (text == nullptr || text->empty())
    return about(key, "must be a non-empty string");
  out.assign(text->data(), text->size());
  return {};
}

complaint read_flag(std::string_view key, const json::value& value, bool& out) {
  if (!value.is_bool())
    return about(key, "must be true or false");
  out = value.get_bool();
  return {};
}

complaint read_texts(std::string_view key, const json::value& value,
                     std::vector<std::string>& out) {
  constexpr std::string_view problem = "must be a list of non-empty strings";
  if (!value.is_array())
    return about(key, problem);
  for (const auto& item : value.get_array())
    if (!read_text(key, item, out.emplace_back()).empty())
      return about(key, problem);
  return {};
}

complaint read_id(std::string_view key, const json::value& value,
                  json::value& out) {
  const bool is_integer = value.is_int64() || value.is_uint64();
  const auto* text = value.if_string();
  if (!is_integer && (text == nullptr || text->empty()))
    return about(key, "must be an integer or a non-empty string");
  out = value;
  return {};
}

} // namespace stagedoor
