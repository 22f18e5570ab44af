#include "stagedoor/actors/connections/group_cursors.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/connection_fixture.hpp"

namespace group_cursors_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

limits roomy() {
  limits result;
  result.idle_timeout = 10min;
  result.groups_max = 3;
  return result;
}

constexpr std::uint64_t epoch = 0xe1;

std::string position(std::uint64_t offset, std::uint64_t of = epoch) {
  return sent(R"({"type":"group.position","data":{"group":"room.a","epoch":")"
              + epoch_text(of) + R"(","offset":)" + std::to_string(offset)
              + R"(},"status":200})");
}

std::string lost(std::uint64_t after, std::uint64_t next) {
  return sent(R"({"type":"group.lost","data":{"group":"room.a","after":)"
              + std::to_string(after) + R"(,"next":)" + std::to_string(next)
              + R"(},"status":200})");
}

std::string text(std::uint64_t offset) {
  return "event " + std::to_string(offset);
}

/// The events of a range, as they are sent.
std::string events(std::uint64_t first, std::uint64_t last) {
  std::string result;
  for (auto offset = first; offset <= last; ++offset)
    result += sent(text(offset));
  return result;
}

std::string entry(const std::string& more) {
  return R"({"group":"room.a","recovered":)" + more + '}';
}

std::string where(std::uint64_t offset) {
  return R"(,"epoch":")" + epoch_text(epoch) + R"(","offset":)"
         + std::to_string(offset);
}

std::string resumed(const std::string& entries) {
  return sent(success(R"({"groups":[)" + entries + "]}", "resume", "$groups/"));
}

/// A connection whose groups `room.…` have a history, which the test plays.
struct cursor_fixture : connection_fixture {
  cursor_fixture() : connection_fixture(roomy()) {
    const auto slow = slow_member::close;
    table = *compile_endpoints(
        {endpoint("/ws/")
             .group(R"(room\..*)", guarded_by(is_authenticated()), history{})
             .group(R"(last\..*)", guarded_by(is_authenticated()), history{},
                    replay_on_join{2})
             .group(R"(fast\..*)", guarded_by(is_authenticated()), history{},
                    slow)
             .group(R"(plain\..*)", guarded_by(is_authenticated()))});
    open();
  }

  /// The group stands here, and these are kept and were asked for.
  void answer(std::uint64_t first, std::uint64_t last,
              std::vector<std::uint64_t> read = {}, std::uint64_t of = epoch) {
    history_part part{{of, last}, first, {}};
    for (const auto offset : read)
      part.texts.push_back(text(offset));
    histories.answer_last(std::move(part));
    world.settle();
  }

  /// Joins a group that stands at `offset`.
  void enter(std::uint64_t offset, const std::string& group = "room.a") {
    const auto done = order(caf::join_atom_v, group);
    decide(allow());
    BOOST_TEST(*done == "done");
    answer(1, offset);
    BOOST_TEST(socket->take().ends_with(",\"offset\":" + std::to_string(offset)
                                        + "},\"status\":200}\n"));
  }

  void happens(std::uint64_t offset, std::uint64_t of = epoch,
               bool is_excepted = false, const std::string& group = "room.a",
               slow_member slow = slow_member::drop_newest) {
    tell(numbered_event{std::make_shared<const numbered_text>(
                            numbered_text{{of, offset}, text(offset)}),
                        std::make_shared<const group_label>(
                            group_label{group, std::move(slow), true}),
                        is_excepted});
  }

  /// What the history was asked for last.
  std::string asked() {
    const auto& query = histories.last();
    return query.group + ' ' + std::to_string(query.after.offset) + ' '
           + std::to_string(query.bytes_max);
  }

  void resume(const std::string& offset = "15",
              const std::string& of = epoch_text(epoch)) {
    receive(R"({"action":"resume","route":"$groups/","groups":[{"group":)"
            R"("room.a","epoch":")"
            + of + R"(","offset":)" + offset + "}]}");
  }

  void drain() {
    socket->full = false;
    emit(outbound_drained{});
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(group_cursors, cursor_fixture)

// -- joining ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_member_is_told_where_it_stands_and_gets_what_follows) {
  order(caf::join_atom_v, std::string{"room.a"});
  decide(allow());
  BOOST_TEST(asked() == "room.a 0 0");
  happens(17);
  happens(18);
  BOOST_TEST(socket->take() == "");
  answer(1, 17);
  // 18 came before the answer.
  BOOST_TEST(socket->take() == position(17));
  BOOST_TEST(asked() == "room.a 17 65536");
  answer(1, 18, {18});
  BOOST_TEST(socket->take() == events(18, 18));
  happens(18);
  happens(19);
  BOOST_TEST(socket->take() == events(19, 19));
}

