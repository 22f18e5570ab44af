#include "stagedoor/actors/groups/presence_keeper.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/foreign_proxy.hpp"
#include "support/hub_fixture.hpp"

namespace presence_keeper_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const std::string joined = "group.joined";
const std::string left = "group.left";
const std::string changed = "group.changed";

/// A note on a connection of bob on another node.
presence_note of_bob(caf::actor_id connection, bool is_there = true,
                     const std::string& group = "room.a") {
  return {group, connection, is_there, 2, "bob", {}};
}

const auto changed_text = event_text(changed, R"({"group":"room.a"})") + '\n';

struct keeper_fixture : hub_fixture {
  /// The line of an event about a member of `room.a`.
  static std::string line(const std::string& type, const std::string& member) {
    return presence_text(type, member) + '\n';
  }

  void ask_patient_members() {
    world.home().spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           group_hub_actor hub, std::string* target) {
          self->request(hub, caf::infinite, caf::get_atom_v,
                        std::string{"patient.a"}, group_reach::cluster)
              .then([target](const member_list& list) {
                *target = to_json(to_json_object("patient.a", list));
              });
        },
        hubs[1], &answer);
    world.settle();
  }

  static std::string patient(const std::string& type,
                             const std::string& member) {
    return event_text(type, R"({"group":"patient.a","member":)" + member + '}')
           + '\n';
  }

  member_probe watcher{world.home(0), 1, 1, "alice"};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(presence_keeper, keeper_fixture)

BOOST_AUTO_TEST_CASE(the_first_and_the_last_of_a_user_are_told_over_all_units) {
  tell(0, watcher.joins("room.a"));
  BOOST_TEST(watcher.take() == line(joined, member_text(1, "alice")));
  member_probe one{world.home(0), 2, 2, "bob"};
  member_probe two{world.home(1), 3, 2, "bob"};
  tell(0, one.joins("room.a"));
  tell(1, two.joins("room.a"));
  BOOST_TEST(watcher.take()
             == line(joined, member_text(2, "bob", 1))
                    + line(joined, member_text(2, "bob", 2)));
  tell(0, one.leaves("room.a"));
  tell(1, two.leaves("room.a"));
  BOOST_TEST(watcher.take()
             == line(left, member_text(2, "bob", 1))
                    + line(left, member_text(2, "bob", 0)));
}

BOOST_AUTO_TEST_CASE(connections_of_other_nodes_count) {
  tell(0, watcher.joins("room.a"));
  BOOST_TEST(!watcher.take().empty());
  member_probe here{world.home(1), 2, 2, "bob"};
  tell(1, here.joins("room.a"));
  node_probe far{world.home(0)};
  tell_from(far, {{of_bob(7), of_bob(8)}});
  BOOST_TEST(watcher.take()
             == line(joined, member_text(2, "bob", 1))
                    + line(joined, member_text(2, "bob", 2))
                    + line(joined, member_text(2, "bob", 3)));
  tell(1, here.leaves("room.a"));
  tell_from(far, {{of_bob(7, false)}});
  tell_from(far, {{of_bob(8, false)}});
  BOOST_TEST(watcher.take()
             == line(left, member_text(2, "bob", 2))
                    + line(left, member_text(2, "bob", 1))
                    + line(left, member_text(2, "bob", 0)));
}

BOOST_AUTO_TEST_CASE(a_note_that_comes_twice_counts_once) {
  tell(0, watcher.joins("room.a"));
  BOOST_TEST(!watcher.take().empty());
  node_probe far{world.home(0)};
  tell_from(far, {{of_bob(7), of_bob(7), of_bob(7, false), of_bob(7, false)}});
  BOOST_TEST(watcher.take()
             == line(joined, member_text(2, "bob", 1))
                    + line(left, member_text(2, "bob", 0)));
}

BOOST_AUTO_TEST_CASE(groups_without_presence_are_not_kept) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  tell(0, watcher.joins("g"));
  tell_from(far, {{of_bob(7, true, "g")}});
  BOOST_TEST(watcher.take() == "");
  BOOST_TEST(far.take_notes() == "");
}

// -- between nodes ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(another_node_is_told_who_comes_and_goes) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  tell(0, watcher.joins("room.a", R"("away")"));
  BOOST_TEST(far.take_notes() == R"([+alice room.a"away" ])");
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(1, bob.joins("room.a"));
  tell(1, bob.leaves("room.a"));
  BOOST_TEST(far.take_notes() == "");
  far.acknowledge_notes();
  world.settle();
  BOOST_TEST(far.take_notes() == "[+bob room.a -bob room.a ]");
}

