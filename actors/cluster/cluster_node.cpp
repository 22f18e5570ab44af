#include "stagedoor/actors/cluster/cluster_node.hpp"

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/protocol/caf_api/errors.hpp"

#include "caf/actor_system.hpp"
#include "caf/exit_reason.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace stagedoor {

namespace {

/// Whether both are the same object. Equal is not enough: a proxy that was lost
/// and one that replaces it are.
bool are_same(const caf::actor& left, const caf::strong_actor_ptr& right) {
  return caf::actor_cast<caf::strong_actor_ptr>(left).get() == right.get();
}

bool has_ended(const caf::actor& handle, const caf::down_msg& what) {
  return handle
         && caf::actor_cast<caf::strong_actor_ptr>(handle).get()
                == what.source.get();
}

std::string text_of(const node_roles& roles) {
  if (roles.front && roles.handlers)
    return "front, handlers";
  return roles.front ? "front" : "handlers";
}

std::string text_of(const node_hello& who) {
  return "node " + who.name + " at " + who.address;
}

} // namespace

cluster_node_state::cluster_node_state(pointer self)
    : self_(self), random_(std::random_device{}()) {}

caf::behavior cluster_node_state::start(cluster_node_setup setup) {
  setup_ = std::move(setup);
  // What another version may send; a request is answered with an error.
  self_->set_default_handler(caf::drop);
  // And what it answers news with that it does not know: an actor would end.
  self_->set_error_handler([](caf::error&) {});
  self_->set_down_handler([this](caf::down_msg& what) { went_down(what); });
  return {
      // From a node that has connected: who it is. Answered with who this one
      // is, and why it refuses.
      [this](std::string& magic, std::uint16_t protocol, std::string& version,
             std::string& other, std::uint64_t incarnation,
             std::string& address, std::uint8_t roles) {
        return greeted({std::move(magic), protocol, std::move(version),
                        std::move(other), incarnation, std::move(address),
                        roles});
      },
      [this](node_news& news) { on(news); },
      // From itself: time to try an address.
      [this](caf::connect_atom, const std::string& address,
             std::uint64_t attempt) { dial(address, attempt); },
      // From the cluster's handle.
      [this](caf::update_atom) { offers_changed(); },
      [this](caf::publish_atom) { return publish(); },
      [this](caf::leave_atom) { return leave(); },
  };
}

// -- itself -------------------------------------------------------------------

caf::typed_response_promise<std::uint16_t> cluster_node_state::publish() {
  auto promise = self_->make_response_promise<std::uint16_t>();
  const auto& options = setup_.options;
  self_
      ->request(setup_.publisher, caf::infinite, caf::publish_atom_v,
                options.port, caf::actor_cast<caf::strong_actor_ptr>(self_),
                std::set<std::string>{}, options.bind, true)
      .await(
          [this, promise](std::uint16_t port) mutable {
            published(port);
            promise.deliver(port);
          },
          [promise](caf::error& error) mutable {
            promise.deliver(std::move(error));
          });
  return promise;
}

void cluster_node_state::published(std::uint16_t port) {
  port_ = port;
  const auto& options = setup_.options;
  auto& self = setup_.self;
  self.address = options.advertise.empty()
                     ? node_address{options.bind, port}.text()
                     : node_address::parse(options.advertise)->text();
  own_addresses_.insert(self.address);
  setup_.log->info("{} listens for nodes ({}, {})", text_of(self),
                   text_of(self.roles), options.tls ? "TLS" : "plain TCP");
  for (const auto& seed : options.seeds)
    learn(seed, true);
}

caf::typed_response_promise<caf::ok_atom> cluster_node_state::leave() {
  auto promise = self_->make_response_promise<caf::ok_atom>();
  auto done = [this, promise]() mutable {
    promise.deliver(caf::ok_atom_v);
    self_->quit(caf::exit_reason::user_shutdown);
  };
  self_->request(setup_.publisher, caf::infinite, caf::close_atom_v, port_)
      .await(done, [done](const caf::error&) mutable { done(); });
  return promise;
}

void cluster_node_state::offers_changed() {
  std::set<caf::actor_addr> offered;
  for (const auto& [service, handle] : setup_.board->own_offers())
    offered.insert(handle.address());
  for (const auto& address : watched_)
    if (!offered.contains(address))
      self_->demonitor(address);
  for (const auto& address : offered)
    if (!watched_.contains(address))
      self_->monitor(address);
  watched_ = std::move(offered);
  send_to_all(own_news());
}

void cluster_node_state::went_down(const caf::down_msg& what) {
  for (auto& [other, whom] : peers_)
    if (has_ended(whom.handle, what)) {
      lost(whom, what.reason);
      break;
    }
  for (auto& [address, way] : links_)
    if (has_ended(way.greeted, what)) {
      failed(address, way.attempt, "was lost in the handshake");
      break; // It may have been forgotten.
    }
  if (watched_.erase(what.source) != 0 && setup_.board->withdraw(what.source))
    offers_changed();
}

// -- its peers ----------------------------------------------------------------

