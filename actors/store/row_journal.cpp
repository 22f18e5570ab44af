#include "stagedoor/actors/store/row_journal.hpp"

#include "stagedoor/actors/store/row_listener.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

std::string rows_group(std::string_view identity, std::string_view table) {
  std::string result{reserved_group_mark};
  return result.append("rows:").append(identity).append(":").append(table);
}

void row_journal::add(sql_session& sql, changing_row row) {
  if (others_ != nullptr && others_->tells_of(row.table))
    return;
  if (find(row.table, row.key) != nullptr)
    return;
  if (!row.before)
    row.before = row.read(sql);
  entries_.push_back({std::move(row), nullptr});
}

void row_journal::became(const sql_session& sql, std::string_view table,
                         const json::value& key, json::value after) {
  if (auto* known = find(table, key)) {
    known->after = std::move(after);
    known->known_at = sql.runs();
  }
}

void row_journal::close(sql_session& sql) {
  const auto runs = sql.runs();
  for (auto& each : entries_)
    if (each.known_at != runs)
      each.after = each.row.read(sql);
}

row_journal::entry* row_journal::find(std::string_view table,
                                      const json::value& key) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const auto& known) {
        return known.row.table == table && known.row.key == key;
      });
  return found == entries_.end() ? nullptr : &*found;
}

std::vector<group_broadcast>
row_journal::events(std::string_view identity) const {
  std::vector<group_broadcast> result;
  for (const auto& each : entries_) {
    if (each.row.before->is_null() && each.after.is_null())
      continue;
    const auto group = rows_group(identity, each.row.table);
    result.push_back({group,
                      {group,
                       json::object{{"pk", each.row.key},
                                    {"before", *each.row.before},
                                    {"after", each.after}},
                       200}});
  }
  return result;
}

} // namespace stagedoor
