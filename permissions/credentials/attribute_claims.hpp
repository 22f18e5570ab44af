#pragma once

#include "stagedoor/permissions/credentials/json_fields.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <string>
#include <vector>

namespace stagedoor {

/// Says what is wrong with the names of claims that are to become attributes.
/// Limits: the number and the bytes of names, see credential_limits.
complaint fault_of_claim_names(const std::vector<std::string>& names);

/// Copies the named claims to the same places of `out`. A claim that is missing
/// is left out.
/// @param names have no fault.
/// @returns false if a claim is neither an integer, a boolean nor a string that
///          is not empty, or if the string is too long; see credential_limits.
bool read_attributes(const json::object& claims,
                     const std::vector<std::string>& names, json::object& out);

} // namespace stagedoor
