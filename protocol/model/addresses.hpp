#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

bool is_ipv4_address(std::string_view text);

/// Reads an address of version 6 and writes it in its short form, in lower case
/// and without a scope such as `%eth0`.
/// @param mapped_as_v4 whether `::ffff:1.2.3.4` becomes `1.2.3.4`.
/// @returns nothing if `text` is no such address.
std::optional<std::string> short_ipv6_address(std::string_view text,
                                              bool mapped_as_v4);

/// Whether `text` is an e-mail address: a name, an `@`, and a host that is
/// `localhost`, has a dot, or is an IP address in square brackets.
bool is_email_address(std::string_view text);

/// Whether `text` is the URL of a host, with one of the schemes http, https,
/// ftp and ftps.
bool is_url(std::string_view text);

} // namespace stagedoor
