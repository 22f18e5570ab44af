#include "stagedoor/actors/groups/group_hub.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/foreign_proxy.hpp"
#include "support/hub_fixture.hpp"

namespace group_hub_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

limits narrow_link() {
  limits result;
  // Two events of that size.
  result.link_bytes_max = 2 * event_text("said", "1").size();
  return result;
}

struct narrow_fixture : hub_fixture {
  narrow_fixture() : hub_fixture(narrow_link(), 1) {}
};

limits short_list() {
  limits result;
  result.members_listed_max = 2;
  return result;
}

struct short_list_fixture : hub_fixture {
  short_list_fixture() : hub_fixture(short_list(), 1) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(group_hub)
BOOST_FIXTURE_TEST_SUITE(spreading, hub_fixture)

// -- members and events -------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_event_reaches_the_members_of_all_units) {
  member_probe a{world.home(0), 1};
  member_probe b{world.home(1), 2};
  member_probe c{world.home(0), 3};
  tell(0, a.joins("g"));
  tell(1, b.joins("g"));
  tell(0, c.joins("other"));
  say(0, "g", 1);
  BOOST_TEST(a.take() == event_text("said", "1") + '\n');
  BOOST_TEST(b.take() == event_text("said", "1") + '\n');
  BOOST_TEST(c.take() == "");
}

BOOST_AUTO_TEST_CASE(all_members_share_one_text) {
  member_probe a{world.home(0), 1};
  member_probe b{world.home(1), 2};
  tell(0, a.joins("g"));
  tell(1, b.joins("g"));
  say(1, "g", "hello");
  BOOST_TEST(a.last() == b.last());
}

BOOST_AUTO_TEST_CASE(an_event_that_json_cannot_express_reaches_nobody) {
  member_probe a{world.home(0), 1};
  tell(0, a.joins("g"));
  say(0, "g", "\xFF");
  tell(0, group_broadcast{"g", event{"\xFF", nullptr}});
  say(0, "g", 1);
  BOOST_TEST(a.take() == event_text("said", "1") + '\n');
  BOOST_TEST(dropped(drop_reason::not_json) == 2u);
  BOOST_TEST(world.logged("group \"g\": the event \"said\" is not sent: it has "
                          "text that is not UTF-8, or a number that is not "
                          "finite\n"));
}

BOOST_AUTO_TEST_CASE(events_of_one_sender_keep_their_order) {
  member_probe a{world.home(0), 1};
  member_probe b{world.home(1), 2};
  tell(0, a.joins("g"));
  tell(1, b.joins("g"));
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    caf::anon_send(hubs[0], group_broadcast{"g", event{"said", i}});
    expected += event_text("said", std::to_string(i)) + '\n';
  }
  world.settle();
  BOOST_TEST(a.take() == expected);
  BOOST_TEST(b.take() == expected);
}

BOOST_AUTO_TEST_CASE(who_leaves_hears_nothing_more) {
  member_probe a{world.home(0), 1};
  tell(0, a.joins("g"));
  tell(0, a.leaves("g"));
  say(0, "g", 1);
  BOOST_TEST(a.take() == "");
}

BOOST_AUTO_TEST_CASE(an_event_may_spare_one_member) {
  member_probe a{world.home(0), 1};
  member_probe b{world.home(1), 2};
  tell(0, a.joins("g"));
  tell(1, b.joins("g"));
  for (const std::size_t unit : {0, 1}) {
    tell(unit, group_broadcast{"g", event{"said", 1}, address_of(a.handle())});
    BOOST_TEST(a.take() == "");
    BOOST_TEST(b.take() == event_text("said", "1") + '\n');
  }
  tell(0, group_broadcast{"g", event{"said", 2}, address_of(nullptr)});
  BOOST_TEST(a.take() == event_text("said", "2") + '\n');
}

BOOST_AUTO_TEST_CASE(an_event_spares_nobody_of_equal_id_on_another_node) {
  member_probe a{world.home(0), 1};
  tell(0, a.joins("g"));
  const auto far = foreign_proxy(world.system(), a.handle().id());
  tell(0, group_broadcast{"g", event{"said", 1}, address_of(far)});
  BOOST_TEST(a.take() == event_text("said", "1") + '\n');
}

