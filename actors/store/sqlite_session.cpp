#include "stagedoor/actors/store/sqlite_session.hpp"

#include "stagedoor/protocol/model/decimal.hpp"

#include <sqlite3.h>

#include <chrono>
#include <cmath>
#include <compare>
#include <thread>
#include <type_traits>
#include <utility>

namespace stagedoor {

namespace {

/// How long a connection waits until it tries again to get a lock.
constexpr std::chrono::milliseconds lock_pause{2};
/// After how many steps of SQLite's machine the deadline is looked at.
constexpr int steps_per_look = 1000;

sql_fault fault_of(int code) {
  switch (code) {
  case SQLITE_CONSTRAINT_UNIQUE:
  case SQLITE_CONSTRAINT_PRIMARYKEY:
  case SQLITE_CONSTRAINT_ROWID:
    return sql_fault::unique;
  case SQLITE_CONSTRAINT_FOREIGNKEY:
  // What ON DELETE RESTRICT refuses.
  case SQLITE_CONSTRAINT_TRIGGER:
    return sql_fault::reference;
  case SQLITE_CONSTRAINT_CHECK:
    return sql_fault::check;
  case SQLITE_CONSTRAINT_NOTNULL:
    return sql_fault::not_null;
  case SQLITE_CONSTRAINT_DATATYPE:
    return sql_fault::wrong_type;
  default:
    break;
  }
  switch (code & 0xFF) {
  case SQLITE_MISMATCH:
  case SQLITE_TOOBIG:
    return sql_fault::wrong_type;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return sql_fault::locked;
  case SQLITE_FULL:
    return sql_fault::full;
  case SQLITE_INTERRUPT:
    return sql_fault::late;
  case SQLITE_CANTOPEN:
  case SQLITE_CORRUPT:
  case SQLITE_IOERR:
  case SQLITE_NOTADB:
  case SQLITE_PERM:
  case SQLITE_READONLY:
    return sql_fault::gone;
  default:
    return sql_fault::other;
  }
}

sql_value value_of(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
  case SQLITE_INTEGER:
    return std::int64_t{sqlite3_column_int64(statement, column)};
  case SQLITE_FLOAT:
    return sqlite3_column_double(statement, column);
  case SQLITE_NULL:
    return std::monostate{};
  default: {
    // The text first: the size is that of the text then.
    const auto* text =
        static_cast<const char*>(sqlite3_column_blob(statement, column));
    const auto bytes = sqlite3_column_bytes(statement, column);
    return text == nullptr ? std::string{}
                           : std::string{text, static_cast<std::size_t>(bytes)};
  }
  }
}

/// Ends a run of a statement. If it kept its place, the session would see the
/// database as it was then.
struct reset_at_end {
  explicit reset_at_end(sqlite3_stmt* used) : statement(used) {}
  reset_at_end(const reset_at_end&) = delete;
  reset_at_end& operator=(const reset_at_end&) = delete;
  ~reset_at_end() {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }
  sqlite3_stmt* statement;
};

/// Orders two texts as decimals; any other text comes first.
int compare_decimals(void*, int left_size, const void* left, int right_size,
                     const void* right) {
  const auto read = [](const void* text, int size) {
    return decimal::parse(
        {static_cast<const char*>(text), static_cast<std::size_t>(size)});
  };
  const auto order = read(left, left_size) <=> read(right, right_size);
  return std::is_lt(order) ? -1 : static_cast<int>(std::is_gt(order));
}

/// What a statement of a job may not do: its transaction is the store's.
int restrict(void* restricted, int action, const char*, const char*,
             const char*, const char*) {
  if (!*static_cast<const bool*>(restricted))
    return SQLITE_OK;
  switch (action) {
  case SQLITE_TRANSACTION:
  case SQLITE_SAVEPOINT:
  case SQLITE_ATTACH:
  case SQLITE_DETACH:
    return SQLITE_DENY;
  default:
    return SQLITE_OK;
  }
}

} // namespace

void sqlite_session::finalizer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void sqlite_session::closer::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

