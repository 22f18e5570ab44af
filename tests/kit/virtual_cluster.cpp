#include "stagedoor/testing/virtual_cluster.hpp"

#include "stagedoor/actors/cluster/query_answerer.hpp"
#include "stagedoor/actors/cluster/query_sender.hpp"
#include "stagedoor/actors/messages.hpp"

#include "caf/exit_reason.hpp"
#include "caf/send.hpp"

#include <utility>

namespace stagedoor::testing {

namespace {

using namespace std::chrono_literals;

/// The kinds of parcels.
constexpr std::uint8_t hello = 1;
constexpr std::uint8_t welcome = 2;
constexpr std::uint8_t news = 3;
constexpr std::uint8_t farewell = 4;
constexpr std::uint8_t for_actors = 5;

/// Where no node listens: nobody opens a port.
constexpr std::uint16_t first_port = 4500;

std::uint16_t port_of(std::size_t index) {
  return static_cast<std::uint16_t>(first_port + index);
}

} // namespace

virtual_cluster::virtual_cluster(virtual_cluster_setup setup)
    : setup_(std::move(setup)), board_(setup_.names[setup_.index]),
      answerer_(setup_.system.spawn(query_answerer)),
      far_(setup_.system, *this) {
  for (std::size_t peer = 0; peer < setup_.names.size(); ++peer)
    if (peer != setup_.index)
      awaited_.insert(peer);
  board_.awaits(awaited_.size());
}

void virtual_cluster::end() {
  far_.end();
  if (const auto ended = std::exchange(answerer_, {}))
    caf::anon_send_exit(ended, caf::exit_reason::kill);
}

std::uint16_t virtual_cluster::port() const {
  return port_of(setup_.index);
}

// -- what this node offers ----------------------------------------------------

void virtual_cluster::offer(const std::string& service,
                            const caf::actor& handle) {
  if (handle && board_.offer(service, handle))
    changed();
}

void virtual_cluster::withdraw(const std::string& service,
                               const caf::actor& handle) {
  if (board_.withdraw(service, handle))
    changed();
}

void virtual_cluster::changed() {
  for (const auto& [index, peer] : peers_)
    if (peer.view.is_up)
      send_news(peer.link);
}

void virtual_cluster::send_news(std::uint64_t link) {
  if (has_left_)
    return;
  node_news told;
  told.services = board_.own_offers();
  told.services.emplace_back(queries_service, answerer_);
  setup_.links.send(link, setup_.index, {news, far_.write(told)});
}

void virtual_cluster::leave() {
  if (std::exchange(has_left_, true))
    return;
  for (const auto& [index, peer] : peers_)
    if (peer.view.is_up)
      setup_.links.send(peer.link, setup_.index, {farewell});
}

// -- other nodes --------------------------------------------------------------

void virtual_cluster::connected(std::uint64_t link, std::size_t) {
  if (!has_left_)
    greet(link, hello);
}

/// @param kind a hello, which is answered, or the answer to one.
void virtual_cluster::greet(std::uint64_t link, std::uint8_t kind) {
  setup_.links.send(link, setup_.index,
                    {kind, far_.write(setup_.system.node(), setup_.roles.front,
                                      setup_.roles.handlers)});
}

void virtual_cluster::arrived(std::uint64_t link, std::size_t peer,
                              const parcel& what) {
  if (has_left_)
    return;
  if (what.kind == hello || what.kind == welcome) {
    greeted(link, peer, what.bytes, what.kind == welcome);
  } else if (what.kind == news) {
    hear(link, peer, what.bytes);
  } else if (what.kind == farewell) {
    setup_.log->info("{} has left", setup_.names[peer]);
    went(link, peer, false);
  } else if (const auto known = beyond_.find(link); known != beyond_.end()) {
    far_.take(known->second.system, what.bytes);
  }
}

void virtual_cluster::greeted(std::uint64_t link, std::size_t peer,
                              const std::vector<char>& bytes, bool is_answer) {
  caf::node_id system;
  node_roles theirs;
  if (!far_.read(bytes, system, theirs.front, theirs.handlers))
    return;
  ways_[system] = link;
  beyond_[link] = {system, peer};
  if (!is_answer)
    greet(link, welcome);
  auto& [view, last_link] = peers_[peer];
  const auto is_new = !view.is_up || last_link != link;
  view = {setup_.names[peer], "127.0.0.1:" + std::to_string(port_of(peer)),
          theirs, true, view.is_lost};
  last_link = link;
  if (is_new) {
    // What an earlier process has offered is gone.
    board_.services()->set(setup_.names[peer], {});
    setup_.log->info("{} is up", setup_.names[peer]);
    show_peers();
  }
  send_news(link);
}

void virtual_cluster::hear(std::uint64_t link, std::size_t peer,
                           const std::vector<char>& bytes) {
  node_news told;
  const auto from = peers_.find(peer);
  if (from == peers_.end() || from->second.link != link
      || !far_.read(bytes, told))
    return;
  std::erase_if(told.services, [&](const auto& each) {
    return !each.second || each.second.node() != beyond_.at(link).system;
  });
  board_.services()->set(setup_.names[peer], told.services);
  if (std::exchange(from->second.view.is_lost, false))
    show_peers();
  heard_of(peer);
}

void virtual_cluster::lost(std::uint64_t link, std::size_t peer) {
  const auto ended = beyond_.extract(link);
  if (ended)
    if (const auto way = ways_.find(ended.mapped().system);
        way != ways_.end() && way->second == link)
      ways_.erase(way);
  // Its actors and its services end in any order.
  if (setup_.random.one_in(2))
    setup_.links.later(setup_.index, setup_.random.between(0us, 2ms),
                       [this, link, peer] { went(link, peer, true); });
  else
    went(link, peer, true);
  if (ended)
    far_.lose(ended.mapped().system);
}

/// A process is gone over whose link came what was known of the node.
void virtual_cluster::went(std::uint64_t link, std::size_t peer, bool is_lost) {
  const auto found = peers_.find(peer);
  if (found == peers_.end() || found->second.link != link
      || !found->second.view.is_up)
    return;
  auto& view = found->second.view;
  view.is_up = false;
  view.is_lost = is_lost;
  if (is_lost)
    setup_.log->warn("{} is down: its link is lost or silent", view.name);
  show_peers();
  board_.services()->set(view.name, {});
  setup_.links.later(setup_.index, setup_.random.between(0us, 2s),
                     [this, peer] { look_for(peer); });
}

/// Greets a node that is down, where there is a link to it: the hello of an
/// earlier process may have come late.
void virtual_cluster::look_for(std::size_t peer) {
  if (has_left_ || peers_[peer].view.is_up)
    return;
  for (const auto& [link, process] : beyond_)
    if (process.peer == peer)
      greet(link, hello);
}

void virtual_cluster::not_reached(std::size_t peer) {
  heard_of(peer);
}

/// A node has said what it offers, or has failed to answer.
void virtual_cluster::heard_of(std::size_t peer) {
  awaited_.erase(peer);
  board_.awaits(awaited_.size());
}

void virtual_cluster::show_peers() {
  std::vector<peer_view> seen;
  for (const auto& [index, peer] : peers_)
    seen.push_back(peer.view);
  board_.peers(std::move(seen));
}

// -- actors of other nodes ----------------------------------------------------

void virtual_cluster::carry(const caf::node_id& system,
                            std::vector<char> bytes) {
  if (const auto way = ways_.find(system); way != ways_.end())
    setup_.links.send(way->second, setup_.index,
                      {for_actors, std::move(bytes)});
}

void virtual_cluster::failed(const std::string& why) {
  if (flaw_.empty())
    flaw_ = "a message cannot cross from or to " + name() + ": " + why;
}

} // namespace stagedoor::testing
