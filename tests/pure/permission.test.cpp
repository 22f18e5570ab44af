#include "stagedoor/permissions/permission.hpp"

#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/permission_list.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace permission_suite {

using namespace stagedoor;

namespace {

using verdict = decision::verdict;

constexpr question all_questions[]{question::can_connect,
                                   question::has_permission,
                                   question::has_object_permission};

scope scope_of(user who) {
  scope result;
  result.user = std::move(who);
  return result;
}

request request_of(user who, std::string action = "list") {
  request_data data;
  data.scope = std::make_shared<const scope>(scope_of(std::move(who)));
  data.message.head.action = std::move(action);
  return request(std::move(data));
}

decision ask(const permission& rule, const request& asked) {
  return rule->has_permission(asked.scope(), asked.action(), asked);
}

decision ask_object(const permission& rule, const json::value& object) {
  const auto asked = request_of({});
  return rule->has_object_permission(asked.scope(), "list", asked, object);
}

/// What `rule` overrides, as the bits of `question`.
int overridden(const auto& rule) {
  int result = 0;
  for (const auto asked : all_questions)
    if (rule.overrides(asked))
      result |= static_cast<int>(asked);
  return result;
}

/// Overrides nothing.
struct bare : permission_base {
  [[nodiscard]] std::string name() const override { return "Bare"; }
  [[nodiscard]] bool overrides(question) const override { return false; }
};

struct connects {
  bool answer;
  bool can_connect(const scope&) const { return answer; }
};

struct answers {
  decision answer;
  decision has_permission(const scope&, std::string_view,
                          const request&) const {
    return answer;
  }
};

struct owns {
  bool has_object_permission(const scope&, std::string_view, const request&,
                             const json::value& object) const {
    return object == json::value(7);
  }
};

struct blocks {
  static std::string name() { return "Blocks"; }
  static bool is_blocking() { return true; }
  static bool can_connect(const scope&) { return true; }
};

/// Tells what it is asked with.
struct records {
  std::shared_ptr<std::string> seen = std::make_shared<std::string>();
  bool has_permission(const scope& scope, std::string_view action,
                      const request& request) const {
    *seen += scope.path;
    *seen += ' ';
    *seen += action;
    *seen += ' ';
    *seen += request.route();
    return true;
  }
};

/// Counts how often it is asked, and answers all three questions alike.
struct counts {
  decision answer;
  std::shared_ptr<int> asked = std::make_shared<int>(0);

  [[nodiscard]] decision count() const {
    ++*asked;
    return answer;
  }
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
};

struct throws {
  static std::string_view name() { return "Throws"; }
  [[noreturn]] static bool can_connect(const scope&) {
    throw std::runtime_error("no door");
  }
  [[noreturn]] static bool has_permission(const scope&, std::string_view,
                                          const request&) {
    throw std::runtime_error("no table");
  }
  [[noreturn]] static bool has_object_permission(const scope&, std::string_view,
                                                 const request&,
                                                 const json::value&) {
    throw std::runtime_error("no row");
  }
};

struct throws_number {
  static std::string_view name() { return "ThrowsNumber"; }
  [[noreturn]] static bool can_connect(const scope&) { throw 42; }
};

struct throws_everywhere {
  [[noreturn]] static std::string name() { throw std::runtime_error("name"); }
  [[noreturn]] static bool can_connect(const scope&) {
    throw std::runtime_error("no door");
  }
};

struct returns_status {
  int has_permission(const scope&, std::string_view, const request&) const {
    return 403;
  }
};

/// Asks a list all three questions.
std::array<decision, 3> ask_all(const permission_list& list) {
  const auto asked = request_of({});
  return {list.can_connect(asked.scope()), list.has_permission(asked),
          list.has_object_permission(asked, json::value(1))};
}

} // namespace

BOOST_AUTO_TEST_SUITE(permission)

