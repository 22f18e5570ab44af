#include "stagedoor/protocol/model/field_kinds.hpp"

#include "stagedoor/protocol/model/field_rules.hpp"
#include "stagedoor/protocol/model/object_description.hpp"

#include <stdexcept>
#include <utility>

namespace stagedoor {

namespace {

using any_value = boost::json::value;

field_rules rules_of(field_kind kind) {
  return {.kind = kind};
}

} // namespace

field field_kinds::text() {
  return field{rules_of(field_kind::text)};
}

field field_kinds::slug() {
  return field{rules_of(field_kind::slug)};
}

field field_kinds::regex(std::string_view pattern) {
  RE2::Options options;
  options.set_log_errors(false);
  auto rules = rules_of(field_kind::regex);
  const auto compiled = std::make_shared<const RE2>(
      re2::StringPiece{pattern.data(), pattern.size()}, options);
  if (!compiled->ok())
    throw std::invalid_argument("the pattern of a field: " + compiled->error());
  rules.pattern = compiled;
  return field{std::move(rules)};
}

field field_kinds::email() {
  return field{rules_of(field_kind::email)};
}

field field_kinds::url() {
  return field{rules_of(field_kind::url)};
}

field field_kinds::uuid() {
  return field{rules_of(field_kind::uuid)};
}

field field_kinds::ip_address(ip_version version) {
  return field{{.kind = field_kind::ip_address, .version = version}};
}

field field_kinds::integer(integer_width width) {
  return field{{.kind = field_kind::integer, .width = width}};
}

field field_kinds::floating() {
  return field{rules_of(field_kind::floating)};
}

field field_kinds::decimal(std::optional<std::size_t> digits_max,
                           std::optional<std::size_t> places) {
  if (digits_max && places && *digits_max < *places)
    throw std::invalid_argument(
        "a decimal has more places than digits in total");
  return field{{.kind = field_kind::decimal,
                .digits_max = digits_max,
                .places = places}};
}

field field_kinds::boolean() {
  return field{rules_of(field_kind::boolean)};
}

field field_kinds::date() {
  return field{rules_of(field_kind::date)};
}

field field_kinds::time() {
  return field{rules_of(field_kind::time)};
}

field field_kinds::date_time() {
  return field{rules_of(field_kind::date_time)};
}

field field_kinds::duration() {
  return field{rules_of(field_kind::duration)};
}

field field_kinds::choice(std::vector<any_value> choices) {
  return field{{.kind = field_kind::choice, .choices = std::move(choices)}};
}

field field_kinds::multiple_choice(std::vector<any_value> choices) {
  return field{
      {.kind = field_kind::multiple_choice, .choices = std::move(choices)}};
}

field field_kinds::list(field child) {
  return field{{.kind = field_kind::list,
                .child = std::make_shared<const field>(std::move(child))}};
}

field field_kinds::list() {
  return field{rules_of(field_kind::list)};
}

field field_kinds::dictionary(field child) {
  return field{{.kind = field_kind::dictionary,
                .child = std::make_shared<const field>(std::move(child))}};
}

field field_kinds::dictionary() {
  return field{rules_of(field_kind::dictionary)};
}

field field_kinds::json() {
  return field{rules_of(field_kind::json)};
}

field field_kinds::json_text() {
  return field{rules_of(field_kind::json_text)};
}

field field_kinds::anything() {
  return field{{.kind = field_kind::anything, .nullable = true}};
}

field field_kinds::reference(std::string model, key_type key) {
  return field{
      {.kind = field_kind::reference, .model = std::move(model), .key = key}};
}

field field_kinds::object(object_description description) {
  return field{{.kind = field_kind::object,
                .object = std::make_shared<const object_description>(
                    std::move(description))}};
}

} // namespace stagedoor
