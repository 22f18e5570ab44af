#include "stagedoor/actors/connections/memberships.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/connection_fixture.hpp"

namespace memberships_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

limits few() {
  limits result;
  result.groups_max = 2;
  result.group_name_bytes_max = 4;
  result.held_events_max = 2;
  result.member_meta_bytes_max = 4;
  return result;
}

struct group_fixture : connection_fixture {
  group_fixture() : connection_fixture(few()) { open(); }

  /// Asks the connection to join a group, or to leave it.
  /// @returns the code of the error.
  template <class... Order>
  std::string order(const Order&... asked) {
    std::string result = "nothing";
    home.spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           connection_actor whom, std::string* target, const Order&... each) {
          self->request(whom, caf::infinite, each...)
              .then([target] { *target = "done"; },
                    [target](const caf::error& error) {
                      *target = to_string(code_of(error));
                    });
        },
        subject, &result, asked...);
    world.settle();
    return result;
  }

  std::string join(const std::string& group) {
    return order(caf::join_atom_v, group);
  }
  std::string join(const std::string& group, const std::string& meta) {
    return order(caf::join_atom_v, group, meta);
  }

  /// An event of a group comes.
  void happens(const std::string& text, const slow_member& slow,
               const std::string& group = "g") {
    tell(group_event{
        std::make_shared<const std::string>(text),
        std::make_shared<const group_label>(group_label{group, slow})});
  }

  /// The client takes what waits for it.
  std::string drain() {
    socket->full = false;
    emit(outbound_drained{});
    return socket->take();
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
  BOOST_TEST(order(caf::leave_atom_v, std::string{"a"}) == "done");
  BOOST_TEST(join("c") == "done");
}

BOOST_AUTO_TEST_CASE(leaving_a_group_that_it_is_not_in_is_no_error) {
  BOOST_TEST(order(caf::leave_atom_v, std::string{"a"}) == "done");
}

BOOST_AUTO_TEST_CASE(a_name_has_a_length) {
  BOOST_TEST(join("abcd") == "done");
  BOOST_TEST(join("abcde") == "invalid_group");
  BOOST_TEST(join("") == "invalid_group");
  BOOST_TEST(join("$use") == "invalid_group");
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_member_has_a_length_and_is_json) {
  BOOST_TEST(join("a", "1234") == "done");
  BOOST_TEST(join("a", "12345") == "invalid_meta");
  BOOST_TEST(join("b", "[1") == "invalid_meta");
  BOOST_TEST(join("b", "") == "invalid_meta");
  const auto update = [this](const std::string& meta) {
    return order(caf::update_atom_v, std::string{"a"}, meta);
  };
  BOOST_TEST(update("4321") == "done");
  BOOST_TEST(update("54321") == "invalid_meta");
}

BOOST_AUTO_TEST_CASE(saying_something_of_no_member_joins_nothing) {
  const auto said =
      order(caf::update_atom_v, std::string{"a"}, std::string{"1"});
  BOOST_TEST(said == "done");
  // There is room for two.
  BOOST_TEST(join("b") == "done");
  BOOST_TEST(join("c") == "done");
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

// -- what a slow member has lost ----------------------------------------------

std::string lost(const std::string& group, int count) {
  return sent(R"({"type":"group.lost","data":{"group":")" + group
              + R"(","lost":)" + std::to_string(count) + R"(},"status":200})");
}

BOOST_AUTO_TEST_CASE(a_member_is_told_how_many_of_the_newest_it_has_lost) {
  BOOST_TEST(join("g") == "done");
  socket->full = true;
  for (const auto* text : {"1", "2", "3"})
    happens(text, slow_member::drop_newest);
  BOOST_TEST(socket->take() == "");
  BOOST_TEST(drain() == lost("g", 3));
  happens("4", slow_member::drop_newest);
  BOOST_TEST(socket->take() == sent("4"));
  BOOST_TEST(drain() == "");
}

BOOST_AUTO_TEST_CASE(what_is_lost_is_told_before_the_next_event) {
  BOOST_TEST(join("g") == "done");
  socket->full = true;
  happens("1", slow_member::drop_newest);
  // The queue has room, which the socket has not told yet.
  socket->full = false;
  happens("2", slow_member::drop_newest);
  BOOST_TEST(socket->take() == lost("g", 1) + sent("2"));
}

BOOST_AUTO_TEST_CASE(what_is_lost_of_the_oldest_is_told_before_what_is_held) {
  BOOST_TEST(join("g") == "done");
  socket->full = true;
  happens("1", slow_member::drop_oldest);
  happens("2", slow_member::drop_oldest);
  BOOST_TEST(drain() == sent("1") + sent("2"));
  socket->full = true;
  for (const auto* text : {"3", "4", "5", "6"})
    happens(text, slow_member::drop_oldest);
  BOOST_TEST(drain() == lost("g", 2) + sent("5") + sent("6"));
}

