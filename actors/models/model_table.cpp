#include "stagedoor/actors/models/model_table.hpp"

#include "stagedoor/protocol/model/field_rules.hpp"

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

[[noreturn]] void refuse(const std::string& text) {
  throw sql_error(sql_fault::other, text);
}

std::string joined(const std::vector<std::string>& names) {
  std::string result;
  for (const auto& name : names)
    result.append(result.empty() ? "" : ", ").append(in_quotes(name));
  return result;
}

std::string type_text(std::string_view type, bool is_not_null) {
  return std::string(type) + (is_not_null ? " NOT NULL" : "");
}

json::value new_uuid() {
  // One for each thread: a generator is not shared.
  thread_local boost::uuids::random_generator next;
  return json::string(to_string(next()));
}

} // namespace

model_table::model_table(const object_description& about, bool adds_columns,
                         database_kind database)
    : name_(about.name()), quoted_(in_quotes(name_)),
      adds_columns_(adds_columns), database_(database),
      unique_sets_(about.unique_sets()) {
  columns_.reserve(about.fields().size());
  for (const auto& [name, rules] : about.fields())
    columns_.emplace_back(name, rules, database);
  fault_ = fault_of(about);
  if (!fault_.empty())
    return;
  std::vector<std::string> all;
  std::vector<std::string> given;
  sql_text values;
  std::string assignments;
  for (const auto& each : columns_) {
    all.push_back(each.name());
    if (each.is_key())
      key_ = &each;
    if (each.is_counted_key())
      continue;
    given.push_back(each.name());
    values.add(given.size() == 1 ? "" : ", ").bind(sql_value{});
    assignments += (given.size() == 1 ? "" : ", ") + each.quoted() + " = ?"
                   + std::to_string(given.size());
  }
  select_ = "SELECT " + joined(all) + " FROM " + quoted_;
  insert_ = "INSERT INTO " + quoted_ + " (" + joined(given) + ") VALUES ("
            + values.text + ") RETURNING " + joined(all);
  update_ = "UPDATE " + quoted_ + " SET " + assignments + " WHERE "
            + key_->quoted() + " = ?" + std::to_string(given.size() + 1)
            + " RETURNING " + joined(all);
}

std::string model_table::fault_of(const object_description& about) const {
  const auto names_fault = [](std::string_view name) {
    return '"' + std::string(name) + "\" cannot be a name in a database";
  };
  if (!is_sql_name(name_))
    return names_fault(name_);
  std::size_t keys = 0;
  for (const auto& each : columns_) {
    const auto& rules = each.rules();
    if (!is_sql_name(each.name()))
      return names_fault(each.name());
    if (rules.kind == field_kind::reference
        && (!is_sql_name(rules.model) || !is_sql_name(rules.by)))
      return names_fault(is_sql_name(rules.model) ? rules.by : rules.model);
    if (each.is_key()) {
      ++keys;
      if (rules.kind != field_kind::integer && rules.kind != field_kind::uuid)
        return "has a primary key that is neither an integer nor a UUID";
    }
    if (rules.kind == field_kind::uuid && rules.form == uuid_form::integer)
      return '"' + each.name() + "\" shows a UUID as an integer";
  }
  if (keys != 1)
    return keys == 0 ? "has no primary key" : "has two primary keys";
  if (columns_.size() == 1)
    return "has no field but its primary key";
  for (const auto& set : about.unique_sets())
    for (const auto& name : set)
      if (about.find(name) == nullptr)
        return "has a unique set with \"" + name + "\", which is no field";
  return {};
}

const column* model_table::find_column(std::string_view field) const {
  for (const auto& each : columns_)
    if (each.name() == field)
      return &each;
  return nullptr;
}

// -- the schema ---------------------------------------------------------------

void model_table::open(sql_session& sql) const {
  lock_schema(sql);
  const auto found = columns_of(sql, name_);
  if (found.empty()) {
    create(sql);
    return;
  }
  for (const auto& expected : columns_)
    check_column(sql, expected, found);
  const auto unique_sets = unique_sets_of(sql, name_);
  const auto check_unique = [&](std::vector<std::string> names) {
    std::sort(names.begin(), names.end());
    if (std::find(unique_sets.begin(), unique_sets.end(), names)
        == unique_sets.end())
      refuse("the table \"" + name_ + "\" has no unique index over "
             + joined(names));
  };
  for (const auto& each : columns_)
    if (each.rules().unique && !each.is_key())
      check_unique({each.name()});
  for (const auto& set : unique_sets_)
    check_unique(set);
}

