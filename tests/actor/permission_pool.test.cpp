#include "stagedoor/actors/guards/permission_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <stdexcept>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/channel.hpp"
#include "support/client_probe.hpp"

namespace permission_pool_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Answers from the message itself, and knows who asks it.
struct by_action {
  static decision has_permission(const scope&, std::string_view action,
                                 const request&) {
    if (action == "throw")
      throw std::runtime_error("broken");
    return action == "allowed" ? allow() : deny("not that");
  }

  static decision can_connect(const scope& who) {
    return who.connection_id == 1 ? allow() : deny("not you");
  }
};

/// Waits at a gate, as a database might.
struct slow_permission {
  gate* door;
  std::atomic<int>* asked;

  static bool is_blocking() { return true; }

  [[nodiscard]] bool has_permission(const scope&, std::string_view,
                                    const request&) const {
    ++*asked;
    door->pass();
    return true;
  }

  [[nodiscard]] bool can_connect(const scope&) const {
    door->pass();
    return true;
  }
};

limits few_workers(std::size_t workers) {
  limits result;
  result.permission_workers = workers;
  return result;
}

struct pool_fixture {
  explicit pool_fixture(const limits& bounds = {}) : world(bounds) {
    world.settle();
  }

  actor_world world;
  manual_unit& home = world.home();
  client_probe asker{home};
  permission_pool_actor pool =
      home.spawn(stagedoor::permission_pool, world.shared());

  permission_check check(const permission& rule, std::string action,
                         question asked = question::has_permission) {
    return {asked, std::make_shared<evaluation>(
                       std::make_shared<permission_list>(permission_list{rule}),
                       asker.message(std::move(action)))};
  }

  /// Asks and lets it be answered.
  std::string ask(const permission& rule, std::string action,
                  question asked = question::has_permission) {
    auto number =
        asker.ask<decision>(pool, check(rule, std::move(action), asked));
    world.settle();
    return asker.answer(number);
  }

  /// Asks and returns the number of the question.
  std::size_t begin(const permission& rule,
                    question asked = question::has_permission) {
    auto number = asker.ask<decision>(pool, check(rule, "x", asked));
    world.settle();
    return number;
  }

  /// The workers that are alive, in their order.
  std::vector<caf::actor> workers() {
    std::vector<caf::actor> result;
    home.spawn([&](caf::stateful_actor<int_state,
                                       pinned<caf::event_based_actor>>* me) {
      me->request(pool, caf::infinite, caf::get_atom_v)
          .then([&](std::vector<caf::actor>& alive) {
            result = std::move(alive);
          });
    });
    world.settle();
    return result;
  }

  struct int_state {
    static inline const char* name = "test.get";
  };
};

struct one_worker : pool_fixture {
  one_worker() : pool_fixture(few_workers(1)) {}
};

/// One thread and room for two jobs that wait.
struct blocking_fixture : pool_fixture {
  static limits one_thread() {
    limits result;
    result.blocking_workers = 1;
    result.blocking_queue_max = 2;
    return result;
  }

  blocking_fixture() : pool_fixture(one_thread()) {}

  /// Lets the answer of a worker thread arrive.
  void await_answer(std::size_t number) {
    BOOST_REQUIRE(
        world.settle_until([&] { return !asker.answer(number).empty(); }));
  }

  gate door;
  opens_at_end at_end{door};
  std::atomic<int> asked = 0;
  permission slow{slow_permission{&door, &asked}};
};

} // namespace

BOOST_AUTO_TEST_SUITE(permission_pool)

BOOST_FIXTURE_TEST_CASE(passes_on_what_the_permission_decides, pool_fixture) {
  BOOST_TEST(ask(by_action{}, "allowed") == "allow");
  BOOST_TEST(ask(by_action{}, "other") == "deny 403 not that");
  BOOST_TEST(ask(by_action{}, "x", question::can_connect) == "allow");
}

BOOST_FIXTURE_TEST_CASE(can_connect_is_asked_with_the_scope_of_the_asker,
                        pool_fixture) {
  client_probe stranger{home, 2};
  permission_check question{
      question::can_connect,
      std::make_shared<evaluation>(
          std::make_shared<permission_list>(permission_list{by_action{}}),
          stranger.message("connect"))};
  auto number = stranger.ask<decision>(pool, question);
  world.settle();
  BOOST_TEST(stranger.answer(number) == "deny 403 not you");
}

