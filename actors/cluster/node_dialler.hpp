#pragma once

#include "stagedoor/actors/cluster/link_scribe.hpp"
#include "stagedoor/actors/cluster/node_address.hpp"

#include "caf/behavior.hpp"
#include "caf/error.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/io/middleman_actor.hpp"
#include "caf/stateful_actor.hpp"

#include <chrono>
#include <functional>
#include <string>

namespace stagedoor {

/// Makes an actor that connects as CAF's middleman does, over TCP or TLS, and
/// leaves the version of a node that speaks another one.
using connector =
    std::function<caf::io::middleman_actor(const other_version& told)>;

class node_dialler_state {
public:
  using pointer = caf::stateful_actor<node_dialler_state>*;

  static inline const char* name = "stagedoor.node_dialler";

  explicit node_dialler_state(pointer self);
  ~node_dialler_state();

  node_dialler_state(const node_dialler_state&) = delete;
  node_dialler_state& operator=(const node_dialler_state&) = delete;

  caf::behavior start(connector connects);

private:
  /// @returns whether somebody accepts connections there. Blocks, for
  ///          `accept_timeout` and for the resolution of a name.
  static bool is_reachable(const node_address& where);
  /// @returns why it makes no sense to connect; none: somebody accepts.
  static caf::error look_at(const node_address& where);

  pointer self_;
  connector connects_;
  other_version told_ = std::make_shared<std::atomic<std::uint64_t>>();
  caf::io::middleman_actor helper_;
};

/// Says for the log what an error of CAF means for the address that was dialled
/// or greeted; it goes on behind the address.
std::string dial_failure(const caf::error& error);

/// Connects to one address, once. It is spawned detached, as it blocks, and has
/// a middleman of its own: CAF's keeps all others waiting while one address
/// does not answer, and remembers who was there.
///
/// Receives: the address (node actor); answered with who is published there.
/// Sends: nothing else.
/// Limits: `accept_timeout`; then, for the first bytes, CAF's next heartbeat.
/// Ends when: it has answered; nobody kills it. An actor system that ends waits
/// for it: one that ended while its broker holds half a TLS handshake would
/// wait for ever for the middleman that asked for it.
/// Next on the path: cluster_node.hpp.
caf::behavior node_dialler(node_dialler_state::pointer self,
                           connector connects);

} // namespace stagedoor
