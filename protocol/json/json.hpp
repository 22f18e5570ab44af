#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include "caf/expected.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace stagedoor {

/// Parses one JSON text, strictly: RFC 8259, UTF-8, no byte-order mark, no lone
/// surrogates, nothing behind the value. Integers are 64-bit, signed or
/// unsigned; every other number becomes the nearest double. Of duplicate keys
/// the last wins.
/// @param depth_max how deep objects and arrays may nest; the outermost is 1.
/// @returns errc::malformed_message for anything else, and for a number that no
///          double can hold finitely.
caf::expected<json::value> parse_json(std::string_view text,
                                      std::size_t depth_max);

/// How deep JSON may nest that another node sends: above the largest
/// `json_depth_max`, so that what one node took, every node takes.
inline constexpr std::size_t wire_depth_max = 512;

/// Appends `value` as compact JSON. Doubles are written as JavaScript writes
/// them: the shortest form that reads back the same.
void append_json(std::string& out, const json::value& value);

/// Appends `text` as a JSON string with its quotes. `text` must be UTF-8.
void append_json(std::string& out, std::string_view text);

/// Returns `value` as compact JSON.
std::string to_json(const json::value& value);

} // namespace stagedoor
