#pragma once

#include "stagedoor/actors/models/list_rules.hpp"
#include "stagedoor/actors/models/model_table.hpp"
#include "stagedoor/protocol/scope.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// Why the rules of a list do not suit its table; empty if they do.
std::string fault_of(const list_rules& rules, const model_table& table);

/// Reads the filters and the search of a query.
/// @param sql asked whether the rows are there that a filter refers to; null if
///        that does not matter.
/// @param errors gets the texts by name.
row_filter read_filters(const list_rules& rules, const model_table& table,
                        const fields& query, sql_session* sql,
                        json::object& errors);

/// Reads the order that a query asks for. What it may not ask for is dropped.
std::vector<order_term> read_order(const list_rules& rules,
                                   const model_table& table,
                                   const fields& query);

/// The last value under a name.
std::optional<std::string_view> last_value(const fields& query,
                                           std::string_view name);

} // namespace stagedoor