BOOST_AUTO_TEST_CASE(the_base_allows_what_is_not_overridden) {
  const auto rule = stagedoor::permission(std::make_shared<bare>());
  BOOST_TEST(rule->name() == "Bare");
  BOOST_TEST(overridden(*rule) == 0);
  BOOST_TEST((rule->answered_by() == answerer::unit));
  BOOST_TEST(rule->can_connect(scope_of({})).is_allowed());
  BOOST_TEST(ask(rule, request_of({})).is_allowed());
  BOOST_TEST(ask_object(rule, nullptr).is_allowed());
}

BOOST_AUTO_TEST_CASE(a_type_with_can_connect_only_is_a_permission) {
  const stagedoor::permission rule = connects{false};
  BOOST_TEST(overridden(*rule) == 1);
  BOOST_TEST(!rule->can_connect(scope_of({})).is_allowed());
  BOOST_TEST(ask(rule, request_of({})).is_allowed());
  BOOST_TEST(ask_object(rule, nullptr).is_allowed());
}

BOOST_AUTO_TEST_CASE(a_type_with_has_permission_only_is_a_permission) {
  const stagedoor::permission rule = answers{deny("closed", 401, "login")};
  BOOST_TEST(overridden(*rule) == 2);
  BOOST_TEST(rule->can_connect(scope_of({})).is_allowed());
  const auto answer = ask(rule, request_of({}));
  BOOST_TEST((answer.answer == verdict::deny));
  BOOST_TEST(answer.status == 401);
  BOOST_TEST(answer.message == "closed");
  BOOST_TEST(answer.code == "login");
}

BOOST_AUTO_TEST_CASE(a_type_with_has_object_permission_only_is_a_permission) {
  const stagedoor::permission rule = owns{};
  BOOST_TEST(overridden(*rule) == 4);
  BOOST_TEST(ask_object(rule, 7).is_allowed());
  BOOST_TEST(!ask_object(rule, 8).is_allowed());
  BOOST_TEST(ask(rule, request_of({})).is_allowed());
  BOOST_TEST(rule->can_connect(scope_of({})).is_allowed());
}

BOOST_AUTO_TEST_CASE(a_bool_is_an_answer) {
  const stagedoor::permission yes = connects{true};
  const stagedoor::permission no = connects{false};
  BOOST_TEST((yes->can_connect(scope_of({})).answer == verdict::allow));
  const auto denied = no->can_connect(scope_of({}));
  BOOST_TEST((denied.answer == verdict::deny));
  BOOST_TEST(denied.status == 403);
  BOOST_TEST(denied.message + denied.code == "");
}

BOOST_AUTO_TEST_CASE(what_merely_converts_to_bool_is_no_answer) {
  BOOST_TEST(!detail::overrides_has_permission<returns_status>);
  BOOST_TEST(detail::names_has_permission<returns_status>);
  BOOST_TEST(detail::overrides_has_permission<answers>);
  BOOST_TEST(!detail::names_can_connect<answers>);
}

BOOST_AUTO_TEST_CASE(a_type_may_name_itself_and_say_that_it_blocks) {
  const stagedoor::permission named = blocks{};
  BOOST_TEST(named->name() == "Blocks");
  BOOST_TEST((named->answered_by() == answerer::worker_thread));
  const stagedoor::permission nameless = connects{true};
  BOOST_TEST(nameless->name() == "custom");
  BOOST_TEST((nameless->answered_by() == answerer::unit));
}

BOOST_AUTO_TEST_CASE(an_empty_list_allows_and_overrides_nothing) {
  const permission_list list;
  BOOST_TEST(list.empty());
  BOOST_TEST(overridden(list) == 0);
  for (const auto& answer : ask_all(list))
    BOOST_TEST(answer.is_allowed());
}

BOOST_AUTO_TEST_CASE(a_list_overrides_what_any_part_overrides) {
  permission_list list{connects{true}, owns{}};
  BOOST_TEST(overridden(list) == 5);
  list.append(permission_list{blocks{}, answers{allow()}});
  BOOST_TEST(overridden(list) == 7);
}

