#include "stagedoor/actors/units/unit.hpp"

#include "stagedoor/actors/units/pinned.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"

namespace unit_suite {

using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

struct noting_state {
  static inline const char* name = "test.noting";
};

/// What has run, in order.
using log_ptr = std::shared_ptr<std::vector<std::string>>;

template <class Base>
using noting_pointer = caf::stateful_actor<noting_state, Base>*;

using pinned_actor = stagedoor::pinned<caf::event_based_actor>;

/// Notes each text, or quits; a number is answered with the next one.
template <class Base>
caf::behavior noting(noting_pointer<Base> self, log_ptr log, std::string name) {
  return {
      [=](const std::string& what) {
        if (what == "quit")
          self->quit();
        else
          log->push_back(name + ' ' + what);
      },
      [=](int number) {
        log->push_back(name + " runs");
        return number + 1;
      },
  };
}

using sharing_actor =
    caf::typed_actor<stagedoor::caf_api::replies_to<int>::with<void>>;

struct sharing_state {
  static inline const char* name = "test.sharing";
  log_ptr log;
  std::string own_name;
};

/// Notes each number, with the one behavior of all such actors of the unit.
sharing_actor::behavior_type
sharing(stagedoor::pinned_pointer<sharing_actor, sharing_state> self,
        log_ptr log, std::string name) {
  auto& state = stagedoor::caf_api::state_of(self);
  state.log = std::move(log);
  state.own_name = std::move(name);
  return self->home().shared<sharing_actor::behavior_type>(
      [&]() -> sharing_actor::behavior_type {
        state.log->push_back(state.own_name + " makes it");
        const stagedoor::handling<sharing_actor, sharing_state> me{
            self->home()};
        return {[me](int number) {
          me().log->push_back(me().own_name + ' ' + std::to_string(number));
        }};
      });
}

/// A place that keeps the job it is given.
class job_keeper final : public stagedoor::caf_api::own_host {
public:
  using own_host::own_host;
  void take_job(stagedoor::caf_api::job next) override { kept_ = next; }
  stagedoor::caf_api::job take() { return std::exchange(kept_, {}); }

private:
  stagedoor::caf_api::job kept_{};
};

struct unit_fixture {
  actor_world world;
  manual_unit& home = world.home();
  log_ptr log = std::make_shared<std::vector<std::string>>();

  caf::actor pin(const std::string& name) {
    return home.spawn(noting<pinned_actor>, log, name);
  }

  /// An actor of the embedding application.
  caf::actor spawn_foreign(const std::string& name) {
    return world.system().spawn<caf::hidden>(noting<caf::event_based_actor>,
                                             log, name);
  }

  std::string ran() const {
    std::string result;
    for (const auto& line : *log)
      result += line + '\n';
    return result;
  }

