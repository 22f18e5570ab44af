#include "stagedoor/actors/models/list_page.hpp"

#include "stagedoor/actors/models/list_cursor.hpp"
#include "stagedoor/actors/models/list_links.hpp"
#include "stagedoor/protocol/json/spelling.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

namespace stagedoor {

namespace {

[[noreturn]] void refuse(std::uint16_t status, std::string_view text) {
  throw refused_job{
      fail(status, json::array{json::object{{"detail", json::string(text)}}})};
}

/// Reads digits with an optional sign, and white space around.
std::optional<std::int64_t> read_number(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+'))
    text.remove_prefix(1);
  std::int64_t result = 0;
  const auto* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, result);
  if (read.ec != std::errc{} || read.ptr != end)
    return std::nullopt;
  return result;
}

class page_reader {
public:
  page_reader(const list_request& about, sql_session& sql)
      : about_(about), sql_(sql) {
    append_condition(condition_, about.filter, about.table.columns());
  }

  json::value read_all() {
    const auto most = static_cast<std::int64_t>(about_.rows_max);
    auto rows = list(most + 1, 0);
    if (rows.size() > about_.rows_max)
      refuse(400, "The list has more than " + std::to_string(most)
                      + " items. Filter it.");
    return shown(rows);
  }

  json::value read_number_page() {
    const auto size = size_asked_for("page_size");
    if (size == 0)
      return read_all();
    const auto count = about_.table.count(sql_, condition_);
    const auto pages = std::max<std::int64_t>(1, (count + size - 1) / size);
    const auto text = last_value(about_.query, "page").value_or("1");
    const auto page = text == "last" ? pages : read_number(text).value_or(0);
    if (page < 1 || page > pages)
      refuse(404, "Invalid page.");
    json::value next;
    json::value previous;
    if (page < pages)
      next = link({{"page", std::to_string(page + 1)}});
    if (page == 2)
      previous = link({{"page", std::nullopt}});
    else if (page > 2)
      previous = link({{"page", std::to_string(page - 1)}});
    return json::object{{"count", count},
                        {"next", std::move(next)},
                        {"previous", std::move(previous)},
                        {"results", shown(list(size, (page - 1) * size))}};
  }

  json::value read_offset_page() {
    const auto limit = size_asked_for("limit");
    if (limit == 0)
      return read_all();
    const auto offset = offset_asked_for();
    const auto count = about_.table.count(sql_, condition_);
    const auto with_offset = [&](std::optional<std::int64_t> value) {
      query_change change{"offset", std::nullopt};
      if (value)
        change.second = std::to_string(*value);
      return link({{"limit", std::to_string(limit)}, std::move(change)});
    };
    json::value next;
    json::value previous;
    if (offset < count - limit)
      next = with_offset(offset + limit);
    if (offset > limit)
      previous = with_offset(offset - limit);
    else if (offset > 0)
      previous = with_offset(std::nullopt);
    return json::object{{"count", count},
                        {"next", std::move(next)},
                        {"previous", std::move(previous)},
                        {"results", part(count, limit, offset)}};
  }

  json::value read_window() {
    const auto limit = size_asked_for("limit");
    if (limit == 0)
      return read_all();
    const auto offset = offset_asked_for();
    const auto count = about_.table.count(sql_, condition_);
    return json::object{{"count", count},
                        {"results", part(count, limit, offset)},
                        {"limit", limit},
                        {"offset", offset}};
  }

  json::value read_cursor_page() {
    const auto size = size_asked_for("page_size");
    if (size == 0)
      return read_all();
    std::optional<list_cursor> from;
    if (const auto text = last_value(about_.query, "cursor");
        text && !text->empty()) {
      from = list_cursor::parse(*text, about_.order);
      if (!from)
        refuse(404, "Invalid cursor");
    }
    const auto is_backwards = from && from->is_backwards;
    auto rows = rows_from(from, size + 1);
    const auto has_more = static_cast<std::int64_t>(rows.size()) > size;
    if (has_more)
      rows.pop_back();
    if (is_backwards)
      std::reverse(rows.begin(), rows.end());
    json::value next;
    json::value previous;
    if (!rows.empty() && (is_backwards || has_more))
      next = link_beside(rows.back(), false);
    if (!rows.empty() && (is_backwards ? has_more : from.has_value()))
      previous = link_beside(rows.front(), true);
    return json::object{{"next", std::move(next)},
                        {"previous", std::move(previous)},
                        {"results", shown(rows)}};
  }

private:
  /// The rows as clients see them.
  [[nodiscard]] json::array shown(const std::vector<json::object>& rows) const {
    json::array result;
    result.reserve(rows.size());
    for (const auto& row : rows)
      result.emplace_back(about_.about.shown(row));
    return result;
  }

  [[nodiscard]] std::vector<json::object> list(std::int64_t count,
                                               std::int64_t offset) {
    return about_.table.list(sql_, condition_, about_.order, count, offset);
  }

  /// At most `limit` of `count` rows, as clients see them.
  [[nodiscard]] json::array part(std::int64_t count, std::int64_t limit,
                                 std::int64_t offset) {
    return offset < count ? shown(list(limit, offset)) : json::array{};
  }

  /// The rows on one side of a place, those next to it first.
  [[nodiscard]] std::vector<json::object>
  rows_from(const std::optional<list_cursor>& place, std::int64_t count) {
    if (!place)
      return list(count, 0);
    auto order = about_.order;
    for (auto& term : order)
      term.descending = term.descending != place->is_backwards;
    condition_.add(" AND ");
    append_condition(condition_, place->filter(about_.order),
                     about_.table.columns());
    return about_.table.list(sql_, condition_, order, count, 0);
  }

  /// What no number over 0 asks for is the size that all others get.
  [[nodiscard]] std::int64_t size_asked_for(std::string_view name) const {
    const auto size = static_cast<std::int64_t>(about_.pages.size);
    const auto most = static_cast<std::int64_t>(about_.pages.size_max);
    const auto asked =
        read_number(last_value(about_.query, name).value_or("")).value_or(0);
    return asked < 1 || most == 0 ? size : std::min(asked, most);
  }

  [[nodiscard]] std::int64_t offset_asked_for() const {
    const auto text = last_value(about_.query, "offset").value_or("");
    return std::max<std::int64_t>(0, read_number(text).value_or(0));
  }

  [[nodiscard]] json::value
  link(const std::vector<query_change>& changes) const {
    return json::string(link_to(about_.route, about_.query, changes));
  }

  [[nodiscard]] json::value link_beside(const json::object& row,
                                        bool is_backwards) const {
    return link(
        {{"cursor", list_cursor{is_backwards, row, about_.order}.text()}});
  }

  const list_request& about_;
  sql_session& sql_;
  sql_text condition_;
};

} // namespace

json::value read_page(const list_request& about, sql_session& sql) {
  page_reader reader{about, sql};
  switch (about.pages.how) {
  case pagination::page_number:
    return reader.read_number_page();
  case pagination::limit_offset:
    return reader.read_offset_page();
  case pagination::window:
    return reader.read_window();
  case pagination::cursor:
    return reader.read_cursor_page();
  default:
    return reader.read_all();
  }
}

} // namespace stagedoor
