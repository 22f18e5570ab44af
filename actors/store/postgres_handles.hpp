#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

struct pg_conn;
struct pg_result;

namespace stagedoor {

/// Gives back what libpq has made.
struct postgres_deleter {
  void operator()(pg_conn* connection) const;
  void operator()(pg_result* result) const;
};

using postgres_connection_ptr = std::unique_ptr<pg_conn, postgres_deleter>;
using postgres_result_ptr = std::unique_ptr<pg_result, postgres_deleter>;

/// Begins to connect to a server, whose notices are dropped: its log has them.
/// @param target a connection string of libpq.
/// @param defaults names and values of what the string may leave out.
/// @returns never null.
postgres_connection_ptr begin_connection(
    const std::string& target,
    const std::vector<std::pair<const char*, const char*>>& defaults = {});

/// Goes on until the connection is made.
/// @param wait returns when the socket is ready for any of these events, as
///        `poll` names them. It may throw.
/// @returns false if it cannot be made; the connection says why.
bool finish_connection(pg_conn* connection,
                       const std::function<void(int events)>& wait);

} // namespace stagedoor
