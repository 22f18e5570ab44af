#include "stagedoor/actors/guards/permission_worker.hpp"

#include "stagedoor/actors/guards/permission_pool.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/custom_permission.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/channel.hpp"
#include "support/client_probe.hpp"
#include "support/mounted_permission.hpp"
#include "support/recording_permission.hpp"

namespace permission_worker_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

// Permissions that are actors of the application.

namespace {

constexpr auto connect = question::can_connect;
constexpr auto message = question::has_permission;
constexpr auto object = question::has_object_permission;

/// Throws on a worker thread when it is asked for its name.
struct nameless {
  [[noreturn]] static std::string name() { throw std::runtime_error("name"); }
  [[nodiscard]] static bool is_blocking() { return true; }
  [[nodiscard]] static bool has_permission(const scope&, std::string_view,
                                           const request&) {
    return true;
  }
};

struct worker_fixture {
  static limits one_worker() {
    limits result;
    result.permission_workers = 1;
    return result;
  }

  actor_world world{one_worker()};
  manual_unit& home = world.home();
  client_probe asker{home};
  permission_worker_actor worker =
      home.spawn(stagedoor::permission_worker, world.shared());
  mounted_permission budget{world.system()};
  mounted_permission quota{world.system()};
  permission in_budget = actor_permission(
      "InBudget", budget.handle(), asked_for({connect, message, object}));
  permission in_quota = actor_permission("InQuota", quota.handle());
  std::shared_ptr<decision_cache> cache = std::make_shared<decision_cache>(
      world.bounds().cached_decisions_max, world.shared()->cache_counts);

  std::shared_ptr<evaluation> about(permission_list guard,
                                    std::string action = "pay") {
    auto data = asker.data(std::move(action));
    data.decisions = cache;
    auto result = std::make_shared<evaluation>(
        std::make_shared<permission_list>(std::move(guard)),
        request{std::move(data)});
    result->use_cache(true);
    return result;
  }

  /// Asks and returns the number of the question.
  std::size_t begin(permission_list guard, question asked = message) {
    return begin(about(std::move(guard)), asked);
  }
  std::size_t begin(std::shared_ptr<evaluation> what, question asked) {
    auto number =
        asker.ask<decision>(worker, permission_check{asked, std::move(what)});
    world.settle();
    return number;
  }

  /// Asks and returns the answer, empty if there is none yet.
  std::string ask(permission_list guard, question asked = message) {
    return asker.answer(begin(std::move(guard), asked));
  }

  void answer(mounted_permission& by, decision answer) {
    by.answer_last(std::move(answer));
    world.settle();
  }

  /// What the client hears if an actor behaves like this.
  template <class F>
  std::string ask_one_that(F behave) {
    auto one = world.system().spawn(
        [=](caf::event_based_actor*) { return caf::behavior{behave}; });
    return ask({actor_permission("Odd", one)});
  }

  /// Whether CAF still waits for anything on anybody's behalf.
  bool has_timeouts() { return world.scheduler().has_timeouts(); }
};

} // namespace

BOOST_AUTO_TEST_SUITE(permission_worker)

// -- what an actor is asked, and what it answers ------------------------------

BOOST_FIXTURE_TEST_CASE(the_answer_of_the_actor_is_the_answer, worker_fixture) {
  for (const auto& given :
       {allow(), deny("Too much.", 402, "budget").because("12 > 10"),
        decision_error("no ledger", 500), decision_error("gone", 503)}) {
    auto number = begin({in_budget});
    BOOST_TEST(asker.answer(number) == "");
    answer(budget, given);
    BOOST_TEST(asker.answer(number) == text(given));
  }
  BOOST_TEST(budget.count() == 4u);
}

BOOST_FIXTURE_TEST_CASE(the_actor_sees_the_question_the_request_and_the_object,
                        worker_fixture) {
  begin({in_budget}, connect);
  BOOST_TEST((budget.last().asked == connect));
  BOOST_TEST(budget.last().about.scope().connection_id == 1u);
  BOOST_TEST((budget.last().object == nullptr));
  begin({in_budget}, message);
  BOOST_TEST((budget.last().asked == message));
  BOOST_TEST(budget.last().about.action() == "pay");
  auto with_object = about({in_budget});
  with_object->set_object(
      std::make_shared<const json::value>(json::object{{"id", 4}}));
  begin(with_object, object);
  BOOST_TEST((budget.last().asked == object));
  BOOST_REQUIRE((budget.last().object != nullptr));
  BOOST_TEST(to_json(*budget.last().object) == R"({"id":4})");
}

