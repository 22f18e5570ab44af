#pragma once

#include "stagedoor/actors/cluster/address_book.hpp"
#include "stagedoor/actors/cluster/cluster_board.hpp"
#include "stagedoor/actors/cluster/node_hello.hpp"
#include "stagedoor/actors/cluster/offer_watch.hpp"
#include "stagedoor/actors/cluster/peer_table.hpp"
#include "stagedoor/actors/messages.hpp"

#include "caf/behavior.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/exit_reason.hpp"
#include "caf/send.hpp"
#include "caf/stateful_actor.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace stagedoor {

/// What a node actor works with.
struct cluster_node_setup {
  cluster_options options;
  /// Without an address: that is known when it listens.
  node_hello self;
  std::shared_ptr<cluster_board> board;
  /// Opens and closes the port, as CAF's middleman does.
  caf::actor publisher;
  /// Spawns a `node_dialler`.
  std::function<caf::actor()> spawn_dialler;
  std::shared_ptr<spdlog::logger> log;
};

class cluster_node_state {
public:
  using pointer =
      caf::stateful_actor<cluster_node_state,
                          caf_api::watching<caf::event_based_actor>>*;

  static inline const char* name = "stagedoor.node";

  explicit cluster_node_state(pointer self);
  ~cluster_node_state() {
    caf::anon_send_exit(answerer_, caf::exit_reason::user_shutdown);
  }

  cluster_node_state(const cluster_node_state&) = delete;
  cluster_node_state& operator=(const cluster_node_state&) = delete;

  caf::behavior start(cluster_node_setup setup);

private:
  using address_try = address_book::address_try;
  /// A hello, and why the other one is refused; empty: it is welcome.
  using greeting_promise =
      caf::typed_response_promise<std::string, std::uint16_t, std::string,
                                  std::string, std::uint64_t, std::string,
                                  std::uint8_t, std::string>;

  // -- itself -----------------------------------------------------------------

  caf::typed_response_promise<std::uint16_t> publish();
  void published(std::uint16_t port);
  caf::typed_response_promise<caf::ok_atom> leave();
  void offers_changed();
  void offers_nothing(std::uint64_t change);
  void went_down(const caf::down_msg& down);

  // -- its peers --------------------------------------------------------------

  /// Why a node cannot be a peer, and warns; empty: it can.
  std::string examine(const node_hello& theirs);
  /// Answers a hello.
  greeting_promise greeted(node_hello::wire values);
  void admit(const node_hello& theirs, const caf::actor& handle);
  void lost(peer_table::peer& gone, const caf::error& reason);
  void on(node_news& news);
  [[nodiscard]] caf::message own_news() const;
  void send_to_all(const caf::message& news);
  void show_peers();
  void show_awaited();

  // -- the ways to them -------------------------------------------------------

  /// Has an address tried, unless it is known or this node's own.
  void learn(const std::string& address, bool is_seed);
  void forget(const std::string& address);
  /// Stops to monitor the actor that is greeted there, unless it is a peer.
  void end_greeting(address_book::entry& target);
  [[nodiscard]] bool leads_to_peer(const address_book::entry& target) const;
  // The steps of a try; each does nothing if the try is late.
  void dial(const address_try& current);
  void connected(const address_try& current,
                 const caf::strong_actor_ptr& found);
  void answered(const address_try& current, const node_hello& theirs,
                const std::string& refusal);
  void failed(const address_try& current, const std::string& why,
              bool refused = false);
  /// Warns, once for each thing that is wrong with an address.
  void complain(const std::string& address, const std::string& text);

  pointer self_;
  cluster_node_setup setup_;
  std::uint16_t port_ = 0;
  peer_table peers_;
  address_book addresses_;
  offer_watch offers_;
  /// Answers the questions of other nodes for actors of this one.
  caf::actor answerer_;
};

/// This process among the nodes of a cluster: listens for others, connects to
/// all that it hears of, and tells them what this node offers. Two nodes greet
/// each other before they say anything else; from then on each monitors the
/// other's node actor, which CAF ends here when the connection is lost or
/// silent. It is dynamically typed, as another version is a foreign system.
///
/// Receives: hellos and node_news (other nodes), changed offers (cluster).
/// Sends: hellos and node_news (other nodes); writes the service directory and
/// the cluster's board.
/// Limits: `addresses_max`, `backoff_max`, `hello_timeout`, `forget_after`,
/// `idle_notice`.
/// Ends when: the cluster's handle is destroyed.
/// Next on the path: address_book.hpp, node_dialler.hpp, service_directory.hpp.
caf::behavior cluster_node(cluster_node_state::pointer self,
                           cluster_node_setup setup);

} // namespace stagedoor
