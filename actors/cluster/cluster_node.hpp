#pragma once

#include "stagedoor/actors/cluster/cluster_board.hpp"
#include "stagedoor/actors/cluster/node_address.hpp"
#include "stagedoor/actors/cluster/node_hello.hpp"
#include "stagedoor/actors/messages.hpp"

#include "caf/behavior.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/stateful_actor.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <string_view>

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
  using pointer = caf::stateful_actor<cluster_node_state>*;
  using milliseconds = std::chrono::milliseconds;

  static inline const char* name = "stagedoor.node";

  /// Addresses that are known at once; no more are learnt.
  static constexpr std::size_t addresses_max = 256;
  /// The bound of a random time until an address is tried again: the first one,
  /// and what it doubles up to. A node that refuses is tried after the latter.
  static constexpr milliseconds backoff_min{100};
  static constexpr milliseconds backoff_max{2000};
  /// Of two nodes that would connect to each other at once the one whose
  /// address is greater waits: CAF would close both connections.
  static constexpr milliseconds head_start{200};
  /// Time for the answer to a hello.
  static constexpr milliseconds hello_timeout{2000};
  /// Time after which an address that was not given as a seed and does not
  /// answer is forgotten, with the node that was there.
  static constexpr std::chrono::minutes forget_after{10};

  explicit cluster_node_state(pointer self);

  cluster_node_state(const cluster_node_state&) = delete;
  cluster_node_state& operator=(const cluster_node_state&) = delete;

  caf::behavior start(cluster_node_setup setup);

private:
  using clock = caf::actor_clock::clock_type;
  /// A hello, and why the other one is refused; empty: it is welcome.
  using greeting_promise =
      caf::typed_response_promise<std::string, std::uint16_t, std::string,
                                  std::string, std::uint64_t, std::string,
                                  std::uint8_t, std::string>;

  /// Another node.
  struct peer {
    node_hello about;
    /// Null while it is down.
    caf::actor handle;
  };

  /// An address where a node is, or may be.
  struct link {
    node_address where;
    bool is_seed = false;
    /// Counts the tries: what belongs to an older one is late.
    std::uint64_t attempt = 0;
    unsigned failures = 0;
    /// Who is being greeted there.
    caf::actor greeted;
    /// Who was last there; empty: nobody yet.
    std::string node;
    /// When there was somebody, or when the address was learnt.
    clock::time_point last_seen;
  };

  // -- itself -----------------------------------------------------------------

  caf::typed_response_promise<std::uint16_t> publish();
  void published(std::uint16_t port);
  caf::typed_response_promise<caf::ok_atom> leave();
  void offers_changed();
  void went_down(const caf::down_msg& what);

  // -- its peers --------------------------------------------------------------

  /// Why a node cannot be a peer; empty: it can.
  [[nodiscard]] std::string refusal_of(const node_hello& theirs) const;
  /// The same, and warns.
  std::string examine(const node_hello& theirs);
  /// Answers a hello.
  greeting_promise greeted(node_hello::wire values);
  void admit(const node_hello& theirs, const caf::actor& handle);
  void lost(peer& whom, const caf::error& reason);
  void on(node_news& news);
  [[nodiscard]] caf::message own_news() const;
  void send_to_all(const caf::message& what);
  void show_peers();

  // -- the ways to them, in cluster_links.cpp ---------------------------------

  using link_entry = std::pair<const std::string, link>;

  /// Takes up an address, unless it is known or this node's own.
  void learn(const std::string& address, bool is_seed);
  void forget(const std::string& address);
  /// Who is greeted there is not watched any longer, unless it is a peer.
  void end_greeting(link& way);
  [[nodiscard]] bool leads_to_peer(const link_entry& way) const;
  void retry(link_entry& way, milliseconds delay);
  /// Tries all ways to a node that was lost.
  void look_for(const peer& whom);
  void dial(const std::string& address, std::uint64_t attempt);
  void connected(const std::string& address, std::uint64_t attempt,
                 const caf::strong_actor_ptr& who);
  void answered(const std::string& address, std::uint64_t attempt,
                const node_hello& theirs, const std::string& refusal);
  /// A try has failed; does nothing if it is late.
  void failed(const std::string& address, std::uint64_t attempt,
              const std::string& why, bool refused = false);
  [[nodiscard]] milliseconds random_up_to(milliseconds most);
  [[nodiscard]] milliseconds first_delay(std::string_view address);
  /// Warns, once for each thing that is wrong with an address.
  void complain(const std::string& address, const std::string& text);

  pointer self_;
  cluster_node_setup setup_;
  std::uint16_t port_ = 0;
  /// By name.
  std::map<std::string, peer> peers_;
  /// By address, `host:port`.
  std::map<std::string, link> links_;
  /// Addresses of this node.
  std::set<std::string> own_addresses_;
  /// What was said last of an address.
  std::map<std::string, std::string> complaints_;
  /// Offered actors that are monitored.
  std::set<caf::actor_addr> watched_;
  std::mt19937_64 random_;
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
/// Limits: `addresses_max`, `backoff_max`, `hello_timeout`, `forget_after`.
/// Ends when: the cluster's handle is destroyed.
/// Next on the path: node_dialler.hpp, service_directory.hpp.
caf::behavior cluster_node(cluster_node_state::pointer self,
                           cluster_node_setup setup);

} // namespace stagedoor