BOOST_FIXTURE_TEST_CASE(a_question_that_it_does_not_override_is_not_sent,
                        worker_fixture) {
  BOOST_TEST(ask({in_quota}, connect) == "allow");
  BOOST_TEST(quota.count() == 0u);
  BOOST_TEST(ask({in_quota}, message) == "");
  BOOST_TEST(quota.count() == 1u);
}

BOOST_FIXTURE_TEST_CASE(several_questions_are_open_at_once, worker_fixture) {
  auto first = begin({in_budget});
  auto second = begin({in_budget});
  auto third = begin({in_quota});
  budget.answer(1, deny("second"));
  quota.answer(0, deny("third"));
  world.settle();
  BOOST_TEST(asker.answer(first) == "");
  BOOST_TEST(asker.answer(second) == "deny 403 second");
  BOOST_TEST(asker.answer(third) == "deny 403 third");
  budget.answer(0, allow());
  world.settle();
  BOOST_TEST(asker.answer(first) == "allow");
}

BOOST_FIXTURE_TEST_CASE(what_comes_behind_is_asked_when_it_has_answered,
                        worker_fixture) {
  auto seen = std::make_shared<std::vector<std::string>>();
  permission_list guard{recording_permission(seen, "before"), in_budget,
                        recording_permission(seen, "between"), in_quota,
                        recording_permission(seen, "behind", deny("no"))};
  auto number = begin(guard);
  BOOST_TEST(seen->size() == 1u);
  BOOST_TEST(quota.count() == 0u);
  answer(budget, allow());
  BOOST_TEST(seen->size() == 2u);
  answer(quota, allow());
  BOOST_TEST(asker.answer(number) == "deny 403 no");
  // And each of them once, although the list was begun three times.
  BOOST_TEST(seen->size() == 3u);
  BOOST_TEST(budget.count() == 1u);
}

// -- actors that fail ---------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_dead_actor_is_unavailable, worker_fixture) {
  world.kill(budget.handle());
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(ask({in_budget}).starts_with("error 503 InBudget: "));
  BOOST_TEST(budget.count() == 0u);
}

BOOST_FIXTURE_TEST_CASE(one_that_dies_while_it_is_asked_is_unavailable,
                        worker_fixture) {
  auto first = begin({in_budget});
  auto second = begin({in_budget});
  auto other = begin({in_quota});
  world.kill(budget.handle());
  for (auto number : {first, second})
    BOOST_TEST(asker.answer(number).starts_with(
                   "error 503 InBudget: its actor is gone: "),
               asker.answer(number));
  BOOST_TEST(asker.answer(other) == "");
  answer(quota, allow());
  BOOST_TEST(asker.answer(other) == "allow");
}

BOOST_FIXTURE_TEST_CASE(one_that_dies_after_its_answer_is_not_missed,
                        worker_fixture) {
  gate door;
  opens_at_end at_end{door};
  auto slow = custom_permission(
      "Slow",
      [&](const request&) {
        door.pass();
        return true;
      },
      blocking);
  auto number = begin({in_budget, slow});
  answer(budget, allow());
  world.kill(budget.handle());
  BOOST_TEST(asker.answer(number) == "");
  door.open();
  world.settle_until([&] { return !asker.answer(number).empty(); });
  BOOST_TEST(asker.answer(number) == "allow");
}

BOOST_FIXTURE_TEST_CASE(a_name_that_throws_on_a_worker_thread_does_no_harm,
                        worker_fixture) {
  auto number = begin({nameless{}});
  world.settle_until([&] { return !asker.answer(number).empty(); });
  BOOST_TEST(asker.answer(number) == "allow");
}

BOOST_FIXTURE_TEST_CASE(one_that_quits_in_peace_is_unavailable_too,
                        worker_fixture) {
  auto number = begin({in_budget});
  caf::anon_send_exit(budget.handle(), caf::exit_reason::user_shutdown);
  world.settle();
  BOOST_TEST(asker.answer(number).starts_with("error 503 InBudget: "));
}

BOOST_FIXTURE_TEST_CASE(what_is_no_decision_is_an_error, worker_fixture) {
  auto text_instead =
      ask_one_that([](const permission_query&) { return std::string("yes"); });
  BOOST_TEST(text_instead.starts_with("error 500 Odd: "), text_instead);
  auto yes = ask_one_that([](const permission_query&) { return true; });
  BOOST_TEST(yes.starts_with("error 500 Odd: "), yes);
  auto nothing = ask_one_that([](const permission_query&) {});
  BOOST_TEST(nothing.starts_with("error 500 Odd: "), nothing);
  auto deaf = ask_one_that([](int) {});
  BOOST_TEST(deaf.starts_with("error 500 Odd: "), deaf);
}

