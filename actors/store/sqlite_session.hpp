#pragma once

#include "stagedoor/actors/store/kept_statements.hpp"
#include "stagedoor/actors/store/sqlite_store.hpp"

#include <memory>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace stagedoor {

/// One connection to a database in a file.
/// Thread rule: one owner at a time.
class sqlite_session final : public sql_session {
public:
  enum class access { read, write };

  /// It may take `options.job_timeout`.
  /// @throws sql_error if the file cannot be opened.
  sqlite_session(const sqlite_options& options, access allowed);

  [[nodiscard]] database_kind kind() const override {
    return database_kind::sqlite;
  }
  [[nodiscard]] std::int64_t changed() const override;

  /// Runs a statement of the store itself, such as `COMMIT`.
  void command(const std::string& statement);

  /// When statements have to be done: they wait for others and compute until
  /// then, and end with `locked` or `late`.
  void set_deadline(store::clock::time_point deadline) { deadline_ = deadline; }

  /// Whether a transaction is under way. SQLite ends one by itself if it cannot
  /// go on, for example because the disk is full.
  [[nodiscard]] bool is_in_transaction() const;

private:
  struct closer {
    void operator()(sqlite3* connection) const;
  };
  struct finalizer {
    void operator()(sqlite3_stmt* statement) const;
  };
  using prepared = std::unique_ptr<sqlite3_stmt, finalizer>;
  using cache = kept_statements<prepared>;

  /// Refuses what would end or begin a transaction, or open another file.
  sql_rows carry_out(const std::string& statement,
                     const std::vector<sql_value>& values) override;
  /// Lets readers go on beside the writer. SQLite itself does not wait here for
  /// one who is about to write to the file, as it does elsewhere.
  void enter_wal();
  sql_rows run_with(cache& kept, const std::string& statement,
                    const std::vector<sql_value>& values);
  [[nodiscard]] prepared prepare(const std::string& statement);
  void bind(sqlite3_stmt* statement, const std::vector<sql_value>& values);
  [[noreturn]] void fail() const;
  [[nodiscard]] bool is_late() const {
    return store::clock::now() >= deadline_;
  }

  store::clock::time_point deadline_;
  /// Whether a statement of a job is being prepared.
  bool is_restricted_ = false;
  std::unique_ptr<sqlite3, closer> connection_;
  // Before the connection is closed, they are gone. A job cannot have what the
  // store has prepared.
  cache commands_;
  cache statements_;
};

} // namespace stagedoor
