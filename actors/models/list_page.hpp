#pragma once

#include "stagedoor/actors/models/list_query.hpp"

#include <string_view>

namespace stagedoor {

/// What a list is made of, but for its pages.
struct list_request {
  const model_table& table;
  const object_description& about;
  const page_rules& pages;
  /// The most rows without pages.
  std::size_t rows_max;
  /// The route of the message, which the links lead back to.
  std::string_view route;
  const fields& query;
  row_filter filter;
  std::vector<order_term> order;
};

/// Reads one page of a list, or the whole of it.
/// @throws refused_job if there is no such page, or the list is too long.
/// @throws sql_error.
json::value read_page(const list_request& about, sql_session& sql);

} // namespace stagedoor
