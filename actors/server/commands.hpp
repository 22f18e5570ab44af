#pragma once

#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/permissions/credentials/users_file.hpp"

#include <optional>
#include <ostream>
#include <vector>

namespace stagedoor {

/// Runs the command that a command line names instead of starting a server:
///
/// - `collectpermissions [--format table|json|markdown] [--check FILE]` prints
///   who may do what; with a file, it compares the matrix with it instead.
/// - `explain --endpoint PATH --action ACTION` with `--user NAME` (or one as
///   JSON; else it is the anonymous one), `--route ROUTE` and `--object JSON`
///   (what the loader would find) prints how the permissions decide.
///
/// @param users where a user's name is looked up, unless the command line has a
///        users file.
/// @returns the exit status: 0; 1 if the matrix has changed, or the message is
///          not allowed; 2 for a command line that is wrong, with a line in
///          `err`. Nothing if the command line names no command.
std::optional<int> run_command(const config& cfg,
                               const std::vector<endpoint_spec>& endpoints,
                               const users_file_ptr& users, std::ostream& out,
                               std::ostream& err);

} // namespace stagedoor
