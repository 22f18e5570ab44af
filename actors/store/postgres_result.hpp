#pragma once

#include "stagedoor/actors/store/store.hpp"

#include <cstdint>
#include <optional>
#include <string>

struct pg_result;

namespace stagedoor {

/// A text of libpq's, without its line ends.
std::string one_line(const char* text);

/// Whether a statement was carried out.
bool is_done(const pg_result* result);

/// A part of an error, which libpq names by a letter; empty if it has none.
std::string part_of(const pg_result* result, int code);

/// What a statement has met that was not carried out.
sql_error error_of(const pg_result* result);

/// Integers of all widths and booleans are integers here, and all other types
/// but floating numbers are texts.
sql_rows rows_of(const pg_result* result);

/// How many rows an INSERT, UPDATE or DELETE has changed; nothing for another
/// statement.
std::optional<std::int64_t> changed_by(pg_result* result);

} // namespace stagedoor
