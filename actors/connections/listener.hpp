#pragma once

#include "stagedoor/actors/connections/connection_setup.hpp"
#include "stagedoor/actors/connections/invalidations.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/sockets/acceptor.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace stagedoor {

/// One unit as the listener sees it.
struct unit_entry {
  unit* home = nullptr;
  unit_roles_ptr roles;
};

/// What a listener works with.
struct listener_setup {
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
  std::vector<unit_entry> units;
  std::shared_ptr<stagedoor::acceptor> acceptor;
  std::shared_ptr<readiness> ready;
  /// Called when the server drains and the last connection has ended.
  std::function<void()> on_drained;
  /// Numbers the connections. Without it, the numbers of all servers and nodes
  /// differ.
  std::function<std::uint64_t()> next_id = {};
};

class listener_state {
public:
  using pointer = pinned_pointer<listener_actor, listener_state>;

  static inline const char* name = "stagedoor.listener";

  explicit listener_state(pointer self);
  ~listener_state();

  listener_actor::behavior_type start(listener_setup setup);

private:
  struct connection_entry {
    connection_actor handle;
    std::size_t unit_index;
    /// Counts against `connections_max`; any other hears a 503.
    bool admitted;
  };

  void accept_next();
  void accepted(socket_accepted& event);
  void failed(const accept_failed& event);
  void connection_ended(caf::actor_id id);
  void drain();
  /// Sends an order to all connections.
  template <class... Ts>
  void tell_all(const Ts&... order) {
    for (const auto& [number, entry] : connections_)
      self_->send(entry.handle, order...);
  }
  void revoke_on_nodes(const std::string& id);
  void tell_if_drained();

  pointer self_;
  listener_setup setup_;
  /// How many connections each unit has.
  std::vector<std::size_t> load_;
  std::unordered_map<caf::actor_id, connection_entry> connections_;
  /// `start` makes it.
  std::optional<invalidations> invalidations_;
  std::size_t admitted_ = 0;
  bool accepting_ = false;
  /// The last accept failed.
  bool failing_ = false;
  deadline retry_;
};

/// Accepts the sockets of one address.
///
/// Receives: accepted sockets; drain, revocations and invalidations (server,
/// admin, application, listeners of other nodes); its connections' deaths.
/// Sends: the same three (connections), the last two to the listeners of other
/// nodes as well, unless they came from there. An invalidation is answered when
/// all guards of groups have been asked again. Spawns a connection for each
/// socket, on the unit that has the fewest.
/// Limits: `connections_max`, `refusals_max`, `invalidate_timeout`.
/// Ends when: the server stops.
/// Next on the path: connection.hpp.
listener_actor::behavior_type listener(listener_state::pointer self,
                                       listener_setup setup);

} // namespace stagedoor
