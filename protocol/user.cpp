#include "stagedoor/protocol/user.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

std::string spell_id(const json::value& id) {
  if (const auto* text = id.if_string())
    return std::string(*text);
  return id.is_int64() || id.is_uint64() ? to_json(id) : std::string{};
}

bool is_same_id(const json::value& left, const json::value& right) {
  const auto spelling = spell_id(left);
  return !spelling.empty() && spelling == spell_id(right);
}

caf::error load_user(user& x, const std::string& id,
                     const std::string& attributes) {
  auto parsed_id = parse_json(id, wire_depth_max);
  if (!parsed_id)
    return std::move(parsed_id.error());
  if (!parsed_id->is_null() && !parsed_id->is_string() && !parsed_id->is_int64()
      && !parsed_id->is_uint64())
    return make_error(errc::malformed_message,
                      "id of a user: no integer, string or null");
  auto parsed_attributes = parse_json(attributes, wire_depth_max);
  if (!parsed_attributes)
    return std::move(parsed_attributes.error());
  if (!parsed_attributes->is_object())
    return make_error(errc::malformed_message,
                      "attributes of a user: no object");
  x.id = std::move(*parsed_id);
  x.attributes = std::move(parsed_attributes->get_object());
  return caf::none;
}

} // namespace stagedoor
