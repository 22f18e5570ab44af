#include "stagedoor/actors/connections/group_guards.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/connection_fixture.hpp"

namespace group_guards_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

limits few(std::size_t groups_max) {
  limits result;
  result.groups_max = groups_max;
  result.guarded_events_max = 2;
  result.idle_timeout = 10min;
  return result;
}

/// A connection whose groups `room.…` have a guard, which the test plays.
struct guard_fixture : connection_fixture {
  explicit guard_fixture(std::size_t groups_max = 2)
      : connection_fixture(few(groups_max)) {
    table = *compile_endpoints({endpoint("/ws/").group(
        R"(room\.(?P<room>.*))", guarded_by(is_authenticated()),
        recheck_every{10s})});
    open();
    asked_before = pool.count();
  }

  std::shared_ptr<std::string> join(const std::string& group) {
    return order(caf::join_atom_v, group);
  }

  /// Joins a group whose guard allows it.
  void enter(const std::string& group = "room.a") {
    const auto answer = join(group);
    decide(allow());
    BOOST_TEST(*answer == "done");
    asked_before = pool.count();
  }

  /// How many questions have come since the last call.
  std::size_t asked() {
    return pool.count() - std::exchange(asked_before, pool.count());
  }

  void happens(const std::string& text, const std::string& group = "room.a",
               slow_member slow = slow_member::drop_newest) {
    tell(group_event{std::make_shared<const std::string>(text),
                     std::make_shared<const group_label>(
                         group_label{group, std::move(slow), true})});
  }

  /// An order to ask again, and whether everybody has let go of it.
  std::weak_ptr<const void> invalidate(const std::string& user = {}) {
    auto hold = std::make_shared<int>();
    std::weak_ptr<const void> result = hold;
    tell(invalidation_order{user, std::move(hold)});
    return result;
  }

  std::size_t asked_before = 0;
};

/// A connection that may be in many groups.
struct many_groups : guard_fixture {
  many_groups() : guard_fixture(guard_turns::questions_max + 2) {}
};

const std::string denied = "403 [\"You do not have permission to perform this "
                           "action.\"]";

std::string revoked(const std::string& group = "room.a") {
  return sent(R"({"type":"group.revoked","data":{"group":")" + group
              + R"("},"status":403})");
}

std::string lost(int count) {
  return sent(R"({"type":"group.lost","data":{"group":"room.a","lost":)"
              + std::to_string(count) + R"(},"status":200})");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(group_guards, guard_fixture)

// -- joins --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_join_waits_for_the_guard_of_its_group) {
  const auto answer = join("room.a");
  BOOST_TEST(*answer == "nothing");
  BOOST_REQUIRE(asked() == 1u);
  const auto& about = pool.last().about->about();
  BOOST_TEST(about.action() == "join");
  BOOST_TEST(about.route() == "room.a");
  BOOST_TEST(*about.capture("room") == "a");
  happens("early");
  BOOST_TEST(socket->take() == "");
  decide(allow());
  BOOST_TEST(*answer == "done");
  happens("1");
  BOOST_TEST(socket->take() == sent("1"));
}

BOOST_AUTO_TEST_CASE(a_group_without_a_guard_asks_nobody) {
  BOOST_TEST(*join("hall") == "done");
  BOOST_TEST(asked() == 0u);
}

