#include "stagedoor/actors/cluster/query_answerer.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include "caf/exit_reason.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/mounted_permission.hpp"

namespace query_answerer_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Plays the query sender of another node: keeps the answers that come.
struct asker_state {
  static inline const char* name = "test.asker";
};

using told = std::vector<query_answers>;

caf::behavior asking(caf::stateful_actor<asker_state>* self,
                     std::shared_ptr<told> answers) {
  // What another actor does not know it answers with an error.
  self->set_error_handler([](caf::error&) {});
  return {[=](const query_answers& some) { answers->push_back(some); }};
}

struct answerer_fixture {
  static constexpr std::uint64_t timeout_ms = 5000;

  actor_world world;
  client_probe client{world.home()};
  mounted_permission budget{world.system()};
  mounted_permission quota{world.system()};
  query_packer packed;
  std::shared_ptr<told> answers = std::make_shared<told>();
  caf::actor asker = world.system().spawn<caf::hidden>(asking, answers);
  caf::actor answerer =
      world.system().spawn<caf::hidden>(stagedoor::query_answerer);

  ~answerer_fixture() {
    caf::anon_send_exit(answerer, caf::exit_reason::kill);
    caf::anon_send_exit(asker, caf::exit_reason::kill);
  }

  /// Sends a batch with one question for each of these.
  void begin(std::uint64_t number, std::vector<caf::actor> actors) {
    std::size_t count = 0;
    for (const auto& each : actors)
      packed.add({each,
                  {question::has_permission,
                   client.message(std::to_string(count++)), nullptr}});
    auto batch = packed.take();
    batch.number = number;
    batch.timeout_ms = timeout_ms;
    caf_api::send_as(asker, answerer, std::move(batch));
    world.settle();
  }

  /// All that has come: a line for each message, `7: 0 allow; 1 deny 403 no;`.
  [[nodiscard]] std::string heard() const {
    std::string result;
    for (const auto& some : *answers) {
      result += std::to_string(some.number) + ':';
      for (const auto& [index, answer] : some.decisions)
        result += ' ' + std::to_string(index) + ' ' + text(answer) + ';';
      for (const auto& [index, reason] : some.failures)
        result += ' ' + std::to_string(index) + ' ' + text(reason) + ';';
      result += '\n';
    }
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(query_answerer, answerer_fixture)

BOOST_AUTO_TEST_CASE(answers_that_come_together_are_one_message) {
  budget.always(allow());
  quota.always(deny("no"));
  begin(7, {budget.handle(), quota.handle(), budget.handle()});
  BOOST_REQUIRE(answers->size() == 1u);
  BOOST_TEST(answers->front().decisions.size() == 3u);
  BOOST_TEST(budget.at(0).about.action() == "0");
  BOOST_TEST(budget.at(1).about.action() == "2");
  BOOST_TEST(quota.at(0).about.action() == "1");
}

BOOST_AUTO_TEST_CASE(a_slow_answer_holds_up_no_other_one) {
  quota.always(deny("no"));
  begin(7, {budget.handle(), quota.handle()});
  begin(8, {quota.handle()});
  BOOST_TEST(heard() == "7: 1 deny 403 no;\n8: 0 deny 403 no;\n");
  budget.let_answer_last(allow());
  world.settle();
  BOOST_TEST(heard() == "7: 1 deny 403 no;\n8: 0 deny 403 no;\n7: 0 allow;\n");
}

BOOST_AUTO_TEST_CASE(actors_that_fail_are_told_apart_from_those_that_deny) {
  const auto failing = world.system().spawn<caf::hidden>(
      [](caf::event_based_actor*) -> caf::behavior {
        return {[](const permission_query&) -> caf::result<decision> {
          return make_error(errc::timed_out);
        }};
      });
  begin(7, {failing});
  world.kill(failing);
  world.kill(budget.handle());
  begin(8, {budget.handle()});
  const auto late = text(make_error(errc::timed_out));
  BOOST_REQUIRE(answers->size() == 2u);
  BOOST_TEST(heard().starts_with("7: 0 " + late + ";\n8: 0 failed: "));
}

BOOST_AUTO_TEST_CASE(a_batch_without_questions_is_none) {
  begin(7, {});
  BOOST_TEST(answers->empty());
}

BOOST_AUTO_TEST_CASE(an_actor_that_never_answers_is_forgotten) {
  begin(7, {budget.handle()});
  world.advance(std::chrono::milliseconds{timeout_ms} - 1ms);
  BOOST_TEST(world.scheduler().has_timeouts());
  world.advance(cluster_limits::batch_look_interval + 1ms);
  // And there is nothing to look for any more.
  BOOST_TEST(!world.scheduler().has_timeouts());
  budget.let_answer_last(allow());
  world.settle();
  BOOST_TEST(heard() == "");
  // The next one is looked after as the first one was.
  begin(8, {quota.handle()});
  BOOST_TEST(world.scheduler().has_timeouts());
  quota.let_answer_last(allow());
  world.settle();
  BOOST_TEST(heard() == "8: 0 allow;\n");
}

BOOST_AUTO_TEST_CASE(a_batch_that_it_cannot_read_is_told) {
  caf_api::send_as(asker, answerer,
                   query_batch{7, timeout_ms, {}, {}, {}, "x"});
  world.settle();
  BOOST_TEST(heard() == "7:\n");
  budget.always(allow());
  begin(8, {budget.handle()});
  BOOST_TEST(heard() == "7:\n8: 0 allow;\n");
}

BOOST_AUTO_TEST_CASE(behind_one_that_it_cannot_read_it_knows_no_scope) {
  budget.always(allow());
  begin(7, {budget.handle()});
  caf_api::send_as(asker, answerer,
                   query_batch{8, timeout_ms, {}, {}, {}, "x"});
  begin(9, {budget.handle()}); // Of the scope of the first.
  BOOST_TEST(heard() == "7: 0 allow;\n8:\n9:\n");
  packed = {};
  begin(10, {budget.handle()});
  BOOST_TEST(heard() == "7: 0 allow;\n8:\n9:\n10: 0 allow;\n");
}

BOOST_AUTO_TEST_CASE(a_batch_of_nobody_is_not_asked) {
  packed.add({budget.handle(),
              {question::has_permission, client.message("a"), nullptr}});
  caf::anon_send(answerer, packed.take());
  world.settle();
  BOOST_TEST(budget.count() == 0u);
  quota.always(allow());
  packed = {};
  begin(8, {quota.handle()});
  BOOST_TEST(heard() == "8: 0 allow;\n");
}

BOOST_AUTO_TEST_CASE(it_keeps_the_scopes_of_each_sender_apart) {
  budget.always(allow());
  begin(7, {budget.handle()});
  begin(8, {budget.handle()});
  BOOST_TEST(heard() == "7: 0 allow;\n8: 0 allow;\n");
  const auto other = world.system().spawn<caf::hidden>(asking, answers);
  packed.add({budget.handle(),
              {question::has_permission, client.message("a"), nullptr}});
  auto batch = packed.take();
  batch.number = 9;
  // It refers to a scope that this sender has not brought.
  caf_api::send_as(other, answerer, std::move(batch));
  world.settle();
  BOOST_TEST(heard() == "7: 0 allow;\n8: 0 allow;\n9:\n");
  world.kill(other);
}

BOOST_AUTO_TEST_CASE(what_it_does_not_know_does_it_no_harm) {
  caf_api::send_as(asker, answerer, std::string{"hello"});
  world.settle();
  budget.always(allow());
  begin(7, {budget.handle()});
  BOOST_TEST(heard() == "7: 0 allow;\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace query_answerer_suite