BOOST_AUTO_TEST_CASE(joining_twice_is_joining_once) {
  member_probe a{world.home(0), 1};
  tell(0, a.joins("g"));
  tell(0, a.joins("g"));
  say(0, "g", 1);
  BOOST_TEST(a.take() == event_text("said", "1") + '\n');
}

BOOST_AUTO_TEST_CASE(a_member_has_the_name_of_its_newest_credentials) {
  member_probe a{world.home(0), 1, 1, "alice"};
  tell(0, a.joins("room.a"));
  BOOST_TEST(a.take()
             == presence_text("group.joined", member_text(1, "alice")) + '\n');
  a.rename("alicia");
  tell(0, a.joins("room.a"));
  BOOST_TEST(a.take()
             == presence_text("group.changed", member_text(1, "alicia"))
                    + '\n');
  ask_members();
  BOOST_TEST(answer
             == R"({"group":"room.a","members":[)" + member_text(1, "alicia")
                    + R"(],"connections":1,"complete":true})");
  world.kill(a.handle());
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_leaves_its_groups) {
  member_probe a{world.home(0), 1, 1, "alice"};
  member_probe b{world.home(1), 2, 2, "bob"};
  tell(0, a.joins("room.a"));
  tell(1, b.joins("room.a"));
  BOOST_TEST(a.take()
             == presence_text("group.joined", member_text(1, "alice")) + '\n'
                    + presence_text("group.joined", member_text(2, "bob"))
                    + '\n');
  world.kill(b.handle());
  BOOST_TEST(a.take()
             == presence_text("group.left", member_text(2, "bob", 0)) + '\n');
  ask_members();
  BOOST_TEST(answer
             == R"({"group":"room.a","members":[)" + member_text(1, "alice")
                    + R"(],"connections":1,"complete":true})");
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_gone_already_does_not_stay) {
  member_probe a{world.home(0), 1};
  world.kill(a.handle());
  tell(0, a.joins("room.a"));
  ask_members();
  BOOST_TEST(answer.find(R"("connections":0)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(groups_without_presence_tell_of_nobody) {
  member_probe a{world.home(0), 1};
  member_probe b{world.home(0), 2};
  tell(0, a.joins("g"));
  tell(0, b.joins("g"));
  tell(0, b.leaves("g"));
  BOOST_TEST(a.take() == "");
}

// -- other nodes --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(another_node_gets_one_copy_of_each_event) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  say(1, "g", 1);
  BOOST_TEST(far.take() == "[g " + event_text("said", "1") + " ]");
}

BOOST_AUTO_TEST_CASE(what_comes_meanwhile_goes_in_the_next_batch) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  say(0, "g", 1);
  say(0, "g", 2);
  say(0, "h", 3);
  BOOST_TEST(far.take() == "[g " + event_text("said", "1") + " ]");
  far.acknowledge();
  world.settle();
  BOOST_TEST(far.take()
             == "[g " + event_text("said", "2") + " h "
                    + event_text("said", "3") + " ]");
}

BOOST_AUTO_TEST_CASE(a_batch_of_another_node_reaches_all_units_and_no_node) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  member_probe a{world.home(0), 1};
  member_probe b{world.home(1), 2};
  tell(0, a.joins("g"));
  tell(1, b.joins("g"));
  group_batch batch{{{"g", std::make_shared<const std::string>("1")},
                     {"g", std::make_shared<const std::string>("2")}}};
  tell(0, caf::put_atom_v, batch);
  BOOST_TEST(a.take() == "1\n2\n");
  BOOST_TEST(b.take() == "1\n2\n");
  BOOST_TEST(far.take() == "");
}

BOOST_AUTO_TEST_CASE(a_node_that_is_gone_loses_events_and_the_log_counts_them) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  say(0, "g", 1);
  say(0, "g", 2);
  say(0, "g", 3);
  world.kill(far.handle());
  BOOST_TEST(world.logged("node b: 3 events are lost to it: it is gone"));
  BOOST_TEST(dropped(drop_reason::node_down) == 3u);
  // It has left: there is nobody to miss anything.
  say(0, "g", 4);
  BOOST_TEST(dropped(drop_reason::node_down) == 3u);
}