BOOST_AUTO_TEST_CASE(the_reply_comes_before_what_the_group_says) {
  receive(0);
  const auto done =
      order(caf::join_atom_v, std::string{"room.a"}, std::uint64_t{1});
  decide(allow());
  BOOST_TEST(*done == "done");
  answer(1, 17);
  happens(18);
  BOOST_TEST(socket->take() == "read\n");
  reply_last();
  BOOST_TEST(socket->take() == done_sent + position(17));
  answer(1, 18, {18});
  BOOST_TEST(socket->take() == events(18, 18));
}

BOOST_AUTO_TEST_CASE(what_is_answered_already_holds_nothing_up) {
  receive(0);
  reply_last();
  socket->take();
  order(caf::join_atom_v, std::string{"room.a"}, std::uint64_t{1});
  decide(allow());
  answer(1, 17);
  BOOST_TEST(socket->take() == position(17));
}

BOOST_AUTO_TEST_CASE(a_reply_before_the_guard_has_answered_holds_nothing_up) {
  receive(0);
  order(caf::join_atom_v, std::string{"room.a"}, std::uint64_t{1});
  reply_last();
  socket->take();
  decide(allow());
  answer(1, 17);
  BOOST_TEST(socket->take() == position(17));
}

BOOST_AUTO_TEST_CASE(two_that_have_it_join_have_it_join_once) {
  receive(0);
  order(caf::join_atom_v, std::string{"room.a"});
  order(caf::join_atom_v, std::string{"room.a"}, std::uint64_t{1});
  decide(allow());
  BOOST_TEST(histories.count() == 1u);
  answer(1, 17);
  BOOST_TEST(socket->take() == "read\n");
  reply_last();
  BOOST_TEST(socket->take() == done_sent + position(17));
}

BOOST_AUTO_TEST_CASE(a_join_beside_a_resume_takes_nothing_from_it) {
  resume();
  order(caf::join_atom_v, std::string{"room.a"});
  decide(allow());
  answer(10, 17);
  BOOST_TEST(socket->take()
             == "read\n" + resumed(entry(R"(true,"missed":2)" + where(17))));
  answer(10, 17, {16, 17});
  BOOST_TEST(socket->take() == events(16, 17));
}

BOOST_AUTO_TEST_CASE(the_reply_of_a_concurrent_action_comes_first_too) {
  receive(0);
  reply_last(reply::interim());
  socket->take();
  order(caf::join_atom_v, std::string{"room.a"}, std::uint64_t{1});
  decide(allow());
  answer(1, 17);
  BOOST_TEST(socket->take() == "");
  tell(late_reply{1, ok()});
  BOOST_TEST(socket->take() == done_sent + position(17));
}

BOOST_AUTO_TEST_CASE(the_last_events_are_replayed_on_a_join) {
  order(caf::join_atom_v, std::string{"last.a"});
  decide(allow());
  answer(5, 9);
  BOOST_TEST(socket->take().find(R"("offset":9)") != std::string::npos);
  BOOST_TEST(asked() == "last.a 7 65536");
  answer(5, 9, {8, 9});
  BOOST_TEST(socket->take() == events(8, 9));
}

BOOST_AUTO_TEST_CASE(no_more_is_replayed_than_is_kept) {
  order(caf::join_atom_v, std::string{"last.a"});
  decide(allow());
  answer(9, 9);
  BOOST_TEST(asked() == "last.a 8 65536");
  order(caf::leave_atom_v, std::string{"last.a"});
  order(caf::join_atom_v, std::string{"last.a"});
  decide(allow());
  answer(10, 9);
  BOOST_TEST(asked() == "last.a 0 0"); // There is nothing to read.
}

BOOST_AUTO_TEST_CASE(joining_again_changes_nothing) {
  enter(17);
  const auto questions = histories.count();
  BOOST_TEST(*order(caf::join_atom_v, std::string{"room.a"}) == "done");
  BOOST_TEST(histories.count() == questions);
  happens(18);
  BOOST_TEST(socket->take() == events(18, 18));
}

BOOST_AUTO_TEST_CASE(who_has_left_gets_nothing) {
  order(caf::join_atom_v, std::string{"room.a"});
  decide(allow());
  order(caf::leave_atom_v, std::string{"room.a"});
  answer(1, 17);
  happens(18);
  BOOST_TEST(socket->take() == "");
}

