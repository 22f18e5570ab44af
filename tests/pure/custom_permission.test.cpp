#include "stagedoor/permissions/custom_permission.hpp"

#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/http_permission.hpp"
#include "stagedoor/permissions/permission_list.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/answer_text.hpp"

namespace custom_permission_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

request some_request(std::string action = "update") {
  request_data data;
  auto where = std::make_shared<scope>();
  where->path = "/ws/";
  data.scope = std::move(where);
  data.message.head.action = std::move(action);
  data.message.head.route = "posts/";
  return request(std::move(data));
}

/// What a permission answers to the three questions, in their order.
std::string answers(const permission& rule, std::string action = "update") {
  const auto about = some_request(std::move(action));
  const json::value object{{"id", 4}};
  return text(rule->can_connect(about.scope())) + ", "
         + text(rule->has_permission(about.scope(), about.action(), about))
         + ", "
         + text(rule->has_object_permission(about.scope(), about.action(),
                                            about, object));
}

/// What `rule` overrides, as the bits of `question`.
int overridden(const permission& rule) {
  int result = 0;
  for (auto asked : {question::can_connect, question::has_permission,
                     question::has_object_permission})
    if (rule->overrides(asked))
      result |= static_cast<int>(asked);
  return result;
}

bool function_rule(const request& about) {
  return about.action() == "list";
}

/// Says all that a type can say of itself.
struct talkative {
  static std::string name() { return "Talkative"; }
  static std::string_view description() { return "who talks"; }
  static std::vector<std::string> codenames() { return {"a.b", "c.d"}; }
  static bool is_blocking() { return true; }
  static std::chrono::seconds cached_for() { return 3s; }
  static bool has_permission(const scope&, std::string_view, const request&) {
    return true;
  }
};

struct silent {
  static bool can_connect(const scope&) { return false; }
};

// Mistakes: the concepts behind the compile errors. The errors themselves are
// in mistakes.cpp.
struct lacks_action {
  static bool has_permission(const scope&, const request&) { return true; }
};
struct is_not_const {
  bool can_connect(const scope&) { return true; }
};
struct answers_in_text {
  static const char* can_connect(const scope&) { return "no"; }
};
struct answers_nothing {};

template <class F>
constexpr int forms_of(const F&) {
  using namespace detail;
  return int{rule_takes_scope<F>} + int{rule_takes_request<F>}
         + int{rule_takes_action<F>} + int{rule_takes_object<F>}
         + int{rule_takes_action_and_object<F>};
}

/// The method and the action that a predicate sees.
decision tell(const http_style_request& about, std::string_view action) {
  return deny(about.method + ' ' + std::string(action) + ' '
              + about.scope.path);
}

} // namespace

BOOST_AUTO_TEST_SUITE(custom_permission)

// -- lambdas ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_lambda_over_a_scope_answers_can_connect) {
  const permission rule = [](const scope& s) { return deny(s.path); };
  BOOST_TEST(overridden(rule) == 1);
  BOOST_TEST(answers(rule) == "deny 403 /ws/, allow, allow");
}

BOOST_AUTO_TEST_CASE(a_lambda_over_a_request_answers_has_permission) {
  const permission rule = [](const request& r) { return deny(r.route()); };
  BOOST_TEST(overridden(rule) == 2);
  BOOST_TEST(answers(rule) == "allow, deny 403 posts/, allow");
}

BOOST_AUTO_TEST_CASE(a_lambda_over_an_action_answers_has_permission) {
  const permission rule = [](const scope& s, std::string_view action,
                             const request& r) {
    return deny(s.path + std::string(action) + r.route());
  };
  BOOST_TEST(overridden(rule) == 2);
  BOOST_TEST(answers(rule) == "allow, deny 403 /ws/updateposts/, allow");
}

BOOST_AUTO_TEST_CASE(a_lambda_over_an_object_answers_has_object_permission) {
  const permission rule = [](const request& r, const json::value& object) {
    return deny(r.route() + to_json(object));
  };
  BOOST_TEST(overridden(rule) == 4);
  BOOST_TEST(answers(rule) == "allow, allow, deny 403 posts/{\"id\":4}");
}

