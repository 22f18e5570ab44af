#pragma once

#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/protocol/path_pattern.hpp"

#include "caf/expected.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// One route of an endpoint, compiled: its handler, and the permissions that
/// its messages need, those of the outer handlers included.
struct compiled_route {
  /// Its place in the tree; the root is 0.
  std::size_t index = 0;
  /// The patterns from the root to here, one after the other.
  std::string patterns;
  handler_spec handler;
  /// Of an action without a list of its own, and of unknown actions.
  std::shared_ptr<const permission_list> guard;
  /// Of actions with a list of their own, or with that of another action. If
  /// actors of the application get actions that the handler does not declare,
  /// also of those.
  std::map<std::string, std::shared_ptr<const permission_list>, std::less<>>
      action_guards;

  struct child {
    path_pattern pattern;
    std::size_t index;
  };
  std::vector<child> children;

  /// How many states of this route live by key, on all units.
  std::shared_ptr<std::atomic<std::size_t>> keyed_states =
      std::make_shared<std::atomic<std::size_t>>(0);

  [[nodiscard]] const std::shared_ptr<const permission_list>&
  guard_of(std::string_view action) const;
};

/// The routes of one endpoint: immutable, shared by all units.
/// Thread rule: may be used from any thread.
class route_tree {
public:
  /// @returns errc::invalid_endpoint with a line that names the endpoint, the
  ///          route and what is wrong.
  static caf::expected<std::shared_ptr<const route_tree>>
  compile(const endpoint_spec& spec,
          default_permission otherwise = default_permission::allow);

  /// Where a route leads: its query is split off, then one pattern after the
  /// other is matched against what is left of it; the first in list order wins.
  /// @param captures gets the named groups of all matched patterns.
  /// @returns nothing if a rest matches no pattern.
  [[nodiscard]] const compiled_route* match(std::string_view route,
                                            fields& captures) const;

  /// By `compiled_route::index`.
  [[nodiscard]] const std::vector<compiled_route>& all() const {
    return routes_;
  }
  [[nodiscard]] const compiled_route& root() const { return routes_.front(); }

private:
  /// What is the same for all handlers of an endpoint.
  struct compilation {
    const endpoint_spec& spec;
    default_permission otherwise;
  };

  /// Where a handler stands.
  struct position {
    std::string route;
    /// The lists of the handlers around it.
    permission_list outer;
    /// For errors.
    std::string place;
    /// From the outermost to its own.
    std::vector<path_pattern> patterns;
  };

  /// Adds a handler with those below it.
  caf::error add(const compilation& run, const handler_spec& handler,
                 const position& where,
                 const std::vector<handler_definition::child>& more);

  /// Adds the lists of actions that have some of their own, and checks the
  /// actions.
  static caf::error add_actions(const compilation& run, const position& where,
                                compiled_route& route);

  std::vector<compiled_route> routes_;
  unmatched_route unmatched_ = unmatched_route::refuse;
};

using route_tree_ptr = std::shared_ptr<const route_tree>;

/// A group rule, compiled.
struct compiled_group_rule {
  /// The pattern of the names.
  path_pattern name;
  group_rule rule;
};

/// An endpoint, compiled.
struct compiled_endpoint {
  std::size_t index = 0;
  path_pattern path;
  endpoint_spec spec;
  route_tree_ptr routes;
  std::vector<compiled_group_rule> groups;
};

using endpoint_table = std::vector<compiled_endpoint>;
using endpoint_table_ptr = std::shared_ptr<const endpoint_table>;

/// Compiles the endpoints of a server.
/// @returns errc::invalid_endpoint; see `route_tree::compile`.
caf::expected<endpoint_table_ptr>
compile_endpoints(const std::vector<endpoint_spec>& specs,
                  default_permission otherwise = default_permission::allow);

/// Prepares the handlers of all endpoints, see `handler_definition::prepare`.
/// @returns errc::invalid_endpoint.
caf::error prepare_handlers(const endpoint_table& endpoints);

} // namespace stagedoor
