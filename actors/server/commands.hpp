#pragma once

#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/permissions/credentials/users_file.hpp"

#include "caf/actor_system.hpp"

#include <concepts>
#include <functional>
#include <optional>
#include <ostream>
#include <type_traits>
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
/// `server::run_until`. Call it before the program starts threads.
/// @returns the exit status: 0; that of the command; 2 if the command line is
///          wrong or the server cannot start, with a line on standard error.
int run_server(int argc, char** argv,
               const std::vector<endpoint_spec>& endpoints);

/// Makes the endpoints of a program that has actors of its own.
using endpoint_maker =
    std::function<std::vector<endpoint_spec>(caf::actor_system&)>;

namespace detail {
int run_server_made_by(int argc, char** argv, const endpoint_maker& make);
} // namespace detail

/// The same for a program that has actors of its own, which it spawns in the
/// actor system of the server. These actors have to end by themselves when the
/// server has ended and nobody refers to them any more, or the program does not
/// end. A program with message types of its own, or with more than one server,
/// makes its actor system itself and calls `serve`.
/// @param make takes a `caf::actor_system&`, and returns an endpoint or a
///        `std::vector<endpoint_spec>`.
template <std::invocable<caf::actor_system&> F>
int run_server(int argc, char** argv, F make) {
  return detail::run_server_made_by(
      argc, argv, [&](caf::actor_system& sys) -> std::vector<endpoint_spec> {
        using made = std::invoke_result_t<F&, caf::actor_system&>;
        constexpr bool is_one = std::is_convertible_v<made, endpoint_spec>;
        constexpr bool is_list =
            std::is_convertible_v<made, std::vector<endpoint_spec>>;
        static_assert(is_one || is_list,
                      "run_server takes endpoints, or a function that makes an "
                      "endpoint or a std::vector<endpoint_spec> in an actor "
                      "system");
        if constexpr (is_one)
          return {make(sys)};
        else
          return make(sys);
      });
}

} // namespace stagedoor
