#include "stagedoor/actors/models/list_cursor.hpp"

#include "stagedoor/protocol/base64url.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <utility>

namespace stagedoor {

namespace {

constexpr std::size_t depth_max = 8;

row_filter has(const column& field, comparison how, const json::value& value) {
  return row_filter::where(field.name(), how, json::array{value});
}

/// The rows behind a value. Nulls come first.
row_filter is_behind(const column& field, bool descending,
                     const json::value& value) {
  const auto nulls = where_null(field.name());
  if (descending)
    return value.is_null() ? row_filter::none()
                           : has(field, comparison::less, value) || nulls;
  return value.is_null() ? !nulls : has(field, comparison::greater, value);
}

row_filter is_same(const column& field, const json::value& value) {
  return value.is_null() ? where_null(field.name())
                         : has(field, comparison::equal, value);
}

} // namespace

list_cursor::list_cursor(bool backwards, const json::object& row,
                         const std::vector<order_term>& order)
    : is_backwards(backwards) {
  for (const auto& term : order)
    values.push_back(row.at(term.by->name()));
}

std::optional<list_cursor>
list_cursor::parse(std::string_view text,
                   const std::vector<order_term>& order) {
  const auto decoded = decode_base64url(text);
  if (!decoded)
    return std::nullopt;
  const auto parsed = parse_json(*decoded, depth_max);
  const auto* parts = parsed ? parsed->if_array() : nullptr;
  if (parts == nullptr || parts->size() != order.size() + 1
      || !parts->front().is_bool())
    return std::nullopt;
  list_cursor result;
  result.is_backwards = parts->front().get_bool();
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& value = (*parts)[i + 1];
    if (!value.is_null() && !order[i].by->to_key(value))
      return std::nullopt;
    result.values.push_back(value);
  }
  return result;
}

std::string list_cursor::text() const {
  json::array parts{is_backwards};
  parts.insert(parts.end(), values.begin(), values.end());
  return encode_base64url(to_json(parts));
}

row_filter list_cursor::filter(const std::vector<order_term>& order) const {
  row_filter result = row_filter::none();
  row_filter same_so_far;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const auto& [by, descending] = order[i];
    result = result
             || (same_so_far
                 && is_behind(*by, descending != is_backwards, values[i]));
    same_so_far = same_so_far && is_same(*by, values[i]);
  }
  return result;
}

} // namespace stagedoor