// -- events -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_gap_is_filled_from_the_history) {
  enter(17);
  happens(20);
  BOOST_TEST(socket->take() == "");
  happens(21);
  BOOST_TEST(asked() == "room.a 17 65536");
  answer(1, 20, {18, 19, 20});
  BOOST_TEST(socket->take() == events(18, 20));
  BOOST_TEST(asked() == "room.a 20 65536");
  answer(1, 21, {21});
  happens(22);
  BOOST_TEST(socket->take() == events(21, 22));
}

BOOST_AUTO_TEST_CASE(a_history_is_read_page_after_page) {
  enter(17);
  happens(20);
  answer(1, 20, {18});
  BOOST_TEST(socket->take() == events(18, 18));
  BOOST_TEST(asked() == "room.a 18 65536");
  answer(1, 20, {19, 20});
  happens(21);
  BOOST_TEST(socket->take() == events(19, 21));
}

BOOST_AUTO_TEST_CASE(an_event_that_has_come_already_is_not_sent_twice) {
  enter(17);
  happens(16);
  happens(17);
  happens(18);
  happens(18);
  BOOST_TEST(socket->take() == events(18, 18));
}

BOOST_AUTO_TEST_CASE(who_is_excepted_moves_on) {
  enter(17);
  happens(18, epoch, true);
  BOOST_TEST(socket->take() == position(18));
  happens(19);
  BOOST_TEST(socket->take() == events(19, 19));
}

BOOST_AUTO_TEST_CASE(a_new_epoch_is_told_before_its_first_event) {
  enter(17);
  happens(1, 0xe2);
  BOOST_TEST(socket->take() == position(0, 0xe2) + events(1, 1));
  happens(2, 0xe2);
  BOOST_TEST(socket->take() == events(2, 2));
}

BOOST_AUTO_TEST_CASE(who_is_behind_reads_a_new_epoch_from_its_beginning) {
  enter(17);
  socket->full = true;
  happens(18);
  drain();
  answer(3, 4, {}, 0xe2);
  BOOST_TEST(socket->take() == position(2, 0xe2));
  BOOST_TEST(asked() == "room.a 2 65536");
  answer(3, 4, {3, 4}, 0xe2);
  BOOST_TEST(socket->take() == events(3, 4));
  happens(5, 0xe2);
  BOOST_TEST(socket->take() == events(5, 5));
}

// -- slow clients -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_slow_client_reads_on_when_its_queue_has_room) {
  enter(17);
  const auto questions = histories.count();
  socket->full = true;
  happens(18);
  happens(19);
  BOOST_TEST(histories.count() == questions);
  drain();
  BOOST_TEST(asked() == "room.a 17 65536");
  answer(1, 19, {18, 19});
  BOOST_TEST(socket->take() == events(18, 19));
  happens(20);
  BOOST_TEST(socket->take() == events(20, 20));
}

BOOST_AUTO_TEST_CASE(a_page_waits_while_the_queue_is_full) {
  enter(17);
  happens(19);
  socket->full = true;
  answer(1, 19, {18, 19});
  BOOST_TEST(socket->take() == "");
  drain();
  BOOST_TEST(asked() == "room.a 17 65536");
  answer(1, 19, {18, 19});
  BOOST_TEST(socket->take() == events(18, 19));
}

BOOST_AUTO_TEST_CASE(a_page_is_sent_as_far_as_there_is_room) {
  enter(17);
  happens(20);
  socket->full_after = 1;
  answer(1, 20, {18, 19, 20});
  BOOST_TEST(socket->take() == events(18, 18));
  drain();
  BOOST_TEST(asked() == "room.a 18 65536");
  answer(1, 20, {19, 20});
  BOOST_TEST(socket->take() == events(19, 20));
}

// The groups of one client share its queue, and take turns.
BOOST_AUTO_TEST_CASE(one_page_is_read_at_a_time) {
  enter(17);
  enter(17, "room.b");
  happens(19);
  happens(19, epoch, false, "room.b");
  BOOST_TEST(asked() == "room.a 17 65536");
  answer(1, 19, {18});
  BOOST_TEST(asked() == "room.b 17 65536");
  answer(1, 19, {18, 19});
  BOOST_TEST(asked() == "room.a 18 65536");
  answer(1, 19, {19});
  BOOST_TEST(socket->take()
             == events(18, 18) + events(18, 19) + events(19, 19));
}

