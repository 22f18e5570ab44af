#pragma once

#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/store/store.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store_probe.hpp"

namespace stagedoor::test {

inline constexpr auto no_fault = std::optional<sql_fault>{};

/// Runs jobs of a store, and waits for each.
struct store_user {
  /// Late enough for any job.
  [[nodiscard]] static store::clock::time_point soon() {
    return store::clock::now() + std::chrono::seconds{20};
  }

  std::optional<sql_fault> write(store::job job,
                                 store::clock::time_point deadline = soon()) {
    job_ending end;
    database->write(deadline, std::move(job), end.ending());
    return fault_of(end);
  }

  std::optional<sql_fault> write(const std::string& statement,
                                 const std::vector<sql_value>& values = {}) {
    return write([&](sql_session& sql) { sql.run(statement, values); });
  }

  std::optional<sql_fault> read(store::job job,
                                store::clock::time_point deadline = soon()) {
    job_ending end;
    database->read(deadline, std::move(job), end.ending());
    return fault_of(end);
  }

  sql_rows rows(const std::string& statement,
                const std::vector<sql_value>& values = {}) {
    sql_rows result;
    BOOST_REQUIRE(
        (read([&](sql_session& sql) { result = sql.run(statement, values); })
         == no_fault));
    return result;
  }

  store_ptr database;
  /// What was wrong with the last job.
  std::string text;

private:
  std::optional<sql_fault> fault_of(job_ending& end) {
    const auto fault = end.wait();
    text = end.text();
    return fault;
  }
};

} // namespace stagedoor::test
