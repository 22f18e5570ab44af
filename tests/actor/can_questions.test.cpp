#include "stagedoor/actors/connections/can_questions.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "support/connection_fixture.hpp"
#include "support/message_tallies.hpp"

namespace can_questions_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// A connection whose router is played by the test.
struct asking_client : connection_fixture {
  asking_client() : asking_client(limits{}) {}
  explicit asking_client(const limits& bounds) : connection_fixture(bounds) {
    start();
    request_head("/ws/?token=first");
    authenticate(as_alice());
    decide(allow());
    emit(handshake_done{});
    done();
  }

  static authentication as_alice() {
    authentication result;
    result.accepted.emplace().who = alice();
    return result;
  }

  /// Asks for these routes and the action `a`.
  void check(const std::vector<std::string>& routes,
             const std::string& more = {}) {
    std::string of;
    for (const auto& route : routes)
      of += (of.empty() ? "" : ",")
            + (R"({"action":"a","route":")" + route + "\"}");
    receive(R"({"action":"check","route":"$can/","of":[)" + of + "]" + more
            + "}");
  }

  /// The same, and the answers are watched.
  void watch(const std::vector<std::string>& routes) {
    check(routes, R"(,"watch":true)");
  }

  void answer(std::size_t number, reply with = ok(true)) {
    router().answer(number, std::move(with));
    world.settle();
  }

  void invalidate() { tell(invalidation_order{}); }

  /// What the socket was told, but for its reads.
  std::string done() {
    auto result = socket->take();
    for (auto at = result.find("read\n"); at != std::string::npos;
         at = result.find("read\n"))
      result.erase(at, 5);
    return result;
  }
};

const auto refusal = to_reply(errc::permission_denied);

std::string allowed(const std::string& list) {
  return sent(success(R"({"allowed":[)" + list + "]}", "check", "$can/"));
}

std::string told(const std::string& route, const std::string& answer) {
  return sent(R"({"type":"can.changed","data":{"route":")" + route
              + R"(","action":"a","allowed":)" + answer + R"(},"status":200})");
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(can_questions, asking_client)

BOOST_AUTO_TEST_CASE(questions_are_messages_that_only_ask) {
  check({"x/", "y/?a=b"}, R"(,"pk":1)");
  BOOST_REQUIRE(router().count() == 2u);
  const auto& first = router().at(0);
  BOOST_TEST(first.only_asks);
  BOOST_TEST(*first.message.head.action == "a");
  BOOST_TEST(first.message.head.route == "x/");
  BOOST_TEST(first.message.arguments.empty());
  BOOST_TEST((first.decisions != nullptr));
  BOOST_TEST((first.connection == subject));
  BOOST_TEST(first.scope->connection_id == 7u);
  BOOST_TEST(router().at(1).message.head.route == "y/?a=b");
  // A message does not only ask.
  answer(0);
  answer(1);
  receive(0);
  BOOST_TEST(!router().last().only_asks);
}

BOOST_AUTO_TEST_CASE(answers_become_true_false_or_null) {
  check({"1", "2", "3", "4", "5", "6", "7", "8"});
  BOOST_REQUIRE(router().count() == 8u);
  // The last one first.
  answer(7, to_reply(errc::action_not_allowed, "a"));
  answer(0, ok(true));
  answer(1, ok());
  answer(2, refusal);
  answer(3, to_reply(errc::server_error));
  answer(4, to_reply(errc::unavailable));
  answer(5, to_reply(errc::timed_out));
  BOOST_TEST(done() == "");
  answer(6, fail(429, "Slower."));
  BOOST_TEST(done() == allowed("true,null,false,null,null,null,false,false"));
}

BOOST_AUTO_TEST_CASE(a_router_that_is_gone_knows_nothing) {
  check({"x/"});
  router().fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(done() == allowed("null"));
}

BOOST_AUTO_TEST_CASE(a_check_takes_its_turn_among_the_messages) {
  receive(0);
  check({"x/"});
  receive(1);
  BOOST_TEST(router().count() == 1u);
  answer(0, ok());
  BOOST_TEST(router().count() == 2u);
  BOOST_TEST(done() == done_sent);
  answer(1);
  BOOST_TEST(router().count() == 3u);
  BOOST_TEST(*router().last().message.head.action == "1");
  BOOST_TEST(done() == allowed("true"));
}

BOOST_AUTO_TEST_CASE(a_client_that_closes_gets_its_answer_first) {
  check({"x/"});
  emit(client_closed{});
  BOOST_TEST(done() == "");
  answer(0);
  BOOST_TEST(done() == allowed("true") + "answer_close\n");
}

BOOST_AUTO_TEST_CASE(a_check_is_counted_and_its_questions_are_not) {
  check({"x/", "y/"});
  answer(0);
  answer(1, refusal);
  check({}, R"(,"of":7)");
  receive(R"({"action":"nope","route":"$can/"})");
  BOOST_TEST(messages(world.metrics())
             == "/ws/||other|405: 1\n/ws/|$can/|check|200: 1\n"
                "/ws/|$can/|check|400: 1\n");
}

// -- what is watched ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_change_is_told_once) {
  watch({"x/", "y/"});
  answer(0);
  answer(1);
  BOOST_TEST(done() == allowed("true,true"));
  invalidate();
  BOOST_REQUIRE(router().count() == 4u);
  answer(2);
  BOOST_TEST(done() == "");
  answer(3, refusal);
  BOOST_TEST(done() == told("y/", "false"));
  invalidate();
  answer(4);
  answer(5, refusal);
  BOOST_TEST(done() == "");
  invalidate();
  answer(6, to_reply(errc::timed_out));
  answer(7);
  BOOST_TEST(done() == told("x/", "null") + told("y/", "true"));
}

