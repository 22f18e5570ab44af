// The way of events to other nodes: a batch at a time to each, and what comes
// meanwhile waits for the next one, up to a bound.

#include "stagedoor/actors/cluster/address_book.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/actors/groups/group_hub.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

void group_hub_state::find_links() {
  const auto& services = *setup_.shared->services;
  // Before it knows the server's own hubs it could take one for a node's.
  if (units_.empty() || services.version() == table_version_)
    return;
  table_version_ = services.version();
  auto before = std::exchange(links_, {});
  const auto offered = services.entries(setup_.shared->server_name
                                        + std::string(groups_service));
  for (const auto& [node, hub] : offered) {
    if (hub == units_.front())
      continue; // This server's own.
    auto known = before.find(hub.address());
    if (known != before.end()
        && are_same(known->second.hub.address(), hub.address())) {
      links_.insert(before.extract(known));
      continue;
    }
    self_->monitor(hub);
    links_.try_emplace(hub.address(), link{node, hub, {}, 0, 0, 0});
    nodes_[hub.address()] = node;
    node_came(node);
  }
  for (auto& [address, gone] : before) {
    drop(gone, std::exchange(gone.dropped, 0), drop_reason::link_full);
    drop(gone, gone.waiting.size() + gone.in_flight, drop_reason::node_down);
  }
}

/// Looks from time to time, as nobody tells of a node that comes, and forgets
/// those that do not.
void group_hub_state::look_for_nodes() {
  find_links();
  const auto now = self_->home().now();
  std::erase_if(absent_, [&](const auto& x) {
    return now - x.second.since > address_book::forget_after;
  });
  self_->home().arm(look_, look_interval);
}

void group_hub_state::send_to_nodes(const group_line& line) {
  find_links();
  for (auto& [node, away] : absent_)
    if (away.is_lost) {
      ++away.missed;
      if (auto* metrics = unit_metrics::of(*setup_.shared, self_->home()))
        metrics->count_drop(drop_reason::node_down);
    }
  for (auto& [address, to] : links_) {
    if (to.waiting_bytes >= setup_.shared->limits.link_bytes_max) {
      if (to.dropped++ == 0)
        setup_.shared->log->warn("node {}: events wait for it up to "
                                 "limits.link-bytes-max: dropping",
                                 to.node);
      continue;
    }
    to.waiting_bytes += line.text->size();
    to.waiting.push_back(line);
    if (to.in_flight == 0)
      send_waiting(to);
  }
}

void group_hub_state::send_waiting(link& to) {
  to.in_flight = to.waiting.size();
  to.waiting_bytes = 0;
  auto address = to.hub.address();
  self_
      ->request(caf::actor_cast<group_hub_actor>(to.hub), caf::infinite,
                caf::put_atom_v, group_batch{std::exchange(to.waiting, {})})
      .then([this, address] { batch_done(address, true); },
            [this, address](const caf::error&) { batch_done(address, false); });
}

/// A batch has arrived, or is lost with its node.
void group_hub_state::batch_done(const caf::actor_addr& hub, bool arrived) {
  auto found = links_.find(hub);
  if (found == links_.end() || !are_same(found->second.hub.address(), hub))
    return;
  auto& to = found->second;
  if (!arrived) {
    drop(to, std::exchange(to.dropped, 0), drop_reason::link_full);
    drop(to, to.waiting.size() + to.in_flight, drop_reason::node_down);
    links_.erase(found);
    return;
  }
  to.in_flight = 0;
  if (to.dropped > 0)
    drop(to, std::exchange(to.dropped, 0), drop_reason::link_full);
  if (!to.waiting.empty())
    send_waiting(to);
}

void group_hub_state::node_went(const caf::down_msg& down) {
  batch_done(down.source, false);
  auto known = nodes_.find(down.source);
  if (known == nodes_.end() || links_.contains(down.source))
    return; // Its next link is there by now.
  const auto node = nodes_.extract(known).mapped();
  const auto is_lost = down.reason == caf::exit_reason::remote_link_unreachable;
  // A node that begins again may be linked before its end is heard of.
  if (std::none_of(links_.begin(), links_.end(),
                   [&](const auto& x) { return x.second.node == node; }))
    absent_.insert_or_assign(node, absence{is_lost, self_->home().now(), 0});
  tell_changed();
}

void group_hub_state::node_came(const std::string& node) {
  auto away = absent_.extract(node);
  if (!away)
    return;
  if (auto missed = away.mapped().missed; missed > 0)
    setup_.shared->log->warn(
        "node {}: {} events were not sent to it while it was away", node,
        missed);
  tell_changed();
}

/// Counts events that a node does not get.
void group_hub_state::drop(link& from, std::size_t count, drop_reason why) {
  if (count == 0)
    return;
  setup_.shared->log->warn(
      "node {}: {} events are lost to it: {}", from.node, count,
      why == drop_reason::node_down ? "it is gone" : "too many waited");
  if (auto* metrics = unit_metrics::of(*setup_.shared, self_->home()))
    metrics->count_drop(why, count);
}

} // namespace stagedoor