sqlite_session::sqlite_session(const sqlite_options& options, access allowed)
    : deadline_(store::clock::now() + options.job_timeout) {
  sqlite3* opened = nullptr;
  const auto code =
      sqlite3_open_v2(options.path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                          | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                      nullptr);
  connection_.reset(opened);
  if (code != SQLITE_OK)
    throw sql_error(fault_of(code), sqlite3_errstr(code), std::to_string(code));
  sqlite3_busy_handler(
      opened,
      [](void* self, int) {
        if (static_cast<sqlite_session*>(self)->is_late())
          return 0;
        std::this_thread::sleep_for(lock_pause);
        return 1;
      },
      this);
  sqlite3_progress_handler(
      opened, steps_per_look,
      [](void* self) {
        return static_cast<sqlite_session*>(self)->is_late() ? 1 : 0;
      },
      this);
  sqlite3_set_authorizer(opened, restrict, &is_restricted_);
  sqlite3_create_collation(opened, decimal_collation, SQLITE_UTF8, nullptr,
                           compare_decimals);
  enter_wal();
  command(options.durability == sqlite_durability::full
              ? "PRAGMA synchronous = FULL"
              : "PRAGMA synchronous = NORMAL");
  command("PRAGMA foreign_keys = ON");
  // The schema is that of the application, and may have been made by others.
  command("PRAGMA trusted_schema = OFF");
  if (allowed == access::read)
    command("PRAGMA query_only = ON");
}

sql_rows sqlite_session::carry_out(const std::string& statement,
                                   const std::vector<sql_value>& values) {
  is_restricted_ = true;
  return run_with(statements_, statement, values);
}

void sqlite_session::command(const std::string& statement) {
  is_restricted_ = false;
  run_with(commands_, statement, {});
}

sql_rows sqlite_session::run_with(cache& kept, const std::string& statement,
                                  const std::vector<sql_value>& values) {
  auto* known = kept.find(statement);
  if (known == nullptr) {
    known = &kept.add(statement, prepare(statement));
    kept.take_oldest();
  }
  auto* next = known->get();
  const reset_at_end reset{next};
  bind(next, values);
  sql_rows result;
  while (true) {
    const auto code = sqlite3_step(next);
    if (code == SQLITE_DONE)
      return result;
    if (code != SQLITE_ROW)
      fail();
    auto& row = result.emplace_back();
    const auto columns = sqlite3_data_count(next);
    row.reserve(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column)
      row.push_back(value_of(next, column));
  }
}

std::int64_t sqlite_session::changed() const {
  return sqlite3_changes64(connection_.get());
}

void sqlite_session::enter_wal() {
  while (true) {
    try {
      command("PRAGMA journal_mode = WAL");
      return;
    } catch (const sql_error& error) {
      if (error.fault() != sql_fault::locked || is_late())
        throw;
    }
    std::this_thread::sleep_for(lock_pause);
  }
}

bool sqlite_session::is_in_transaction() const {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}

sqlite_session::prepared sqlite_session::prepare(const std::string& statement) {
  sqlite3_stmt* made = nullptr;
  const char* rest = nullptr;
  if (sqlite3_prepare_v3(connection_.get(), statement.data(),
                         static_cast<int>(statement.size()),
                         SQLITE_PREPARE_PERSISTENT, &made, &rest)
      != SQLITE_OK)
    fail();
  prepared result{made};
  // What follows the first statement would not be run.
  if (!result || rest != statement.data() + statement.size())
    throw sql_error(sql_fault::other,
                    "this is not one statement: " + statement);
  return result;
}

void sqlite_session::bind(sqlite3_stmt* statement,
                          const std::vector<sql_value>& values) {
  const auto wanted =
      static_cast<std::size_t>(sqlite3_bind_parameter_count(statement));
  if (wanted != values.size())
    throw sql_error(sql_fault::other,
                    std::to_string(values.size()) + " values for "
                        + std::to_string(wanted)
                        + " parameters of: " + sqlite3_sql(statement));
  int index = 0;
  for (const auto& value : values) {
    ++index;
    const auto code = std::visit(
        [&]<class T>(const T& x) {
          if constexpr (std::is_same_v<T, std::monostate>)
            return sqlite3_bind_null(statement, index);
          else if constexpr (std::is_same_v<T, std::int64_t>)
            return sqlite3_bind_int64(statement, index, x);
          else if constexpr (std::is_same_v<T, double>)
            return std::isnan(x) ? SQLITE_MISMATCH // It would become NULL.
                                 : sqlite3_bind_double(statement, index, x);
          else // It outlives the run.
            return sqlite3_bind_text64(statement, index, x.data(), x.size(),
                                       SQLITE_STATIC, SQLITE_UTF8);
        },
        value);
    if (code != SQLITE_OK)
      throw sql_error(fault_of(code),
                      std::string{sqlite3_errstr(code)} + ": "
                          + sqlite3_sql(statement),
                      std::to_string(code));
  }
}

void sqlite_session::fail() const {
  const auto code = sqlite3_extended_errcode(connection_.get());
  throw sql_error(fault_of(code),
                  std::string{sqlite3_errmsg(connection_.get())} + " (SQLite "
                      + std::to_string(code) + ")",
                  std::to_string(code));
}

} // namespace stagedoor