BOOST_AUTO_TEST_CASE(a_node_that_comes_is_told_all_who_are_here) {
  tell(0, watcher.joins("room.a"));
  node_probe far{world.home(0)};
  offer("b", far.handle());
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(1, bob.joins("room.a"));
  BOOST_TEST(far.take_notes() == "all[+alice room.a ]");
  far.acknowledge_notes();
  world.settle();
  BOOST_TEST(far.take_notes() == "[+bob room.a ]");
}

BOOST_AUTO_TEST_CASE(a_node_for_which_too_many_notes_wait_is_told_all) {
  node_probe far{world.home(0)};
  offer("b", far.handle());
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(0, watcher.joins("room.a"));
  BOOST_TEST(far.take_notes() == "[+alice room.a ]");
  const auto come_and_go = [&](std::size_t count) {
    for (std::size_t i = 0; i < count / 2; ++i) {
      tell(1, bob.joins("room.a"));
      tell(1, bob.leaves("room.a"));
    }
  };
  come_and_go(stagedoor::presence_keeper::notes_waiting_max);
  far.acknowledge_notes();
  world.settle();
  BOOST_TEST(far.take_notes().starts_with("[+bob room.a -bob room.a +bob"));
  come_and_go(stagedoor::presence_keeper::notes_waiting_max);
  tell(1, bob.joins("room.a"));
  far.acknowledge_notes();
  world.settle();
  const auto all = far.take_notes();
  BOOST_TEST((all == "all[+alice room.a +bob room.a ]"
              || all == "all[+bob room.a +alice room.a ]"));
}

BOOST_AUTO_TEST_CASE(all_of_a_node_replaces_what_was_known_of_it) {
  tell(0, watcher.joins("room.a"));
  node_probe far{world.home(0)};
  tell_from(far, {{of_bob(7), of_bob(8)}});
  BOOST_TEST(!watcher.take().empty());
  tell_from(far, {{of_bob(8)}, true});
  BOOST_TEST(watcher.take() == changed_text);
  tell_from(far, {{of_bob(8, false)}});
  BOOST_TEST(watcher.take() == line(left, member_text(2, "bob", 0)));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_gone_does_not_count_any_more) {
  tell(0, watcher.joins("room.a"));
  node_probe far{world.home(0)};
  offer("b", far.handle());
  tell_from(far, {{of_bob(7), of_bob(8)}});
  BOOST_TEST(!watcher.take().empty());
  world.services().set("b", {});
  world.kill(far.handle());
  BOOST_TEST(watcher.take() == changed_text);
  member_probe here{world.home(1), 2, 2, "bob"};
  tell(1, here.joins("room.a"));
  BOOST_TEST(watcher.take() == line(joined, member_text(2, "bob", 1)));
}

// -- what the application says ------------------------------------------------

BOOST_AUTO_TEST_CASE(members_see_what_is_said_of_a_user) {
  tell(0, watcher.joins("room.a", R"({"device":"desk"})"));
  BOOST_TEST(
      watcher.take()
      == line(joined, member_text(1, "alice", 1, R"({"device":"desk"})")));
  tell(0, watcher.joins("room.a", R"("away")"));
  BOOST_TEST(watcher.take()
             == line(changed, member_text(1, "alice", 1, R"("away")")));
  // Nothing new.
  tell(0, watcher.joins("room.a", R"("away")"));
  tell(0, watcher.joins("room.a"));
  BOOST_TEST(watcher.take() == "");
  ask_members();
  BOOST_TEST(answer
             == R"({"group":"room.a","members":[)"
                    + member_text(1, "alice", 1, R"("away")")
                    + R"(],"connections":1,"complete":true})");
  tell(0, watcher.joins("room.a", "null"));
  BOOST_TEST(watcher.take() == line(changed, member_text(1, "alice")));
}

BOOST_AUTO_TEST_CASE(of_several_connections_the_last_word_counts) {
  tell(0, watcher.joins("room.a", "1"));
  BOOST_TEST(!watcher.take().empty());
  member_probe again{world.home(1), 2, 1, "alice"};
  world.advance(10ms);
  tell(1, again.joins("room.a", "2"));
  BOOST_TEST(watcher.take() == line(joined, member_text(1, "alice", 2, "2")));
  member_probe silent{world.home(1), 3, 1, "alice"};
  tell(1, silent.joins("room.a"));
  BOOST_TEST(watcher.take() == line(joined, member_text(1, "alice", 3, "2")));
  ask_members();
  BOOST_TEST(answer.find(member_text(1, "alice", 3, "2")) != std::string::npos);
  tell(1, again.leaves("room.a"));
  BOOST_TEST(watcher.take() == line(left, member_text(1, "alice", 2, "1")));
}

