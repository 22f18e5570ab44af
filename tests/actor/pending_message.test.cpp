#include "stagedoor/actors/handlers/pending_message.hpp"

#include "stagedoor/permissions/permission_list.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/message_tallies.hpp"
#include "support/mounted_probe.hpp"
#include "support/owner_probe.hpp"

namespace pending_message_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// One message that an actor of the test has received and not answered.
struct pending_fixture {
  pending_fixture() { receive(false); }

  void receive(bool relayed) {
    owner.on_request([this](request& message, answer_promise<reply> promise) {
      pending.emplace(std::move(promise), message, relayed_open);
    });
    auto data = client.data("work");
    data.captures = {{"room", "b"}};
    data.relayed = relayed;
    number = client.ask(owner.handle(), request{std::move(data)});
    world.settle();
    BOOST_REQUIRE(pending.has_value());
  }

  [[nodiscard]] std::string answer() {
    world.settle();
    return client.answer(number);
  }

  /// Has the answer counted.
  void count() {
    pending->count_in(&world.metrics().messages("/ws/", "route").at("work"));
  }

  [[nodiscard]] std::string counted() { return messages(world.metrics()); }

  /// Sends the message on, to an actor that never answers.
  void go_elsewhere(bool holder_counts) {
    pending->await(holder.actor().address(), holder_counts);
    auto asked = owner.self()->request(holder.handle(), caf::infinite,
                                       pending->message());
    pending->await(caf_api::id_of(asked));
    asked.then([](const reply&) {},
               [this](const caf::error& error) { given_up = error; });
    world.settle();
  }

  // The last callbacks come while the world ends.
  std::atomic<std::size_t> relayed_open = 0;
  int expiries = 0;
  std::optional<caf::error> given_up;
  actor_world world;
  manual_unit& home = world.home();
  client_probe client{home};
  owner_probe owner{home};
  mounted_probe holder{world.system()};
  action_definition action;
  std::optional<stagedoor::pending_message> pending;
  std::size_t number = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pending_message, pending_fixture)

// -- the answer ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_answer_keeps_the_promise) {
  BOOST_TEST(!pending->finish(*owner.self(), ok("done")));
  BOOST_TEST(answer() == "200 \"done\"");
  BOOST_TEST(client.late().empty());
}

BOOST_AUTO_TEST_CASE(behind_an_interim_reply_the_answer_is_late) {
  pending->answer_interim();
  BOOST_TEST(answer() == text(reply::interim()));
  pending->finish(*owner.self(), ok("done"));
  BOOST_TEST(answer() == text(reply::interim()));
  BOOST_TEST(client.late() == std::vector<std::string>{"1: 200 \"done\""});
}

BOOST_AUTO_TEST_CASE(success_that_nobody_waits_for_is_silent) {
  action.replies = false;
  pending->begin(action);
  pending->finish(*owner.self(), ok("unheard"));
  BOOST_TEST(answer() == text(reply::silent()));
}

BOOST_AUTO_TEST_CASE(failure_of_such_an_action_is_answered) {
  action.replies = false;
  pending->begin(action);
  pending->finish(*owner.self(), not_found());
  BOOST_TEST(answer().starts_with("404"));
}

BOOST_AUTO_TEST_CASE(success_is_to_be_told_to_the_group_of_the_route) {
  action.broadcast = broadcasts("room.{room}", "told");
  pending->begin(action);
  auto told = pending->finish(*owner.self(), ok(1));
  BOOST_REQUIRE(told.has_value());
  BOOST_TEST(told->group == "room.b");
  BOOST_TEST(told->event.type == "told");
  BOOST_TEST(told->event.data.view() == "1");
  BOOST_TEST(answer() == "200 1");
}

BOOST_AUTO_TEST_CASE(failure_is_to_be_told_to_nobody) {
  action.broadcast = broadcasts("room.{room}");
  pending->begin(action);
  BOOST_TEST(!pending->finish(*owner.self(), not_found()));
}

BOOST_AUTO_TEST_CASE(a_message_of_another_node_is_always_answered) {
  receive(true);
  action.replies = false;
  action.broadcast = broadcasts("room.{room}");
  pending->begin(action);
  BOOST_TEST(!pending->finish(*owner.self(), ok("done")));
  BOOST_TEST(answer() == "200 \"done\"");
}

BOOST_AUTO_TEST_CASE(it_is_given_back_as_an_error_and_its_job_need_not_begin) {
  auto cancelled = pending->add_job();
  BOOST_TEST(!*cancelled);
  pending->give_back();
  BOOST_TEST(answer() == text(make_error(errc::unavailable)));
  BOOST_TEST(*cancelled);
}