void model_table::create(sql_session& sql) const {
  std::string text = "CREATE TABLE " + quoted_ + " (";
  for (const auto& each : columns_)
    text.append(&each == &columns_.front() ? "" : ", ")
        .append(each.definition());
  for (const auto& set : unique_sets_)
    text.append(", UNIQUE (").append(joined(set)).append(")");
  sql.run(text + (database_ == database_kind::sqlite ? ") STRICT" : ")"));
}

void model_table::check_column(sql_session& sql, const column& expected,
                               const std::vector<found_column>& found) const {
  const auto place = "the table \"" + name_ + "\" ";
  const auto there =
      std::find_if(found.begin(), found.end(), [&](const auto& known) {
        return known.name == expected.name();
      });
  if (there == found.end()) {
    const auto can_be_added = !expected.is_not_null() && !expected.is_key()
                              && !expected.rules().unique;
    if (!adds_columns_ || !can_be_added)
      refuse(place + "lacks the column \"" + expected.name() + "\" "
             + type_text(expected.type(), expected.is_not_null()));
    sql.run("ALTER TABLE " + quoted_ + " ADD COLUMN " + expected.definition());
    return;
  }
  if (expected.is_key() != there->is_key)
    refuse(place + "has "
           + (expected.is_key() ? "another primary key than \""
                                : "the primary key \"")
           + expected.name() + '"');
  const auto is_not_null = !expected.is_key() && expected.is_not_null();
  const auto wanted = type_text(expected.type(), is_not_null);
  const auto is =
      type_text(there->type, !expected.is_key() && there->is_not_null);
  if (wanted != is)
    refuse(place + "has the column \"" + expected.name() + "\" as " + is
           + ", not as " + wanted);
}

// -- the rows -----------------------------------------------------------------

json::object model_table::object_of(const sql_row& row) const {
  json::object result;
  result.reserve(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i)
    result.emplace(columns_[i].name(), columns_[i].to_json(row[i]));
  return result;
}

std::optional<json::object> model_table::first_of(const sql_rows& rows) const {
  if (rows.empty())
    return std::nullopt;
  return object_of(rows.front());
}

std::optional<sql_text> model_table::look_up(const json::value& key,
                                             const row_filter& filter) const {
  auto wanted = key_->to_key(key);
  if (!wanted)
    return std::nullopt;
  sql_text statement{select_, {}};
  statement.add(" WHERE ")
      .add(key_->quoted())
      .add(" = ")
      .bind(std::move(*wanted))
      .add(" AND ");
  append_condition(statement, filter, columns_);
  return statement;
}

std::optional<json::object> model_table::find(sql_session& sql,
                                              const json::value& key,
                                              const row_filter& filter) const {
  const auto statement = look_up(key, filter);
  if (!statement)
    return std::nullopt;
  return first_of(sql.run(statement->text, statement->values));
}

std::vector<json::object>
model_table::list(sql_session& sql, const sql_text& condition,
                  const std::vector<order_term>& order, std::int64_t count,
                  std::int64_t offset) const {
  sql_text statement{select_ + " WHERE " + condition.text, condition.values};
  std::string_view separator = " ORDER BY ";
  for (const auto& term : order) {
    statement.add(separator)
        .add(term.by->comparable())
        .add(term.descending ? " DESC" : " ASC");
    // Said for PostgreSQL, where they would be at the other end.
    if (!term.by->is_not_null() && !term.by->is_key())
      statement.add(term.descending ? " NULLS LAST" : " NULLS FIRST");
    separator = ", ";
  }
  statement.add(" LIMIT ")
      .bind(sql_value{count})
      .add(" OFFSET ")
      .bind(sql_value{offset});
  std::vector<json::object> result;
  for (const auto& row : sql.run(statement.text, statement.values))
    result.push_back(object_of(row));
  return result;
}

