#pragma once

#include "stagedoor/actors/store/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// A statement as PostgreSQL takes it.
struct postgres_text {
  /// With `$1` for each `?1`, but in what is quoted or a comment.
  std::string text;
  /// How many values it needs.
  std::size_t values = 0;
};

postgres_text to_postgres(std::string_view statement);

/// Values as PostgreSQL reads them; nothing is NULL.
/// @param statement what the values are for, which an error shows.
/// @throws sql_error if it cannot have one of them.
std::vector<std::optional<std::string>>
values_for_postgres(const std::vector<sql_value>& values,
                    const std::string& statement);

/// Whether a statement would end or begin a transaction, or change the
/// connection for the jobs that come after, as `COMMIT`, `SET` and `LISTEN` do.
/// `SET LOCAL` is for the job alone.
bool is_for_the_store(std::string_view statement);

/// Whether PostgreSQL can hold a text: it has no NUL.
inline bool is_postgres_text(std::string_view text) {
  return text.find('\0') == std::string_view::npos;
}

/// A statement of a job as it is prepared.
/// @throws sql_error if it is for the store.
postgres_text to_prepare(const std::string& statement);

/// For `statement_timeout`, where 0 is no bound.
std::int64_t milliseconds_until(store::clock::time_point deadline);

/// Whether a job has about the time that all statements of a connection have.
bool has_usual_time(store::clock::time_point deadline,
                    std::chrono::milliseconds job_timeout);

/// How transactions begin. It is prepared, since PostgreSQL takes its time to
/// read it.
inline const std::string begin_reading =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
inline const std::string begin_writing =
    "BEGIN ISOLATION LEVEL REPEATABLE READ READ WRITE";

} // namespace stagedoor
