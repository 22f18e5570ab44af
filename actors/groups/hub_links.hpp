#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// What the group hubs of a server are offered as to other nodes, behind the
/// server's name: `stagedoor.groups`.
inline constexpr std::string_view groups_service = ".groups";

/// The links of a group hub: its ways to the hubs of the same server on other
/// nodes, which the service directory names. One batch of events at a time is
/// on its way over each link; what comes meanwhile queues up for the next one,
/// up to `link_bytes_max`, and is dropped, counted and logged beyond that.
///
/// It also remembers the nodes that went away, counts what they miss, and tells
/// its owner when a node went or is back, as nobody hears who came and went
/// there.
/// Thread rule: belongs to one group hub, which passes on the deaths it hears
/// of.
class hub_links {
public:
  using owner_pointer = pinned<group_hub_actor::base>*;

  /// @param on_change runs when another node went or is back.
  hub_links(owner_pointer self, runtime_ptr shared,
            std::function<void()> on_change);

  /// Names the hub that other nodes know this server by. Until then there are
  /// no links: the server's own hub could not be told from that of a node.
  void own_hub(caf::actor hub) { own_hub_ = std::move(hub); }

  /// Takes up what has changed in the service directory since the last time.
  void refresh();

  /// The same, and forgets the nodes that have been away for long. Called from
  /// time to time, as nobody tells of a node that comes.
  void look_for_nodes();

  /// The hubs of the other nodes that are there now.
  std::vector<caf::actor> hubs();

  /// Whether there may be nodes that `hubs` lacks: lost ones, and such that
  /// have not answered yet.
  [[nodiscard]] bool lacks_nodes() const;

  /// Sends an event to all other nodes, in order.
  void send(const group_line& line);

  /// An actor that the owner monitors has died.
  void hub_died(const caf::down_msg& down);

private:
  /// The way to one node: one batch in flight, and what is queued behind it.
  struct link {
    std::string node;
    caf::actor hub;
    std::vector<group_line> queued;
    std::size_t queued_bytes = 0;
    std::size_t in_flight = 0;
    /// Since the last time that it was logged.
    std::size_t dropped = 0;
  };

  /// A node whose hub has ended.
  struct absence {
    /// Nobody knows of its members: it did not leave by itself.
    bool is_lost = false;
    unit::clock::time_point since;
    /// Events that it has not been sent since.
    std::size_t missed = 0;
  };

  void send_queued(link& to);
  void batch_done(const caf::actor_addr& hub, bool arrived);
  void node_came(const std::string& node);
  void count_unheard();
  void lose_all(link& from);
  void drop(link& from, std::size_t count, drop_reason why);

  owner_pointer self_;
  runtime_ptr shared_;
  std::function<void()> on_change_;
  /// Null until it is named.
  caf::actor own_hub_;
  /// By the address of the hub there.
  std::map<caf::actor_addr, link> links_;
  /// The nodes of the hubs whose end has not been heard of.
  std::map<caf::actor_addr, std::string> nodes_;
  /// By node.
  std::map<std::string, absence> absent_;
  /// Events that were sent while nodes were awaited, for each of these nodes.
  std::size_t unheard_ = 0;
  /// Of the service table that `links_` is made of.
  std::uint64_t table_version_ = 0;
};

} // namespace stagedoor
