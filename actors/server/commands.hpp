#pragma once

#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/permissions/credentials/users_file.hpp"

#include <optional>
#include <ostream>
#include <vector>

namespace stagedoor {

/// Runs the command that the command line names, instead of a server. The
/// program has called `config::offer_commands` before. The commands are:
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
/// @returns the exit status, or nothing if the command line names none of them.
///          It is 0 on success, 1 if the matrix has changed or the message is
///          not allowed, and 2 with a line in `err` if the command line is
///          wrong.
std::optional<int> run_command(const config& cfg,
                               const std::vector<endpoint_spec>& endpoints,
                               const users_file_ptr& users, std::ostream& out,
                               std::ostream& err);

/// The whole `main` of a program that is a server: reads the command line
/// (`config`), runs the command that it names, or starts the server and logs
/// where it listens. The server runs until SIGINT or SIGTERM, see
/// `server::run_until`. Call it before the program starts threads. A program
/// that has actors of its own makes its actor system itself and calls `serve`.
/// @returns the exit status: 0; that of the command; 2 if the command line is
///          wrong or the server cannot start, with a line on standard error.
int run_server(int argc, char** argv,
               const std::vector<endpoint_spec>& endpoints);

} // namespace stagedoor