BOOST_AUTO_TEST_CASE(a_lambda_over_all_answers_has_object_permission) {
  const permission rule = [](const scope& s, std::string_view action,
                             const request& r, const json::value& object) {
    return deny(s.path + std::string(action) + r.route() + to_json(object));
  };
  BOOST_TEST(overridden(rule) == 4);
  BOOST_TEST(answers(rule)
             == "allow, allow, deny 403 /ws/updateposts/{\"id\":4}");
}

BOOST_AUTO_TEST_CASE(a_function_and_a_bool_will_do) {
  const permission rule = function_rule;
  BOOST_TEST(answers(rule) == "allow, deny 403 , allow");
  BOOST_TEST(answers(rule, "list") == "allow, allow, allow");
}

BOOST_AUTO_TEST_CASE(a_lambda_of_another_form_is_no_permission) {
  BOOST_TEST(forms_of([](const scope&) { return true; }) == 1);
  BOOST_TEST(forms_of([](const request&) { return allow(); }) == 1);
  BOOST_TEST(forms_of([] { return true; }) == 0);
  BOOST_TEST(forms_of([](int) { return true; }) == 0);
  BOOST_TEST(forms_of([](const request&) { return 1; }) == 0);
  BOOST_TEST(forms_of([](const request&) {}) == 0);
  BOOST_TEST(forms_of([](const request&, std::string_view) { return true; })
             == 0);
  BOOST_TEST(forms_of([n = 0](const request&) mutable { return ++n > 1; })
             == 0);
}

// -- types --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_type_says_more_of_itself_if_it_has_the_members) {
  const permission rule = talkative{};
  BOOST_TEST(rule->name() == "Talkative");
  BOOST_TEST(rule->description() == "who talks");
  BOOST_TEST(rule->codenames() == (std::vector<std::string>{"a.b", "c.d"}),
             boost::test_tools::per_element());
  BOOST_TEST((rule->answered_by() == answerer::worker_thread));
  BOOST_TEST((rule->cached_for() == 3s));
}

BOOST_AUTO_TEST_CASE(a_type_without_them_is_silent) {
  const permission rule = silent{};
  BOOST_TEST(rule->name() == "custom");
  BOOST_TEST(rule->description() == "");
  BOOST_TEST(rule->codenames().empty());
  BOOST_TEST((rule->answered_by() == answerer::unit));
  BOOST_TEST((rule->cached_for() == 0s));
}

BOOST_AUTO_TEST_CASE(a_member_with_the_wrong_signature_is_seen) {
  using namespace detail;
  BOOST_TEST((names_has_permission<
                  lacks_action> && !overrides_has_permission<lacks_action>));
  BOOST_TEST((
      names_can_connect<is_not_const> && !overrides_can_connect<is_not_const>));
  BOOST_TEST((names_can_connect<
                  answers_in_text> && !overrides_can_connect<answers_in_text>));
  BOOST_TEST(!names_has_object_permission<lacks_action>);
  BOOST_TEST(!answers_something<answers_nothing>);
  BOOST_TEST(answers_something<silent>);
}

// -- options ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_rule_has_its_name_and_no_options_by_itself) {
  const auto plain = stagedoor::custom_permission("Plain", function_rule);
  BOOST_TEST(plain->name() == "Plain");
  BOOST_TEST((plain->answered_by() == answerer::unit));
  BOOST_TEST((plain->cached_for() == 0s));
  BOOST_TEST(answers(plain) == "allow, deny 403 , allow");
}

BOOST_AUTO_TEST_CASE(a_rule_has_the_options_that_it_is_given) {
  const auto blocks =
      stagedoor::custom_permission("Blocks", function_rule, blocking);
  BOOST_TEST((blocks->answered_by() == answerer::worker_thread));
  BOOST_TEST((blocks->cached_for() == 0s));
  const auto holds =
      stagedoor::custom_permission("Holds", function_rule, cached(30s));
  BOOST_TEST((holds->answered_by() == answerer::unit));
  BOOST_TEST((holds->cached_for() == 30s));
  for (const auto& all : {stagedoor::custom_permission("Both", function_rule,
                                                       blocking, cached(1ms)),
                          stagedoor::custom_permission(
                              "Both", function_rule, cached(1ms), blocking)}) {
    BOOST_TEST((all->answered_by() == answerer::worker_thread));
    BOOST_TEST((all->cached_for() == 1ms));
  }
}

