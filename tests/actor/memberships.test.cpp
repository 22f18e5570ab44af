#include "stagedoor/actors/connections/memberships.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/connection_fixture.hpp"

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

limits few() {
  limits result;
  result.groups_max = 2;
  result.group_name_bytes_max = 4;
  result.held_events_max = 2;
  return result;
}

struct group_fixture : connection_fixture {
  group_fixture() : connection_fixture(few()) { open(); }

  /// Asks the connection to join a group, or to leave it.
  template <class Atom>
  std::string order(Atom what, const std::string& group) {
    std::string result = "nothing";
    home.spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           connection_actor whom, Atom atom, const std::string& name,
           std::string* target) {
          self->request(whom, caf::infinite, atom, name)
              .then([target] { *target = "done"; },
                    [target](const caf::error& error) {
                      *target = to_string(code_of(error));
                    });
        },
        subject, what, group, &result);
    world.settle();
    return result;
  }

  std::string join(const std::string& group) {
    return order(caf::join_atom_v, group);
  }

  /// An event of a group comes.
  void happens(const std::string& text, slow_member slow) {
    tell(group_event{std::make_shared<const std::string>(text), slow});
  }

  /// How many events were not sent, by what the groups do about it.
  [[nodiscard]] std::string dropped() const {
    const auto count = [this](drop_reason why) {
      return std::to_string(world.metrics().drops(why).value());
    };
    return "newest " + count(drop_reason::slow_member_newest) + " oldest "
           + count(drop_reason::slow_member_oldest) + " closed "
           + count(drop_reason::slow_member_closed);
  }
};

/// A connection that has not begun.
struct early_fixture : connection_fixture {
  early_fixture() : connection_fixture(few()) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(memberships, group_fixture)

BOOST_AUTO_TEST_CASE(joins_as_many_groups_as_it_may) {
  BOOST_TEST(join("a") == "done");
  BOOST_TEST(join("b") == "done");
  BOOST_TEST(join("c") == "too_many_groups");
}

BOOST_AUTO_TEST_CASE(joining_again_is_not_counted) {
  BOOST_TEST(join("a") == "done");
  BOOST_TEST(join("a") == "done");
  BOOST_TEST(join("b") == "done");
}

BOOST_AUTO_TEST_CASE(leaving_makes_room) {
  BOOST_TEST(join("a") == "done");
  BOOST_TEST(join("b") == "done");
  BOOST_TEST(order(caf::leave_atom_v, "a") == "done");
  BOOST_TEST(join("c") == "done");
}

BOOST_AUTO_TEST_CASE(leaving_a_group_that_it_is_not_in_is_no_error) {
  BOOST_TEST(order(caf::leave_atom_v, "a") == "done");
}

BOOST_AUTO_TEST_CASE(a_name_has_a_length) {
  BOOST_TEST(join("abcd") == "done");
  BOOST_TEST(join("abcde") == "invalid_group");
  BOOST_TEST(join("") == "invalid_group");
  BOOST_TEST(join("$use") == "invalid_group");
}

BOOST_AUTO_TEST_CASE(joins_nothing_while_it_closes) {
  tell(caf::close_atom_v, std::uint16_t{1011}, std::string{"bye"});
  BOOST_TEST(join("a") == "unavailable");
}

BOOST_AUTO_TEST_CASE(an_event_goes_out_as_it_is) {
  happens("text", slow_member::drop_newest);
  BOOST_TEST(socket->take() == sent("text"));
}

BOOST_AUTO_TEST_CASE(a_full_queue_drops_the_newest) {
  socket->full = true;
  happens("1", slow_member::drop_newest);
  socket->full = false;
  emit(outbound_drained{});
  happens("2", slow_member::drop_newest);
  BOOST_TEST(socket->take() == sent("2"));
  emit(transport_ended{});
  BOOST_TEST(world.logged("1 pushes dropped"));
  BOOST_TEST(dropped() == "newest 1 oldest 0 closed 0");
}

BOOST_AUTO_TEST_CASE(a_full_queue_keeps_the_last_events_and_drops_the_oldest) {
  socket->full = true;
  happens("1", slow_member::drop_oldest);
  happens("2", slow_member::drop_oldest);
  socket->full = false;
  emit(outbound_drained{});
  BOOST_TEST(socket->take() == sent("1") + sent("2"));
  socket->full = true;
  for (const auto* text : {"3", "4", "5"})
    happens(text, slow_member::drop_oldest);
  socket->full = false;
  emit(outbound_drained{});
  BOOST_TEST(socket->take() == sent("4") + sent("5"));
  emit(transport_ended{});
  BOOST_TEST(world.logged("1 pushes dropped"));
  BOOST_TEST(dropped() == "newest 0 oldest 1 closed 0");
}

BOOST_AUTO_TEST_CASE(what_is_held_goes_before_what_comes) {
  socket->full = true;
  happens("1", slow_member::drop_oldest);
  socket->full = false;
  happens("2", slow_member::drop_oldest);
  BOOST_TEST(socket->take() == "");
  emit(outbound_drained{});
  BOOST_TEST(socket->take() == sent("1") + sent("2"));
}

BOOST_AUTO_TEST_CASE(a_group_may_close_slow_members) {
  socket->full = true;
  happens("1", slow_member::close);
  BOOST_TEST(socket->take() == "close 4013 slow consumer\n");
  BOOST_TEST(dropped() == "newest 0 oldest 0 closed 1");
}

BOOST_AUTO_TEST_CASE(what_is_held_at_the_end_is_dropped) {
  socket->full = true;
  happens("1", slow_member::drop_oldest);
  happens("2", slow_member::drop_oldest);
  emit(transport_ended{});
  BOOST_TEST(world.logged("2 pushes dropped"));
  BOOST_TEST(dropped() == "newest 0 oldest 0 closed 2");
}

BOOST_AUTO_TEST_CASE(an_event_behind_the_close_goes_nowhere) {
  tell(caf::close_atom_v, std::uint16_t{1011}, std::string{"bye"});
  socket->take();
  happens("1", slow_member::drop_newest);
  BOOST_TEST(socket->take() == "");
}

BOOST_FIXTURE_TEST_CASE(before_the_101_is_out_the_last_events_are_held,
                        early_fixture) {
  start();
  request_head("/ws/");
  decide(allow());
  for (const auto* text : {"1", "2", "3"})
    tell(group_event{std::make_shared<const std::string>(text),
                     slow_member::close});
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  BOOST_TEST(socket->take() == sent("2") + sent("3") + "read\n");
  BOOST_TEST(world.metrics().drops(drop_reason::slow_member_oldest).value()
             == 1);
}

BOOST_AUTO_TEST_SUITE_END()
