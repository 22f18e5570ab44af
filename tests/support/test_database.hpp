#pragma once

#include <boost/test/unit_test.hpp>

#include <spdlog/logger.h>
#include <stagedoor/actors/store/sqlite_store.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "log_lines.hpp"
#include "postgres_schema.hpp"
#include "store_probe.hpp"
#include "temporary_folder.hpp"

namespace stagedoor::test {

/// A new database, which goes with the object: a file of SQLite, or a schema
/// of the server that tests/postgres/run.sh has started.
struct test_database {
  explicit test_database(
      std::chrono::milliseconds job_timeout = std::chrono::seconds{20}) {
    options.job_timeout = job_timeout;
    options.log = std::make_shared<spdlog::logger>("test", lines);
    options.path = folder.path() / "test.db";
    if (!postgres_url().empty())
      server_schema.emplace();
    database = open_again();
  }

  /// Opens the same database in a further store.
  [[nodiscard]] store_ptr open_again() const {
    if (server_schema) {
      postgres_options of_server;
      of_server.connection = server_schema->connection();
      of_server.job_timeout = options.job_timeout;
      of_server.log = options.log;
      return opened(of_server);
    }
    auto result = open_sqlite(options);
    if (!result)
      BOOST_FAIL(text_of(result.error()));
    return std::move(*result);
  }

  /// Runs a job to its end.
  /// @returns why it failed; empty if it did not.
  std::string run(store::job job) {
    job_ending end;
    database->write(store::clock::now() + std::chrono::seconds{20},
                    std::move(job), end.ending());
    return end.wait() ? end.text() : std::string{};
  }

  /// Runs a statement.
  void write(const std::string& statement) {
    BOOST_TEST(run([&](sql_session& sql) { sql.run(statement); }) == "");
  }

  /// The rows of a table, which may be followed by a condition.
  std::int64_t count(const std::string& table) {
    std::int64_t result = -1;
    BOOST_TEST(run([&](sql_session& sql) {
                 result = std::get<std::int64_t>(
                     sql.run("SELECT count(*) FROM " + table)[0][0]);
               })
               == "");
    return result;
  }

  /// Null on SQLite.
  std::optional<postgres_schema> server_schema;
  temporary_folder folder;
  /// What the store has logged.
  std::shared_ptr<log_lines> lines = std::make_shared<log_lines>();
  /// Of SQLite.
  sqlite_options options;
  store_ptr database;
};

/// For tests of what is so on SQLite only.
inline boost::unit_test::precondition on_sqlite() {
  return boost::unit_test::precondition{[](boost::unit_test::test_unit_id) {
    return boost::test_tools::assertion_result{postgres_url().empty()};
  }};
}

} // namespace stagedoor::test
