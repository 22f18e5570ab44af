#include "stagedoor/permissions/decision_cache.hpp"

#include "stagedoor/permissions/custom_permission.hpp"
#include "stagedoor/permissions/evaluation.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>

#include "support/answer_text.hpp"

namespace decision_cache_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using time_point = decision_cache::clock::time_point;

constexpr time_point start{1h};

/// Gives the answer of the moment, and counts how often it is asked.
struct changeable {
  std::shared_ptr<decision> answer = std::make_shared<decision>(allow());
  std::shared_ptr<int> asked = std::make_shared<int>(0);

  static std::string name() { return "Changeable"; }
  static std::chrono::milliseconds cached_for() { return 10s; }

  [[nodiscard]] decision can_connect(const scope&) const { return count(); }
  [[nodiscard]] decision has_permission(const scope&, std::string_view,
                                        const request&) const {
    return count();
  }
  [[nodiscard]] decision has_object_permission(const scope&, std::string_view,
                                               const request&,
                                               const json::value&) const {
    return count();
  }

private:
  [[nodiscard]] decision count() const {
    ++*asked;
    return *answer;
  }
};

struct cache_fixture {
  static constexpr std::size_t entries_max = 4;

  std::shared_ptr<decision_cache_counts> counts =
      std::make_shared<decision_cache_counts>();
  std::shared_ptr<decision_cache> cache =
      std::make_shared<decision_cache>(entries_max, counts);
  changeable source;
  permission rule = source;

  request about(std::string action, std::string route = {}) {
    request_data data;
    data.scope = std::make_shared<const scope>();
    data.message.head.action = std::move(action);
    data.message.head.route = std::move(route);
    data.decisions = cache;
    return request{std::move(data)};
  }

  std::string find(const permission& of, const request& what, time_point now) {
    const auto* found = cache->find(*of, what, now);
    return found == nullptr ? "nothing" : text(*found);
  }

  void store(const request& what, decision answer, time_point now = start) {
    cache->store(*rule, what, answer, now);
  }