BOOST_FIXTURE_TEST_CASE(a_permission_that_throws_is_an_error_not_an_allow,
                        pool_fixture) {
  auto answer = ask(by_action{}, "throw");
  BOOST_TEST(answer.starts_with("error "));
  BOOST_TEST(answer.find("broken") != std::string::npos);
  // And the worker goes on.
  BOOST_TEST(ask(by_action{}, "allowed") == "allow");
  BOOST_TEST(!world.logged("died"));
}

BOOST_FIXTURE_TEST_CASE(has_as_many_workers_as_configured, pool_fixture) {
  BOOST_TEST(workers().size() == world.bounds().permission_workers);
}

BOOST_FIXTURE_TEST_CASE(workers_are_asked_in_turn, pool_fixture) {
  auto all = workers();
  BOOST_REQUIRE(all.size() == 2u);
  // One is dead, and the pool hears of it behind these four questions.
  caf::anon_send_exit(all[0], caf::exit_reason::kill);
  std::vector<std::size_t> numbers;
  for (int i = 0; i < 4; ++i)
    numbers.push_back(asker.ask<decision>(pool, check(by_action{}, "allowed")));
  world.settle();
  std::string outcome;
  for (auto number : numbers)
    outcome += asker.answer(number) == "allow" ? '+' : '-';
  BOOST_TEST((outcome == "+-+-" || outcome == "-+-+"), outcome);
}

BOOST_FIXTURE_TEST_CASE(a_worker_that_dies_is_replaced_at_once, one_worker) {
  auto before = workers();
  BOOST_REQUIRE(before.size() == 1u);
  world.kill(before[0]);
  BOOST_TEST(world.logged("a permission worker died"));
  BOOST_TEST(ask(by_action{}, "allowed") == "allow");
  BOOST_TEST(ask(by_action{}, "other") == "deny 403 not that");
  auto after = workers();
  BOOST_REQUIRE(after.size() == 1u);
  BOOST_TEST((after[0] != before[0]));
}

BOOST_FIXTURE_TEST_CASE(the_second_death_waits_100_ms_and_the_third_200,
                        one_worker) {
  ask(by_action{}, "allowed");
  world.kill(workers().at(0));
  ask(by_action{}, "allowed");
  for (auto wait : {100ms, 200ms, 400ms}) {
    world.kill(workers().at(0));
    BOOST_TEST(ask(by_action{}, "allowed") == "failed: unavailable");
    world.advance(wait - 1ms);
    BOOST_TEST(ask(by_action{}, "allowed") == "failed: unavailable");
    world.advance(1ms);
    BOOST_TEST(ask(by_action{}, "allowed") == "allow");
  }
}

BOOST_FIXTURE_TEST_CASE(the_wait_grows_to_5_s_at_most, one_worker) {
  for (int death = 0; death < 20; ++death) {
    world.advance(5s);
    ask(by_action{}, "allowed");
    world.kill(workers().at(0));
  }
  world.advance(5s - 1ms);
  BOOST_TEST(ask(by_action{}, "allowed") == "failed: unavailable");
  world.advance(1ms);
  BOOST_TEST(ask(by_action{}, "allowed") == "allow");
}

BOOST_FIXTURE_TEST_CASE(surviving_for_30_s_forgets_earlier_deaths, one_worker) {
  for (int death = 0; death < 3; ++death) {
    world.advance(1s);
    ask(by_action{}, "allowed");
    world.kill(workers().at(0));
  }
  world.advance(30s + 1ms);
  ask(by_action{}, "allowed");
  world.kill(workers().at(0));
  BOOST_TEST(ask(by_action{}, "allowed") == "allow");
}

BOOST_FIXTURE_TEST_CASE(one_that_waits_is_passed_over, pool_fixture) {
  auto all = workers();
  // Dies twice: its next life has to wait.
  world.kill(all[0]);
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(ask(by_action{}, "allowed") == "allow");
  for (const auto& worker : workers())
    if (worker != all[1])
      world.kill(worker);
  BOOST_TEST(workers().size() == 1u);
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(ask(by_action{}, "allowed") == "allow");
  BOOST_TEST((workers() == std::vector<caf::actor>{all[1]}));
}