BOOST_AUTO_TEST_CASE(what_was_only_asked_is_not_watched) {
  check({"x/"});
  answer(0);
  invalidate();
  BOOST_TEST(router().count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_new_list_replaces_the_one_before) {
  watch({"x/"});
  answer(0);
  watch({"y/"});
  answer(1);
  check({"z/"});
  answer(2);
  invalidate();
  BOOST_REQUIRE(router().count() == 4u);
  BOOST_TEST(router().last().message.head.route == "y/");
  answer(3);
  watch({});
  BOOST_TEST(done().ends_with(allowed("")));
  invalidate();
  BOOST_TEST(router().count() == 4u);
}

BOOST_AUTO_TEST_CASE(a_refused_list_replaces_nothing) {
  watch({"x/"});
  answer(0);
  receive(R"({"action":"check","route":"$can/","watch":true,"of":7})");
  invalidate();
  BOOST_TEST(router().count() == 2u);
}

BOOST_AUTO_TEST_CASE(a_refresh_asks_again_with_the_new_user) {
  watch({"x/"});
  answer(0);
  receive(R"({"action":"refresh","route":"$auth/","token":"t"})");
  authenticate(as_alice());
  BOOST_REQUIRE(router().count() == 2u);
  BOOST_TEST((router().at(1).scope != router().at(0).scope));
  BOOST_TEST((router().at(1).decisions != router().at(0).decisions));
  done();
  answer(1, refusal);
  BOOST_TEST(done() == told("x/", "false"));
  receive(R"({"action":"refresh","route":"$auth/","token":"t"})");
  authenticate({});
  BOOST_TEST(router().count() == 2u); // It failed.
}

BOOST_AUTO_TEST_CASE(messages_go_on_while_it_is_asked_again) {
  watch({"x/"});
  answer(0);
  invalidate();
  receive(0);
  BOOST_TEST(router().count() == 3u);
  done();
  answer(2, ok());
  BOOST_TEST(done() == done_sent);
  answer(1, refusal);
  BOOST_TEST(done() == told("x/", "false"));
}

BOOST_AUTO_TEST_CASE(an_invalidation_meanwhile_asks_once_more) {
  watch({"x/"});
  answer(0);
  invalidate();
  invalidate();
  invalidate();
  BOOST_TEST(router().count() == 2u);
  done();
  answer(1, refusal);
  BOOST_TEST(done() == told("x/", "false"));
  BOOST_REQUIRE(router().count() == 3u);
  answer(2);
  BOOST_TEST(done() == told("x/", "true"));
  BOOST_TEST(router().count() == 3u);
}

BOOST_AUTO_TEST_CASE(an_invalidation_during_the_check_is_not_lost) {
  watch({"x/"});
  invalidate();
  BOOST_TEST(router().count() == 1u);
  answer(0);
  BOOST_TEST(done() == allowed("true"));
  BOOST_REQUIRE(router().count() == 2u);
  answer(1, refusal);
  BOOST_TEST(done() == told("x/", "false"));
  BOOST_TEST(router().count() == 2u);
}

BOOST_AUTO_TEST_CASE(answers_for_the_list_before_are_dropped) {
  watch({"x/"});
  answer(0);
  invalidate();
  watch({"y/"});
  answer(2);
  done();
  answer(1, refusal);
  BOOST_TEST(done() == "");
  invalidate();
  BOOST_REQUIRE(router().count() == 4u);
  BOOST_TEST(router().last().message.head.route == "y/");
}

BOOST_AUTO_TEST_CASE(an_invalidation_for_another_user_asks_nothing) {
  watch({"x/"});
  answer(0);
  tell(invalidation_order{"12"});
  BOOST_TEST(router().count() == 1u);
  tell(invalidation_order{"1"});
  BOOST_TEST(router().count() == 2u);
}

BOOST_AUTO_TEST_CASE(changes_wait_until_the_client_takes_something) {
  watch({"x/", "y/"});
  answer(0);
  answer(1);
  done();
  socket->full = true;
  invalidate();
  answer(2, refusal);
  answer(3, refusal);
  BOOST_TEST(done() == "");
  // One changes back before the client has heard of it.
  invalidate();
  answer(4);
  answer(5, refusal);
  BOOST_TEST(done() == "");
  socket->full = false;
  emit(outbound_drained{});
  BOOST_TEST(done() == told("y/", "false"));
}

BOOST_AUTO_TEST_CASE(nothing_is_told_behind_a_close) {
  watch({"x/"});
  answer(0);
  invalidate();
  tell(caf::close_atom_v, std::uint16_t{4000}, std::string{"bye"});
  done();
  answer(1, refusal);
  invalidate();
  BOOST_TEST(done() == "");
  BOOST_TEST(router().count() == 2u);
}

BOOST_AUTO_TEST_CASE(a_list_that_comes_behind_a_close_is_not_watched) {
  watch({"x/"});
  tell(caf::close_atom_v, std::uint16_t{4000}, std::string{"bye"});
  done();
  invalidate();
  answer(0);
  BOOST_TEST(done() == "");
  BOOST_TEST(router().count() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace can_questions_suite
