#include "stagedoor/protocol/model/object_description.hpp"

#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/field_rules.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::string_view no_data = "No data provided";

json::array list_of(std::string_view text) {
  return {json::string(text)};
}

/// Adds texts to those that a key has already.
void append_errors(json::object& errors, std::string_view key,
                   const json::value& found) {
  auto& list = errors[key];
  if (list.is_null())
    list = json::array{};
  if (found.is_array() && list.is_array()) {
    auto& texts = list.get_array();
    texts.insert(texts.end(), found.get_array().begin(),
                 found.get_array().end());
  } else if (found.is_string() && list.is_array()) {
    list.get_array().push_back(found);
  } else {
    list = found;
  }
}

/// A null is no value that another row could have as well.
bool is_taken(const std::vector<std::string>& fields,
              const json::object& canonical,
              const validation_context& context) {
  return context.taken
         && std::none_of(fields.begin(), fields.end(),
                         [&](const auto& name) {
                           const auto* value = canonical.if_contains(name);
                           return value != nullptr && value->is_null();
                         })
         && context.taken(fields, canonical);
}

} // namespace

object_description& object_description::field(std::string name,
                                              stagedoor::field rules) {
  const auto found =
      std::find_if(fields_.begin(), fields_.end(),
                   [&](const auto& known) { return known.first == name; });
  if (found != fields_.end())
    found->second = std::move(rules);
  else
    fields_.emplace_back(std::move(name), std::move(rules));
  return *this;
}

object_description& object_description::check(object_check rule) {
  checks_.push_back(std::move(rule));
  return *this;
}

object_description&
object_description::unique_together(std::vector<std::string> names) {
  unique_sets_.push_back(std::move(names));
  return *this;
}

object_description& object_description::refuse_unknown_keys() {
  refuses_unknown_keys_ = true;
  return *this;
}

const stagedoor::field* object_description::find(std::string_view name) const {
  for (const auto& [known, rules] : fields_) {
    if (known == name)
      return &rules;
  }
  return nullptr;
}

bool object_description::is_in_unique_set(std::string_view name) const {
  return std::any_of(
      unique_sets_.begin(), unique_sets_.end(), [&](const auto& set) {
        return std::find(set.begin(), set.end(), name) != set.end();
      });
}

validation_result
object_description::validate(const json::value* body,
                             const validation_context& context) const {
  if (body == nullptr || body->is_null())
    return validation_result::errors_of_object(list_of(no_data));
  return validate_nested(*body, context);
}

validation_result
object_description::validate_many(const json::value* body,
                                  const validation_context& context) const {
  if (body == nullptr || body->is_null())
    return validation_result::errors_of_object(list_of(no_data));
  return stagedoor::field::object(*this).many().validate(body, context);
}

validation_result
object_description::validate_nested(const json::value& value,
                                    const validation_context& context) const {
  if (value.is_null())
    return validation_result::error(texts::not_null);
  if (const auto* object = value.if_object())
    return validate_fields(*object, context);
  std::string text = "Invalid data. Expected a dictionary, but got ";
  text += type_name(value);
  return validation_result::errors_of_object(list_of(text + '.'));
}

validation_result
object_description::validate_fields(const json::object& object,
                                    const validation_context& context) const {
  json::object canonical;
  json::object errors;
  canonical.reserve(fields_.size());
  for (const auto& [name, rules] : fields_) {
    const auto* value = object.if_contains(name);
    auto result = rules.validate(value, context);
    if (result.is_invalid()) {
      errors[name] = std::move(result.content);
    } else if (result.is_valid()) {
      canonical[name] = std::move(result.content);
      if (rules.rules().unique && is_taken({name}, canonical, context))
        errors[name] = list_of(taken_text(name));
    } else if (!context.partial && !rules.rules().read_only
               && is_in_unique_set(name)) {
      errors[name] = list_of(texts::required);
    }
  }
  if (refuses_unknown_keys_) {
    for (const auto& member : object) {
      if (find(member.key()) == nullptr)
        errors[member.key()] = list_of("Unexpected field.");
    }
  }
  if (errors.empty())
    errors = check_unique_sets(canonical, context);
  if (errors.empty())
    errors = check_object(canonical);
  if (!errors.empty())
    return validation_result::errors(std::move(errors));
  return validation_result::valid(std::move(canonical));
}

std::string object_description::taken_text(std::string_view field) const {
  std::string label{field};
  std::replace(label.begin(), label.end(), '_', ' ');
  return name_ + " with this " + label + " already exists.";
}

json::object
object_description::check_unique_sets(const json::object& canonical,
                                      const validation_context& context) const {
  json::array texts;
  for (const auto& set : unique_sets_) {
    if (!is_taken(set, canonical, context))
      continue;
    std::string text = "The fields ";
    for (const auto& name : set)
      text.append(&name == &set.front() ? "" : ", ").append(name);
    texts.emplace_back(text + " must make a unique set.");
  }
  json::object errors;
  if (!texts.empty())
    errors[non_field_errors] = std::move(texts);
  return errors;
}

json::object
object_description::check_object(const json::object& canonical) const {
  json::object errors;
  for (const auto& rule : checks_) {
    const auto found = rule(canonical);
    if (found.is_null())
      continue;
    if (const auto* by_key = found.if_object()) {
      for (const auto& member : *by_key)
        append_errors(errors, member.key(), member.value());
    } else {
      append_errors(errors, non_field_errors, found);
    }
  }
  return errors;
}

json::object object_description::shown(const json::object& canonical) const {
  json::object result;
  for (const auto& [name, rules] : fields_) {
    const auto* value = canonical.if_contains(name);
    if (value != nullptr && !rules.rules().write_only)
      result[name] = *value;
  }
  return result;
}

} // namespace stagedoor
