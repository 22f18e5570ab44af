#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// How a row filter compares the value of a field.
enum class comparison : std::uint8_t {
  equal,
  less,
  less_or_equal,
  greater,
  greater_or_equal,
  /// One of several values.
  in,
  is_null,
  /// Texts; the last ones take no notice of the case of letters, as far as the
  /// database can.
  contains,
  starts_with,
  equal_without_case
};

/// Which rows of a model somebody may see: a condition on the values of its
/// fields. A field that is null meets no condition but `is_null`.
/// Thread rule: may be used from any thread.
class row_filter {
public:
  enum class kind : std::uint8_t { all, none, compare, both, either, inverse };

  /// Every row.
  row_filter();
  /// No row.
  static row_filter none();

  /// The rows whose field has a value that compares so.
  /// @param values in their canonical form: one, for `in` any number, and none
  ///        for `is_null`.
  static row_filter where(std::string field, comparison how,
                          boost::json::array values);

  friend row_filter operator&&(const row_filter& a, const row_filter& b);
  friend row_filter operator||(const row_filter& a, const row_filter& b);
  friend row_filter operator!(const row_filter& a);

  // -- for those who apply it -------------------------------------------------

  [[nodiscard]] kind what() const;
  /// Of a comparison.
  [[nodiscard]] const std::string& field() const;
  [[nodiscard]] comparison how() const;
  [[nodiscard]] const boost::json::array& values() const;
  /// The filters that it is made of.
  [[nodiscard]] const std::vector<row_filter>& parts() const;

private:
  struct node;
  explicit row_filter(node made);
  static row_filter combined(kind how, std::vector<row_filter> parts);

  std::shared_ptr<const node> node_;
};

/// The rows whose field has this value. No field equals null, so that the id of
/// nobody is nobody's.
row_filter where(std::string field, boost::json::value value);
/// The rows whose field is null.
row_filter where_null(std::string field);

} // namespace stagedoor
