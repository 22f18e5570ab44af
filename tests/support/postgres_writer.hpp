#pragma once

#include <boost/test/unit_test.hpp>

#include <libpq-fe.h>
#include <memory>
#include <string>

namespace stagedoor::test {

/// Another program that writes to the database, with libpq alone.
class postgres_writer {
public:
  explicit postgres_writer(const std::string& connection)
      : connection_(PQconnectdb(connection.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK)
      BOOST_FAIL(PQerrorMessage(connection_.get()));
  }

  /// Runs statements, as psql would.
  /// @returns the first value that the last one gives; empty if it gives none.
  std::string run(const std::string& statements) {
    const std::unique_ptr<PGresult, freeing> result{
        PQexec(connection_.get(), statements.c_str())};
    const auto status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
      BOOST_FAIL(statements << ": " << PQerrorMessage(connection_.get()));
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
  }

private:
  struct freeing {
    void operator()(PGconn* connection) const { PQfinish(connection); }
    void operator()(PGresult* result) const { PQclear(result); }
  };

  std::unique_ptr<PGconn, freeing> connection_;
};

} // namespace stagedoor::test
