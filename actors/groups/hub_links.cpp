#include "stagedoor/actors/groups/hub_links.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/address_book.hpp"
#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

hub_links::hub_links(owner_pointer self, runtime_ptr shared,
                     std::function<void()> on_change)
    : self_(self), shared_(std::move(shared)),
      on_change_(std::move(on_change)) {}

void hub_links::refresh() {
  const auto& services = *shared_->services;
  if (!own_hub_ || services.version() == table_version_)
    return;
  table_version_ = services.version();
  auto before = std::exchange(links_, {});
  const auto offered =
      services.entries(shared_->server_name + std::string(groups_service));
  for (const auto& [node, hub] : offered) {
    if (hub == own_hub_)
      continue;
    auto known = before.find(hub.address());
    if (known != before.end()
        && are_same(known->second.hub.address(), hub.address())) {
      links_.insert(before.extract(known));
      continue;
    }
    caf_api::monitor(*self_, hub);
    links_.try_emplace(hub.address(), link{node, hub, {}, 0, 0, 0});
    nodes_[hub.address()] = node;
    node_came(node);
  }
  for (auto& [address, gone] : before)
    lose_all(gone);
}

void hub_links::look_for_nodes() {
  refresh();
  const auto now = self_->home().now();
  std::erase_if(absent_, [&](const auto& x) {
    return now - x.second.since > cluster_limits::forget_after;
  });
}

std::vector<caf::actor> hub_links::hubs() {
  refresh();
  std::vector<caf::actor> result;
  for (const auto& [address, to] : links_)
    result.push_back(to.hub);
  return result;
}

bool hub_links::lacks_nodes() const {
  return (shared_->cluster && shared_->cluster->awaited() > 0)
         || std::any_of(absent_.begin(), absent_.end(),
                        [](const auto& x) { return x.second.is_lost; });
}

void hub_links::send(const group_line& line) {
  refresh();
  for (auto& [node, away] : absent_)
    if (away.is_lost) {
      ++away.missed;
      if (auto* metrics = unit_metrics::of(*shared_, self_->home()))
        metrics->count_drop(drop_reason::node_down);
    }
  count_unheard();
  for (auto& [address, to] : links_) {
    if (to.queued_bytes >= shared_->limits.link_bytes_max) {
      if (to.dropped++ == 0)
        shared_->log->warn("node {}: events wait for it up to "
                           "limits.link-bytes-max: dropping",
                           to.node);
      continue;
    }
    to.queued_bytes += line.text->size();
    to.queued.push_back(line);
    if (to.in_flight == 0)
      send_queued(to);
  }
}

void hub_links::send_queued(link& to) {
  to.in_flight = to.queued.size();
  to.queued_bytes = 0;
  auto address = to.hub.address();
  self_
      ->request(caf::actor_cast<group_hub_actor>(to.hub), caf::infinite,
                caf::put_atom_v, group_batch{std::exchange(to.queued, {})})
      .then([this, address] { batch_done(address, true); },
            [this, address](const caf::error&) { batch_done(address, false); });
}

/// A batch has arrived, or is lost with its node.
void hub_links::batch_done(const caf::actor_addr& hub, bool arrived) {
  auto found = links_.find(hub);
  if (found == links_.end() || !are_same(found->second.hub.address(), hub))
    return;
  auto& to = found->second;
  if (!arrived) {
    lose_all(to);
    links_.erase(found);
    return;
  }
  to.in_flight = 0;
  if (to.dropped > 0)
    drop(to, std::exchange(to.dropped, 0), drop_reason::link_full);
  if (!to.queued.empty())
    send_queued(to);
}

void hub_links::hub_died(const caf::down_msg& down) {
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
  on_change_();
}

void hub_links::node_came(const std::string& node) {
  auto away = absent_.extract(node);
  if (!away)
    return;
  if (auto missed = away.mapped().missed; missed > 0)
    shared_->log->warn(
        "node {}: {} events were not sent to it while it was away", node,
        missed);
  on_change_();
}

/// Nodes that this one has not heard of yet do not get the event.
void hub_links::count_unheard() {
  const auto awaited = shared_->cluster ? shared_->cluster->awaited() : 0;
  if (awaited == 0)
    return;
  if (std::exchange(unheard_, unheard_ + awaited) == 0)
    shared_->log->warn("events do not reach up to {} nodes that have not "
                       "answered yet",
                       awaited);
  if (auto* metrics = unit_metrics::of(*shared_, self_->home()))
    metrics->count_drop(drop_reason::node_down, awaited);
}

/// Gives up what is on its way over a link that ends.
void hub_links::lose_all(link& from) {
  drop(from, std::exchange(from.dropped, 0), drop_reason::link_full);
  drop(from, from.queued.size() + from.in_flight, drop_reason::node_down);
}

/// Counts events that a node does not get.
void hub_links::drop(link& from, std::size_t count, drop_reason why) {
  if (count == 0)
    return;
  shared_->log->warn("node {}: {} events are lost to it: {}", from.node, count,
                     why == drop_reason::node_down ? "it is gone"
                                                   : "too many waited");
  if (auto* metrics = unit_metrics::of(*shared_, self_->home()))
    metrics->count_drop(why, count);
}

} // namespace stagedoor