BOOST_AUTO_TEST_CASE(a_denial_is_the_answer_to_the_join) {
  const auto plain = join("room.a");
  decide(deny());
  BOOST_TEST(*plain == denied);
  const auto told = join("room.a");
  decide(deny("Members only."));
  BOOST_TEST(*told == "403 [\"Members only.\"]");
  const auto late = join("room.a");
  decide(decision_error("slow", 504));
  BOOST_TEST(*late == R"(504 [{"detail":"Request timed out."}])");
  happens("1");
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(joins_that_wait_count_as_groups) {
  const auto first = join("room.a");
  const auto again = join("room.a");
  const auto second = join("room.b");
  BOOST_TEST(asked() == 2u);
  BOOST_TEST(join("hall")->starts_with("400"));
  BOOST_TEST(join("room.c")->starts_with("400"));
  pool.answer(pool.count() - 2, allow());
  decide(deny());
  BOOST_TEST(*first == "done");
  BOOST_TEST(*again == "done");
  BOOST_TEST(*second == denied);
  BOOST_TEST(*join("hall") == "done");
}

BOOST_AUTO_TEST_CASE(who_leaves_before_the_guard_answers_does_not_enter) {
  const auto answer = join("room.a");
  BOOST_TEST(*order(caf::leave_atom_v, std::string{"room.a"}) == "done");
  BOOST_TEST(*answer == "nothing");
  decide(allow());
  BOOST_TEST(*answer == "done");
  happens("1");
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(a_join_that_waits_fails_when_the_connection_closes) {
  const auto answer = join("room.a");
  tell(caf::close_atom_v, std::uint16_t{4001}, std::string{});
  BOOST_TEST(answer->starts_with("503"));
  decide(allow());
}

BOOST_AUTO_TEST_CASE(a_join_that_waits_fails_when_the_connection_is_killed) {
  const auto answer = join("room.a");
  world.kill(subject);
  BOOST_TEST(answer->starts_with("503"));
}

// -- asking again -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(events_wait_while_the_guard_is_asked_again) {
  enter();
  const auto order = invalidate();
  BOOST_TEST(asked() == 1u);
  happens("1");
  happens("2");
  BOOST_TEST(socket->take() == "");
  BOOST_TEST(!order.expired());
  decide(allow());
  BOOST_TEST(order.expired());
  BOOST_TEST(socket->take() == sent("1") + sent("2"));
  happens("3");
  BOOST_TEST(socket->take() == sent("3"));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_while_it_waits_is_told) {
  enter();
  invalidate();
  for (const auto* text : {"1", "2", "3", "4"})
    happens(text);
  decide(allow());
  BOOST_TEST(socket->take() == sent("1") + sent("2") + lost(2));
  happens("5");
  BOOST_TEST(socket->take() == sent("5"));
  BOOST_TEST(world.metrics().drops(drop_reason::guarded).value() == 2u);
}

BOOST_AUTO_TEST_CASE(a_member_whose_guard_says_no_is_out) {
  enter();
  const auto order = invalidate("1");
  BOOST_TEST(order.expired());
  BOOST_TEST(asked() == 0u); // Nobody has logged in here.
  const auto all = invalidate();
  happens("1");
  decide(deny());
  BOOST_TEST(all.expired());
  BOOST_TEST(socket->take() == revoked());
  happens("2"); // The hub has sent it before it knew.
  BOOST_TEST(socket->take() == "");
  enter();
  happens("3");
  BOOST_TEST(socket->take() == sent("3"));
}

BOOST_AUTO_TEST_CASE(a_guard_that_fails_when_it_is_asked_again_says_no) {
  enter();
  invalidate();
  pool.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(socket->take() == revoked());
  BOOST_TEST(world.logged("the guard of the group \"room.a\" failed"));
}

BOOST_AUTO_TEST_CASE(nothing_of_a_revoked_group_waits_for_room) {
  enter();
  socket->full = true;
  happens("1", "room.a", slow_member::drop_oldest);
  invalidate();
  decide(deny());
  socket->full = false;
  emit(outbound_drained{});
  BOOST_TEST(socket->take() == revoked());
}

BOOST_AUTO_TEST_CASE(an_order_counts_from_when_it_is_given) {
  enter();
  const auto first = invalidate();
  const auto second = invalidate();
  BOOST_TEST(asked() == 1u);
  happens("1");
  decide(allow()); // It may be older than the second order.
  BOOST_TEST(first.expired());
  BOOST_TEST(!second.expired());
  BOOST_TEST(asked() == 1u);
  BOOST_TEST(socket->take() == "");
  decide(deny());
  BOOST_TEST(second.expired());
  BOOST_TEST(socket->take() == revoked());
}

BOOST_AUTO_TEST_CASE(a_no_that_is_older_than_the_order_does_not_count) {
  enter();
  const auto first = invalidate();
  const auto second = invalidate();
  decide(deny());
  BOOST_TEST(first.expired());
  BOOST_TEST(!second.expired());
  BOOST_TEST(socket->take() == "");
  decide(allow());
  BOOST_TEST(second.expired());
  happens("1");
  BOOST_TEST(socket->take() == sent("1"));
}

BOOST_FIXTURE_TEST_CASE(no_more_guards_are_asked_at_a_time_than_the_unit_may,
                        many_groups) {
  const auto groups = guard_turns::questions_max + 2;
  std::vector<std::shared_ptr<std::string>> answers;
  for (std::size_t i = 0; i < groups; ++i)
    answers.push_back(join("room." + std::to_string(i)));
  BOOST_TEST(asked() == guard_turns::questions_max);
  // One that waits for its turn is asked once, whatever comes meanwhile.
  const auto order = invalidate();
  BOOST_TEST(asked() == 0u);
  const auto begin = pool.count() - guard_turns::questions_max;
  pool.answer(begin, allow());
  world.settle();
  BOOST_TEST(asked() == 1u); // Again, as it is older than the order.
  for (auto i = begin + 1; i < pool.count(); ++i) {
    pool.answer(i, allow());
    world.settle();
  }
  BOOST_TEST(order.expired());
  for (const auto& answer : answers)
    BOOST_TEST(*answer == "done");
}

BOOST_AUTO_TEST_CASE(a_join_that_waits_is_asked_again_too) {
  const auto answer = join("room.a");
  const auto order = invalidate();
  decide(allow());
  BOOST_TEST(*answer == "nothing");
  BOOST_TEST(!order.expired());
  decide(deny());
  BOOST_TEST(*answer == denied);
  BOOST_TEST(order.expired());
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(who_leaves_lets_go_of_the_order) {
  enter();
  const auto order = invalidate();
  this->order(caf::leave_atom_v, std::string{"room.a"});
  BOOST_TEST(order.expired());
  decide(deny());
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_lets_go_of_the_order) {
  enter();
  const auto order = invalidate();
  emit(transport_ended{});
  BOOST_TEST(order.expired());
}

BOOST_AUTO_TEST_CASE(a_guard_is_asked_again_after_its_time) {
  enter();
  world.advance(9s);
  BOOST_TEST(asked() == 0u);
  world.advance(1s);
  BOOST_TEST(asked() == 1u);
  world.advance(10s);
  BOOST_TEST(asked() == 0u); // It has not answered.
  decide(allow());
  world.advance(10s);
  BOOST_TEST(asked() == 1u);
  decide(deny());
  BOOST_TEST(socket->take().ends_with(revoked()));
  world.advance(10s);
  BOOST_TEST(asked() == 0u);
}

BOOST_AUTO_TEST_CASE(held_events_may_close_a_slow_member) {
  enter();
  invalidate();
  happens("1", "room.a", slow_member::close);
  happens("2", "room.a", slow_member::close);
  happens("3", "room.a", slow_member::close); // One too many.
  socket->full = true;
  decide(allow());
  BOOST_TEST(socket->take() == "close 4013 slow consumer\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace group_guards_suite
