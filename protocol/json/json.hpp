#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include "caf/expected.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace stagedoor {

/// Parses one JSON text strictly by RFC 8259: UTF-8 without a byte-order mark,
/// no lone surrogates, and nothing behind the value. Integers have 64 bits and
/// may be signed or unsigned; every other number becomes the nearest double. If
/// a key comes twice, the last one wins.
/// @param depth_max the most levels of objects and arrays; the outermost is
///        level 1.
/// @returns errc::malformed_message for any other text, and for a number that
///          no double can hold finitely.
caf::expected<json::value> parse_json(std::string_view text,
                                      std::size_t depth_max);

/// The most levels of JSON from another node. It is above the largest
/// `json_depth_max`, so that every node accepts what another node has accepted.
inline constexpr std::size_t wire_depth_max = 512;

/// Says of a value, in a log, that it has something that JSON cannot express.
inline constexpr std::string_view not_json_text =
    "text that is not UTF-8, or a number that is not finite";

/// Appends `value` as compact JSON. Doubles are written as JavaScript writes
/// them, in the shortest form that reads back the same. Bytes of a text or key
/// that are not UTF-8 are replaced by U+FFFD, and a number that is not finite
/// by null.
/// @returns whether nothing had to be replaced.
bool append_json(std::string& out, const json::value& value);

/// The same for `text`, which becomes a JSON string with its quotes.
bool append_json(std::string& out, std::string_view text);

/// Returns `value` as compact JSON, with the same replacements.
std::string to_json(const json::value& value);

/// Returns `text` as a JSON string with its quotes: UTF-8 on one line, whatever
/// is in `text`.
std::string to_json_string(std::string_view text);

} // namespace stagedoor
