#include "stagedoor/protocol/model/collection_fields.hpp"

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/json/spelling.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// The errors of the children by index or key; the bad ones only.
class child_errors {
public:
  void add(std::string_view key, json::value errors) {
    errors_[key] = std::move(errors);
  }
  validation_result or_valid(json::value canonical) && {
    if (errors_.empty())
      return validation_result::valid(std::move(canonical));
    return validation_result::errors(std::move(errors_));
  }

private:
  json::object errors_;
};

validation_result validate_child(const field_rules& rules,
                                 const json::value& value,
                                 const validation_context& context) {
  return rules.child ? rules.child->validate(&value, context)
                     : validation_result::valid(value);
}

} // namespace

std::string not_a_collection(std::string_view expected,
                             const json::value& value) {
  std::string text = "Expected a ";
  text += expected;
  text += " of items but got type \"";
  text += type_name(value);
  text += "\".";
  return text;
}

std::optional<json::array> items_of(const json::value& value) {
  if (const auto* list = value.if_array())
    return *list;
  const auto* object = value.if_object();
  if (!object)
    return std::nullopt;
  json::array keys;
  for (const auto& member : *object)
    keys.emplace_back(member.key());
  return keys;
}

validation_result to_canonical_choice(const field_rules& rules,
                                      const json::value& value) {
  const auto text = spelled(value);
  if (value.is_string() && text.empty() && rules.may_be_blank)
    return validation_result::valid(value);
  const auto& choices = rules.choices;
  // Of two choices with the same text, the last one counts.
  const auto found =
      std::find_if(choices.rbegin(), choices.rend(),
                   [&](const auto& choice) { return spelled(choice) == text; });
  if (found == choices.rend())
    return validation_result::error('"' + text + "\" is not a valid choice.");
  return validation_result::valid(*found);
}

validation_result to_canonical_choices(const field_rules& rules,
                                       const json::value& value) {
  const auto items = items_of(value);
  if (!items)
    return validation_result::error(not_a_collection("list", value));
  if (items->empty() && !rules.may_be_empty)
    return validation_result::error("This selection may not be empty.");
  json::array chosen;
  for (const auto& item : *items) {
    auto choice = to_canonical_choice(rules, item);
    if (!choice.is_valid())
      return choice;
    if (std::find(chosen.begin(), chosen.end(), choice.content) == chosen.end())
      chosen.push_back(std::move(choice.content));
  }
  return validation_result::valid(std::move(chosen));
}

validation_result to_canonical_list(const field_rules& rules,
                                    const json::value& value,
                                    const validation_context& context) {
  const auto* list = value.if_array();
  if (!list)
    return validation_result::error(not_a_collection("list", value));
  if (list->empty() && !rules.may_be_empty)
    return validation_result::error(empty_list);
  json::array canonical;
  child_errors errors;
  for (std::size_t i = 0; i < list->size(); ++i) {
    auto child = validate_child(rules, (*list)[i], context);
    if (child.is_invalid())
      errors.add(std::to_string(i), std::move(child.content));
    else if (child.is_valid())
      canonical.push_back(std::move(child.content));
  }
  return std::move(errors).or_valid(std::move(canonical));
}

validation_result to_canonical_dictionary(const field_rules& rules,
                                          const json::value& value,
                                          const validation_context& context) {
  const auto* object = value.if_object();
  if (!object)
    return validation_result::error(not_a_collection("dictionary", value));
  if (object->empty() && !rules.may_be_empty)
    return validation_result::error("This dictionary may not be empty.");
  json::object canonical;
  child_errors errors;
  for (const auto& member : *object) {
    auto child = validate_child(rules, member.value(), context);
    if (child.is_invalid())
      errors.add(member.key(), std::move(child.content));
    else if (child.is_valid())
      canonical.emplace(member.key(), std::move(child.content));
  }
  return std::move(errors).or_valid(std::move(canonical));
}

validation_result to_canonical_json_text(const json::value& value) {
  if (const auto* text = value.if_string()) {
    if (const auto parsed = parse_json(*text, wire_depth_max))
      return validation_result::valid(json::string(to_json(*parsed)));
  }
  return validation_result::error("Value must be valid JSON.");
}

void check_items(const field_rules& rules, std::size_t items,
                 json::array& errors) {
  if (rules.size_max && items > *rules.size_max)
    errors.emplace_back(json::string("Ensure this field has no more than "
                                     + std::to_string(*rules.size_max)
                                     + " elements."));
  if (rules.size_min && items < *rules.size_min)
    errors.emplace_back(json::string("Ensure this field has at least "
                                     + std::to_string(*rules.size_min)
                                     + " elements."));
}

} // namespace stagedoor