  std::string ask(const permission& what, const request& asked, time_point now,
                  question which = question::has_permission) {
    evaluation in{std::make_shared<permission_list>(permission_list{what}),
                  asked};
    in.use_cache(true);
    in.set_object(std::make_shared<const json::value>(1));
    auto answer = in.ask(which, now);
    return answer ? text(*answer) : "stopped";
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(decision_cache, cache_fixture)

BOOST_AUTO_TEST_CASE(an_answer_holds_exactly_for_its_time) {
  store(about("list"), deny("no"));
  BOOST_TEST(find(rule, about("list"), start) == "deny 403 no");
  BOOST_TEST(find(rule, about("list"), start + 10s - 1ns) == "deny 403 no");
  BOOST_TEST(find(rule, about("list"), start + 10s) == "nothing");
  BOOST_TEST(find(rule, about("list"), start + 10s + 1ns) == "nothing");
}

BOOST_AUTO_TEST_CASE(an_answer_is_that_of_one_permission_action_and_route) {
  store(about("list", "posts/"), deny("no"));
  BOOST_TEST(find(rule, about("list", "posts/"), start) == "deny 403 no");
  BOOST_TEST(find(rule, about("create", "posts/"), start) == "nothing");
  BOOST_TEST(find(rule, about("list", "posts/1/"), start) == "nothing");
  BOOST_TEST(find(rule, about("posts/", "list"), start) == "nothing");
  // Equal, but another object.
  const permission twin = source;
  BOOST_TEST(find(twin, about("list", "posts/"), start) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_newer_answer_replaces_the_older_one) {
  store(about("list"), deny("no"));
  store(about("list"), allow(), start + 5s);
  BOOST_TEST(find(rule, about("list"), start + 15s - 1ns) == "allow");
  BOOST_TEST(find(rule, about("list"), start + 15s) == "nothing");
}

BOOST_AUTO_TEST_CASE(holds_as_many_as_it_may_and_then_begins_anew) {
  for (auto action : {"a", "b", "c", "d"})
    store(about(action), deny(action));
  for (std::string action : {"a", "b", "c", "d"})
    BOOST_TEST(find(rule, about(action), start) == "deny 403 " + action);
  // One that it has needs no more room.
  store(about("b"), allow());
  BOOST_TEST(find(rule, about("a"), start) == "deny 403 a");
  BOOST_TEST(find(rule, about("b"), start) == "allow");
  store(about("e"), deny("e"));
  for (auto action : {"a", "b", "c", "d"})
    BOOST_TEST(find(rule, about(action), start) == "nothing");
  BOOST_TEST(find(rule, about("e"), start) == "deny 403 e");
}

BOOST_AUTO_TEST_CASE(counts_hits_and_misses) {
  find(rule, about("list"), start);
  BOOST_TEST(counts->misses == 1u);
  store(about("list"), allow());
  find(rule, about("list"), start);
  find(rule, about("list"), start);
  BOOST_TEST(counts->hits == 2u);
  find(rule, about("list"), start + 10s);
  BOOST_TEST(counts->hits == 2u);
  BOOST_TEST(counts->misses == 2u);
}

// -- as evaluations use it ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cached_answer_serves_the_messages_behind_it) {
  BOOST_TEST(ask(rule, about("list"), start) == "allow");
  *source.answer = deny("changed");
  BOOST_TEST(ask(rule, about("list"), start + 10s - 1ns) == "allow");
  BOOST_TEST(*source.asked == 1);
  BOOST_TEST(ask(rule, about("list"), start + 10s) == "deny 403 changed");
  BOOST_TEST(*source.asked == 2);
  *source.answer = allow();
  BOOST_TEST(ask(rule, about("list"), start + 20s - 1ns) == "deny 403 changed");
  BOOST_TEST(ask(rule, about("create"), start + 11s) == "allow");
  BOOST_TEST(ask(rule, about("list", "posts/"), start + 11s) == "allow");
}

BOOST_AUTO_TEST_CASE(a_part_of_a_compound_is_cached_by_itself) {
  const permission whole = !rule;
  BOOST_TEST(ask(whole, about("list"), start) == "deny 403 ");
  BOOST_TEST(ask(whole, about("list"), start) == "deny 403 ");
  BOOST_TEST(ask(rule, about("list"), start) == "allow");
  BOOST_TEST(*source.asked == 1);
}

BOOST_AUTO_TEST_CASE(away_from_its_unit_an_evaluation_uses_no_cache) {
  for (int i = 1; i <= 2; ++i) {
    evaluation away{std::make_shared<permission_list>(permission_list{rule}),
                    about("list")};
    away.ask(question::has_permission, start);
    BOOST_TEST(*source.asked == i);
  }
  BOOST_TEST(counts->hits + counts->misses == 0u);
}

BOOST_AUTO_TEST_CASE(for_ever_is_not_the_past) {
  const permission always = stagedoor::custom_permission(
      "Always", source, cached(std::chrono::milliseconds::max()));
  ask(always, about("list"), start);
  ask(always, about("list"), start + std::chrono::hours{24});
  BOOST_TEST(*source.asked == 1);
}

BOOST_AUTO_TEST_CASE(one_message_sees_one_answer_even_if_it_expires) {
  ask(rule, about("list"), start);
  evaluation in{std::make_shared<permission_list>(permission_list{rule | rule}),
                about("list")};
  in.use_cache(true);
  in.set_object(std::make_shared<const json::value>(1));
  BOOST_TEST(in.ask(question::has_permission, start + 1s)->is_allowed());
  *source.asked = 0;
  // The request's answer is remembered; only the object is asked about.
  BOOST_TEST(text(*in.ask(question::has_object_permission, start + 10s))
             == "allow");
  BOOST_TEST(*source.asked == 1);
}

BOOST_AUTO_TEST_CASE(another_connection_has_answers_of_its_own) {
  BOOST_TEST(ask(rule, about("list"), start) == "allow");
  cache = std::make_shared<stagedoor::decision_cache>(entries_max, counts);
  *source.answer = deny("changed");
  BOOST_TEST(ask(rule, about("list"), start) == "deny 403 changed");
}

BOOST_AUTO_TEST_CASE(errors_are_not_cached) {
  *source.answer = decision_error("broken");
  BOOST_TEST(ask(rule, about("list"), start) == "error 500 broken");
  *source.answer = allow();
  BOOST_TEST(ask(rule, about("list"), start) == "allow");
  BOOST_TEST(*source.asked == 2);
}

BOOST_AUTO_TEST_CASE(only_answers_to_messages_are_cached) {
  for (auto which : {question::can_connect, question::has_object_permission}) {
    *source.asked = 0;
    BOOST_TEST(ask(rule, about("list"), start, which) == "allow");
    BOOST_TEST(ask(rule, about("list"), start, which) == "allow");
    BOOST_TEST(*source.asked == 2);
  }
  BOOST_TEST(counts->hits + counts->misses == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_not_declared_cacheable_is_not_cached) {
  auto asked = std::make_shared<int>(0);
  const permission plain =
      stagedoor::custom_permission("Plain", [asked](const request&) {
        ++*asked;
        return true;
      });
  ask(plain, about("list"), start);
  ask(plain, about("list"), start);
  BOOST_TEST(*asked == 2);
  BOOST_TEST(counts->hits + counts->misses == 0u);
}

BOOST_AUTO_TEST_CASE(without_a_cache_every_message_asks) {
  cache = nullptr;
  ask(rule, about("list"), start);
  ask(rule, about("list"), start);
  BOOST_TEST(*source.asked == 2);
}

// A permission of an application may ask a compound of its own: on any thread,
// and without a time.
BOOST_AUTO_TEST_CASE(what_a_permission_asks_by_itself_is_not_cached) {
  const permission inner = rule & rule;
  const auto what = about("list");
  BOOST_TEST(inner->has_permission(what.scope(), "list", what).is_allowed());
  BOOST_TEST(permission_list{rule}.has_permission(what).is_allowed());
  *source.answer = deny("changed");
  BOOST_TEST(!inner->has_permission(what.scope(), "list", what).is_allowed());
  BOOST_TEST(!permission_list{rule}.has_permission(what).is_allowed());
  BOOST_TEST(counts->hits + counts->misses == 0u);
  // And what is cached does not serve it for ever.
  *source.answer = allow();
  ask(rule, what, start);
  *source.answer = deny("changed");
  BOOST_TEST(!inner->has_permission(what.scope(), "list", what).is_allowed());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace decision_cache_suite
