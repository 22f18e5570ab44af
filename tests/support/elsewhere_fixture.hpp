#pragma once

#include "stagedoor/actors/handlers/handler.hpp"
#include "stagedoor/actors/handlers/relay.hpp"
#include "stagedoor/actors/history_messages.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "handler_fixture.hpp"
#include "mounted_probe.hpp"

namespace stagedoor::test {

/// Plays the hub: keeps what is broadcast.
inline group_hub_actor::behavior_type
keep_broadcasts(pinned_pointer<group_hub_actor, probe_state> self,
                std::vector<std::string>* kept) {
  return {
      [kept](const group_broadcast& broadcast) {
        kept->push_back(broadcast.group + ' ' + broadcast.event.type + ' '
                        + std::string{broadcast.event.data.view()});
      },
      [](const group_joined&) {},
      [](const group_left&) {},
      [](const std::vector<caf::actor>&) {},
      [](const group_batch&) {},
      [](const numbered_line&) {},
      [](caf::put_atom, const group_batch&) -> caf::result<void> {
        return caf::unit;
      },
      [](const presence_note&) {},
      [](caf::put_atom, const presence_notes&) -> caf::result<void> {
        return caf::unit;
      },
      [](caf::flush_atom) -> caf::result<void> { return caf::unit; },
      [self](caf::get_atom, const std::string&, group_reach) {
        return self->make_response_promise<member_list>();
      },
      [](expired_atom, std::uint64_t) {},
  };
}

/// A handler or a relay in front of two actors elsewhere that are played by the
/// test.
/// @tparam Probe what plays one of them.
template <class Probe = mounted_probe>
struct elsewhere_fixture {
  /// @param node that it is; null for none.
  explicit elsewhere_fixture(std::shared_ptr<const cluster> node = {})
      : world({}, 1, std::move(node)) {}

  /// Describes an endpoint with one route below its root.
  [[nodiscard]] static route_tree_ptr routes_to(const handler_spec& spec) {
    return asked_tree_of(endpoint("/ws/").route(R"((?P<room>\w+)/$)", spec));
  }

  /// Has the handler of the route take the messages.
  void start_handler(const handler_spec& spec) {
    subject = home.spawn(
        route_handler,
        handler_setup{
            world.shared(), routes_to(spec), 1, pool.handle(), hub, {}});
  }

  /// Has a relay take the messages, as on a node that runs no handlers.
  void start_relay(const handler_spec& spec, replicas elsewhere) {
    subject = home.spawn(relay, relay_setup{world.shared(), routes_to(spec), 1,
                                            hub, std::move(elsewhere)});
  }

  std::size_t send(const std::string& action, const std::string& room = "a",
                   bool concurrent_allowed = true) {
    auto data = client.data(action);
    data.captures = {{"room", room}};
    data.concurrent_allowed = concurrent_allowed;
    auto number = client.ask(subject, request{std::move(data)});
    world.settle();
    return number;
  }

  /// Sends a message and allows it.
  std::size_t allowed(const std::string& action,
                      const std::string& room = "a") {
    auto number = send(action, room);
    pool.answer_last(allow());
    world.settle();
    return number;
  }

  void answer(Probe& by, reply answer_of_actor) {
    by.answer_last(std::move(answer_of_actor));
    world.settle();
  }

  actor_world world;
  manual_unit& home = world.home();
  pool_probe pool{home};
  client_probe client{home};
  Probe a{world.system()};
  Probe b{world.system()};
  std::vector<std::string> told;
  group_hub_actor hub = home.spawn(keep_broadcasts, &told);
  handler_actor subject;
};

} // namespace stagedoor::test
