#include "stagedoor/actors/models/condition.hpp"

#include <algorithm>

namespace stagedoor {

namespace {

constexpr std::string_view no_row = "FALSE";

/// Not by LIKE, which takes no long patterns and ends at a NUL. As with LIKE,
/// the case of ASCII letters does not count.
void append_text_search(sql_text& out, const row_filter& filter,
                        const column& compared) {
  const auto* text = filter.values().front().if_string();
  if (text == nullptr || !compared.can_hold(*text)) {
    out.add(no_row);
    return;
  }
  sql_value word = in_lower_case(std::string(*text));
  if (filter.how() == comparison::equal_without_case)
    out.add(compared.searchable()).add(" = ").bind(std::move(word));
  else
    out.add(compared.position_function())
        .add("(")
        .add(compared.searchable())
        .add(", ")
        .bind(std::move(word))
        .add(filter.how() == comparison::starts_with ? ") = 1" : ") > 0");
}

void append_list(sql_text& out, const row_filter& filter,
                 const column& compared) {
  std::string_view separator = " IN (";
  for (const auto& value : filter.values()) {
    auto converted = compared.to_key(value);
    if (!converted)
      continue;
    if (separator == " IN (")
      out.add(compared.comparable());
    out.add(separator).bind(std::move(*converted));
    separator = ", ";
  }
  out.add(separator == ", " ? ")" : no_row);
}

std::string_view sign_of(comparison how) {
  switch (how) {
  case comparison::less:
    return " < ";
  case comparison::less_or_equal:
    return " <= ";
  case comparison::greater:
    return " > ";
  case comparison::greater_or_equal:
    return " >= ";
  default:
    return " = ";
  }
}

void append_comparison(sql_text& out, const row_filter& filter,
                       const column& compared) {
  switch (filter.how()) {
  case comparison::is_null:
    out.add(compared.quoted()).add(" IS NULL");
    return;
  case comparison::in:
    return append_list(out, filter, compared);
  case comparison::contains:
  case comparison::starts_with:
  case comparison::equal_without_case:
    return append_text_search(out, filter, compared);
  default:
    break;
  }
  if (auto value = compared.to_key(filter.values().front()))
    out.add(compared.comparable())
        .add(sign_of(filter.how()))
        .bind(std::move(*value));
  else
    out.add(no_row);
}

} // namespace

std::string in_lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

const column& column_of(std::string_view field,
                        const std::vector<column>& columns) {
  const auto found =
      std::find_if(columns.begin(), columns.end(),
                   [&](const auto& known) { return known.name() == field; });
  if (found == columns.end())
    throw sql_error(sql_fault::other, "a filter names the field \""
                                          + std::string(field)
                                          + "\", which is not there");
  return *found;
}

void append_condition(sql_text& out, const row_filter& filter,
                      const std::vector<column>& columns) {
  switch (filter.what()) {
  case row_filter::kind::all:
    out.add("TRUE");
    return;
  case row_filter::kind::none:
    out.add(no_row);
    return;
  case row_filter::kind::compare:
    append_comparison(out, filter, column_of(filter.field(), columns));
    return;
  case row_filter::kind::inverse:
    // A comparison with NULL is neither true nor false.
    out.add("NOT coalesce(");
    append_condition(out, filter.parts().front(), columns);
    out.add(", FALSE)");
    return;
  default:
    break;
  }
  const auto word = filter.what() == row_filter::kind::both ? " AND " : " OR ";
  std::string_view separator = "(";
  for (const auto& part : filter.parts()) {
    out.add(separator);
    append_condition(out, part, columns);
    separator = word;
  }
  out.add(")");
}

} // namespace stagedoor
