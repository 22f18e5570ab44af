#pragma once

#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/store/postgres_store.hpp>
#include <stagedoor/protocol/errors.hpp>

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "store_probe.hpp"

namespace stagedoor::test {

/// Where tests/postgres/run.sh has started a server; empty if it has not.
inline std::string postgres_url() {
  const auto* url = std::getenv("STAGEDOOR_TEST_POSTGRES");
  return url == nullptr ? "" : url;
}

inline store_ptr opened(const postgres_options& options) {
  auto result = open_postgres(options);
  if (!result)
    BOOST_FAIL(text_of(result.error()));
  return std::move(*result);
}

/// A schema of its own, in which tables are made and looked for.
class postgres_schema {
public:
  postgres_schema() {
    static int count = 0;
    const auto name =
        "test_" + std::to_string(getpid()) + '_' + std::to_string(++count);
    const auto server = opened({postgres_url(), 1, 1});
    job_ending end;
    server->write(
        store::clock::now() + std::chrono::seconds{20},
        [&](sql_session& sql) { sql.run("CREATE SCHEMA " + name); },
        end.ending());
    BOOST_REQUIRE(!end.wait());
    connection_ = postgres_url() + "?options=-csearch_path%3D" + name;
  }

  /// The string for connections that use it.
  [[nodiscard]] const std::string& connection() const { return connection_; }

private:
  std::string connection_;
};

} // namespace stagedoor::test
