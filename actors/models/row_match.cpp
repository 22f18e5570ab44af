#include "stagedoor/actors/models/row_match.hpp"

#include "stagedoor/actors/models/condition.hpp"
#include "stagedoor/protocol/model/decimal.hpp"
#include "stagedoor/protocol/model/field_rules.hpp"

#include <algorithm>
#include <compare>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace stagedoor {

namespace {

/// As SQL compares two values of one column, neither of which is NULL.
std::partial_ordering compare(const sql_value& a, const sql_value& b,
                              const column& compared) {
  const auto* a_text = std::get_if<std::string>(&a);
  const auto* b_text = std::get_if<std::string>(&b);
  if (a_text != nullptr && b_text != nullptr) {
    if (compared.rules().kind == field_kind::decimal)
      if (const auto x = decimal::parse(*a_text), y = decimal::parse(*b_text);
          x && y)
        return *x <=> *y;
    return *a_text <=> *b_text;
  }
  const auto* a_integer = std::get_if<std::int64_t>(&a);
  const auto* b_integer = std::get_if<std::int64_t>(&b);
  if (a_integer != nullptr && b_integer != nullptr)
    return *a_integer <=> *b_integer;
  const auto number = [](const sql_value& value, const std::int64_t* integer) {
    const auto* real = std::get_if<double>(&value);
    return real != nullptr      ? std::optional{*real}
           : integer != nullptr ? std::optional{static_cast<double>(*integer)}
                                : std::nullopt;
  };
  const auto x = number(a, a_integer);
  const auto y = number(b, b_integer);
  return x && y ? *x <=> *y : std::partial_ordering::unordered;
}

bool is_met(comparison how, std::partial_ordering order) {
  switch (how) {
  case comparison::less:
    return std::is_lt(order);
  case comparison::less_or_equal:
    return std::is_lteq(order);
  case comparison::greater:
    return std::is_gt(order);
  case comparison::greater_or_equal:
    return std::is_gteq(order);
  default:
    return std::is_eq(order);
  }
}

/// The text of a value in which clients search.
std::string searched_text(const sql_value& value) {
  if (const auto* text = std::get_if<std::string>(&value))
    return in_lower_case(*text);
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return std::to_string(*number);
  return {};
}

bool finds_text(const row_filter& filter, const sql_value& value) {
  const auto* wanted = filter.values().front().if_string();
  if (wanted == nullptr)
    return false;
  const auto text = searched_text(value);
  const auto word = in_lower_case(std::string(*wanted));
  if (filter.how() == comparison::equal_without_case)
    return text == word;
  if (filter.how() == comparison::starts_with)
    return text.starts_with(word);
  return text.find(word) != std::string::npos;
}

bool compares(const json::object& row, const row_filter& filter,
              const column& compared) {
  const auto* found = row.if_contains(compared.name());
  const auto value = found != nullptr ? compared.to_sql(*found) : sql_value{};
  const auto is_null = std::holds_alternative<std::monostate>(value);
  if (filter.how() == comparison::is_null || is_null)
    return filter.how() == comparison::is_null && is_null;
  switch (filter.how()) {
  case comparison::contains:
  case comparison::starts_with:
  case comparison::equal_without_case:
    return finds_text(filter, value);
  default:
    break;
  }
  // Several values for `in`, one otherwise.
  return std::any_of(
      filter.values().begin(), filter.values().end(),
      [&](const json::value& wanted) {
        const auto key = compared.to_key(wanted);
        return key && is_met(filter.how(), compare(value, *key, compared));
      });
}

} // namespace

bool row_matches(const json::object& row, const row_filter& filter,
                 const std::vector<column>& columns) {
  const auto passes = [&](const row_filter& part) {
    return row_matches(row, part, columns);
  };
  const auto& parts = filter.parts();
  switch (filter.what()) {
  case row_filter::kind::all:
    return true;
  case row_filter::kind::none:
    return false;
  case row_filter::kind::compare:
    return compares(row, filter, column_of(filter.field(), columns));
  case row_filter::kind::both:
    return std::all_of(parts.begin(), parts.end(), passes);
  case row_filter::kind::either:
    return std::any_of(parts.begin(), parts.end(), passes);
  case row_filter::kind::inverse:
    return !passes(parts.front());
  }
  return false;
}

} // namespace stagedoor
