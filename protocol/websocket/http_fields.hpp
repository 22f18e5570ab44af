#pragma once

#include "stagedoor/protocol/scope.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// `text` without the blanks and tabs around it.
std::string_view trim(std::string_view text);

/// `text` with A to Z in lower case.
std::string lower_case(std::string_view text);

/// The trimmed values of all headers of that name, which is in lower case.
std::vector<std::string_view> header_values(const fields& headers,
                                            std::string_view name);

/// The cookies of all `cookie` headers.
fields parse_cookies(const fields& headers);

/// The comma-separated lists of all headers of that name: trimmed, empty items
/// left out.
std::vector<std::string> parse_list(const fields& headers,
                                    std::string_view name);

/// Whether such a list has `token`, which is in lower case; case is ignored.
bool list_has_token(const fields& headers, std::string_view name,
                    std::string_view token);

/// The two header lines that every answer of the server has, with their line
/// ends: `Date` as RFC 9110, section 5.6.7, writes it, and `Server`.
std::string date_and_server(std::chrono::system_clock::time_point now);

} // namespace stagedoor
