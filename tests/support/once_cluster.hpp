#pragma once

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/keeping/once_keeper.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/response_promise.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "actor_world.hpp"
#include "owner_probe.hpp"

namespace stagedoor::test {

/// Once keepers of several nodes in one system in virtual time, and the links
/// between them. What is sent over a link arrives in its order, when the test
/// says so, or not at all.
class once_cluster {
public:
  /// What a keeper has said to a message with a key, once it has.
  using verdict_ptr = std::shared_ptr<std::optional<once_verdict>>;

  explicit once_cluster(actor_world& world) : world_(world) {}

  ~once_cluster() {
    for (auto& [ends, way] : ways_)
      world_.kill(way.forwarder);
    for (const auto& each : retired_)
      world_.kill(each);
  }

  once_cluster(const once_cluster&) = delete;
  once_cluster& operator=(const once_cluster&) = delete;

  /// Starts a node, or another life of it, that nobody sees yet.
  void start(const std::string& name) {
    auto& node = nodes_[name];
    node.directory = std::make_shared<service_directory>();
    auto shared = std::make_shared<runtime>(*world_.shared());
    shared->services = node.directory;
    node.keeper = world_.home().spawn(
        once_keeper, once_keeper_setup{std::move(shared), name, ++lives_});
    if (!node.handler)
      node.handler = std::make_unique<owner_probe>(world_.home());
    node.is_alive = true;
    world_.settle();
  }

  /// Ends a node as a crash does. Nobody is told.
  void crash(const std::string& name) {
    for (const auto& [other, node] : nodes_)
      if (other != name)
        cut(name, other);
    nodes_.at(name).is_alive = false;
    world_.kill(nodes_.at(name).keeper);
  }

  /// Ends a node in order, as far as its keys are concerned.
  void leave(const std::string& name) {
    caf::anon_send(nodes_.at(name).keeper, caf::close_atom_v);
    arrive();
  }

  [[nodiscard]] bool is_alive(const std::string& name) const {
    return nodes_.at(name).is_alive;
  }

  /// Lets two nodes see each other.
  void link(const std::string& one, const std::string& other) {
    show(one, other);
    show(other, one);
  }

  [[nodiscard]] bool is_linked(const std::string& one,
                               const std::string& other) const {
    const auto found = ways_.find({one, other});
    return found != ways_.end() && found->second.is_open;
  }

  /// Nothing arrives any more, and nobody is told.
  void cut(const std::string& one, const std::string& other) {
    for (const auto& ends : {std::pair{one, other}, std::pair{other, one}})
      if (const auto found = ways_.find(ends); found != ways_.end()) {
        found->second.is_open = false;
        found->second.queue.clear();
      }
  }

  /// A node notices that the way to another one is lost.
  void notice_loss(const std::string& name, const std::string& of) {
    nodes_.at(name).directory->set(of, {});
  }

  /// Lets the oldest message of a link arrive.
  /// @returns whether there was one.
  bool arrive(const std::string& from, const std::string& to) {
    const auto found = ways_.find({from, to});
    if (found == ways_.end() || found->second.queue.empty())
      return false;
    const auto next = std::move(found->second.queue.front());
    found->second.queue.pop_front();
    next();
    world_.settle();
    return true;
  }

  /// Lets all messages arrive, and those that follow them.
  void arrive() {
    world_.settle();
    for (bool any = true; any;) {
      any = false;
      for (const auto& [one, node] : nodes_)
        for (const auto& [other, another] : nodes_)
          any |= arrive(one, other);
    }
  }

  /// Lets time pass, in which all messages arrive.
  void advance(std::chrono::milliseconds by) {
    constexpr auto step = cluster_limits::key_beat / 2;
    for (arrive(); by > step; by -= step) {
      world_.advance(step);
      arrive();
    }
    world_.advance(by);
    arrive();
  }

