#include "stagedoor/actors/cluster/cluster_node.hpp"

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/node_dialler.hpp"
#include "stagedoor/actors/cluster/query_answerer.hpp"
#include "stagedoor/actors/cluster/query_sender.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/protocol/caf_api/errors.hpp"

#include "caf/actor_system.hpp"
#include "caf/exit_reason.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace stagedoor {

cluster_node_state::cluster_node_state(pointer self)
    : self_(self),
      addresses_([self](const address_book::entry& target, auto delay) {
        self->delayed_send(self, delay, caf::connect_atom_v, target.address,
                           target.attempt);
      }),
      offers_(self), answerer_(self->spawn(query_answerer)) {}

caf::behavior cluster_node_state::start(cluster_node_setup setup) {
  setup_ = std::move(setup);
  // What another version may send; a request is answered with an error.
  self_->set_default_handler(caf::drop);
  // And what it answers news with that it does not know: an actor would end.
  self_->set_error_handler([](caf::error&) {});
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { went_down(down); });
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
             std::uint64_t attempt) {
        dial({address, attempt});
      },
      // From the cluster's handle.
      [this](caf::update_atom) { offers_changed(); },
      [this](caf::tick_atom, std::uint64_t change) { offers_nothing(change); },
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
  addresses_.listens_at(self.address);
  setup_.log->info("{} listens for nodes ({}, {})", self.text(),
                   text_of(self.roles), options.tls ? "TLS" : "plain TCP");
  for (const auto& seed : options.seeds)
    learn(seed, true);
  show_awaited();
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
  offers_.changed(setup_.board->own_offers());
  send_to_all(own_news());
}

/// A server that has stopped leaves its node, which the host may forget.
void cluster_node_state::offers_nothing(std::uint64_t change) {
  if (offers_.is_last(change))
    setup_.log->info("{} has no server any more, and an actor system that is "
                     "to end is waiting for cluster::leave()",
                     setup_.self.text());
}

void cluster_node_state::went_down(const caf::down_msg& down) {
  if (auto* gone = peers_.find(down.source))
    lost(*gone, down.reason);
  for (auto& [address, target] : addresses_)
    if (target.greeted && are_same(target.greeted.address(), down.source)) {
      failed({address, target.attempt}, "was lost in the handshake");
      break; // It may have been forgotten.
    }
  if (offers_.ended(down.source) && setup_.board->withdraw(down.source))
    offers_changed();
}

// -- its peers ----------------------------------------------------------------

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
  auto refusal = peers_.refusal_of(setup_.self, theirs);
  if (!refusal.empty())
    complain(theirs.address, refusal + ": refused");
  return refusal;
}

void cluster_node_state::admit(const node_hello& theirs,
                               const caf::actor& handle) {
  const auto old = peers_.admit(theirs, handle);
  const auto is_new =
      !old.handle || old.about.incarnation != theirs.incarnation;
  const auto was_watched =
      old.handle && are_same(old.handle.address(), handle.address());
  if (old.handle && !was_watched)
    caf_api::demonitor(*self_, old.handle);
  if (!was_watched)
    caf_api::monitor(*self_, handle);
  if (!old.about.name.empty() && old.about.address != theirs.address)
    forget(old.about.address);
  learn(theirs.address, false);
  show_awaited();
  for (auto& [address, target] : addresses_)
    if (target.leads_to(theirs.address, theirs.name)) {
      end_greeting(target);
      addresses_.reached(target, theirs.name);
    }
  if (!is_new) {
    self_->send(handle, own_news());
    return;
  }
  // What an earlier process has offered is gone.
  setup_.board->services()->set(theirs.name, {});
  setup_.log->info("{} is up ({})", theirs.text(), text_of(theirs.roles));
  show_peers();
  send_to_all(own_news());
}

void cluster_node_state::lost(peer_table::peer& gone,
                              const caf::error& reason) {
  const auto& about = gone.about;
  gone.went_down(reason != caf::exit_reason::user_shutdown);
  show_peers(); // Who asks for services first and for peers then misses nobody.
  setup_.board->services()->set(about.name, {});
  if (reason == caf::exit_reason::user_shutdown)
    setup_.log->info("{} has left", about.text());
  else if (reason == caf::exit_reason::remote_link_unreachable)
    setup_.log->warn("{} is down: its link is lost or silent", about.text());
  else
    setup_.log->warn("{} is down: {}", about.text(), caf_api::render(reason));
  addresses_.look_for(about.address, about.name, self_->clock().now());
}

void cluster_node_state::on(node_news& news) {
  const auto& sender = self_->current_sender();
  auto* from = peers_.find(caf::actor_cast<caf::actor_addr>(sender));
  if (from == nullptr)
    return; // Not greeted, or lost by now.
  // A handle of a third node would be reached through this one.
  std::erase_if(news.services, [&](const auto& x) {
    return !x.second || x.second.node() != sender->node();
  });
  setup_.board->services()->set(from->about.name, news.services);
  if (std::exchange(from->is_lost, false))
    show_peers();
  for (const auto& address : news.addresses)
    learn(address, false);
  addresses_.heard_of(from->about.address, from->about.name);
  show_awaited();
}