BOOST_FIXTURE_TEST_CASE(a_question_behind_the_death_of_its_worker_fails,
                        one_worker) {
  // The pool passes it on before it hears of the death.
  caf::anon_send_exit(workers().at(0), caf::exit_reason::kill);
  auto number = asker.ask<decision>(pool, check(by_action{}, "allowed"));
  world.settle();
  BOOST_TEST(asker.answer(number) == "failed: unavailable");
  BOOST_TEST(asker.responses() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_dead_pool_takes_its_workers_along, pool_fixture) {
  world.kill(pool);
  BOOST_TEST(home.member_count() == 1u); // The asker.
  auto number = asker.ask<decision>(pool, check(by_action{}, "allowed"));
  world.settle();
  BOOST_TEST(asker.answer(number) == "failed: unavailable");
}

// -- blocking permissions -----------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_blocking_permission_holds_up_nobody_else,
                        blocking_fixture) {
  auto waiting = begin(slow);
  door.wait_for(1);
  world.settle();
  BOOST_TEST(asker.answer(waiting) == "");
  BOOST_TEST(ask(by_action{}, "allowed") == "allow");
  door.open();
  await_answer(waiting);
  BOOST_TEST(asker.answer(waiting) == "allow");
}

BOOST_FIXTURE_TEST_CASE(one_blocking_permission_takes_the_list_off_the_unit,
                        blocking_fixture) {
  permission_check mixed{
      question::has_permission,
      std::make_shared<evaluation>(
          std::make_shared<permission_list>(permission_list{slow, by_action{}}),
          asker.message("other"))};
  auto number = asker.ask<decision>(pool, mixed);
  world.settle();
  BOOST_TEST(asker.answer(number) == "");
  door.open();
  await_answer(number);
  BOOST_TEST(asker.answer(number) == "deny 403 not that");
}

BOOST_FIXTURE_TEST_CASE(past_the_queue_it_is_unavailable, blocking_fixture) {
  auto running = begin(slow);
  door.wait_for(1);
  auto first = begin(slow);
  auto second = begin(slow);
  auto too_many = begin(slow);
  BOOST_TEST(asker.answer(running) == "");
  BOOST_TEST(asker.answer(first) == "");
  BOOST_TEST(asker.answer(second) == "");
  BOOST_TEST(asker.answer(too_many)
             == "error 503 custom: the blocking queue is full");
  door.open();
  for (auto number : {running, first, second})
    await_answer(number);
  BOOST_TEST(asker.answer(running) == "allow");
  BOOST_TEST(asker.answer(first) == "allow");
  BOOST_TEST(asker.answer(second) == "allow");
}

BOOST_FIXTURE_TEST_CASE(late_it_is_timed_out_and_the_answer_is_dropped,
                        blocking_fixture) {
  auto number = begin(slow);
  door.wait_for(1);
  world.advance(world.bounds().permission_timeout - 1ms);
  BOOST_TEST(asker.answer(number) == "");
  world.advance(1ms);
  BOOST_TEST(asker.answer(number) == "error 504 custom: is late");
  door.open();
  // One thread: when this is answered, so is the other.
  await_answer(begin(slow));
  BOOST_TEST(asker.answer(number) == "error 504 custom: is late");
  BOOST_TEST(asker.responses() == 2u);
}

BOOST_FIXTURE_TEST_CASE(can_connect_has_a_timeout_of_its_own,
                        blocking_fixture) {
  auto number = begin(slow, question::can_connect);
  door.wait_for(1);
  world.advance(world.bounds().can_connect_timeout - 1ms);
  BOOST_TEST(asker.answer(number) == "");
  world.advance(1ms);
  BOOST_TEST(asker.answer(number) == "error 504 custom: is late");
}

BOOST_FIXTURE_TEST_CASE(one_that_has_not_begun_when_it_is_late_never_begins,
                        blocking_fixture) {
  begin(slow);
  door.wait_for(1);
  auto queued = begin(slow);
  world.advance(world.bounds().permission_timeout);
  BOOST_TEST(asker.answer(queued) == "error 504 custom: is late");
  door.open();
  // A job behind the dropped one: the queue has been worked off by then.
  auto last = begin(slow);
  await_answer(last);
  BOOST_TEST(asker.answer(last) == "allow");
  BOOST_TEST(asked == 2);
}

BOOST_FIXTURE_TEST_CASE(a_pool_that_dies_fails_its_blocking_questions,
                        blocking_fixture) {
  auto running = begin(slow);
  door.wait_for(1);
  auto queued = begin(slow);
  world.kill(pool);
  BOOST_TEST(asker.answer(running) == "failed: unavailable");
  BOOST_TEST(asker.answer(queued) == "failed: unavailable");
  door.open();
  world.settle();
  BOOST_TEST(asker.responses() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace permission_pool_suite