  /// Has a handler of a node claim a key.
  verdict_ptr claim(const std::string& name, const std::string& key,
                    std::chrono::milliseconds age = {},
                    const std::string& fingerprint = "f") {
    auto result = std::make_shared<std::optional<once_verdict>>();
    const auto& node = nodes_.at(name);
    node.handler->self()
        ->request(node.keeper, caf::infinite,
                  once_claim{{"=1", key},
                             fingerprint,
                             static_cast<std::uint64_t>(age.count())})
        .then([result](once_verdict& verdict) { *result = std::move(verdict); },
              [result](const caf::error&) {
                *result = once_verdict{false, 0, to_reply(errc::unavailable)};
              });
    world_.settle();
    return result;
  }

  /// A handler says how a message has ended that it was told to run.
  void end(const std::string& name, std::uint64_t number, once_ending how,
           reply answer = {}) {
    caf::anon_send(nodes_.at(name).keeper,
                   once_end{number, how, std::move(answer)});
    world_.settle();
  }

  /// The nodes that keep a key among these, as the ring spreads it: its keeper,
  /// its copy, and the others.
  static std::vector<std::string> order_of(const std::string& key,
                                           std::vector<std::string> names) {
    std::vector<std::string> result;
    while (!names.empty()) {
      once_ring ring{once_ring::life_of(names[0], 0), {}};
      for (const auto& name : names) {
        if (name == names[0])
          continue;
        ring.met(name, {});
        ring.heard(once_ring::life_of(name, 0), {});
      }
      const auto first = once_ring::node_of(ring.places_of({"=1", key}).keeper);
      result.push_back(first);
      std::erase(names, first);
    }
    return result;
  }

private:
  struct member {
    std::shared_ptr<service_directory> directory;
    once_keeper_actor keeper;
    std::unique_ptr<owner_probe> handler;
    bool is_alive = false;
  };

  /// What one node sends to another one: messages, and answers.
  struct one_way {
    caf::actor forwarder;
    bool is_open = true;
    std::deque<std::function<void()>> queue;
  };

  /// Stands on one node for the keeper of another one.
  caf::behavior forward(caf::event_based_actor* self, const std::string& from,
                        const std::string& to) {
    const auto pass = [=, this]<class Answer>(const auto& message,
                                              std::type_identity<Answer>) {
      auto promise = self->make_response_promise();
      put(from, to, [=, this] {
        self->request(nodes_.at(to).keeper, caf::infinite, message)
            .then(
                [=, this](const Answer& answer) {
                  put(to, from,
                      [promise, answer]() mutable { promise.deliver(answer); });
                },
                [](const caf::error&) {});
      });
      return promise;
    };
    return {[pass](const once_claim& message) -> caf::result<once_verdict> {
              return pass(message, std::type_identity<once_verdict>{});
            },
            [pass](const once_note& message) -> caf::result<once_receipt> {
              return pass(message, std::type_identity<once_receipt>{});
            }};
  }

  void put(const std::string& from, const std::string& to,
           std::function<void()> what) {
    if (auto& way = ways_[{from, to}]; way.is_open)
      way.queue.push_back(std::move(what));
  }

  void show(const std::string& whom, const std::string& to) {
    auto& way = ways_[{to, whom}];
    if (way.forwarder)
      retired_.push_back(way.forwarder);
    way.forwarder =
        world_.system().spawn([this, whom, to](caf::event_based_actor* self) {
          return forward(self, to, whom);
        });
    way.is_open = true;
    way.queue.clear();
    nodes_.at(to).directory->set(
        whom, {{world_.shared()->server_name + std::string(once_service),
                way.forwarder}});
  }

  actor_world& world_;
  std::uint64_t lives_ = 0;
  std::map<std::string, member> nodes_;
  /// By the sender and the receiver.
  std::map<std::pair<std::string, std::string>, one_way> ways_;
  std::vector<caf::actor> retired_;
};

} // namespace stagedoor::test
