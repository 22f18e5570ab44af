#include "stagedoor/actors/models/model_rows.hpp"

#include "stagedoor/actors/models/list_page.hpp"
#include "stagedoor/actors/models/model_feed.hpp"
#include "stagedoor/actors/models/model_table.hpp"
#include "stagedoor/actors/store/row_listener.hpp"
#include "stagedoor/actors/store/row_triggers.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/model/calendar.hpp"
#include "stagedoor/protocol/model/field_rules.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <limits>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::uint16_t conflict_status = 409;

using time_point = std::chrono::sys_time<std::chrono::microseconds>;

/// A time as the value of a field.
json::value time_for(const field_rules& rules, time_point now) {
  const auto day = std::chrono::floor<std::chrono::days>(now + rules.zone);
  switch (rules.kind) {
  case field_kind::date:
    return json::string(write_date(day));
  case field_kind::time:
    return json::string(write_time(now + rules.zone - day));
  default:
    return json::string(write_date_time(now, rules.zone));
  }
}

std::string refusal_text(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& thrown) {
    return thrown.what();
  }
}

std::vector<std::string> names_of(const std::vector<column>& columns) {
  std::vector<std::string> result;
  result.reserve(columns.size());
  for (const auto& each : columns)
    result.push_back(each.name());
  return result;
}

/// The fields with the bound of a column of integers, which have 64 bits with a
/// sign.
object_description bounded(object_description about) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  for (const auto& [name, rules] : std::vector{about.fields()}) {
    const auto width = rules.rules().width;
    if (rules.rules().kind == field_kind::integer
        && rules.rules().most.is_null()
        && (width == integer_width::any || width == integer_width::uint64))
      about.field(name, rules.at_most(most));
  }
  return about;
}

} // namespace

model_rows::model_rows(model_definition about, store_ptr database)
    : about_(std::move(about)), fields_(bounded(*about_.codec.about)),
      database_(std::move(database)),
      table_(std::make_unique<const model_table>(
          *about_.codec.about, about_.adds_columns, database_->kind())) {}

model_rows::~model_rows() = default;

std::string model_rows::open() const {
  static constexpr std::array known{
      "list",           "create",  "retrieve",  "update",
      "partial_update", "destroy", "subscribe", "subscribe_instance"};
  for (const auto& action : about_.actions)
    if (std::find(known.begin(), known.end(), action) == known.end())
      return "offers the action \"" + action + "\", which no model has";
  if (!table_->fault().empty())
    return table_->fault();
  if (auto fault = fault_of(about_.lists, *table_); !fault.empty())
    return fault;
  auto* listener = about_.tells_of_others ? database_->listener() : nullptr;
  if (about_.tells_of_others && listener == nullptr)
    return "tells of the changes by others, which only PostgreSQL can";
  std::promise<std::string> result;
  database_->write(
      store::clock::now() + database_->job_timeout(),
      [this](sql_session& sql) {
        table_->open(sql);
        if (about_.tells_of_others)
          make_row_triggers(sql, table_->name(), names_of(table_->columns()));
      },
      [&result](const std::exception_ptr& error) {
        result.set_value(error ? "cannot use its table: " + refusal_text(error)
                               : "");
      });
  auto fault = result.get_future().get();
  if (!fault.empty() || listener == nullptr)
    return fault;
  fault = listener->add(table_->name(), table_->key().name(),
                        database_->job_timeout());
  return fault.empty() ? fault : "cannot listen to its table: " + fault;
}

bool model_rows::offers(std::string_view action) const {
  return std::find(about_.actions.begin(), about_.actions.end(), action)
         != about_.actions.end();
}

// -- rows and structs ---------------------------------------------------------

std::shared_ptr<void> model_rows::object_of(const json::object& row) const {
  auto result = about_.codec.make();
  if (const auto errors = about_.codec.assign(row, result.get());
      !errors.empty())
    throw sql_error(sql_fault::other,
                    "a row of \"" + table_->name()
                        + "\" has a value that its struct cannot hold: "
                        + to_json(errors));
  return result;
}

