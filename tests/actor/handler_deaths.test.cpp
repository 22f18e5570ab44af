// What a handler does when those die that it works for and with.

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "support/handler_fixture.hpp"

namespace handler_deaths_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto server_error = text(errc::server_error);
const auto unavailable = text(errc::unavailable);

} // namespace

BOOST_FIXTURE_TEST_SUITE(handler_deaths, handler_fixture)

// -- of runners and of the handler itself -------------------------------------

BOOST_AUTO_TEST_CASE(a_runner_that_quits_is_a_500_and_the_next_one_is_fresh) {
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  BOOST_TEST(run("quit") == server_error);
  BOOST_TEST(runners() == 0u);
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  BOOST_TEST(runners() == 1u);
}

BOOST_AUTO_TEST_CASE(
    a_message_in_the_hand_of_a_killed_runner_is_a_500_at_once) {
  auto number = allowed("later", {{"name", "a"}});
  world.kill(*backstage_.runner);
  BOOST_TEST(client.answer(number) == server_error);
  answer_later("a");
  world.advance(1min);
  BOOST_TEST(client.responses() == 1u);
  BOOST_TEST(world.logged("a runner of handler \"subject\" died"));
}

BOOST_AUTO_TEST_CASE(a_concurrent_one_in_its_hand_is_a_late_500) {
  auto number = allowed("beside", {{"name", "a"}});
  world.kill(*backstage_.runner);
  answer_later("a");
  BOOST_TEST(client.answer(number) == text(reply::interim()));
  BOOST_TEST(client.late() == std::vector<std::string>{"1: " + server_error});
}

BOOST_AUTO_TEST_CASE(a_message_in_the_mailbox_of_a_dead_runner_is_a_503) {
  auto dying = send("quit");
  auto waiting = send("count");
  pool.answer(0, allow());
  pool.answer(1, allow());
  world.settle();
  BOOST_TEST(client.answer(dying) == server_error);
  BOOST_TEST(client.answer(waiting) == unavailable);
  BOOST_TEST(client.responses() == 2u);
}