BOOST_AUTO_TEST_CASE(a_given_name_wins_over_that_of_the_type) {
  const auto renamed = stagedoor::custom_permission("Renamed", talkative{});
  BOOST_TEST(renamed->name() == "Renamed");
  BOOST_TEST(renamed->description() == "who talks");
  BOOST_TEST((renamed->answered_by() == answerer::worker_thread));
  BOOST_TEST((
      stagedoor::custom_permission("Renamed", silent{}, blocking)->answered_by()
      == answerer::worker_thread));
}

// -- predicates of HTTP views -------------------------------------------------

BOOST_AUTO_TEST_CASE(every_action_has_a_method) {
  const std::vector<std::pair<std::string, std::string>> methods{
      {"list", "GET"},
      {"retrieve", "GET"},
      {"create", "POST"},
      {"update", "PUT"},
      {"partial_update", "PATCH"},
      {"destroy", "DELETE"},
      {"connect", "HEAD"},
      {"publish", "PUBLISH"},
      {"mark_read2", "MARK_READ2"},
      {"List", "LIST"},
      {"", ""},
      {"l\xc3\xa9", "L\xc3\xa9"}};
  for (const auto& [action, method] : methods)
    BOOST_TEST(http_method_of(action) == method);
}

BOOST_AUTO_TEST_CASE(an_http_permission_is_asked_for_messages) {
  const auto rule = http_permission("Tells", tell);
  BOOST_TEST(rule->name() == "Tells");
  BOOST_TEST(overridden(rule) == 2);
  BOOST_TEST(answers(rule) == "allow, deny 403 PUT update /ws/, allow");
}

BOOST_AUTO_TEST_CASE(a_strict_one_is_asked_for_connections_as_well) {
  const auto rule = http_permission_strictly("Tells", tell);
  BOOST_TEST(rule->name() == "Tells");
  BOOST_TEST(overridden(rule) == 3);
  BOOST_TEST(answers(rule, "destroy")
             == "deny 403 HEAD connect /ws/, deny 403 DELETE destroy /ws/, "
                "allow");
}

BOOST_AUTO_TEST_CASE(a_predicate_may_answer_with_a_bool) {
  const auto read_only = http_permission(
      "ReadOnly", [](const http_style_request& about, std::string_view) {
        return about.method == "GET" && !about.user.is_authenticated();
      });
  BOOST_TEST(answers(read_only, "list") == "allow, allow, allow");
  BOOST_TEST(answers(read_only, "create") == "allow, deny 403 , allow");
}

// -- names of compounds -------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_compound_has_as_few_parentheses_as_it_needs) {
  auto named = [](std::string name) {
    return stagedoor::custom_permission(std::move(name),
                                        [](const request&) { return true; });
  };
  const auto a = named("A");
  const auto b = named("B");
  const auto c = named("C");
  BOOST_TEST((a & b)->name() == "A & B");
  BOOST_TEST((a | b)->name() == "A | B");
  BOOST_TEST((!a)->name() == "!A");
  BOOST_TEST((!!a)->name() == "!!A");
  BOOST_TEST((a & b & c)->name() == "A & B & C");
  BOOST_TEST((a | (b | c))->name() == "A | B | C");
  BOOST_TEST((a | (b & c))->name() == "A | B & C");
  BOOST_TEST(((a & b) | c)->name() == "A & B | C");
  BOOST_TEST((a & (b | c))->name() == "A & (B | C)");
  BOOST_TEST(((a | b) & c)->name() == "(A | B) & C");
  BOOST_TEST((!(a & b))->name() == "!(A & B)");
  BOOST_TEST((!(a | b))->name() == "!(A | B)");
  BOOST_TEST(((!a) & (!(b | c)))->name() == "!A & !(B | C)");
}

BOOST_AUTO_TEST_CASE(the_leaves_of_a_compound_come_from_left_to_right) {
  std::vector<const permission_base*> leaves;
  const auto whole = (is_authenticated() & (!deny_all())) | is_owner("author");
  whole->collect_leaves(leaves);
  std::string names;
  for (const auto* leaf : leaves)
    names += leaf->name() + ' ';
  BOOST_TEST(names == "IsAuthenticated DenyAll IsOwner(\"author\") ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace custom_permission_suite