BOOST_AUTO_TEST_CASE(what_a_lost_node_is_not_sent_is_counted) {
  const auto far = foreign_proxy(world.system(), 7);
  offer("b", far);
  say(0, "g", 1);
  lose(far);
  world.services().set("b", {});
  world.settle();
  say(0, "g", 2);
  say(0, "g", 3);
  BOOST_TEST(dropped(drop_reason::node_down) == 3u);
  node_probe after{world.home(0)};
  offer("b", after.handle());
  say(0, "g", 4);
  BOOST_TEST(dropped(drop_reason::node_down) == 3u);
  BOOST_TEST(after.take() == "[g " + event_text("said", "4") + " ]");
  BOOST_TEST(
      world.logged("node b: 2 events were not sent to it while it was away"));
}

BOOST_AUTO_TEST_CASE(who_follows_a_group_lists_it_again_around_a_lost_node) {
  const auto changed =
      event_text("group.changed", R"({"group":"room.a"})") + '\n';
  member_probe a{world.home(0), 1, 1, "alice"};
  member_probe b{world.home(1), 2, 2, "bob"};
  tell(0, a.joins("room.a"));
  tell(0, a.joins("g"));
  tell(1, b.joins("room.a"));
  const auto far = foreign_proxy(world.system(), 7);
  offer("b", far);
  say(0, "g", 1);
  say(1, "g", 1);
  BOOST_TEST(!a.take().empty());
  BOOST_TEST(!b.take().empty());
  lose(far);
  world.settle();
  BOOST_TEST(a.take() == changed);
  BOOST_TEST(b.take() == changed);
  world.services().set("b", {});
  say(0, "g", 2);
  say(1, "g", 2);
  BOOST_TEST(!a.take().empty());
  BOOST_TEST(b.take().empty());
  node_probe after{world.home(0)};
  offer("b", after.handle());
  say(0, "other", 3);
  say(1, "other", 3);
  BOOST_TEST(a.take() == changed);
  BOOST_TEST(b.take() == changed);
}

BOOST_AUTO_TEST_CASE(a_node_that_comes_back_gets_what_is_sent_from_then_on) {
  node_probe before{world.home(0)};
  offer("b", before.handle());
  say(0, "g", 1);
  world.services().set("b", {});
  say(0, "g", 2);
  node_probe after{world.home(0)};
  offer("b", after.handle());
  say(0, "g", 3);
  BOOST_TEST(after.take() == "[g " + event_text("said", "3") + " ]");
}

BOOST_AUTO_TEST_CASE(a_lost_node_takes_no_connection_of_equal_id_along) {
  member_probe a{world.home(0), 1};
  tell(0, a.joins("g"));
  const auto far = foreign_proxy(world.system(), a.handle().id());
  offer("b", far);
  say(0, "g", 1);
  lose(far);
  world.settle();
  BOOST_TEST(world.logged("node b: 1 events are lost to it: it is gone"));
  say(0, "g", 2);
  BOOST_TEST(a.take()
             == event_text("said", "1") + '\n' + event_text("said", "2")
                    + '\n');
  world.services().set("b", {});
}

BOOST_AUTO_TEST_CASE(a_link_that_is_lost_late_does_not_end_the_next_one) {
  const auto lost = foreign_proxy(world.system(), 7);
  const auto next = foreign_proxy(world.system(), 7);
  offer("b", lost);
  say(0, "g", 1);
  world.services().set("b", {});
  offer("b", next);
  say(0, "g", 2);
  lose(lost);
  world.settle();
  BOOST_TEST(!world.logged("node b: 2 events"));
  say(0, "g", 3);
  lose(next);
  world.settle();
  BOOST_TEST(world.logged("node b: 2 events are lost to it: it is gone"));
  world.services().set("b", {});
}

BOOST_AUTO_TEST_CASE(a_node_that_is_back_before_its_end_is_heard_is_there) {
  const auto before = foreign_proxy(world.system(), 7);
  offer("b", before);
  say(0, "g", 1);
  node_probe after{world.home(0)};
  offer("b", after.handle());
  say(0, "g", 2);
  BOOST_TEST(dropped(drop_reason::node_down) == 1u);
  lose(before);
  world.settle();
  after.acknowledge();
  say(0, "g", 3);
  BOOST_TEST(dropped(drop_reason::node_down) == 1u);
}