json::object model_rows::canonical(const void* row) const {
  auto result = about_.codec.write(row);
  for (const auto& each : table_->columns())
    result[each.name()] = each.to_json(each.to_sql(result[each.name()]));
  return result;
}

json::value model_rows::key_of(const void* row) const {
  return about_.codec.write(row).at(table_->key().name());
}

json::object model_rows::shown(const void* row) const {
  return about_.codec.about->shown(canonical(row));
}

row_filter model_rows::visible_to(const user& who) const {
  return about_.visible_to ? about_.visible_to(who) : row_filter{};
}

std::optional<sql_text> model_rows::look_up(const request& about,
                                            const json::value& key) const {
  return table_->look_up(key, visible_to(about.user()));
}

std::shared_ptr<void> model_rows::first_of(const sql_rows& found) const {
  const auto row = table_->first_of(found);
  return row ? object_of(*row) : nullptr;
}

change_feed_ptr model_rows::feed(bool of_one) const {
  return model_feed(shared_from_this(), of_one);
}

// -- lists --------------------------------------------------------------------

deferred model_rows::list(const context& ctx, const request& about) const {
  return database_->read(ctx,
                         [self = shared_from_this(), about](sql_session& sql) {
                           return self->listed(sql, about);
                         });
}

reply model_rows::listed(sql_session& sql, const request& about) const {
  json::object errors;
  const auto& query = about.query();
  const auto filter = read_filters(about_.lists, *table_, query, &sql, errors);
  if (!errors.empty())
    return reject(std::move(errors));
  return ok(read_page({.table = *table_,
                       .about = *about_.codec.about,
                       .pages = about_.lists.pages,
                       .rows_max = about_.lists.rows_max,
                       .route = about.route(),
                       .query = query,
                       .filter = visible_to(about.user()) && filter,
                       .order = read_order(about_.lists, *table_, query)},
                      sql));
}

row_filter model_rows::filter_of(const request& message,
                                 json::object& errors) const {
  return read_filters(about_.lists, *table_, message.query(), nullptr, errors);
}

// -- changes ------------------------------------------------------------------

deferred model_rows::create(const context& ctx, const request& about) const {
  return database_->write(ctx,
                          [self = shared_from_this(), about](sql_session& sql) {
                            return self->created(sql, about);
                          });
}

deferred model_rows::update(const context& ctx, const request& about,
                            const void* row, bool partial) const {
  return database_->write(ctx, [self = shared_from_this(), about, partial,
                                key = key_of(row)](sql_session& sql) {
    return self->updated(sql, about, key, partial);
  });
}

deferred model_rows::destroy(const context& ctx, const request& about,
                             const void* row) const {
  return database_->write(ctx, [self = shared_from_this(), about,
                                key = key_of(row)](sql_session& sql) {
    return self->destroyed(sql, about, key);
  });
}

/// Sets what the server fills, but for the key, which is the table's.
void model_rows::fill(json::object& row, const user& who,
                      row_change kind) const {
  const auto now = std::chrono::floor<std::chrono::microseconds>(
      std::chrono::system_clock::now());
  for (const auto& each : table_->columns()) {
    const auto filled_with = each.rules().filled_with;
    if (filled_with == server_value::time_of_change
        || (filled_with == server_value::time_of_creation
            && kind == row_change::create))
      row[each.name()] = time_for(each.rules(), now);
    if (filled_with != server_value::user_id || kind != row_change::create)
      continue;
    const auto id = each.to_key(who.id);
    if (!id && each.is_not_null())
      throw refused_job{to_reply(errc::not_authenticated)};
    row[each.name()] = id ? each.to_json(*id) : json::value{};
  }
}