BOOST_AUTO_TEST_CASE(lists_of_groups_without_presence_have_it_too) {
  tell(0, watcher.joins("room.a"));
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(1, bob.joins("room.a", "5"));
  ask_members(group_reach::node);
  BOOST_TEST(answer.find(member_text(2, "bob", 1, "5")) != std::string::npos);
}

// -- who comes back in time ---------------------------------------------------

BOOST_AUTO_TEST_CASE(who_comes_back_in_time_was_never_gone) {
  tell(0, watcher.joins("patient.a"));
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(1, bob.joins("patient.a"));
  BOOST_TEST(!watcher.take().empty());
  tell(1, bob.leaves("patient.a"));
  world.advance(std::chrono::milliseconds{patience_ms} - 20ms);
  BOOST_TEST(watcher.take() == "");
  ask_patient_members();
  BOOST_TEST(answer.find(member_text(2, "bob", 0)) != std::string::npos);
  tell(1, bob.joins("patient.a"));
  world.advance(5s);
  BOOST_TEST(watcher.take() == "");
  ask_patient_members();
  BOOST_TEST(answer.find(member_text(2, "bob", 1)) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_does_not_come_back_in_time_has_left) {
  tell(0, watcher.joins("patient.a"));
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(1, bob.joins("patient.a", "5"));
  BOOST_TEST(!watcher.take().empty());
  tell(1, bob.leaves("patient.a"));
  world.advance(std::chrono::milliseconds{patience_ms} - 20ms);
  BOOST_TEST(watcher.take() == "");
  world.advance(40ms);
  BOOST_TEST(watcher.take() == patient(left, member_text(2, "bob", 0, "5")));
  ask_patient_members();
  BOOST_TEST(answer.find("bob") == std::string::npos);
  tell(1, bob.joins("patient.a"));
  BOOST_TEST(watcher.take() == patient(joined, member_text(2, "bob", 1)));
}

BOOST_AUTO_TEST_CASE(each_gap_has_its_own_grace) {
  tell(0, watcher.joins("patient.a"));
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(1, bob.joins("patient.a"));
  tell(1, bob.leaves("patient.a"));
  world.advance(600ms);
  tell(1, bob.joins("patient.a"));
  tell(1, bob.leaves("patient.a"));
  BOOST_TEST(!watcher.take().empty());
  world.advance(600ms);
  BOOST_TEST(watcher.take() == "");
  world.advance(500ms);
  BOOST_TEST(watcher.take() == patient(left, member_text(2, "bob", 0)));
}

BOOST_AUTO_TEST_CASE(who_comes_back_changed_is_told_as_changed) {
  tell(0, watcher.joins("patient.a"));
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(1, bob.joins("patient.a", "1"));
  tell(1, bob.leaves("patient.a"));
  BOOST_TEST(!watcher.take().empty());
  tell(1, bob.joins("patient.a", "2"));
  BOOST_TEST(watcher.take() == patient(changed, member_text(2, "bob", 1, "2")));
}

BOOST_AUTO_TEST_CASE(a_user_with_another_connection_is_told_of_at_once) {
  tell(0, watcher.joins("patient.a"));
  member_probe one{world.home(1), 2, 2, "bob"};
  member_probe two{world.home(0), 3, 2, "bob"};
  tell(1, one.joins("patient.a"));
  tell(0, two.joins("patient.a"));
  BOOST_TEST(!watcher.take().empty());
  tell(1, one.leaves("patient.a"));
  BOOST_TEST(watcher.take() == patient(left, member_text(2, "bob", 1)));
}

BOOST_AUTO_TEST_CASE(who_comes_back_on_another_node_was_never_gone) {
  tell(0, watcher.joins("patient.a"));
  member_probe bob{world.home(1), 2, 2, "bob"};
  tell(1, bob.joins("patient.a"));
  BOOST_TEST(!watcher.take().empty());
  tell(1, bob.leaves("patient.a"));
  node_probe far{world.home(0)};
  tell_from(far, {{of_bob(7, true, "patient.a")}});
  world.advance(5s);
  BOOST_TEST(watcher.take() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace presence_keeper_suite
