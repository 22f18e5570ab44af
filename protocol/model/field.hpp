#pragma once

#include "stagedoor/protocol/model/field_kinds.hpp"
#include "stagedoor/protocol/model/validation.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace stagedoor {

struct field_rules;

/// A rule of one's own: returns why a value in its canonical form is refused,
/// or an empty text if it is not.
using field_check = std::function<std::string(const boost::json::value&)>;

/// One field of a model: what it takes, and in which words it refuses all else,
/// which are those of Django REST Framework 3.14. Each function below returns a
/// field with one more rule. Cheap to copy.
/// Thread rule: may be used from any thread.
class field : public field_kinds {
public:
  /// The key may be absent.
  [[nodiscard]] field optional() const;
  /// The value may be null.
  [[nodiscard]] field nullable() const;
  /// An empty text is taken, which is no text otherwise.
  [[nodiscard]] field may_be_blank() const;
  /// What an absent key stands for, in its canonical form.
  [[nodiscard]] field by_default(boost::json::value value) const;
  /// Clients see it, and what they send is ignored.
  [[nodiscard]] field read_only() const;
  /// Clients send it and never see it.
  [[nodiscard]] field write_only() const;
  /// No two rows have the same value. The store sees to it.
  [[nodiscard]] field unique() const;
  /// The server gives it its value. It is read-only.
  [[nodiscard]] field filled_with(server_value value) const;

  /// The least and the greatest number of characters of a text, or of items of
  /// a list.
  [[nodiscard]] field length(std::size_t min, std::size_t max) const;
  [[nodiscard]] field length_min(std::size_t min) const;
  [[nodiscard]] field length_max(std::size_t max) const;
  /// White space at both ends of a text is kept.
  [[nodiscard]] field keep_whitespace() const;
  /// A slug may have letters and digits of every language.
  [[nodiscard]] field any_language() const;

  /// The least and the greatest number; a text for a decimal or a duration.
  [[nodiscard]] field between(boost::json::value least,
                              boost::json::value most) const;
  [[nodiscard]] field at_least(boost::json::value least) const;
  [[nodiscard]] field at_most(boost::json::value most) const;
  /// An integer has the bounds of that width.
  [[nodiscard]] field as_wide_as(integer_width width) const;
  /// A decimal is shown as a JSON number, which may lose digits.
  [[nodiscard]] field as_number() const;
  [[nodiscard]] field shown_as(uuid_form form) const;
  /// The offset of date-times without a zone, in which they are shown too.
  [[nodiscard]] field in_zone(std::chrono::minutes offset) const;

  /// A list, a dictionary or a selection has at least one item.
  [[nodiscard]] field not_empty() const;

  /// A reference is looked up by that field of the other model, not by its
  /// primary key.
  [[nodiscard]] field by(std::string other_field) const;
  /// The key of a reference is validated as `key` first.
  [[nodiscard]] field with_key(const field& key) const;
  /// A list of references or of objects.
  [[nodiscard]] field many() const;

  /// The value obeys a rule of one's own, whose text comes before those of the
  /// kind.
  [[nodiscard]] field check(field_check rule) const;

  /// Validates one value.
  /// @param value null if the key is absent.
  [[nodiscard]] validation_result
  validate(const boost::json::value* value,
           const validation_context& context = {}) const;

  /// The rules as data, for the library itself.
  [[nodiscard]] const field_rules& rules() const { return *rules_; }

private:
  friend struct field_kinds;
  explicit field(field_rules rules);
  template <class Change>
  [[nodiscard]] field with(Change change) const;

  std::shared_ptr<const field_rules> rules_;
};

} // namespace stagedoor