std::int64_t model_table::count(sql_session& sql,
                                const sql_text& condition) const {
  const auto rows =
      sql.run("SELECT count(*) FROM " + quoted_ + " WHERE " + condition.text,
              condition.values);
  return std::get<std::int64_t>(rows.at(0).at(0));
}

json::object model_table::insert(sql_session& sql, const json::object& row,
                                 bool is_last) const {
  const auto gives_key = !key_->is_counted_key();
  std::vector<sql_value> values;
  values.reserve(columns_.size());
  for (const auto& each : columns_) {
    if (!each.is_key())
      values.push_back(each.to_sql(row.at(each.name())));
    else if (gives_key)
      values.push_back(each.to_sql(new_uuid()));
  }
  const auto rows =
      is_last ? sql.run_last(insert_, values) : sql.run(insert_, values);
  return object_of(rows.at(0));
}

std::optional<json::object> model_table::update(sql_session& sql,
                                                const json::object& row) const {
  const auto has_key = !key_->is_counted_key();
  std::vector<sql_value> values;
  values.reserve(columns_.size() + 1);
  for (const auto& each : columns_)
    if (!each.is_key() || has_key)
      values.push_back(each.to_sql(row.at(each.name())));
  values.push_back(key_->to_sql(row.at(key_->name())));
  return first_of(sql.run(update_, values));
}

void model_table::remove(sql_session& sql, const json::value& key) const {
  sql.run("DELETE FROM " + quoted_ + " WHERE " + key_->quoted() + " = ?1",
          {key_->to_sql(key)});
}

json::object model_table::row_of(const json::object& texts) const {
  json::object result;
  result.reserve(columns_.size());
  for (const auto& each : columns_) {
    const auto* text = texts.if_contains(each.name());
    if (text == nullptr || !(text->is_null() || text->is_string()))
      refuse("a row is told without the column \"" + each.name() + '"');
    result.emplace(each.name(), text->is_null()
                                    ? json::value{}
                                    : each.to_json(each.from_text(
                                        std::string(text->get_string()))));
  }
  return result;
}

changing_row model_table::changing(const json::value& key,
                                   std::optional<json::value> before) const {
  return {name_, key,
          [this, key](sql_session& sql) -> json::value {
            auto row = find(sql, key, {});
            return row ? json::value(std::move(*row)) : json::value{};
          },
          std::move(before)};
}

bool model_table::is_taken(sql_session& sql,
                           const std::vector<std::string>& names,
                           const json::object& row) const {
  sql_text statement{"SELECT 1 FROM " + quoted_ + " WHERE ", {}};
  std::string_view separator;
  for (const auto& name : names) {
    const auto& each = *find_column(name);
    const auto* value = row.if_contains(name);
    if (value == nullptr || value->is_null())
      return false;
    statement.add(separator)
        .add(each.quoted())
        .add(" = ")
        .bind(each.to_sql(*value));
    separator = " AND ";
  }
  // A new row has no key yet.
  if (const auto* key = row.if_contains(key_->name());
      key != nullptr && !key->is_null())
    statement.add(" AND ")
        .add(key_->quoted())
        .add(" <> ")
        .bind(key_->to_sql(*key));
  statement.add(" LIMIT 1");
  return !sql.run(statement.text, statement.values).empty();
}

bool row_is_there(sql_session& sql, std::string_view table, std::string_view by,
                  const json::value& key) {
  std::string column_name{by};
  if (by == "pk") {
    const auto columns = columns_of(sql, table);
    const auto found =
        std::find_if(columns.begin(), columns.end(),
                     [](const auto& known) { return known.is_key; });
    if (found == columns.end())
      return false;
    column_name = found->name;
  }
  if (!is_sql_name(table) || !is_sql_name(column_name))
    return false;
  sql_value wanted;
  if (const auto* number = key.if_int64())
    wanted = *number;
  else if (const auto* text = key.if_string())
    wanted = std::string(*text);
  else
    return false;
  return !sql.run("SELECT 1 FROM " + in_quotes(table) + " WHERE "
                      + in_quotes(column_name) + " = ?1",
                  {std::move(wanted)})
              .empty();
}

} // namespace stagedoor