caf::message cluster_node_state::own_news() const {
  node_news result;
  result.services = setup_.board->own_offers();
  result.services.emplace_back(queries_service, answerer_);
  for (const auto* other : peers_.up())
    result.addresses.push_back(other->about.address);
  return caf::make_message(std::move(result));
}

void cluster_node_state::send_to_all(const caf::message& news) {
  for (const auto* other : peers_.up())
    self_->send(other->handle, news);
}

void cluster_node_state::show_peers() {
  setup_.board->peers(peers_.views());
}

void cluster_node_state::show_awaited() {
  setup_.board->awaits(addresses_.awaited());
}

// -- the ways to them ---------------------------------------------------------

void cluster_node_state::learn(const std::string& address, bool is_seed) {
  auto parts = node_address::parse(address);
  if (!parts || parts->port == 0)
    return;
  const auto key = parts->text();
  if (!addresses_.learn(std::move(*parts), is_seed, self_->clock().now()))
    complain(key, "node " + setup_.self.name + " knows "
                      + std::to_string(cluster_limits::addresses_max)
                      + " addresses and learns no more: " + key);
}

void cluster_node_state::forget(const std::string& address) {
  auto* target = addresses_.find(address);
  if (target == nullptr || target->is_seed)
    return;
  end_greeting(*target);
  addresses_.erase(address);
}

// A proxy is the same for all tries: each would leave a monitor there.
void cluster_node_state::end_greeting(address_book::entry& target) {
  const auto greeted = std::exchange(target.greeted, {});
  if (greeted && peers_.find(greeted.address()) == nullptr)
    caf_api::demonitor(*self_, greeted);
}

bool cluster_node_state::leads_to_peer(
    const address_book::entry& target) const {
  return std::ranges::any_of(peers_.up(), [&](const auto* other) {
    return target.leads_to(other->about.address, other->about.name);
  });
}

void cluster_node_state::dial(const address_try& current) {
  auto* target = addresses_.find_try(current);
  if (target == nullptr)
    return;
  if (leads_to_peer(*target)) {
    // An address that was forgotten meanwhile: what its node offers is known.
    target->is_awaited = false;
    show_awaited();
    return;
  }
  self_
      ->request(setup_.spawn_dialler(), caf::infinite, caf::connect_atom_v,
                target->parts.host, target->parts.port)
      .then(
          [this, current](const caf::strong_actor_ptr& found) {
            connected(current, found);
          },
          [this, current](const caf::error& error) {
            failed(current, dial_failure(error));
          });
}

void cluster_node_state::connected(const address_try& current,
                                   const caf::strong_actor_ptr& found) {
  auto* target = addresses_.find_try(current);
  if (target == nullptr)
    return;
  if (!found) {
    failed(current, "is not a Stagedoor node");
    return;
  }
  auto handle = caf::actor_cast<caf::actor>(found);
  target->greeted = handle;
  caf_api::monitor(*self_, handle);
  auto greet = [&](auto&&... values) {
    return self_->request(handle, cluster_limits::hello_timeout,
                          std::forward<decltype(values)>(values)...);
  };
  std::apply(greet, setup_.self.to_wire())
      .then(
          [this, current](std::string& magic, std::uint16_t protocol,
                          std::string& version, std::string& other,
                          std::uint64_t incarnation, std::string& own_address,
                          std::uint8_t roles, const std::string& refusal) {
            node_hello theirs;
            if (theirs.from_wire({std::move(magic), protocol,
                                  std::move(version), std::move(other),
                                  incarnation, std::move(own_address), roles}))
              answered(current, theirs, refusal);
            else
              failed(current, "is not a Stagedoor node");
          },
          [this, current](const caf::error& error) {
            failed(current, dial_failure(error));
          });
}

void cluster_node_state::answered(const address_try& current,
                                  const node_hello& theirs,
                                  const std::string& refusal) {
  auto* target = addresses_.find_try(current);
  if (target == nullptr)
    return;
  if (theirs.incarnation == setup_.self.incarnation) {
    setup_.log->info("{} is this node itself", current.address);
    end_greeting(*target);
    addresses_.exclude(current.address);
    show_awaited();
    return;
  }
  if (auto own_refusal = examine(theirs); !own_refusal.empty()) {
    failed(current, {}, true);
    return;
  }
  if (!refusal.empty()) {
    failed(current, "refuses this node: " + refusal, true);
    return;
  }
  target->node = theirs.name;
  auto handle = target->greeted;
  admit(theirs, handle);
}

void cluster_node_state::failed(const address_try& current,
                                const std::string& why, bool refused) {
  auto* target = addresses_.find_try(current);
  if (target == nullptr)
    return;
  end_greeting(*target);
  if (address_book::is_stale(*target, self_->clock().now())) {
    setup_.log->info("{} is forgotten: nobody was there for {} minutes",
                     current.address, cluster_limits::forget_after.count());
    if (peers_.forget(target->node))
      show_peers();
    addresses_.erase(current.address);
    show_awaited();
    return;
  }
  if (!why.empty())
    complain(current.address, current.address + ' ' + why);
  addresses_.try_again(*target, refused);
  show_awaited();
}

void cluster_node_state::complain(const std::string& address,
                                  const std::string& text) {
  if (addresses_.is_news(address, text))
    setup_.log->warn("{}", text);
}

caf::behavior cluster_node(cluster_node_state::pointer self,
                           cluster_node_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

} // namespace stagedoor