BOOST_AUTO_TEST_CASE(a_server_is_not_another_node_to_itself) {
  offer("a", caf::actor_cast<caf::actor>(hubs[0]));
  member_probe a{world.home(0), 1};
  tell(0, a.joins("g"));
  say(0, "g", 1);
  say(1, "g", 2);
  BOOST_TEST(a.take()
             == event_text("said", "1") + '\n' + event_text("said", "2")
                    + '\n');
}

// -- the list of members ------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_list_sums_up_units_and_nodes) {
  node_probe far{world.home(0)};
  far.has(std::make_unique<member_list>(
      member_list{{{1, "alice", 2}, {3, "carol", 1}}, 3, true}));
  offer("b", far.handle());
  member_probe a{world.home(0), 1, 1, "alice"};
  member_probe b{world.home(1), 2, 2, "bob"};
  tell(0, a.joins("room.a"));
  tell(1, b.joins("room.a"));
  ask_members();
  BOOST_TEST(answer
             == R"({"group":"room.a","members":[)" + member_text(1, "alice", 3)
                    + ',' + member_text(2, "bob") + ','
                    + member_text(3, "carol")
                    + R"(],"connections":5,"complete":true})");
}

BOOST_AUTO_TEST_CASE(a_node_asks_its_own_units_only) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  member_probe b{world.home(1), 2, 2, "bob"};
  tell(1, b.joins("room.a"));
  ask_members(group_reach::node);
  BOOST_TEST(answer.find(R"("connections":1,"complete":true)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_lost_node_leaves_the_list_incomplete) {
  const auto lost = foreign_proxy(world.system(), 7);
  offer("b", lost);
  member_probe a{world.home(0), 1, 1, "alice"};
  tell(0, a.joins("room.a"));
  say(0, "g", 1);
  world.services().set("b", {});
  lose(lost);
  world.settle();
  ask_members();
  BOOST_TEST(answer.find(R"("connections":1,"complete":false)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_say_leaves_the_list_incomplete) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  member_probe a{world.home(0), 1, 1, "alice"};
  tell(0, a.joins("room.a"));
  ask_members();
  world.advance(world.bounds().members_timeout - 1ms);
  BOOST_TEST(answer == "");
  world.advance(20ms);
  BOOST_TEST(answer.find(R"("connections":1,"complete":false)")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

// -- bounds -------------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(bounds, narrow_fixture)

BOOST_AUTO_TEST_CASE(what_is_over_the_bound_of_a_link_is_dropped_and_counted) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  say(0, "g", 0);
  say(0, "g", 1);
  say(0, "g", 2);
  BOOST_TEST(!world.logged("dropping"));
  say(0, "g", 3);
  BOOST_TEST(world.logged("node b: events wait for it up to "
                          "limits.link-bytes-max: dropping"));
  say(0, "g", 4);
  BOOST_TEST(far.take() == "[g " + event_text("said", "0") + " ]");
  far.acknowledge();
  world.settle();
  BOOST_TEST(far.take()
             == "[g " + event_text("said", "1") + " g "
                    + event_text("said", "2") + " ]");
  BOOST_TEST(world.logged("node b: 2 events are lost to it: too many waited"));
  BOOST_TEST(dropped(drop_reason::link_full) == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(list, short_list_fixture)

BOOST_AUTO_TEST_CASE(a_list_names_users_up_to_its_limit) {
  member_probe a{world.home(0), 1, 1, "alice"};
  member_probe b{world.home(0), 2, 2, "bob"};
  tell(0, a.joins("room.a"));
  tell(0, b.joins("room.a"));
  ask_members();
  BOOST_TEST(answer.find(R"("connections":2,"complete":true)")
             != std::string::npos);
  member_probe c{world.home(0), 3, 3, "carol"};
  tell(0, c.joins("room.a"));
  ask_members();
  BOOST_TEST(answer.find(R"("connections":3,"complete":false)")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
BOOST_AUTO_TEST_SUITE_END()

} // namespace group_hub_suite