BOOST_AUTO_TEST_CASE(who_leaves_while_its_page_comes_holds_up_no_other_group) {
  enter(17);
  enter(17, "room.b");
  happens(19);
  happens(19, epoch, false, "room.b");
  order(caf::leave_atom_v, std::string{"room.a"});
  answer(1, 19, {18, 19});
  BOOST_TEST(asked() == "room.b 17 65536");
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(who_falls_behind_the_history_is_told_and_gets_no_more) {
  enter(17);
  socket->full = true;
  happens(18);
  drain();
  answer(26, 30);
  BOOST_TEST(socket->take() == lost(17, 26));
  BOOST_TEST(world.metrics().drops(drop_reason::history).value() == 8u);
  happens(31);
  happens(1, 0xe2);
  drain();
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(a_group_may_close_slow_members_all_the_same) {
  enter(17, "fast.a");
  socket->full = true;
  happens(18, epoch, false, "fast.a", slow_member::close);
  BOOST_TEST(socket->take() == "close 4013 slow consumer\n");
}

BOOST_AUTO_TEST_CASE(nobody_is_slow_for_what_it_has_or_is_spared) {
  enter(17, "fast.a");
  socket->full = true;
  happens(17, epoch, false, "fast.a", slow_member::close);
  happens(18, epoch, true, "fast.a", slow_member::close);
  BOOST_TEST(socket->take() == "");
}

// -- presence -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(events_of_presence_have_no_number) {
  enter(17);
  const auto told = [&](const std::string& text) {
    tell(group_event{std::make_shared<const std::string>(text),
                     std::make_shared<const group_label>(group_label{
                         "room.a", slow_member::drop_newest, true})});
  };
  told("joined");
  BOOST_TEST(socket->take() == sent("joined"));
  socket->full = true;
  told("dropped");
  happens(18);
  drain();
  BOOST_TEST(socket->take()
             == sent(R"({"type":"group.changed","data":{"group":"room.a"},)"
                     R"("status":200})"));
  answer(26, 30);
  socket->take();
  told("left");
  BOOST_TEST(socket->take() == "");
}

// -- guards -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(events_wait_in_the_history_while_the_guard_is_asked) {
  enter(17);
  tell(invalidation_order{});
  happens(18);
  happens(19);
  BOOST_TEST(socket->take() == "");
  decide(allow());
  BOOST_TEST(asked() == "room.a 17 65536");
  answer(1, 19, {18, 19});
  BOOST_TEST(socket->take() == events(18, 19));
}

BOOST_AUTO_TEST_CASE(what_is_read_while_the_guard_is_asked_is_not_sent) {
  enter(17);
  happens(19);
  tell(invalidation_order{});
  answer(1, 19, {18, 19});
  BOOST_TEST(socket->take() == "");
  decide(deny());
  BOOST_TEST(socket->take()
             == sent(R"({"type":"group.revoked","data":{"group":"room.a"},)"
                     R"("status":403})"));
  happens(20);
  BOOST_TEST(socket->take() == "");
}

// -- resuming -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_client_gets_what_it_has_missed_behind_the_reply) {
  resume();
  BOOST_TEST(socket->take() == "read\n");
  decide(allow());
  BOOST_TEST(asked() == "room.a 0 0");
  happens(18);
  answer(10, 17);
  BOOST_TEST(socket->take()
             == resumed(entry(R"(true,"missed":2)" + where(17))));
  BOOST_TEST(asked() == "room.a 15 65536");
  answer(10, 18, {16, 17, 18});
  BOOST_TEST(socket->take() == events(16, 18));
  happens(19);
  BOOST_TEST(socket->take() == events(19, 19));
}

BOOST_AUTO_TEST_CASE(a_client_that_has_missed_nothing_goes_on) {
  resume("17");
  decide(allow());
  answer(18, 17); // Nothing is kept.
  BOOST_TEST(socket->take().ends_with(
      resumed(entry(R"(true,"missed":0)" + where(17)))));
  happens(18);
  BOOST_TEST(socket->take() == events(18, 18));
}

BOOST_AUTO_TEST_CASE(no_recovery_is_partial) {
  const auto failed = resumed(entry(R"(false,"missed":null)" + where(17)));
  resume("15");
  decide(allow());
  answer(17, 17); // 16 is not kept.
  BOOST_TEST(socket->take().ends_with(failed));
  happens(18);
  BOOST_TEST(socket->take() == events(18, 18));
  for (const auto& [offset, of] :
       {std::pair{"15", "00000000000000e2"}, std::pair{"15", "what?"},
        std::pair{"18", "00000000000000e1"},
        std::pair{"18446744073709551615", "00000000000000e1"}}) {
    resume(offset, of);
    decide(allow());
    answer(1, 17);
    BOOST_TEST(socket->take().ends_with(failed));
  }
}

