#pragma once

#include "stagedoor/protocol/model/field.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// A rule of one's own about a whole object, which it gets in canonical form
/// once all of its fields are valid. It returns null if it has no objection. A
/// text or a list of texts goes to `non_field_errors`, and an object says for
/// each key what is wrong there.
using object_check = std::function<boost::json::value(const json::object&)>;

/// The fields of an object in their order, which is also the order of the keys
/// in replies and errors, and the rules about several fields at once.
/// Thread rule: may be used from any thread once it is complete.
class object_description {
public:
  using named_field = std::pair<std::string, stagedoor::field>;

  explicit object_description(std::string name = {}) : name_(std::move(name)) {}

  /// Adds a field, or replaces the one of that name.
  object_description& field(std::string name, stagedoor::field rules);

  object_description& check(object_check rule);

  /// No two rows have the same values in all of these fields. The store sees to
  /// it; here, it makes these fields required.
  object_description& unique_together(std::vector<std::string> names);

  /// Answers `Unexpected field.` to keys that the description does not have.
  /// They are ignored otherwise.
  object_description& refuse_unknown_keys();

  /// Validates the body of a message.
  /// @param body null if there is none.
  [[nodiscard]] validation_result
  validate(const json::value* body,
           const validation_context& context = {}) const;

  /// Validates a body that is a list of objects.
  [[nodiscard]] validation_result
  validate_many(const json::value* body,
                const validation_context& context = {}) const;

  /// Validates a value inside of another one, where the texts for a value that
  /// is no object are others.
  [[nodiscard]] validation_result
  validate_nested(const json::value& value,
                  const validation_context& context) const;

  /// Returns the object as clients see it: in the order of the fields, and
  /// without those that are write-only or not described.
  [[nodiscard]] json::object shown(const json::object& canonical) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<named_field>& fields() const {
    return fields_;
  }
  [[nodiscard]] const std::vector<std::vector<std::string>>&
  unique_sets() const {
    return unique_sets_;
  }
  /// What a client is told whose value of a unique field another row has.
  [[nodiscard]] std::string taken_text(std::string_view field) const;
  /// Returns null if there is no field of that name.
  [[nodiscard]] const stagedoor::field* find(std::string_view name) const;

private:
  [[nodiscard]] validation_result
  validate_fields(const json::object& object,
                  const validation_context& context) const;
  [[nodiscard]] json::object
  check_unique_sets(const json::object& canonical,
                    const validation_context& context) const;
  [[nodiscard]] json::object check_object(const json::object& canonical) const;
  [[nodiscard]] bool is_in_unique_set(std::string_view name) const;

  std::string name_;
  std::vector<named_field> fields_;
  std::vector<object_check> checks_;
  std::vector<std::vector<std::string>> unique_sets_;
  bool refuses_unknown_keys_ = false;
};

} // namespace stagedoor