BOOST_FIXTURE_TEST_CASE(an_error_instead_of_a_decision_has_its_status,
                        worker_fixture) {
  auto fails_with = [&](errc code) {
    return ask_one_that(
        [code](const permission_query&) -> caf::result<decision> {
          return make_error(code, "so it is");
        });
  };
  BOOST_TEST(fails_with(errc::unavailable) == "error 503 Odd: so it is");
  BOOST_TEST(fails_with(errc::timed_out) == "error 504 Odd: so it is");
  BOOST_TEST(fails_with(errc::permission_denied) == "error 500 Odd: so it is");
  BOOST_TEST(fails_with(errc::server_error) == "error 500 Odd: so it is");
}

BOOST_FIXTURE_TEST_CASE(one_that_throws_dies_of_it, worker_fixture) {
  auto one = world.system().spawn([](caf::event_based_actor*) {
    return caf::behavior{[](const permission_query&) -> decision {
      throw std::runtime_error("no ledger");
    }};
  });
  auto thrown = ask({actor_permission("Odd", one)});
  BOOST_TEST(thrown.starts_with("error 500 Odd: "));
  BOOST_TEST(thrown.find("runtime_error") != std::string::npos);
  // It is gone for good.
  auto again = ask({actor_permission("Odd", one)});
  BOOST_TEST(again.starts_with("error 503 Odd: its actor is gone: "), again);
}

// -- actors that are late -----------------------------------------------------

BOOST_FIXTURE_TEST_CASE(one_that_never_answers_is_late_exactly_in_time,
                        worker_fixture) {
  auto number = begin({in_budget});
  world.advance(world.bounds().permission_timeout - 1ms);
  BOOST_TEST(asker.answer(number) == "");
  world.advance(1ms);
  BOOST_TEST(asker.answer(number).starts_with("error 504 InBudget: "),
             asker.answer(number));
  // CAF forgets it a little later.
  world.advance(1s);
  BOOST_TEST(!has_timeouts());
  // Its late answer is nobody's.
  answer(budget, allow());
  BOOST_TEST(asker.answer(number).starts_with("error 504 InBudget: "));
  BOOST_TEST(asker.responses() == 1u);
  BOOST_TEST(!world.logged("died"));
}

BOOST_FIXTURE_TEST_CASE(one_that_answers_in_time_is_not_late, worker_fixture) {
  auto number = begin({in_budget});
  world.advance(world.bounds().permission_timeout - 1ms);
  answer(budget, allow());
  BOOST_TEST(asker.answer(number) == "allow");
  world.advance(10s);
  BOOST_TEST(asker.responses() == 1u);
  BOOST_TEST(!has_timeouts());
}

BOOST_FIXTURE_TEST_CASE(all_actors_of_a_question_share_its_time,
                        worker_fixture) {
  auto number = begin({in_budget, in_quota});
  world.advance(world.bounds().permission_timeout - 1ms);
  answer(budget, allow());
  BOOST_TEST(quota.count() == 1u);
  BOOST_TEST(asker.answer(number) == "");
  world.advance(1ms);
  BOOST_TEST(asker.answer(number) == "error 504 InQuota: is late");
  // CAF's own timeout of the second comes later, for nobody.
  world.advance(10s);
  answer(quota, allow());
  BOOST_TEST(asker.responses() == 1u);
  BOOST_TEST(!has_timeouts());
}

BOOST_FIXTURE_TEST_CASE(before_the_connection_its_own_timeout_holds,
                        worker_fixture) {
  BOOST_TEST(
      (world.bounds().can_connect_timeout > world.bounds().permission_timeout));
  auto number = begin({in_budget}, connect);
  world.advance(world.bounds().can_connect_timeout - 1ms);
  BOOST_TEST(asker.answer(number) == "");
  world.advance(1ms);
  BOOST_TEST(asker.answer(number).starts_with("error 504 InBudget: "));
  // CAF forgets it a little later.
  world.advance(1s);
  BOOST_TEST(!has_timeouts());
}

