#pragma once

#include "stagedoor/actors/models/model_table.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// A place in a list: behind a row, or in front of it.
struct list_cursor {
  bool is_backwards = false;
  /// The values of that row by which the list is ordered.
  json::array values;

  /// The place beside a row.
  list_cursor(bool backwards, const json::object& row,
              const std::vector<order_term>& order);

  /// Reads a cursor that was written for a list of this order.
  static std::optional<list_cursor> parse(std::string_view text,
                                          const std::vector<order_term>& order);

  [[nodiscard]] std::string text() const;

  /// The rows on that side of the place.
  [[nodiscard]] row_filter filter(const std::vector<order_term>& order) const;

private:
  list_cursor() = default;
};

} // namespace stagedoor
