#pragma once

#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/actors/handlers/key_keeper.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/response_promise.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actor_world.hpp"
#include "owner_probe.hpp"

namespace stagedoor::test {

/// Key keepers of several nodes in one system in virtual time, and the links
/// between them, which a test can cut.
class keeper_nodes {
public:
  explicit keeper_nodes(actor_world& world) : world_(world) {}

  ~keeper_nodes() {
    // What they have not passed on refers to them.
    for (const auto& [ends, link] : links_) {
      link->held.clear();
      link->lost.clear();
    }
    for (const auto& way : ways_)
      world_.kill(way);
  }

  keeper_nodes(const keeper_nodes&) = delete;
  keeper_nodes& operator=(const keeper_nodes&) = delete;

  /// Starts a node that nobody sees yet.
  void start(const std::string& name) {
    auto& node = nodes_[name];
    node.directory = std::make_shared<service_directory>();
    auto shared = std::make_shared<runtime>(*world_.shared());
    shared->services = node.directory;
    node.board = std::make_shared<key_board>(name);
    node.keeper = world_.home().spawn(
        key_keeper, key_keeper_setup{std::move(shared), node.board});
    node.board->keeper(node.keeper);
    node.owner = std::make_unique<owner_probe>(world_.home());
    node.owner->on_runner_expiry(
        [&node](std::uint64_t number) { node.looked_at.push_back(number); });
    world_.settle();
  }

  /// Lets two nodes see each other.
  void link(const std::string& one, const std::string& other) {
    show(one, other);
    show(other, one);
    beat();
  }

  /// Nothing arrives any more, and nobody is told.
  void silence(const std::string& one, const std::string& other) {
    links_.at({one, other})->is_open = false;
    links_.at({other, one})->is_open = false;
  }

  /// Keeps the votes that a node gives another one on their way.
  void hold_votes(const std::string& from, const std::string& to) {
    links_.at({to, from})->holds_votes = true;
  }

  /// Lets the oldest of them arrive.
  void pass_vote(const std::string& from, const std::string& to) {
    auto& held = links_.at({to, from})->held;
    auto [promise, vote] = held.front();
    held.erase(held.begin());
    promise.deliver(vote);
    world_.settle();
  }

  /// Both notice that the other one is gone.
  void notice_loss(const std::string& one, const std::string& other) {
    nodes_.at(one).directory->set(other, {});
    nodes_.at(other).directory->set(one, {});
    beat();
  }

  /// Lets time pass until all keepers have given a sign of life.
  void beat() { world_.advance(cluster_limits::key_beat); }

  /// Has a handler of a node claim a key.
  /// @returns the answer; nothing if it has not come.
  std::optional<bool> claim(const std::string& name, const std::string& key,
                            std::uint64_t number = 1) {
    return *begin_claim(name, key, number);
  }

  /// The same for an answer that comes later.
  std::shared_ptr<const std::optional<bool>>
  begin_claim(const std::string& name, const std::string& key,
              std::uint64_t number = 1) {
    auto answer = std::make_shared<std::optional<bool>>();
    const auto& node = nodes_.at(name);
    node.owner->self()
        ->request(node.keeper, caf::infinite, key_claim{key, number})
        .then([answer](bool granted) { *answer = granted; });
    world_.settle();
    return answer;
  }

  void release(const std::string& name, const std::string& key) {
    caf::anon_send(nodes_.at(name).keeper, key_release{key});
    world_.settle();
  }

  [[nodiscard]] bool may_keep(const std::string& name, const std::string& key) {
    return nodes_.at(name).board->may_keep(key, world_.home().now());
  }
  [[nodiscard]] key_board& board(const std::string& name) {
    return *nodes_.at(name).board;
  }
  [[nodiscard]] const key_keeper_actor& keeper(const std::string& name) {
    return nodes_.at(name).keeper;
  }
  /// The states of a node that were told to look whether they may stay.
  [[nodiscard]] std::vector<std::uint64_t> told(const std::string& name) {
    return std::exchange(nodes_.at(name).looked_at, {});
  }

private:
  struct member {
    std::shared_ptr<service_directory> directory;
    std::shared_ptr<key_board> board;
    key_keeper_actor keeper;
    std::unique_ptr<owner_probe> owner;
    std::vector<std::uint64_t> looked_at;
  };

  /// The way of the notes of one node to another one, and of their answers.
  struct one_way {
    bool is_open = true;
    bool holds_votes = false;
    std::vector<std::pair<caf::response_promise, key_vote>> held;
    std::vector<caf::response_promise> lost;
  };

  static caf::behavior pass_on(caf::event_based_actor* self,
                               const key_keeper_actor& keeper,
                               const std::shared_ptr<one_way>& way) {
    return {[=](const key_note& note) -> caf::result<key_vote> {
      if (way->is_open
          && !(way->holds_votes && note.what == key_note_kind::claim))
        return self->delegate(keeper, note);
      auto promise = self->make_response_promise();
      if (!way->is_open)
        way->lost.push_back(promise);
      else
        self->request(keeper, caf::infinite, note)
            .then([way, promise](const key_vote& vote) {
              way->held.emplace_back(promise, vote);
            });
      return promise;
    }};
  }

  void show(const std::string& whom, const std::string& to) {
    const auto link = std::make_shared<one_way>();
    links_[{to, whom}] = link;
    const auto way =
        world_.system().spawn(pass_on, nodes_.at(whom).keeper, link);
    ways_.push_back(way);
    nodes_.at(to).directory->set(
        whom,
        {{world_.shared()->server_name + std::string(keys_service), way}});
  }

  actor_world& world_;
  std::map<std::string, member> nodes_;
  /// By the sender and the receiver.
  std::map<std::pair<std::string, std::string>, std::shared_ptr<one_way>>
      links_;
  std::vector<caf::actor> ways_;
};

} // namespace stagedoor::test