/// Validates the body of a message and takes its values over.
void model_rows::take_body(sql_session& sql, const request& about, bool partial,
                           json::object& row) const {
  validation_context context;
  context.partial = partial;
  context.exists = [&](std::string_view model, std::string_view by,
                       const json::value& key) {
    return row_is_there(sql, model, by, key);
  };
  const auto merge = [](json::object& into, const json::object& values) {
    for (const auto& [name, value] : values)
      into[name] = value;
  };
  context.taken = [&](const std::vector<std::string>& names,
                      const json::object& values) {
    auto merged = row;
    merge(merged, values);
    return table_->is_taken(sql, names, merged);
  };
  auto result = fields_.validate(about.body("data"), context);
  if (!result.is_valid())
    throw refused_job{reject(std::move(result.content.as_object()))};
  merge(row, result.content.get_object());
}

void model_rows::run(const std::vector<untyped_hook>& hooks,
                     const untyped_change& change) const {
  for (const auto& hook : hooks)
    hook(change);
}

reply model_rows::created(sql_session& sql, const request& about) const {
  constexpr auto kind = static_cast<std::size_t>(row_change::create);
  const auto& key = table_->key().name();
  // What the struct has where the client says nothing.
  auto row = about_.codec.write(about_.codec.make().get());
  row.erase(key);
  fill(row, about.user(), row_change::create);
  take_body(sql, about, false, row);
  const auto object = object_of(row);
  const untyped_change change{sql, about.user(), nullptr, object.get()};
  run(about_.before[kind], change);
  row = about_.codec.write(object.get());
  // A hook may run statements behind it, and so may the journal for a hook.
  const auto has_hooks =
      !about_.before[kind].empty() || !about_.after[kind].empty();
  row = table_->insert(sql, row, !has_hooks);
  sql.note(table_->changing(row[key], json::value{}));
  sql.note_became(table_->name(), row[key], row);
  about_.codec.assign(row, object.get());
  run(about_.after[kind], change);
  return ok(shown(object.get()), 201);
}

json::object model_rows::row_for_change(sql_session& sql, const request& about,
                                        const json::value& key) const {
  // It may have been deleted or hidden since it was found.
  auto row = table_->find(sql, key, visible_to(about.user()));
  if (!row)
    throw refused_job{not_found()};
  return std::move(*row);
}

reply model_rows::updated(sql_session& sql, const request& about,
                          const json::value& key, bool partial) const {
  constexpr auto kind = static_cast<std::size_t>(row_change::update);
  auto row = row_for_change(sql, about, key);
  sql.note(table_->changing(key, row));
  const auto before = object_of(row);
  take_body(sql, about, partial, row);
  fill(row, about.user(), row_change::update);
  const auto object = object_of(row);
  const untyped_change change{sql, about.user(), before.get(), object.get()};
  run(about_.before[kind], change);
  row = about_.codec.write(object.get());
  row[table_->key().name()] = key;
  if (auto changed = table_->update(sql, row))
    sql.note_became(table_->name(), key, std::move(*changed));
  run(about_.after[kind], change);
  return ok(shown(object.get()));
}

reply model_rows::destroyed(sql_session& sql, const request& about,
                            const json::value& key) const {
  constexpr auto kind = static_cast<std::size_t>(row_change::destroy);
  const auto row = row_for_change(sql, about, key);
  sql.note(table_->changing(key, row));
  const auto object = object_of(row);
  const untyped_change change{sql, about.user(), object.get(), nullptr};
  run(about_.before[kind], change);
  try {
    table_->remove(sql, key);
    if (sql.changed() == 1)
      sql.note_became(table_->name(), key, nullptr);
  } catch (const sql_error& error) {
    if (error.fault() != sql_fault::reference)
      throw;
    throw refused_job{fail(
        conflict_status, json::array{json::object{
                             {"detail", "Other objects refer to this one."}}})};
  }
  run(about_.after[kind], change);
  return ok(nullptr, 204);
}

void note_change(sql_session& sql, const object_description& model,
                 const json::value& key) {
  auto table = std::make_shared<const model_table>(model, false, sql.kind());
  if (!table->fault().empty())
    throw sql_error(sql_fault::other,
                    "\"" + model.name() + "\" " + table->fault());
  auto row = table->changing(key);
  // The row is read again at the end of the job.
  row.read = [table, read = std::move(row.read)](sql_session& reading) {
    return read(reading);
  };
  sql.note(std::move(row));
}

} // namespace stagedoor
