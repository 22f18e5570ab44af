#pragma once

#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/permissions/credentials/users_file.hpp"

#include <optional>
#include <ostream>
#include <vector>

namespace stagedoor {

/// Runs the command that the command line names, instead of a server:
///
/// - `collectpermissions [--format table|json|markdown] [--check FILE]` prints
///   which users may do what. With a file, it compares the matrix with that
///   file instead.
/// - `explain --endpoint PATH --action ACTION` with `--user NAME` (or a user as
///   JSON; without it the anonymous user), `--route ROUTE` and `--object JSON`
///   (the object that the loader would find) prints the answers of the
///   permissions.
///
/// @param users the users to find by name, unless the command line has a users
///        file.
/// @returns the exit status, or nothing if the command line names no command.
///          It is 0 on success, 1 if the matrix has changed or the message is
///          not allowed, and 2 with a line in `err` if the command line is
///          wrong.
std::optional<int> run_command(const config& cfg,
                               const std::vector<endpoint_spec>& endpoints,
                               const users_file_ptr& users, std::ostream& out,
                               std::ostream& err);

} // namespace stagedoor