BOOST_AUTO_TEST_CASE(a_list_asks_everyone_while_all_allow) {
  const counts first{allow()};
  const counts second{allow()};
  const permission_list list{first, second};
  for (const auto& answer : ask_all(list))
    BOOST_TEST(answer.is_allowed());
  BOOST_TEST(*first.asked == 3);
  BOOST_TEST(*second.asked == 3);
}

BOOST_AUTO_TEST_CASE(a_list_stops_at_the_first_deny) {
  const counts first{allow()};
  const counts second{deny("second", 404, "word")};
  const counts third{deny("third")};
  const permission_list list{first, second, third};
  for (const auto& answer : ask_all(list)) {
    BOOST_TEST((answer.answer == verdict::deny));
    BOOST_TEST(answer.status == 404);
    BOOST_TEST(answer.message == "second");
    BOOST_TEST(answer.code == "word");
  }
  BOOST_TEST(*first.asked == 3);
  BOOST_TEST(*second.asked == 3);
  BOOST_TEST(*third.asked == 0);
}

BOOST_AUTO_TEST_CASE(a_list_stops_at_the_first_error) {
  const counts first{decision_error("broken")};
  const counts second{deny()};
  const permission_list list{first, second};
  for (const auto& answer : ask_all(list)) {
    BOOST_TEST((answer.answer == verdict::error));
    BOOST_TEST(answer.reason == "broken");
  }
  BOOST_TEST(*first.asked == 3);
  BOOST_TEST(*second.asked == 0);
}

BOOST_AUTO_TEST_CASE(a_list_asks_in_order_across_appended_parts) {
  permission_list list;
  list.append(answers{allow()});
  list.append(permission_list{answers{deny("one")}, answers{deny("two")}});
  BOOST_TEST(list.has_permission(request_of({})).message == "one");
}

BOOST_AUTO_TEST_CASE(a_deny_without_a_message_stays_without_one) {
  const permission_list list{deny_all()};
  const auto answer = list.has_permission(request_of({}));
  BOOST_TEST((answer.answer == verdict::deny));
  BOOST_TEST(answer.status == 403);
  BOOST_TEST(answer.message + answer.code == "");
}

BOOST_AUTO_TEST_CASE(a_permission_that_throws_is_an_error_and_stops_the_list) {
  const counts before{allow()};
  const counts behind{allow()};
  const permission_list list{before, throws{}, behind};
  const auto given = ask_all(list);
  for (const auto& answer : given) {
    BOOST_TEST((answer.answer == verdict::error));
    BOOST_TEST(answer.status == 500);
  }
  BOOST_TEST(given[0].reason == "Throws: no door");
  BOOST_TEST(given[1].reason == "Throws: no table");
  BOOST_TEST(given[2].reason == "Throws: no row");
  BOOST_TEST(*before.asked == 3);
  BOOST_TEST(*behind.asked == 0);
}

BOOST_AUTO_TEST_CASE(a_deny_before_one_that_throws_is_the_answer) {
  const permission_list list{connects{false}, throws{}};
  BOOST_TEST((list.can_connect(scope_of({})).answer == verdict::deny));
}

BOOST_AUTO_TEST_CASE(whatever_is_thrown_is_an_error) {
  const permission_list number{throws_number{}};
  const auto answer = number.can_connect(scope_of({}));
  BOOST_TEST((answer.answer == verdict::error));
  BOOST_TEST(answer.reason.starts_with("ThrowsNumber: "));
  const permission_list everywhere{throws_everywhere{}};
  const auto silent = everywhere.can_connect(scope_of({}));
  BOOST_TEST((silent.answer == verdict::error));
  BOOST_TEST(silent.status == 500);
}

BOOST_AUTO_TEST_CASE(a_list_hands_on_scope_action_and_request) {
  const records rule;
  scope where;
  where.path = "/ws/";
  request_data data;
  data.scope = std::make_shared<const scope>(where);
  data.message.head.action = "create";
  data.message.head.route = "posts/";
  const permission_list list{rule};
  const request about(std::move(data));
  BOOST_TEST(list.has_permission(about).is_allowed());
  BOOST_TEST(*rule.seen == "/ws/ create posts/");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace permission_suite
