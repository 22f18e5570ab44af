#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace stagedoor {

/// The name of the type of a value as the error texts have it, which is
/// Python's: `str`, `int`, `float`, `bool`, `list`, `dict` or `NoneType`.
std::string_view type_name(const json::value& value);

/// Spells a value as Python's `str` does, because the error texts echo values
/// that way: `True`, `None`, `1e-07`, `[1, 'a']`.
std::string spelled(const json::value& value);

/// Spells a number as Python does: the fewest digits that read back the same,
/// with an exponent below 1e-4 and from 1e16 on.
std::string spelled(double number);

/// Returns `text` without the white space at both ends. That is Unicode's, such
/// as U+00A0 and U+2028, and the separators U+001C to U+001F.
std::string_view trimmed(std::string_view text);

/// How many code points are in `text`, which has to be UTF-8.
std::size_t count_characters(std::string_view text);

} // namespace stagedoor
