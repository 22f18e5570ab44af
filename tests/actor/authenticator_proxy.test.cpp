#include "stagedoor/actors/guards/authenticator_proxy.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>

#include "support/actor_world.hpp"
#include "support/role_probes.hpp"
#include "support/token_asker.hpp"

namespace authenticator_proxy_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

struct fixture {
  void start(replicas authenticators) {
    proxy = world.home().spawn(authenticator_proxy, std::move(authenticators),
                               world.shared());
    world.settle();
  }

  void ask(const std::string& token, std::string& target) {
    ask_for_token(world.home(), proxy, token, target);
    world.settle();
  }

  std::string answer;
  actor_world world;
  /// The application's.
  authenticator_probe first{world.home()};
  authenticator_probe second{world.home()};
  authenticator_actor proxy;
};

const std::string gone =
    text_of(make_error(errc::unavailable, "the authenticator is gone"));

} // namespace

BOOST_FIXTURE_TEST_SUITE(authenticator_proxy, fixture)

BOOST_AUTO_TEST_CASE(passes_the_answer_back) {
  start(first.handle());
  ask("t", answer);
  BOOST_REQUIRE(first.count() == 1u);
  BOOST_TEST(first.last().token == "t");
  BOOST_TEST(answer == "");
  first.answer_last(accepted_as("alice"));
  world.settle();
  BOOST_TEST(answer == "alice");
}

BOOST_AUTO_TEST_CASE(passes_a_refusal_and_an_error_back) {
  start(first.handle());
  ask("t", answer);
  first.answer_last({});
  world.settle();
  BOOST_TEST(answer == "refused");
  ask("t", answer);
  first.fail_last(make_error(errc::timed_out));
  world.settle();
  BOOST_TEST(answer == text_of(make_error(errc::timed_out)));
}

BOOST_AUTO_TEST_CASE(answers_for_an_authenticator_that_dies) {
  start(first.handle());
  ask("t", answer);
  world.kill(first.handle());
  BOOST_TEST(answer == gone);
}

BOOST_AUTO_TEST_CASE(asks_no_authenticator_that_is_gone) {
  start(first.handle());
  ask("t", answer);
  world.kill(first.handle());
  answer.clear();
  ask("t", answer);
  BOOST_TEST(answer == gone);
  BOOST_TEST(first.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_death_leaves_the_questions_of_others_alone) {
  start(service("gate"));
  world.services().set("b",
                       {{"gate", caf::actor_cast<caf::actor>(first.handle())}});
  ask("t", answer);
  BOOST_REQUIRE(first.count() == 1u);
  world.services().set(
      "b", {{"gate", caf::actor_cast<caf::actor>(second.handle())}});
  std::string other;
  ask("u", other);
  BOOST_REQUIRE(second.count() == 1u);
  world.kill(first.handle());
  BOOST_TEST(answer == gone);
  BOOST_TEST(other == "");
  second.answer_last(accepted_as("bob"));
  world.settle();
  BOOST_TEST(other == "bob");
}

BOOST_AUTO_TEST_CASE(answers_for_a_service_that_nobody_offers) {
  start(service("gate"));
  ask("t", answer);
  BOOST_TEST(answer == gone);
}

BOOST_AUTO_TEST_CASE(forgets_a_question_that_is_never_answered) {
  start(first.handle());
  ask("t", answer);
  world.advance(world.bounds().can_connect_timeout * 2 + 20ms);
  BOOST_TEST(answer != "");
}

BOOST_AUTO_TEST_CASE(answers_what_it_owes_when_it_ends) {
  start(first.handle());
  ask("t", answer);
  world.kill(proxy);
  BOOST_TEST(answer != "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace authenticator_proxy_suite