BOOST_AUTO_TEST_CASE(after_a_second_death_a_message_is_a_503_for_100_ms) {
  run("quit");
  run("quit");
  BOOST_TEST(run("count") == unavailable);
  world.advance(99ms);
  BOOST_TEST(run("count") == unavailable);
  world.advance(1ms);
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(the_death_of_one_connections_runner_harms_no_other) {
  client_probe other{home, 2};
  allowed("count");
  auto number = allowed_of(other, "count");
  BOOST_TEST(other.answer(number) == R"(200 {"n":1})");
  run("quit");
  run("quit");
  number = allowed_of(other, "count");
  BOOST_TEST(other.answer(number) == R"(200 {"n":2})");
}

BOOST_AUTO_TEST_CASE(a_killed_handler_answers_for_all_it_has_once) {
  auto in_runner = allowed("later", {{"name", "a"}});
  auto late = allowed("beside", {{"name", "b"}});
  auto undecided = send("count");
  caf::anon_send_exit(subject, caf::exit_reason::kill);
  auto in_mailbox = client.ask(subject, client.message("count"));
  world.settle();
  BOOST_TEST(client.answer(in_runner) == server_error);
  BOOST_TEST(client.answer(undecided) == server_error);
  BOOST_TEST(client.answer(in_mailbox) == "failed: unavailable");
  BOOST_TEST(client.answer(late) == text(reply::interim()));
  BOOST_TEST(client.late() == std::vector<std::string>{"2: " + server_error});
  // Nothing of what comes later counts.
  answer_later("a");
  answer_later("b");
  pool.answer_last(allow());
  world.advance(1min);
  BOOST_TEST(client.responses() == 4u);
  BOOST_TEST(client.late().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_killed_handler_takes_its_runners_along) {
  client_probe other{home, 2};
  allowed("count");
  allowed_of(other, "count");
  BOOST_TEST(runners() == 3u); // Two, and the other client.
  world.kill(subject);
  BOOST_TEST(home.member_count() == members_before);
}

BOOST_FIXTURE_TEST_CASE(a_killed_handler_answers_for_its_blocking_actions,
                        blocking_handler) {
  auto running = allowed("block");
  backstage_.door.wait_for(1);
  world.kill(subject);
  BOOST_TEST(client.answer(running) == server_error);
  backstage_.door.open();
  BOOST_TEST(client.responses() == 1u);
}

// -- connections --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_connection_has_its_own_state) {
  client_probe other{home, 2};
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  BOOST_TEST(other.answer(allowed_of(other, "count")) == R"(200 {"n":1})");
  BOOST_TEST(run("count") == R"(200 {"n":2})");
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_takes_its_runner_along) {
  allowed("later", {{"name", "a"}});
  allowed("beside", {{"name", "b"}});
  send("count");
  BOOST_TEST(runners() == 1u);
  world.kill(client.handle());
  BOOST_TEST(home.member_count() == members_before - 1);
  // Neither an answer nor an allow wakes anything up.
  answer_later("a");
  answer_later("b");
  pool.answer_last(allow());
  world.advance(1min);
  BOOST_TEST(home.member_count() == members_before - 1);
  BOOST_TEST(world.log() == "");
}

BOOST_AUTO_TEST_CASE(an_allow_for_a_connection_that_has_gone_leaves_nothing) {
  send("count");
  world.kill(client.handle());
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(home.member_count() == members_before - 1);
}

BOOST_FIXTURE_TEST_CASE(hooks_are_told_before_the_first_allowed_message,
                        with_hooks) {
  send("count");
  BOOST_TEST(backstage_.hooks.empty());
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(backstage_.hooks.empty());
  run("count");
  run("count");
  BOOST_TEST(backstage_.hooks == std::vector<std::string>{"open 1"});
  world.kill(client.handle());
  BOOST_TEST(backstage_.hooks
             == (std::vector<std::string>{"open 1", "close after 2 1"}));
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_is_opened_is_told_at_once_and_once,
                        with_hooks) {
  caf::anon_send(subject, client.opened());
  world.settle();
  BOOST_TEST(backstage_.hooks == std::vector<std::string>{"open 1"});
  run("count");
  BOOST_TEST(backstage_.hooks == std::vector<std::string>{"open 1"});
}

BOOST_FIXTURE_TEST_CASE(a_fresh_runner_is_told_again_once, with_hooks) {
  run("count");
  run("quit");
  run("count");
  run("count");
  BOOST_TEST(backstage_.hooks
             == (std::vector<std::string>{"open 1", "open 1"}));
  world.kill(client.handle());
  BOOST_TEST(backstage_.hooks.back() == "close after 2 1");
  BOOST_TEST(backstage_.hooks.size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(for_the_unit_one_runner_serves_all_connections,
                        per_unit) {
  client_probe other{home, 2};
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  BOOST_TEST(other.answer(allowed_of(other, "count")) == R"(200 {"n":2})");
  BOOST_TEST(backstage_.hooks
             == (std::vector<std::string>{"open 1", "open 2"}));
  world.kill(other.handle());
  BOOST_TEST(backstage_.hooks.back() == "close after 2 2");
  BOOST_TEST(run("count") == R"(200 {"n":3})");
}

BOOST_FIXTURE_TEST_CASE(the_end_of_a_connection_fails_no_other_ones_messages,
                        per_unit) {
  client_probe other{home, 2};
  auto mine = allowed("later", {{"name", "mine"}});
  allowed_of(other, "later", {{"name", "others"}});
  world.kill(other.handle());
  answer_later("others");
  answer_later("mine", ok("fine"));
  BOOST_TEST(client.answer(mine) == R"(200 "fine")");
}

BOOST_FIXTURE_TEST_CASE(if_the_shared_runner_dies_every_open_message_is_a_500,
                        per_unit) {
  client_probe other{home, 2};
  auto mine = allowed("later", {{"name", "mine"}});
  auto others = allowed_of(other, "later", {{"name", "others"}});
  world.kill(*backstage_.runner);
  BOOST_TEST(client.answer(mine) == server_error);
  BOOST_TEST(other.answer(others) == server_error);
}

BOOST_AUTO_TEST_CASE(what_another_unit_has_permitted_is_run_without_asking) {
  auto number = client.ask(
      subject, run_atom_v,
      permitted_request{client.message("count"),
                        std::make_shared<evaluation>(routes->root().guard,
                                                     client.message("count"))});
  world.settle();
  BOOST_TEST(client.answer(number) == R"(200 {"n":1})");
  BOOST_TEST(pool.count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace handler_deaths_suite
