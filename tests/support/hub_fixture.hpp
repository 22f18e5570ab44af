#pragma once

#include "stagedoor/actors/groups/group_hub.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/node_probe.hpp"
#include "support/role_probes.hpp"

namespace stagedoor::test {

/// Plays a connection: keeps the texts that it gets.
class member_probe {
public:
  explicit member_probe(unit& home, std::uint64_t id, json::value user_id = {},
                        const std::string& username = {}) {
    handle_ = home.spawn(behave, texts_);
    auto where = std::make_shared<scope>();
    where->connection_id = id;
    where->user.id = std::move(user_id);
    where->user.username = username;
    scope_ = std::move(where);
  }

  /// Refreshes its credentials, with another name in them.
  void rename(const std::string& username) {
    auto next = std::make_shared<scope>(*scope_);
    next->user.username = username;
    scope_ = std::move(next);
  }

  [[nodiscard]] group_joined joins(const std::string& group,
                                   const std::string& meta = {}) const {
    return {group, scope_, handle_, meta};
  }
  [[nodiscard]] group_left leaves(const std::string& group) const {
    return {group, handle_.id()};
  }
  [[nodiscard]] const caf::actor& handle() const { return handle_; }

  /// What has come since the last call, a line each.
  [[nodiscard]] std::string take() {
    std::string result;
    for (const auto& text : std::exchange(*texts_, {}))
      result += *text + '\n';
    return result;
  }

  /// The last text, as it is shared.
  [[nodiscard]] const std::string* last() const { return texts_->back().get(); }

private:
  using texts = std::vector<std::shared_ptr<const std::string>>;

  using pointer =
      caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*;

  static caf::behavior behave(pointer, std::shared_ptr<texts> got) {
    return {[got](const group_event& what) { got->push_back(what.text); },
            [got](const numbered_event& what) {
              got->push_back(std::make_shared<const std::string>(
                  (what.is_excepted ? "not for it: " : "") + what.text->text));
            }};
  }

  std::shared_ptr<texts> texts_ = std::make_shared<texts>();
  caf::actor handle_;
  scope_ptr scope_;
};

inline std::string event_text(const std::string& type,
                              const std::string& data) {
  return R"({"type":")" + type + R"(","data":)" + data + R"(,"status":200})";
}

/// A user in a list or in an event.
inline std::string member_text(int id, const std::string& username,
                               int connections = 1,
                               const std::string& meta = "null") {
  return R"({"id":)" + std::to_string(id) + R"(,"username":")" + username
         + R"(","connections":)" + std::to_string(connections) + R"(,"meta":)"
         + meta + '}';
}

inline std::string presence_text(const std::string& type,
                                 const std::string& member) {
  return event_text(type, R"({"group":"room.a","member":)" + member + '}');
}

/// Two units with a hub each, in whose groups `room.…` and `patient.…` there is
/// presence.
struct hub_fixture {
  static constexpr int patience_ms = 1000;

  explicit hub_fixture(const limits& bounds = {}, std::size_t units = 2)
      : world(bounds, units) {
    for (std::size_t i = 0; i < units; ++i)
      hubs.push_back(world.home(i).spawn(
          group_hub, group_hub_setup{world.shared(), endpoints}));
    std::vector<caf::actor> all;
    for (const auto& hub : hubs)
      all.push_back(caf::actor_cast<caf::actor>(hub));
    for (const auto& hub : hubs)
      caf::anon_send(hub, all);
    world.settle();
  }

  template <class... Ts>
  void tell(std::size_t unit, Ts&&... what) {
    caf::anon_send(hubs[unit], std::forward<Ts>(what)...);
    world.settle();
  }

  void say(std::size_t unit, const std::string& group,
           const json::value& data) {
    tell(unit, group_broadcast{group, event{"said", data}});
  }

  /// Asks who is in `room.a`; the answer is in `answer`.
  void ask_members(group_reach reach = group_reach::cluster) {
    world.home().spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           group_hub_actor hub, group_reach how, std::string* target) {
          self->request(hub, caf::infinite, caf::get_atom_v,
                        std::string{"room.a"}, how)
              .then([target](const member_list& list) {
                *target = to_json(to_json_object("room.a", list));
              });
        },
        hubs[0], reach, &answer);
    world.settle();
  }

  /// Another node tells who is present there.
  void tell_from(const node_probe& node, const presence_notes& notes) {
    caf::anon_send(node.handle(), caf::publish_atom_v,
                   caf::actor_cast<caf::actor>(hubs[0]), notes);
    world.settle();
  }

  /// How many events the first unit has dropped.
  [[nodiscard]] std::uint64_t dropped(drop_reason why) const {
    return world.metrics().drops(why).value();
  }

  /// Another node's hub is there.
  void offer(const std::string& node, const caf::actor& hub) {
    world.services().set(node, {{"stagedoor.groups", hub}});
  }

  endpoint_table_ptr endpoints = *compile_endpoints(
      {endpoint("/ws/")
           .group("room\\..*", slow_member::close, presence)
           .group("patient\\..*",
                  presence(std::chrono::milliseconds{patience_ms}))});
  actor_world world;
  std::vector<group_hub_actor> hubs;
  std::string answer;
};

} // namespace stagedoor::test