// -- alternatives to an actor -------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_late_answer_is_not_taken_for_that_of_the_next,
                        worker_fixture) {
  auto number = begin({in_budget | in_quota});
  // It dies, but has passed the question on to somebody who will answer.
  world.kill(budget.handle());
  BOOST_TEST(quota.count() == 1u);
  BOOST_TEST(asker.answer(number) == "");
  answer(budget, allow());
  BOOST_TEST(asker.answer(number) == "");
  answer(quota, deny("no quota"));
  BOOST_TEST(asker.answer(number).starts_with("error 503 InBudget: "),
             asker.answer(number));
  BOOST_TEST(asker.responses() == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_failed_side_allows_only_by_the_others_own_allow,
                        worker_fixture) {
  world.kill(budget.handle());
  BOOST_TEST(ask({in_budget | allow_any()}) == "allow");
  BOOST_TEST(ask({allow_any() | in_budget}) == "allow");
  for (const auto& guard :
       {in_budget | deny_all(), deny_all() | in_budget, in_budget & allow_any(),
        !in_budget, !(in_budget | deny_all()), in_budget | !allow_any()})
    BOOST_TEST(ask({guard}).starts_with("error 503 InBudget: "));
  auto quota_denies = begin({in_budget | in_quota});
  answer(quota, deny("no quota"));
  BOOST_TEST(asker.answer(quota_denies).starts_with("error 503 InBudget: "));
  auto quota_allows = begin({in_budget | in_quota});
  answer(quota, allow());
  BOOST_TEST(asker.answer(quota_allows) == "allow");
}

BOOST_FIXTURE_TEST_CASE(no_time_is_left_for_the_other_side_of_a_late_one,
                        worker_fixture) {
  auto number = begin({in_budget | in_quota});
  world.advance(world.bounds().permission_timeout);
  BOOST_TEST(asker.answer(number) == "error 504 InBudget: is late",
             asker.answer(number));
  BOOST_TEST(quota.count() == 0u);
  answer(budget, allow());
  world.advance(10s);
  BOOST_TEST(asker.responses() == 1u);
  BOOST_TEST(!has_timeouts());
}

BOOST_FIXTURE_TEST_CASE(the_request_is_not_asked_again_for_the_object,
                        worker_fixture) {
  auto what = about({in_budget | in_quota});
  what->set_object(std::make_shared<const json::value>(1));
  auto number = begin(what, message);
  answer(budget, allow());
  BOOST_TEST(asker.answer(number) == "allow");
  number = begin(what, object);
  BOOST_TEST(budget.count() == 2u);
  BOOST_TEST((budget.last().asked == object));
  answer(budget, deny("not yours"));
  // Only now the other side's answer to the request is wanted.
  BOOST_TEST(quota.count() == 1u);
  BOOST_TEST((quota.last().asked == message));
  answer(quota, deny("no quota"));
  BOOST_TEST(asker.answer(number) == "deny 403 not yours");
}

// -- the worker dies ----------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_worker_that_dies_fails_its_open_questions,
                        worker_fixture) {
  auto first = begin({in_budget});
  auto second = begin({in_budget | in_quota});
  world.kill(worker);
  BOOST_TEST(asker.answer(first) == "failed: unavailable");
  BOOST_TEST(asker.answer(second) == "failed: unavailable");
  answer(budget, allow());
  world.advance(10s);
  BOOST_TEST(asker.responses() == 2u);
}

// -- cached answers -----------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_cached_answer_holds_from_when_it_was_given,
                        worker_fixture) {
  auto held = actor_permission("InBudget", budget.handle(),
                               asked_for({message, object}), cached(1s));
  auto number = begin({held});
  world.advance(500ms);
  answer(budget, deny("spent"));
  BOOST_TEST(asker.answer(number) == "deny 403 spent");
  world.advance(999ms);
  BOOST_TEST(ask({held}) == "deny 403 spent");
  BOOST_TEST(budget.count() == 1u);
  world.advance(1ms);
  BOOST_TEST(ask({held}) == "");
  BOOST_TEST(budget.count() == 2u);
  BOOST_TEST(world.shared()->cache_counts->hits == 1u);
  BOOST_TEST(world.shared()->cache_counts->misses == 2u);
}

BOOST_FIXTURE_TEST_CASE(errors_and_objects_are_asked_again, worker_fixture) {
  auto held = actor_permission("InBudget", budget.handle(),
                               asked_for({message, object}), cached(1s));
  begin({held});
  answer(budget, decision_error("no ledger"));
  BOOST_TEST(ask({held}) == "");
  answer(budget, allow());
  BOOST_TEST(budget.count() == 2u);
  for (unsigned asked = 1; asked < 3; ++asked) {
    auto what = about({held});
    what->set_object(std::make_shared<const json::value>(1));
    auto number = begin(what, object);
    answer(budget, allow());
    BOOST_TEST(asker.answer(number) == "allow");
    BOOST_TEST(budget.count() == 2u + asked);
  }
}

BOOST_FIXTURE_TEST_CASE(one_that_is_late_is_not_cached, worker_fixture) {
  auto held = actor_permission("InBudget", budget.handle(), cached(60s));
  begin({held});
  world.advance(world.bounds().permission_timeout);
  answer(budget, allow());
  BOOST_TEST(ask({held}) == "");
  BOOST_TEST(budget.count() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace permission_worker_suite