BOOST_AUTO_TEST_CASE(an_answer_cancels_a_job_that_has_not_begun) {
  auto cancelled = pending->add_job();
  pending->deliver(to_reply(errc::timed_out));
  BOOST_TEST(*cancelled);
}

// -- what is counted ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_answer_is_counted_by_its_status) {
  count();
  pending->deliver(not_found());
  BOOST_TEST(counted() == "/ws/|route|work|404: 1\n");
}

BOOST_AUTO_TEST_CASE(what_is_counted_elsewhere_is_not_counted_here) {
  for (const auto holder_counts : {true, false}) {
    receive(false);
    count();
    go_elsewhere(holder_counts);
    pending->answered_by(holder.actor().address());
    pending->finish(*owner.self(), ok());
    BOOST_TEST(counted().empty() == holder_counts);
  }
}

BOOST_AUTO_TEST_CASE(whose_client_goes_is_counted_where_it_is) {
  for (const auto holder_counts : {true, false}) {
    receive(false);
    count();
    go_elsewhere(holder_counts);
    pending->abandon(*owner.self());
    BOOST_TEST(answer() == text(errc::unavailable));
    BOOST_TEST(counted().empty() == holder_counts);
  }
}

BOOST_AUTO_TEST_CASE(a_message_of_another_node_is_open_while_it_is_pending) {
  BOOST_TEST(relayed_open == 0u);
  receive(true);
  BOOST_TEST(relayed_open == 1u);
  pending.reset();
  BOOST_TEST(relayed_open == 0u);
}

// -- stages -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(it_begins_with_its_permissions) {
  BOOST_TEST((pending->stage() == message_stage::asking_permissions));
  BOOST_TEST((pending->action() == nullptr));
  auto list = std::make_shared<const permission_list>();
  pending->guard(list);
  BOOST_TEST((pending->evaluation()->guard() == list));
  BOOST_TEST(!pending->asks_about_object());
}

BOOST_AUTO_TEST_CASE(a_stage_has_the_holder_that_it_is_entered_with) {
  pending->enter(message_stage::loading, holder.actor().address());
  BOOST_TEST((pending->stage() == message_stage::loading));
  BOOST_TEST((pending->holder() == holder.actor().address()));
  pending->enter(message_stage::asking_about_object);
  BOOST_TEST((pending->holder() == nullptr));
}

BOOST_AUTO_TEST_CASE(another_unit_gets_what_the_permissions_have_answered) {
  pending->guard(std::make_shared<const permission_list>());
  auto evaluation = pending->evaluation();
  auto permitted = pending->hand_over();
  BOOST_TEST((permitted.guard == evaluation));
  BOOST_TEST(permitted.what.action() == "work");
  BOOST_TEST((pending->stage() == message_stage::elsewhere));
}

BOOST_AUTO_TEST_CASE(an_actor_that_never_answers_is_waited_for_no_longer) {
  go_elsewhere(false);
  pending->finish(*owner.self(), to_reply(errc::timed_out));
  world.settle();
  BOOST_REQUIRE(given_up.has_value());
  BOOST_TEST((*given_up == make_error(errc::timed_out)));
}

BOOST_AUTO_TEST_CASE(only_the_failure_of_its_holder_concerns_it) {
  go_elsewhere(false);
  BOOST_TEST(!pending->failed_at(client.handle().address()));
  BOOST_TEST(pending->failed_at(holder.actor().address()));
}

BOOST_AUTO_TEST_CASE(a_holder_that_is_gone_is_avoided) {
  go_elsewhere(false);
  pending->avoid_holder(*owner.self());
  BOOST_REQUIRE(pending->tried().size() == 1u);
  BOOST_TEST((pending->tried().front() == holder.actor().address()));
}

BOOST_AUTO_TEST_CASE(its_deadline_can_be_armed_for_each_stage) {
  const auto expire = [this] { ++expiries; };
  pending->arm(home, 100ms, expire);
  world.advance(50ms);
  pending->arm(home, 100ms, expire);
  world.advance(80ms);
  BOOST_TEST(expiries == 0);
  world.advance(40ms);
  BOOST_TEST(expiries == 1);
}

BOOST_AUTO_TEST_CASE(a_message_is_orphaned_when_its_client_has_gone) {
  auto message = client.message("work");
  BOOST_TEST(!is_orphaned(message));
  world.kill(client.handle());
  BOOST_TEST(is_orphaned(message));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace pending_message_suite
