#pragma once

#include "stagedoor/actors/store/store.hpp"

#include "caf/expected.hpp"

#include <cstddef>
#include <filesystem>

namespace stagedoor {

/// How much a commit survives.
enum class sqlite_durability {
  /// The loss of power: each commit waits for the disk.
  full,
  /// The end of the process. The loss of power may take the last commits back,
  /// and spoils nothing.
  normal,
};

/// Options of a database in a file.
struct sqlite_options {
  /// It is made if it is not there. Beside it SQLite keeps `<path>-wal` and
  /// `<path>-shm`.
  std::filesystem::path path;
  sqlite_durability durability = sqlite_durability::full;
  /// Threads that read, each with a connection. One more thread writes.
  std::size_t readers = 2;
  /// Jobs that wait for a thread. One more is `full`. Readers and writers have
  /// a queue each.
  std::size_t waiting_max = 1024;
  /// Writes that are committed together. Further ones wait for the next commit.
  std::size_t group_max = 64;
  /// Time that a job of an action may take, from when it is queued.
  std::chrono::milliseconds job_timeout{5000};
  /// Null: spdlog's default logger, whose lines then wait for no reader.
  std::shared_ptr<spdlog::logger> log = nullptr;
};

/// Opens a database in a file, for which it is the only writer of this process.
/// Writes that wait are committed together, so that they share the time of the
/// disk; each is a transaction of its own all the same.
/// @returns an error with one line that says what is wrong.
caf::expected<store_ptr> open_sqlite(const sqlite_options& options);

} // namespace stagedoor
