#include "stagedoor/actors/groups/history_keeper.hpp"

#include "stagedoor/actors/groups/group_hub.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/hub_fixture.hpp"

namespace history_keeper_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

std::string numbered(const std::string& group, int data, int offset) {
  return R"({"type":"said","data":)" + std::to_string(data)
         + R"(,"status":200,"group":")" + group + R"(","offset":)"
         + std::to_string(offset) + "}\n";
}

/// The hubs of two units and their history keeper. Groups `room.…` keep two
/// events for ten seconds.
struct keeper_fixture {
  keeper_fixture() {
    const auto table = *compile_endpoints({endpoint("/ws/").group(
        R"(room\..*)", guarded_by(is_authenticated()), history{2, 1000, 10s})});
    auto shared = std::make_shared<runtime>(*world.shared());
    shared->make_epoch = [this] { return ++epochs; };
    keeper = world.home(0).spawn(history_keeper,
                                 history_keeper_setup{shared, table});
    std::vector<caf::actor> all;
    for (std::size_t i = 0; i < 2; ++i) {
      hubs.push_back(world.home(i).spawn(
          group_hub, group_hub_setup{shared, table, keeper}));
      all.push_back(caf::actor_cast<caf::actor>(hubs.back()));
    }
    for (const auto& hub : hubs)
      caf::anon_send(hub, all);
    caf::anon_send(keeper, all);
    world.settle();
  }

  template <class... Ts>
  void tell(std::size_t unit, Ts&&... what) {
    caf::anon_send(hubs[unit], std::forward<Ts>(what)...);
    world.settle();
  }

  void say(std::size_t unit, const std::string& group, int data,
           connection_address except = {}) {
    tell(unit, group_broadcast{group, event{"said", data}, except});
  }

  history_part read(const std::string& group, group_position after) {
    history_part result;
    world.home(1).spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           history_keeper_actor whom, history_query query,
           history_part* target) {
          self->request(whom, caf::infinite, std::move(query))
              .then(
                  [target](history_part& part) { *target = std::move(part); });
        },
        keeper, history_query{group, after, 1000}, &result);
    world.settle();
    return result;
  }

  std::uint64_t epochs = 0;
  actor_world world{{}, 2};
  history_keeper_actor keeper;
  std::vector<group_hub_actor> hubs;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(history_keeper, keeper_fixture)

BOOST_AUTO_TEST_CASE(events_of_all_units_have_one_row_of_numbers) {
  member_probe a{world.home(0), 1};
  member_probe b{world.home(1), 2};
  tell(0, a.joins("room.a"));
  tell(1, b.joins("room.a"));
  say(0, "room.a", 5);
  say(1, "room.a", 6);
  const auto expected = numbered("room.a", 5, 1) + numbered("room.a", 6, 2);
  BOOST_TEST(a.take() == expected);
  BOOST_TEST(b.take() == expected);
  BOOST_TEST((read("room.a", {1, 0}).last == group_position{1, 2}));
}

BOOST_AUTO_TEST_CASE(other_groups_are_not_numbered) {
  member_probe a{world.home(0), 1};
  tell(0, a.joins("hall"));
  say(1, "hall", 5);
  BOOST_TEST(a.take() == event_text("said", "5") + '\n');
  BOOST_TEST(epochs == 0u);
}

BOOST_AUTO_TEST_CASE(a_group_without_members_keeps_its_events) {
  for (const auto number : {5, 6, 7})
    say(1, "room.a", number);
  const auto part = read("room.a", {1, 1});
  BOOST_TEST((part.last == group_position{1, 3}));
  BOOST_TEST(part.first == 2u);
  BOOST_REQUIRE(part.texts.size() == 2u);
  BOOST_TEST(part.texts.front() + '\n' == numbered("room.a", 6, 2));
}

BOOST_AUTO_TEST_CASE(the_member_that_is_spared_hears_the_number) {
  member_probe a{world.home(0), 1};
  member_probe b{world.home(1), 2};
  tell(0, a.joins("room.a"));
  tell(1, b.joins("room.a"));
  say(0, "room.a", 5, address_of(a.handle()));
  BOOST_TEST(a.take() == "not for it: " + numbered("room.a", 5, 1));
  BOOST_TEST(b.take() == numbered("room.a", 5, 1));
}

BOOST_AUTO_TEST_CASE(an_event_that_json_cannot_express_has_no_number) {
  tell(0, group_broadcast{"room.a", event{"said", "\xFF"}});
  say(0, "room.a", 5);
  BOOST_TEST((read("room.a", {1, 0}).last == group_position{1, 1}));
  BOOST_TEST(world.metrics().drops(drop_reason::not_json).value() == 1u);
}

BOOST_AUTO_TEST_CASE(a_history_ends_when_nobody_needs_it) {
  std::optional<member_probe> a{std::in_place, world.home(0), 1};
  member_probe b{world.home(1), 2};
  tell(0, a->joins("room.a"));
  tell(1, b.joins("room.a"));
  say(0, "room.a", 5);
  world.advance(1min);
  tell(1, b.leaves("room.a"));
  world.advance(1min);
  say(0, "room.a", 6);
  // Its events are too old, but it has a member.
  BOOST_TEST(a->take() == numbered("room.a", 5, 1) + numbered("room.a", 6, 2));
  world.kill(a->handle());
  world.advance(9s);
  BOOST_TEST(read("room.a", {1, 0}).last.epoch == 1u);
  world.advance(1min);
  BOOST_TEST((read("room.a", {1, 0}).last == group_position{2, 0}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace history_keeper_suite
