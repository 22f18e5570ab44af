#pragma once

#include "stagedoor/protocol/scope.hpp"

#include <string_view>

namespace stagedoor {

/// The byte that the escape at the start of `text` stands for, such as 65 for
/// `%41`, or -1 if `text` begins with no escape.
int escaped_byte(std::string_view text);

/// Splits a query into names and values, and decodes them as forms are decoded.
/// Pairs are separated by `&`, and the first `=` of a pair separates its name
/// from its value. Name and value may be empty, but a pair may not: `&&`
/// separates like `&`. A `+` stands for a blank, and a `%` that begins no
/// escape stands for itself.
/// @returns names and values in the order they came. They may have any bytes,
///          as escapes stand for any.
fields decode_query(std::string_view query);

/// The query of a route, which is what stands behind its first `?`: decoded,
/// and with U+FFFD in the place of bytes that are not UTF-8.
fields query_of_route(std::string_view route);

} // namespace stagedoor
