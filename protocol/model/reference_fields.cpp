#include "stagedoor/protocol/model/reference_fields.hpp"

#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/collection_fields.hpp"
#include "stagedoor/protocol/model/number_fields.hpp"
#include "stagedoor/protocol/model/object_description.hpp"
#include "stagedoor/protocol/model/text_fields.hpp"

#include <cmath>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::string_view primary_key = "pk";

validation_result wrong_type(const field_rules& rules,
                             const json::value& value) {
  if (rules.by != primary_key)
    return validation_result::error("Invalid value.");
  std::string text = "Incorrect type. Expected pk value, received ";
  text += type_name(value);
  return validation_result::error(text + '.');
}

validation_result no_such_row(const field_rules& rules,
                              const json::value& value) {
  if (rules.by == primary_key)
    return validation_result::error("Invalid pk \"" + spelled(value)
                                    + "\" - object does not exist.");
  return validation_result::error("Object with " + rules.by + '='
                                  + spelled(value) + " does not exist.");
}

/// Reads the key of a row.
/// @returns valid with null where no row can have this key.
validation_result read_integer_key(const field_rules& rules,
                                   const json::value& value) {
  if (value.is_int64() || value.is_uint64())
    return validation_result::valid(value);
  if (const auto* real = value.if_double()) {
    // Python cuts 1.5 to 1. Here, a number never becomes another one.
    const bool is_integer = std::trunc(*real) == *real;
    constexpr double integers_end = 9'223'372'036'854'775'808.0;
    if (!is_integer || std::abs(*real) >= integers_end)
      return validation_result::valid(nullptr);
    return validation_result::valid(static_cast<std::int64_t>(*real));
  }
  const auto* text = value.if_string();
  auto key = text ? read_integer(*text) : json::value{};
  if (key.is_null())
    return wrong_type(rules, value);
  return validation_result::valid(key.is_double() ? json::value{}
                                                  : std::move(key));
}

validation_result read_key(const field_rules& rules, const json::value& value) {
  if (value.is_null())
    return validation_result::valid(nullptr);
  switch (rules.key) {
  case key_type::integer:
    return read_integer_key(rules, value);
  case key_type::text:
    return validation_result::valid(json::string(spelled(value)));
  case key_type::uuid:
    break;
  }
  if (const auto uuid = read_uuid(value))
    return validation_result::valid(json::string(write_uuid(*uuid)));
  return validation_result::error("“" + spelled(value)
                                  + "” is not a valid UUID.");
}

validation_result find_row(const field_rules& rules, const json::value& given,
                           const validation_context& context) {
  json::value value = given;
  if (rules.child) {
    auto key = to_canonical(rules.child->rules(), given, context);
    if (!key.is_valid())
      return key;
    value = std::move(key.content);
  }
  if (value.is_bool() && rules.by == primary_key)
    return wrong_type(rules, value);
  auto key = read_key(rules, value);
  if (!key.is_valid())
    return key;
  const bool exists =
      !key.content.is_null()
      && (!context.exists
          || context.exists(rules.model, rules.by, key.content));
  return exists ? std::move(key) : no_such_row(rules, value);
}

validation_result to_canonical_objects(const field_rules& rules,
                                       const json::value& value,
                                       const validation_context& context) {
  const auto* list = value.if_array();
  if (!list)
    return validation_result::errors_of_object(
        {json::string(not_a_collection("list", value))});
  if (list->empty() && !rules.may_be_empty)
    return validation_result::errors_of_object({json::string(empty_list)});
  json::array size_errors;
  check_items(rules, list->size(), size_errors);
  if (!size_errors.empty())
    return validation_result::errors_of_object({std::move(size_errors[0])});
  json::array canonical;
  json::array errors;
  bool has_errors = false;
  for (const auto& item : *list) {
    auto child = rules.object->validate_nested(item, context);
    has_errors = has_errors || child.is_invalid();
    errors.push_back(child.is_invalid() ? std::move(child.content)
                                        : json::value(json::object{}));
    if (child.is_valid())
      canonical.push_back(std::move(child.content));
  }
  return has_errors ? validation_result::errors(std::move(errors))
                    : validation_result::valid(std::move(canonical));
}

} // namespace

validation_result to_canonical_reference(const field_rules& rules,
                                         const json::value& value,
                                         const validation_context& context) {
  if (!rules.many)
    return find_row(rules, value, context);
  const auto items = items_of(value);
  if (!items)
    return validation_result::error(not_a_collection("list", value));
  if (items->empty() && !rules.may_be_empty)
    return validation_result::error(empty_list);
  json::array keys;
  for (const auto& item : *items) {
    auto key = find_row(rules, item, context);
    if (!key.is_valid())
      return key;
    keys.push_back(std::move(key.content));
  }
  return validation_result::valid(std::move(keys));
}

validation_result to_canonical_object(const field_rules& rules,
                                      const json::value& value,
                                      const validation_context& context) {
  // An object inside of a row is no row.
  auto inner = context;
  inner.taken = {};
  return rules.many ? to_canonical_objects(rules, value, inner)
                    : rules.object->validate_nested(value, inner);
}

} // namespace stagedoor
