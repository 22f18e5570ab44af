#pragma once

#include "stagedoor/permissions/credentials/json_fields.hpp"

#include <cstddef>
#include <string>

namespace stagedoor {

/// Reads a whole file of at most `bytes_max` bytes: a wrong path must not fill
/// the memory.
/// @returns what is wrong, or nothing; then `out` is the text.
complaint read_file_text(const std::string& path, std::size_t bytes_max,
                         std::string& out);

} // namespace stagedoor
