// How a node actor reaches other nodes: which addresses it tries, and when.

#include "stagedoor/actors/cluster/cluster_node.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_system.hpp"
#include "caf/sec.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// What CAF's errors mean for an address.
std::string meaning_of(const caf::error& error) {
  if (error == caf::sec::cannot_connect_to_node)
    return "cannot be reached";
  if (error == caf::sec::connection_timeout
      || error == caf::sec::request_timeout)
    return "does not answer";
  if (error == caf::sec::disconnect_during_handshake)
    return "closed the connection in the handshake: it is no node, or one "
           "with other TLS";
  if (error == caf::sec::unexpected_message
      || error == caf::sec::unexpected_response)
    return "is not a Stagedoor node";
  if (error == make_error(errc::invalid_option))
    return "was not asked: " + text_of(error);
  return "is not a Stagedoor node: " + text_of(error);
}

} // namespace

void cluster_node_state::learn(const std::string& address, bool is_seed) {
  auto where = node_address::parse(address);
  if (!where || where->port == 0)
    return;
  auto key = where->text();
  if (own_addresses_.contains(key) || links_.contains(key))
    return;
  if (links_.size() >= addresses_max) {
    complain(key, "node " + setup_.self.name + " knows "
                      + std::to_string(addresses_max)
                      + " addresses and learns no more: " + key);
    return;
  }
  auto& way = *links_.emplace(key, link{}).first;
  way.second.where = std::move(*where);
  way.second.is_seed = is_seed;
  way.second.last_seen = self_->clock().now();
  retry(way, first_delay(key));
}

void cluster_node_state::forget(const std::string& address) {
  auto way = links_.find(address);
  if (way == links_.end() || way->second.is_seed)
    return;
  end_greeting(way->second);
  links_.erase(way);
}

// A proxy is the same for all tries: each would leave a monitor there.
void cluster_node_state::end_greeting(link& way) {
  const auto who = std::exchange(way.greeted, {});
  const auto is_peer =
      std::any_of(peers_.begin(), peers_.end(), [&](const auto& x) {
        return who && x.second.handle
               && are_same(caf::actor_cast<caf::actor_addr>(x.second.handle),
                           who.address());
      });
  if (who && !is_peer)
    self_->demonitor(who);
}

bool cluster_node_state::leads_to_peer(const link_entry& way) const {
  return std::any_of(peers_.begin(), peers_.end(), [&](const auto& x) {
    const auto& [other, whom] = x;
    return whom.handle
           && (whom.about.address == way.first || other == way.second.node);
  });
}

void cluster_node_state::retry(link_entry& way, milliseconds delay) {
  ++way.second.attempt;
  self_->delayed_send(self_, delay, caf::connect_atom_v, way.first,
                      way.second.attempt);
}

void cluster_node_state::look_for(const peer& whom) {
  for (auto& way : links_)
    if (way.first == whom.about.address || way.second.node == whom.about.name) {
      way.second.failures = 0;
      way.second.last_seen = self_->clock().now();
      retry(way, first_delay(way.first));
    }
}

void cluster_node_state::dial(const std::string& address,
                              std::uint64_t attempt) {
  auto way = links_.find(address);
  if (way == links_.end() || way->second.attempt != attempt
      || leads_to_peer(*way))
    return;
  self_
      ->request(setup_.spawn_dialler(), caf::infinite, caf::connect_atom_v,
                way->second.where.host, way->second.where.port)
      .then(
          [this, address, attempt](const caf::strong_actor_ptr& who) {
            connected(address, attempt, who);
          },
          [this, address, attempt](const caf::error& error) {
            failed(address, attempt, meaning_of(error));
          });
}

void cluster_node_state::connected(const std::string& address,
                                   std::uint64_t attempt,
                                   const caf::strong_actor_ptr& who) {
  auto way = links_.find(address);
  if (way == links_.end() || way->second.attempt != attempt)
    return;
  if (!who) {
    failed(address, attempt, "is not a Stagedoor node");
    return;
  }
  auto handle = caf::actor_cast<caf::actor>(who);
  way->second.greeted = handle;
  self_->monitor(handle);
  auto greet = [&](auto&&... values) {
    return self_->request(handle, hello_timeout,
                          std::forward<decltype(values)>(values)...);
  };
  std::apply(greet, setup_.self.to_wire())
      .then(
          [this, address, attempt](std::string& magic, std::uint16_t protocol,
                                   std::string& version, std::string& other,
                                   std::uint64_t incarnation,
                                   std::string& own_address, std::uint8_t roles,
                                   const std::string& refusal) {
            node_hello theirs;
            if (theirs.from_wire({std::move(magic), protocol,
                                  std::move(version), std::move(other),
                                  incarnation, std::move(own_address), roles}))
              answered(address, attempt, theirs, refusal);
            else
              failed(address, attempt, "is not a Stagedoor node");
          },
          [this, address, attempt](const caf::error& error) {
            failed(address, attempt, meaning_of(error));
          });
}

void cluster_node_state::answered(const std::string& address,
                                  std::uint64_t attempt,
                                  const node_hello& theirs,
                                  const std::string& refusal) {
  auto way = links_.find(address);
  if (way == links_.end() || way->second.attempt != attempt)
    return;
  if (theirs.incarnation == setup_.self.incarnation) {
    setup_.log->info("{} is this node itself", address);
    own_addresses_.insert(address);
    end_greeting(way->second);
    links_.erase(way);
    return;
  }
  if (auto own_refusal = examine(theirs); !own_refusal.empty()) {
    failed(address, attempt, {}, true);
    return;
  }
  if (!refusal.empty()) {
    failed(address, attempt, "refuses this node: " + refusal, true);
    return;
  }
  way->second.node = theirs.name;
  auto handle = way->second.greeted;
  admit(theirs, handle);
}

void cluster_node_state::failed(const std::string& address,
                                std::uint64_t attempt, const std::string& why,
                                bool refused) {
  auto way = links_.find(address);
  if (way == links_.end() || way->second.attempt != attempt)
    return;
  auto& it = way->second;
  end_greeting(it);
  if (!it.is_seed && self_->clock().now() - it.last_seen > forget_after) {
    setup_.log->info("{} is forgotten: nobody was there for {} minutes",
                     address, forget_after.count());
    auto whom = peers_.find(it.node);
    if (whom != peers_.end() && !whom->second.handle) {
      peers_.erase(whom);
      show_peers();
    }
    links_.erase(way);
    return;
  }
  if (!why.empty())
    complain(address, address + ' ' + why);
  const auto doubled = backoff_min * (1U << std::min(it.failures++, 8U));
  const auto most = std::min<milliseconds>(backoff_max, doubled);
  retry(*way,
        refused ? backoff_max + random_up_to(backoff_min) : random_up_to(most));
}

cluster_node_state::milliseconds
cluster_node_state::random_up_to(milliseconds most) {
  return milliseconds{std::uniform_int_distribution<milliseconds::rep>{
      0, most.count()}(random_)};
}

cluster_node_state::milliseconds
cluster_node_state::first_delay(std::string_view address) {
  return random_up_to(backoff_min)
         + (setup_.self.address < address ? milliseconds{0} : head_start);
}

void cluster_node_state::complain(const std::string& address,
                                  const std::string& text) {
  // Addresses come from others.
  if (complaints_.size() >= addresses_max)
    complaints_.clear();
  if (std::exchange(complaints_[address], text) != text)
    setup_.log->warn("{}", text);
}

} // namespace stagedoor
