#pragma once

#include <boost/test/unit_test.hpp>

#include <spdlog/logger.h>
#include <stagedoor/actors/store/sqlite_store.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "log_lines.hpp"
#include "store_probe.hpp"
#include "temporary_folder.hpp"

namespace stagedoor::test {

/// A database in a new file, which goes with the object.
struct test_database {
  explicit test_database(
      std::chrono::milliseconds job_timeout = std::chrono::seconds{20}) {
    options.job_timeout = job_timeout;
    options.log = std::make_shared<spdlog::logger>("test", lines);
    options.path = folder.path() / "test.db";
    auto opened = open_sqlite(options);
    if (!opened)
      BOOST_FAIL(text_of(opened.error()));
    database = std::move(*opened);
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

  temporary_folder folder;
  /// What the store has logged.
  std::shared_ptr<log_lines> lines = std::make_shared<log_lines>();
  sqlite_options options;
  store_ptr database;
};

} // namespace stagedoor::test
