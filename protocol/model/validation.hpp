#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// Tells whether the store holds a row: the name of its model, the name of the
/// field by which it is looked up (`pk` for the primary key), and the value of
/// that field in its canonical form.
using row_exists = std::function<bool(
    std::string_view model, std::string_view by, const json::value& key)>;

/// Tells whether another row has the same values in all of these fields. The
/// object has them in their canonical form, except those that a partial update
/// leaves as they are.
using values_taken = std::function<bool(const std::vector<std::string>& fields,
                                        const json::object& canonical)>;

/// What a validation needs to know besides the value.
struct validation_context {
  /// True for `partial_update`: keys that are absent stay absent.
  bool partial = false;
  /// Asked for each reference. Without it, every row exists.
  row_exists exists = {};
  /// Asked for each unique field and each unique set of fields of the object
  /// itself. Without it, no values are taken.
  values_taken taken = {};
};

/// The key of errors that belong to no field.
inline constexpr std::string_view non_field_errors = "non_field_errors";

/// The outcome of the validation of one value.
struct validation_result {
  enum class outcome : std::uint8_t { valid, absent, invalid };

  outcome kind = outcome::absent;
  /// The value in its canonical form if it is valid, which is how a reply shows
  /// it. If it is invalid, the errors: a list of texts, or an object or list
  /// that holds such lists where the values are inside of another. Null if it
  /// is absent.
  json::value content = nullptr;

  static validation_result valid(json::value canonical) {
    return {outcome::valid, std::move(canonical)};
  }
  static validation_result absent() { return {}; }
  static validation_result errors(json::value content) {
    return {outcome::invalid, std::move(content)};
  }
  static validation_result error(std::string_view text) {
    return errors(json::array{json::string(text)});
  }
  /// Texts about the whole object, not one field of it.
  static validation_result errors_of_object(json::array texts) {
    return errors(json::object{{non_field_errors, std::move(texts)}});
  }

  [[nodiscard]] bool is_valid() const { return kind == outcome::valid; }
  [[nodiscard]] bool is_absent() const { return kind == outcome::absent; }
  [[nodiscard]] bool is_invalid() const { return kind == outcome::invalid; }
};

} // namespace stagedoor
