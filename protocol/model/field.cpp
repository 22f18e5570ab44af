#include "stagedoor/protocol/model/field.hpp"

#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/collection_fields.hpp"
#include "stagedoor/protocol/model/decimal.hpp"
#include "stagedoor/protocol/model/field_rules.hpp"
#include "stagedoor/protocol/model/number_fields.hpp"
#include "stagedoor/protocol/model/object_description.hpp"
#include "stagedoor/protocol/model/reference_fields.hpp"
#include "stagedoor/protocol/model/text_fields.hpp"
#include "stagedoor/protocol/model/time_fields.hpp"

#include <cmath>
#include <utility>

namespace stagedoor {

namespace {

bool is_text(field_kind kind) {
  return kind <= field_kind::ip_address;
}

bool is_blank(const json::value& value) {
  const auto* text = value.if_string();
  return text != nullptr && trimmed(*text).empty();
}

/// Appends the errors of a canonical value: first those of the field's own
/// rules, then those of its kind.
void check_canonical(const field_rules& rules, const json::value& value,
                     json::array& errors) {
  for (const auto& check : rules.checks) {
    if (const auto text = check(value); !text.empty())
      errors.emplace_back(json::string(text));
  }
  switch (rules.kind) {
  case field_kind::integer:
  case field_kind::floating:
  case field_kind::decimal:
    return check_number(rules, value, errors);
  case field_kind::duration:
    return check_duration(rules, value.get_string(), errors);
  case field_kind::list:
    return check_items(rules, value.get_array().size(), errors);
  default:
    if (is_text(rules.kind))
      check_text(rules, value.get_string(), errors);
  }
}

/// Replaces the canonical form by the one that this field is shown in.
validation_result shown(const field_rules& rules, json::value canonical) {
  if (rules.kind == field_kind::decimal && rules.as_number) {
    const auto number = decimal::parse(canonical.get_string());
    canonical = number.value_or(decimal{}).to_double();
  } else if (rules.kind == field_kind::uuid) {
    canonical = shown_uuid(rules.form, canonical.get_string());
  }
  return validation_result::valid(std::move(canonical));
}

/// What stands for an absent key.
validation_result absent_value(const field_rules& rules,
                               const validation_context& context) {
  if (context.partial)
    return validation_result::absent();
  if (rules.default_value)
    return validation_result::valid(*rules.default_value);
  return rules.required ? validation_result::error(texts::required)
                        : validation_result::absent();
}

} // namespace

validation_result to_canonical(const field_rules& rules,
                               const json::value& value,
                               const validation_context& context) {
  switch (rules.kind) {
  case field_kind::text:
  case field_kind::slug:
  case field_kind::regex:
  case field_kind::email:
  case field_kind::url:
  case field_kind::ip_address:
    return to_canonical_text(rules, value);
  case field_kind::uuid:
    if (const auto uuid = read_uuid(value))
      return validation_result::valid(json::string(write_uuid(*uuid)));
    return validation_result::error("Must be a valid UUID.");
  case field_kind::integer:
    return to_canonical_integer(rules, value);
  case field_kind::floating:
    return to_canonical_float(rules, value);
  case field_kind::decimal:
    return to_canonical_decimal(rules, value);
  case field_kind::boolean:
    return to_canonical_boolean(rules, value);
  case field_kind::date:
  case field_kind::time:
  case field_kind::date_time:
  case field_kind::duration:
    return to_canonical_time(rules, value);
  case field_kind::choice:
    return to_canonical_choice(rules, value);
  case field_kind::multiple_choice:
    return to_canonical_choices(rules, value);
  case field_kind::list:
    return to_canonical_list(rules, value, context);
  case field_kind::dictionary:
    return to_canonical_dictionary(rules, value, context);
  case field_kind::json_text:
    return to_canonical_json_text(value);
  case field_kind::reference:
    return to_canonical_reference(rules, value, context);
  case field_kind::object:
    return to_canonical_object(rules, value, context);
  case field_kind::json:
  case field_kind::anything:
    break;
  }
  return validation_result::valid(value);
}

field::field(field_rules rules)
    : rules_(std::make_shared<const field_rules>(std::move(rules))) {}

template <class Change>
field field::with(Change change) const {
  auto rules = *rules_;
  change(rules);
  return field{std::move(rules)};
}

validation_result field::validate(const json::value* value,
                                  const validation_context& context) const {
  const auto& rules = *rules_;
  if (rules.read_only)
    return validation_result::absent();
  if (value == nullptr)
    return absent_value(rules, context);
  const bool is_empty = value->is_string() && value->get_string().empty();
  if (is_text(rules.kind)
      && (is_empty || (!rules.keeps_whitespace && is_blank(*value))))
    return rules.may_be_blank
               ? validation_result::valid(json::string{})
               : validation_result::error("This field may not be blank.");
  // An empty text stands for null where forms have no other way to say it.
  const bool is_null =
      value->is_null()
      || (rules.kind == field_kind::reference && !rules.many && is_empty)
      || (rules.kind == field_kind::decimal && rules.nullable
          && is_blank(*value));
  if (is_null)
    return rules.nullable ? validation_result::valid(nullptr)
                          : validation_result::error(texts::not_null);
  auto result = to_canonical(rules, *value, context);
  if (!result.is_valid() || result.content.is_null())
    return result;
  json::array errors;
  check_canonical(rules, result.content, errors);
  if (errors.empty())
    return shown(rules, std::move(result.content));
  if (rules.kind == field_kind::object)
    return validation_result::errors_of_object(std::move(errors));
  return validation_result::errors(std::move(errors));
}

field field::optional() const {
  return with([](auto& rules) { rules.required = false; });
}

field field::nullable() const {
  return with([](auto& rules) { rules.nullable = true; });
}

field field::may_be_blank() const {
  return with([](auto& rules) { rules.may_be_blank = true; });
}

field field::by_default(json::value value) const {
  return with([&](auto& rules) {
    rules.required = false;
    rules.default_value = std::move(value);
  });
}

field field::read_only() const {
  return with([](auto& rules) { rules.read_only = true; });
}

field field::write_only() const {
  return with([](auto& rules) { rules.write_only = true; });
}

field field::unique() const {
  return with([](auto& rules) { rules.unique = true; });
}

field field::filled_with(server_value value) const {
  return read_only().with([&](auto& rules) { rules.filled_with = value; });
}

field field::length(std::size_t min, std::size_t max) const {
  return length_min(min).length_max(max);
}

field field::length_min(std::size_t min) const {
  return with([&](auto& rules) { rules.size_min = min; });
}

field field::length_max(std::size_t max) const {
  return with([&](auto& rules) { rules.size_max = max; });
}

field field::keep_whitespace() const {
  return with([](auto& rules) { rules.keeps_whitespace = true; });
}

field field::any_language() const {
  return with([](auto& rules) { rules.any_language = true; });
}

field field::between(json::value least, json::value most) const {
  return at_least(std::move(least)).at_most(std::move(most));
}

field field::at_least(json::value least) const {
  return with([&](auto& rules) { rules.least = std::move(least); });
}

field field::at_most(json::value most) const {
  return with([&](auto& rules) { rules.most = std::move(most); });
}

field field::as_wide_as(integer_width width) const {
  return with([&](auto& rules) { rules.width = width; });
}

field field::as_number() const {
  return with([](auto& rules) { rules.as_number = true; });
}

field field::shown_as(uuid_form form) const {
  return with([&](auto& rules) { rules.form = form; });
}

field field::in_zone(std::chrono::minutes offset) const {
  return with([&](auto& rules) { rules.zone = offset; });
}

field field::not_empty() const {
  return with([](auto& rules) { rules.may_be_empty = false; });
}

field field::by(std::string other_field) const {
  return with([&](auto& rules) { rules.by = std::move(other_field); });
}

field field::with_key(const field& key) const {
  return with(
      [&](auto& rules) { rules.child = std::make_shared<const field>(key); });
}

field field::many() const {
  return with([](auto& rules) { rules.many = true; });
}

field field::check(field_check rule) const {
  return with([&](auto& rules) { rules.checks.push_back(std::move(rule)); });
}

} // namespace stagedoor