  void run(std::size_t runs_max) {
    home.begin_turn(runs_max);
    home.run();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(unit, unit_fixture)

BOOST_AUTO_TEST_CASE(pinned_actors_run_in_the_order_of_their_messages) {
  auto a = pin("a");
  auto b = pin("b");
  world.settle();
  caf::anon_send(b, std::string{"1"});
  caf::anon_send(a, std::string{"2"});
  caf::anon_send(b, std::string{"3"});
  BOOST_TEST(ran() == "");
  BOOST_TEST(!world.scheduler().has_job());
  run(1);
  BOOST_TEST(ran() == "b 1\n");
  run(1);
  BOOST_TEST(ran() == "b 1\na 2\n");
  run(1);
  BOOST_TEST(ran() == "b 1\na 2\nb 3\n");
  BOOST_TEST(!home.has_work());
}

BOOST_AUTO_TEST_CASE(actors_that_are_not_pinned_go_to_the_hosts_scheduler) {
  auto foreign = spawn_foreign("foreign");
  auto asking = home.spawn(
      [](noting_pointer<pinned_actor> self, log_ptr into,
         caf::actor whom) -> caf::behavior {
        return {[=](caf::get_atom) {
          self->request(whom, caf::infinite, 1).then([=](int answer) {
            into->push_back("answered " + std::to_string(answer));
          });
        }};
      },
      log, foreign);
  world.settle();
  // A foreign actor that is mounted behind a request could stall sockets.
  caf::anon_send(asking, caf::get_atom_v);
  while (home.has_work())
    run(1);
  BOOST_TEST(ran() == "");
  BOOST_REQUIRE(world.scheduler().has_job());
  BOOST_TEST(world.scheduler().try_run_once());
  BOOST_TEST(ran() == "foreign runs\n");
  // The answer is for the unit again, though another sent it.
  BOOST_TEST(!world.scheduler().has_job());
  BOOST_REQUIRE(home.has_work());
  run(1);
  BOOST_TEST(ran() == "foreign runs\nanswered 2\n");
  world.kill(foreign);
}

BOOST_AUTO_TEST_CASE(what_a_pinned_actor_spawns_does_not_run_on_the_unit) {
  auto spawning = home.spawn(
      [](noting_pointer<pinned_actor> self, log_ptr into) -> caf::behavior {
        return {[=](caf::get_atom) {
          auto child = self->spawn<caf::hidden>(
              [=](caf::event_based_actor*) { into->push_back("child runs"); });
          self->send(child, 1);
        }};
      },
      log);
  caf::anon_send(spawning, caf::get_atom_v);
  while (home.has_work())
    run(1);
  BOOST_TEST(ran() == "");
  BOOST_REQUIRE(world.scheduler().has_job());
  world.settle();
  BOOST_TEST(ran() == "child runs\n");
}

BOOST_AUTO_TEST_CASE(a_run_resumes_no_more_actors_than_it_may) {
  std::vector<caf::actor> actors;
  for (int i = 0; i < 5; ++i)
    actors.push_back(pin(std::to_string(i)));
  world.settle();
  for (const auto& actor : actors)
    caf::anon_send(actor, std::string{"x"});
  run(3);
  BOOST_TEST(ran() == "0 x\n1 x\n2 x\n");
  BOOST_TEST(home.has_work());
  run(3);
  BOOST_TEST(log->size() == 5u);
  BOOST_TEST(!home.has_work());
}

BOOST_AUTO_TEST_CASE(an_actor_with_many_messages_lets_the_others_have_a_turn) {
  auto busy = pin("busy");
  auto other = pin("other");
  world.settle();
  constexpr std::size_t count = 1000;
  // In their mailboxes: between actors of the unit messages take turns anyway.
  std::thread{[&] {
    for (std::size_t i = 0; i < count; ++i)
      caf::anon_send(busy, std::string{"x"});
    caf::anon_send(other, std::string{"x"});
  }}.join();
  home.take_posted();
  run(2);
  BOOST_TEST(log->back() == "other x");
  BOOST_TEST(log->size() < count);
  BOOST_TEST(home.has_work());
  world.settle();
  BOOST_TEST(log->size() == count + 1);
}

BOOST_AUTO_TEST_CASE(a_message_of_another_thread_is_posted_and_wakes_once) {
  auto a = pin("a");
  auto b = pin("b");
  world.settle();
  std::thread{[&] {
    caf::anon_send(a, std::string{"1"});
    caf::anon_send(a, std::string{"2"});
    caf::anon_send(b, std::string{"3"});
  }}.join();
  BOOST_TEST(home.wakes() == 1u);
  BOOST_TEST(!home.has_work());
  home.take_posted();
  BOOST_TEST(home.has_work());
  world.settle();
  BOOST_TEST(ran() == "a 1\na 2\nb 3\n");
  // What is taken is forgotten: the next one wakes again.
  std::thread{[&] { caf::anon_send(a, std::string{"4"}); }}.join();
  BOOST_TEST(home.wakes() == 2u);
  world.settle();
  BOOST_TEST(ran() == "a 1\na 2\nb 3\na 4\n");
}

BOOST_AUTO_TEST_CASE(an_actor_spawned_by_another_thread_runs_on_the_unit) {
  std::thread{[&] { caf::anon_send(pin("a"), std::string{"1"}); }}.join();
  BOOST_TEST(home.member_count() == 1u);
  BOOST_TEST(!world.scheduler().has_job());
  world.settle();
  BOOST_TEST(ran() == "a 1\n");
}

BOOST_AUTO_TEST_CASE(members_are_counted_until_they_have_ended) {
  BOOST_TEST(home.member_count() == 0u);
  auto a = pin("a");
  auto b = pin("b");
  world.settle();
  BOOST_TEST(home.member_count() == 2u);
  caf::anon_send(a, std::string{"quit"});
  BOOST_TEST(home.member_count() == 2u);
  world.settle();
  // The handle alone does not keep it.
  BOOST_TEST(home.member_count() == 1u);
  world.kill(b);
  BOOST_TEST(home.member_count() == 0u);
}

BOOST_AUTO_TEST_CASE(end_members_ends_all_and_nobody_of_another_unit) {
  actor_world two{{}, 2};
  auto a = two.home(0).spawn(noting<pinned_actor>, log, "a");
  auto b = two.home(0).spawn(noting<pinned_actor>, log, "b");
  auto c = two.home(1).spawn(noting<pinned_actor>, log, "c");
  two.settle();
  two.home(0).end_members();
  two.settle();
  BOOST_TEST(two.home(0).member_count() == 0u);
  BOOST_TEST(two.home(1).member_count() == 1u);
  caf::anon_send(a, std::string{"1"});
  caf::anon_send(b, std::string{"2"});
  caf::anon_send(c, std::string{"3"});
  two.settle();
  BOOST_TEST(ran() == "c 3\n");
}

BOOST_AUTO_TEST_CASE(two_units_leave_each_others_actors_alone) {
  actor_world two{{}, 2};
  auto a = two.home(0).spawn(noting<pinned_actor>, log, "a");
  auto b = two.home(1).spawn(noting<pinned_actor>, log, "b");
  two.settle();
  caf::anon_send(a, std::string{"1"});
  caf::anon_send(b, std::string{"2"});
  two.home(1).work();
  BOOST_TEST(ran() == "b 2\n");
  two.home(0).work();
  BOOST_TEST(ran() == "b 2\na 1\n");
}

BOOST_AUTO_TEST_CASE(what_enters_an_actor_runs_at_once) {
  using actor_type = caf::stateful_actor<noting_state, pinned_actor>;
  auto a = pin("a");
  world.settle();
  caf::actor_cast<actor_type*>(a)->enter([&] { log->push_back("now"); });
  BOOST_TEST(ran() == "now\n");
  BOOST_TEST(!home.has_work());
}

BOOST_AUTO_TEST_CASE(an_actor_that_quits_or_throws_when_entered_has_ended) {
  using actor_type = caf::stateful_actor<noting_state, pinned_actor>;
  auto* a = caf::actor_cast<actor_type*>(pin("a"));
  auto* b = caf::actor_cast<actor_type*>(pin("b"));
  world.settle();
  BOOST_TEST(home.member_count() == 2u);
  const caf::strong_actor_ptr keeps[] = {a->ctrl(), b->ctrl()};
  a->enter([&] { a->quit(); });
  BOOST_TEST(home.member_count() == 1u);
  b->enter([] { throw std::runtime_error("as asked"); });
  BOOST_TEST(home.member_count() == 0u);
  // To one that has ended it means nothing.
  a->enter([&] { log->push_back("late"); });
  BOOST_TEST(ran() == "");
}

BOOST_AUTO_TEST_CASE(an_actor_that_ends_is_there_until_its_code_has_returned) {
  using actor_type = caf::stateful_actor<noting_state, pinned_actor>;
  auto* a = caf::actor_cast<actor_type*>(pin("a"));
  world.settle();
  const caf::weak_actor_ptr kept{a->ctrl()};
  a->enter([&] { a->quit(); });
  BOOST_TEST((kept.lock() != nullptr));
  home.work();
  BOOST_TEST((kept.lock() == nullptr));
}

BOOST_AUTO_TEST_CASE(an_actor_that_is_entered_handles_no_message_of_anybody) {
  using actor_type = caf::stateful_actor<noting_state, pinned_actor>;
  auto* a = caf::actor_cast<actor_type*>(pin("a"));
  world.settle();
  a->enter([&] {
    BOOST_TEST(!a->current_sender());
    BOOST_TEST(!a->make_response_promise().pending());
  });
}

BOOST_AUTO_TEST_CASE(an_actor_that_has_ended_may_outlive_its_unit) {
  auto gone = std::make_unique<manual_unit>(world.system(), 1);
  auto a = gone->spawn(noting<pinned_actor>, log, "a");
  gone->work();
  caf::anon_send_exit(a, caf::exit_reason::kill);
  gone->work();
  gone.reset();
  caf::anon_send(a, std::string{"late"});
  BOOST_TEST(ran() == "");
}

BOOST_AUTO_TEST_CASE(
    what_is_queued_for_one_that_ends_with_its_unit_is_dropped) {
  auto gone = std::make_unique<manual_unit>(world.system(), 1);
  auto a = gone->spawn(noting<pinned_actor>, log, "a");
  gone->work();
  const auto kept = caf::actor_cast<caf::weak_actor_ptr>(a);
  std::thread{[&] { caf::anon_send(a, std::string{"late"}); }}.join();
  // It ends before the unit has looked at what the other thread has queued.
  caf::anon_send(a, std::string{"quit"});
  gone->begin_turn(1);
  gone->run();
  a = nullptr;
  gone.reset();
  BOOST_TEST((kept.lock() == nullptr));
  BOOST_TEST(ran() == "");
}

BOOST_AUTO_TEST_CASE(what_is_queued_when_the_unit_has_ended_is_dropped) {
  auto gone = std::make_unique<manual_unit>(world.system(), 1);
  const auto lane = gone->lane();
  job_keeper keeper{world.system()};
  auto* behave = noting<caf::event_based_actor>;
  auto actor = stagedoor::caf_api::spawn_at(keeper, world.system(), behave, log,
                                            std::string{"a"});
  const auto kept = caf::actor_cast<caf::weak_actor_ptr>(actor);
  actor = nullptr;
  gone.reset();
  BOOST_TEST((kept.lock() != nullptr));
  std::thread{[&] { lane->take_job(keeper.take()); }}.join();
  BOOST_TEST((kept.lock() == nullptr));
  BOOST_TEST(ran() == "");
}

BOOST_AUTO_TEST_CASE(actors_with_one_behavior_have_a_state_each) {
  auto a = home.spawn(sharing, log, "a");
  auto b = home.spawn(sharing, log, "b");
  world.settle();
  BOOST_TEST(ran() == "a makes it\n");
  log->clear();
  caf::anon_send(b, 1);
  caf::anon_send(a, 2);
  caf::anon_send(b, 3);
  world.settle();
  BOOST_TEST(ran() == "b 1\na 2\nb 3\n");
  log->clear();
  // Through the mailboxes.
  std::thread([&] {
    caf::anon_send(a, 4);
    caf::anon_send(b, 5);
    caf::anon_send(a, 6);
  }).join();
  world.settle();
  BOOST_TEST(ran() == "a 4\na 6\nb 5\n");
}

BOOST_AUTO_TEST_CASE(units_share_no_behavior) {
  actor_world two{{}, 2};
  auto a = two.home(0).spawn(sharing, log, "a");
  auto b = two.home(1).spawn(sharing, log, "b");
  two.settle();
  log->clear();
  caf::anon_send(a, 1);
  caf::anon_send(b, 2);
  two.settle();
  BOOST_TEST(ran() == "a 1\nb 2\n");
}

BOOST_AUTO_TEST_CASE(a_deadline_expires_in_the_units_own_time) {
  int expiries = 0;
  stagedoor::deadline due{[&] { ++expiries; }};
  home.arm(due, 2s);
  world.advance(2s - 1ms);
  BOOST_TEST(expiries == 0);
  world.advance(1ms);
  BOOST_TEST(expiries == 1);
}

BOOST_AUTO_TEST_CASE(a_deadline_may_be_as_far_away_as_its_type_allows) {
  int expiries = 0;
  stagedoor::deadline first{[&] { ++expiries; }};
  stagedoor::deadline second{[&] { ++expiries; }};
  home.arm(first, std::chrono::milliseconds::max());
  home.arm(second, std::chrono::nanoseconds::max());
  world.advance(1h);
  BOOST_TEST(expiries == 0);
  BOOST_TEST(first.armed());
  BOOST_TEST(second.armed());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace unit_suite