std::string cluster_node_state::refusal_of(const node_hello& theirs) const {
  if (theirs.incarnation == setup_.self.incarnation)
    return {};
  if (auto difference = setup_.self.mismatch(theirs); !difference.empty())
    return text_of(theirs) + ' ' + difference;
  if (theirs.name == setup_.self.name)
    return text_of(theirs) + " has the name of " + text_of(setup_.self);
  auto known = peers_.find(theirs.name);
  // At the same address it can only be a later process.
  if (known != peers_.end() && known->second.handle
      && known->second.about.incarnation != theirs.incarnation
      && known->second.about.address != theirs.address)
    return text_of(theirs) + " has the name of " + text_of(known->second.about);
  return {};
}

cluster_node_state::greeting_promise
cluster_node_state::greeted(node_hello::wire values) {
  const auto sender = self_->current_sender(); // A promise takes it away.
  auto promise =
      self_->make_response_promise<std::string, std::uint16_t, std::string,
                                   std::string, std::uint64_t, std::string,
                                   std::uint8_t, std::string>();
  node_hello theirs;
  const auto is_hello = theirs.from_wire(std::move(values)) && sender;
  auto refusal = is_hello ? examine(theirs) : "this is no hello";
  const auto is_welcome = refusal.empty();
  // Before any news, which is only taken from a node that has answered.
  std::apply(
      [&](auto&&... parts) {
        promise.deliver(std::forward<decltype(parts)>(parts)...);
      },
      std::tuple_cat(setup_.self.to_wire(), std::tuple{std::move(refusal)}));
  if (is_welcome && theirs.incarnation != setup_.self.incarnation)
    admit(theirs, caf::actor_cast<caf::actor>(sender));
  return promise;
}

std::string cluster_node_state::examine(const node_hello& theirs) {
  auto refusal = refusal_of(theirs);
  if (!refusal.empty())
    complain(theirs.address, refusal + ": refused");
  return refusal;
}

void cluster_node_state::admit(const node_hello& theirs,
                               const caf::actor& handle) {
  // A node may come back under another name.
  std::erase_if(peers_, [&](const auto& x) {
    return x.first != theirs.name && !x.second.handle
           && x.second.about.address == theirs.address;
  });
  auto& whom = peers_[theirs.name];
  const auto is_new =
      !whom.handle || whom.about.incarnation != theirs.incarnation;
  const auto old = std::exchange(whom, {theirs, handle});
  const auto actor = caf::actor_cast<caf::strong_actor_ptr>(handle);
  if (old.handle && !are_same(old.handle, actor))
    self_->demonitor(old.handle);
  if (!old.handle || !are_same(old.handle, actor))
    self_->monitor(handle);
  if (!old.about.name.empty() && old.about.address != theirs.address)
    forget(old.about.address);
  learn(theirs.address, false);
  for (auto& way : links_)
    if (way.first == theirs.address || way.second.node == theirs.name) {
      way.second.node = theirs.name;
      way.second.failures = 0;
      end_greeting(way.second);
      ++way.second.attempt; // No try is needed.
      complaints_.erase(way.first);
    }
  if (!is_new) {
    self_->send(handle, own_news());
    return;
  }
  // What an earlier process has offered is gone.
  setup_.board->services()->set(theirs.name, {});
  setup_.log->info("{} is up ({})", text_of(theirs), text_of(theirs.roles));
  show_peers();
  send_to_all(own_news());
}

void cluster_node_state::lost(peer& whom, const caf::error& reason) {
  whom.handle = nullptr;
  setup_.board->services()->set(whom.about.name, {});
  if (reason == caf::exit_reason::user_shutdown)
    setup_.log->info("{} has left", text_of(whom.about));
  else if (reason == caf::exit_reason::remote_link_unreachable)
    setup_.log->warn("{} is down: its link is lost or silent",
                     text_of(whom.about));
  else
    setup_.log->warn("{} is down: {}", text_of(whom.about),
                     caf_api::render(reason));
  show_peers();
  look_for(whom);
}

void cluster_node_state::on(node_news& news) {
  const auto& sender = self_->current_sender();
  auto from = std::find_if(peers_.begin(), peers_.end(), [&](const auto& x) {
    return x.second.handle && are_same(x.second.handle, sender);
  });
  if (from == peers_.end())
    return; // Not greeted, or lost by now.
  // A handle of a third node would be reached through this one.
  std::erase_if(news.services, [&](const auto& x) {
    return !x.second || x.second.node() != sender->node();
  });
  setup_.board->services()->set(from->first, news.services);
  for (const auto& address : news.addresses)
    learn(address, false);
}

caf::message cluster_node_state::own_news() const {
  node_news result;
  result.services = setup_.board->own_offers();
  for (const auto& [other, whom] : peers_)
    if (whom.handle)
      result.addresses.push_back(whom.about.address);
  return caf::make_message(std::move(result));
}

void cluster_node_state::send_to_all(const caf::message& what) {
  for (const auto& [other, whom] : peers_)
    if (whom.handle)
      self_->send(whom.handle, what);
}

void cluster_node_state::show_peers() {
  std::vector<peer_view> result;
  for (const auto& [other, whom] : peers_)
    result.push_back({other, whom.about.address, whom.about.roles,
                      static_cast<bool>(whom.handle)});
  setup_.board->peers(std::move(result));
}

caf::behavior cluster_node(cluster_node_state::pointer self,
                           cluster_node_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
