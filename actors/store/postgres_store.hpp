#pragma once

#include "stagedoor/actors/store/store.hpp"

#include "caf/expected.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace stagedoor {

/// Options of a database of a PostgreSQL server.
struct postgres_options {
  /// Such as `postgresql://user:password@host/database?sslmode=require`, or any
  /// other connection string of libpq. What it leaves out comes from the `PG…`
  /// variables of the environment.
  std::string connection;
  /// Threads that read, each with a connection.
  std::size_t readers = 4;
  /// Threads that write, each with a connection.
  std::size_t writers = 8;
  /// Jobs that wait for a thread. One more is `full`. Readers and writers have
  /// a queue each.
  std::size_t waiting_max = 1024;
  /// Time that a job of an action may take, from when it is queued.
  std::chrono::milliseconds job_timeout{5000};
  /// Null: spdlog's default logger, whose lines then wait for no reader.
  std::shared_ptr<spdlog::logger> log = nullptr;
};

/// Opens a database of a PostgreSQL server, version 12 or later. It connects
/// once, and the other threads do when they have a job. A connection that is
/// lost is made again for the next job.
/// @returns an error with one line that says what is wrong. It shows no
///          password.
caf::expected<store_ptr> open_postgres(const postgres_options& options);

} // namespace stagedoor