BOOST_AUTO_TEST_CASE(who_has_lost_events_resumes_from_either_side) {
  enter(17);
  socket->full = true;
  happens(18);
  drain();
  answer(26, 30);
  socket->take();
  resume("25");
  decide(allow());
  answer(26, 30);
  BOOST_TEST(socket->take().ends_with(
      resumed(entry(R"(true,"missed":5)" + where(30)))));
  answer(26, 30, {26, 27, 28, 29, 30});
  BOOST_TEST(socket->take() == events(26, 30));
  resume("17");
  decide(allow());
  answer(26, 30);
  BOOST_TEST(socket->take().ends_with(
      resumed(entry(R"(false,"missed":null)" + where(30)))));
}

BOOST_AUTO_TEST_CASE(the_guard_is_asked_for_each_resume) {
  const auto refused = resumed(entry(R"(false,"status":403)"));
  resume();
  decide(deny());
  BOOST_TEST(socket->take().ends_with(refused));
  enter(17);
  resume("17");
  decide(deny());
  BOOST_TEST(socket->take()
             == "read\n"
                    + sent(R"({"type":"group.revoked","data":{"group":)"
                           R"("room.a"},"status":403})")
                    + refused);
  happens(18);
  BOOST_TEST(socket->take() == "");
}

// The end of the first resume begins the second one, within the denial.
BOOST_AUTO_TEST_CASE(a_resume_may_follow_one_that_a_denial_ends) {
  resume();
  decide(allow());
  resume();
  tell(invalidation_order{});
  decide(deny());
  BOOST_TEST(socket->take().find(R"("recovered":false,"status":403})")
             != std::string::npos);
  decide(allow());
  answer(1, 15);
  BOOST_TEST(socket->take().find(R"("recovered":true,"missed":0)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(only_groups_with_a_history_are_resumed) {
  for (const auto* group : {"plain.a", "hall", "$user.1", "x"}) {
    receive(R"({"action":"resume","route":"$groups/","groups":[{"group":")"
            + std::string{group}
            + R"(","epoch":"00000000000000e1","offset":1}]})");
    const auto heard = socket->take();
    BOOST_TEST(heard.find(R"("recovered":false,"status":403})")
                   != std::string::npos,
               group << ": " << heard);
  }
}

BOOST_AUTO_TEST_CASE(a_client_resumes_in_no_more_groups_than_it_may_be_in) {
  const auto named = [](const std::string& name) {
    return R"({"group":")" + name + R"(","epoch":"00000000000000e1",)"
           + R"("offset":1})";
  };
  const std::string begin =
      R"({"action":"resume","route":"$groups/","groups":[)";
  receive(begin + named("room.1") + ',' + named("room.2") + ','
          + named("room.3") + ',' + named("room.4") + "]}");
  BOOST_TEST(socket->take().find("Ensure this field has no more than 3 "
                                 "elements.")
             != std::string::npos);
  order(caf::join_atom_v, std::string{"hall"});
  receive(begin + named("room.1") + ',' + named("room.2") + ','
          + named("room.3") + "]}");
  pool.answer(pool.count() - 2, allow());
  decide(allow());
  histories.answer(histories.count() - 2, {{epoch, 1}, 1, {}});
  answer(1, 1);
  const auto heard = socket->take();
  BOOST_TEST(heard.find(R"("group":"room.3","recovered":false,"status":403)")
             != std::string::npos);
  BOOST_TEST(heard.find(R"("group":"room.2","recovered":true)")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(who_is_out_before_the_answer_is_not_recovered) {
  receive(R"({"action":"resume","route":"$groups/","groups":[)"
          R"({"group":"room.a","epoch":"x","offset":1},)"
          R"({"group":"room.b","epoch":"x","offset":1}]})");
  pool.answer(pool.count() - 2, allow());
  world.settle();
  answer(1, 17);
  order(caf::leave_atom_v, std::string{"room.a"});
  decide(deny());
  BOOST_TEST(socket->take().ends_with(
      resumed(entry(R"(false,"status":403)")
              + R"(,{"group":"room.b","recovered":false,"status":403})")));
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_a_resume) {
  resume();
  tell(drain_atom_v);
  decide(allow());
  answer(1, 15);
  const auto heard = socket->take();
  BOOST_TEST(heard.find(R"("recovered":true)") < heard.find("close 4012"));
  BOOST_TEST(heard.find("close 4012") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_resumes_nothing) {
  resume();
  emit(transport_ended{close_code::none, {}});
  decide(allow());
  BOOST_TEST(!is_alive());
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_killed_resumes_nothing) {
  resume();
  world.kill(subject);
  decide(allow());
  BOOST_TEST(!is_alive());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace group_cursors_suite
