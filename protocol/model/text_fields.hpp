#pragma once

#include "stagedoor/protocol/model/field_rules.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// Converts a value to the canonical text of a field of the kinds text, slug,
/// regex, email, url or ip_address.
validation_result to_canonical_text(const field_rules& rules,
                                    const json::value& value);

/// Appends the errors of a canonical text.
void check_text(const field_rules& rules, std::string_view text,
                json::array& errors);

using uuid_bytes = std::array<std::uint8_t, 16>;

/// Reads a UUID from an integer, or from a text of 32 digits that may have
/// dashes, braces and `urn:uuid:` around.
std::optional<uuid_bytes> read_uuid(const json::value& value);

/// Writes a UUID in lower case and with dashes.
std::string write_uuid(const uuid_bytes& bytes);

/// Converts a UUID from its canonical text into the form that a reply shows.
json::value shown_uuid(uuid_form form, std::string_view canonical);

} // namespace stagedoor