BOOST_AUTO_TEST_CASE(what_is_lost_is_told_of_each_group_that_it_is_in) {
  BOOST_TEST(join("a") == "done");
  BOOST_TEST(join("b") == "done");
  socket->full = true;
  for (const auto* group : {"a", "b", "a", "$user/1", "left"})
    happens("1", slow_member::drop_newest, group);
  BOOST_TEST(drain() == lost("a", 2) + lost("b", 1));
}

BOOST_AUTO_TEST_CASE(who_has_left_is_not_told_what_is_lost) {
  BOOST_TEST(join("g") == "done");
  socket->full = true;
  happens("1", slow_member::drop_newest);
  BOOST_TEST(order(caf::leave_atom_v, std::string{"g"}) == "done");
  BOOST_TEST(drain() == "");
}

// -- the newest of a key ------------------------------------------------------

std::string quote(const std::string& symbol, int price) {
  return R"({"type":"quote","data":{"symbol":)" + symbol + R"(,"price":)"
         + std::to_string(price) + R"(},"status":200})";
}

BOOST_AUTO_TEST_CASE(the_newest_event_of_each_key_waits_in_its_order) {
  BOOST_TEST(join("g") == "done");
  const auto kept = slow_member::keep_newest("symbol");
  socket->full = true;
  for (int i = 0; i < 10; ++i) {
    happens(quote(R"("a")", i), kept);
    happens(quote(R"("b")", i), kept);
  }
  happens(quote(R"("a")", 10), kept);
  BOOST_TEST(drain() == sent(quote(R"("b")", 9)) + sent(quote(R"("a")", 10)));
  BOOST_TEST(dropped() == "newest 0 oldest 0 closed 0");
}

BOOST_AUTO_TEST_CASE(a_text_and_a_number_are_two_keys) {
  const auto kept = slow_member::keep_newest("symbol");
  socket->full = true;
  happens(quote("1", 1), kept);
  happens(quote(R"("1")", 2), kept);
  BOOST_TEST(drain() == sent(quote("1", 1)) + sent(quote(R"("1")", 2)));
}

BOOST_AUTO_TEST_CASE(equal_keys_of_two_groups_replace_nothing) {
  const auto kept = slow_member::keep_newest("symbol");
  socket->full = true;
  happens(quote("1", 1), kept, "a");
  happens(quote("1", 2), kept, "b");
  BOOST_TEST(drain() == sent(quote("1", 1)) + sent(quote("1", 2)));
}

BOOST_AUTO_TEST_CASE(too_many_keys_lose_the_oldest_and_it_is_told) {
  BOOST_TEST(join("g") == "done");
  const auto kept = slow_member::keep_newest("symbol");
  socket->full = true;
  happens(quote("1", 1), kept);
  happens(quote("2", 2), kept);
  happens(quote("1", 3), kept);
  happens(quote("3", 4), kept);
  BOOST_TEST(drain()
             == lost("g", 1) + sent(quote("1", 3)) + sent(quote("3", 4)));
  BOOST_TEST(dropped() == "newest 0 oldest 1 closed 0");
}

BOOST_AUTO_TEST_CASE(events_without_the_key_wait_like_any_others) {
  BOOST_TEST(join("g") == "done");
  const auto kept = slow_member::keep_newest("symbol");
  const std::string plain = R"({"type":"note","data":{"x":1},"status":200})";
  const std::string bare = R"({"type":"note","data":7,"status":200})";
  socket->full = true;
  happens(plain, kept);
  happens(plain, kept);
  BOOST_TEST(drain() == sent(plain) + sent(plain));
  socket->full = true;
  for (int i = 0; i < 3; ++i)
    happens(bare, kept);
  BOOST_TEST(drain() == lost("g", 1) + sent(bare) + sent(bare));
}

BOOST_AUTO_TEST_CASE(a_key_that_nobody_is_slow_for_is_not_looked_at) {
  happens("no JSON at all", slow_member::keep_newest("symbol"));
  BOOST_TEST(socket->take() == sent("no JSON at all"));
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
                     std::make_shared<const group_label>(
                         group_label{"$user/1", slow_member::close})});
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  BOOST_TEST(socket->take() == sent("2") + sent("3") + "read\n");
  BOOST_TEST(world.metrics().drops(drop_reason::slow_member_oldest).value()
             == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace memberships_suite
