#include "stagedoor/permissions/explanation.hpp"

#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/custom_permission.hpp"
#include "stagedoor/permissions/evaluation.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

#include "support/truth_table.hpp"

namespace explanation_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

constexpr auto message = question::has_permission;
constexpr auto object = question::has_object_permission;

/// Three leaves that say what a test sets.
struct explanation_fixture {
  truth_table_ptr table = std::make_shared<truth_table>();
  permission a = table_leaf{table, 0};
  permission b = table_leaf{table, 1};
  permission c = table_leaf{table, 2};
  permission thread = table_leaf{table, 0, answerer::worker_thread};

  /// What they say to messages.
  void set(says first, says second = says::allow, says third = says::allow,
           question asked = message) {
    table->at(0, asked) = first;
    table->at(1, asked) = second;
    table->at(2, asked) = third;
  }

  evaluation evaluate(permission_list guard) {
    request_data data;
    data.scope = std::make_shared<const scope>();
    data.message.head.action = "update";
    evaluation in{std::make_shared<permission_list>(std::move(guard)),
                  request{std::move(data)}};
    in.set_object(std::make_shared<const json::value>(1));
    return in;
  }

  static std::string lines(evaluation& in, question asked = message) {
    std::string result;
    for (const auto& tree : in.explain(asked))
      result += to_text(tree);
    return result;
  }

  /// Asks one question and tells how it came out.
  std::string explain(permission_list guard, question asked = message) {
    auto in = evaluate(std::move(guard));
    in.ask(asked, {});
    return lines(in, asked);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(explanation, explanation_fixture)

BOOST_AUTO_TEST_CASE(tells_the_answer_the_status_and_the_reason) {
  set(says::deny);
  BOOST_TEST(explain({a}) == "A  has_permission: deny 422 (because A2)\n");
  set(says::error);
  BOOST_TEST(explain({a}) == "A  has_permission: error 522 (broken A2)\n");
  set(says::allow);
  BOOST_TEST(explain({a}) == "A  has_permission: allow\n");
  set(says::nothing);
  BOOST_TEST(explain({a}) == "A  has_permission: not overridden\n");
}

BOOST_AUTO_TEST_CASE(without_a_reason_it_tells_the_message_or_who_may) {
  const permission dry =
      custom_permission("Dry", [](const request&) { return deny("No.", 409); });
  BOOST_TEST(explain({dry}) == "Dry  has_permission: deny 409 (No.)\n");
  BOOST_TEST(explain({allow_any()})
             == "AllowAny  has_permission: allow (everybody)\n");
  BOOST_TEST(explain({is_owner("author")}, message)
             == "IsOwner(\"author\")  has_permission: not overridden (the user "
                "whose id is the object's author)\n");
}

BOOST_AUTO_TEST_CASE(tells_what_was_not_asked) {
  set(says::deny, says::allow);
  BOOST_TEST(explain({a, b})
             == "A  has_permission: deny 422 (because A2)\n"
                "B  has_permission: not asked\n");
  BOOST_TEST(explain({a & b})
             == "A & B  has_permission: deny 422 (because A2)\n"
                "  A  has_permission: deny 422 (because A2)\n"
                "  B  has_permission: not asked\n");
}

BOOST_AUTO_TEST_CASE(explaining_asks_nobody) {
  auto in = evaluate({a & b, c});
  BOOST_TEST(lines(in)
             == "A & B  has_permission: not asked\n"
                "  A  has_permission: not asked\n"
                "  B  has_permission: not asked\n"
                "C  has_permission: not asked\n");
  BOOST_TEST(table->asked.empty());
  // And it can be asked afterwards.
  BOOST_TEST(in.ask(message, {})->is_allowed());
  BOOST_TEST(table->asked.size() == 3u);
  lines(in);
  BOOST_TEST(table->asked.size() == 3u);
}

BOOST_AUTO_TEST_CASE(tells_nested_compounds_as_trees) {
  set(says::deny, says::allow, says::error);
  BOOST_TEST(explain({(!(a & b)) & (a | c)})
             == "!(A & B) & (A | C)  has_permission: error 538 (broken C2)\n"
                "  !(A & B)  has_permission: allow\n"
                "    A & B  has_permission: deny 422 (because A2)\n"
                "      A  has_permission: deny 422 (because A2)\n"
                "      B  has_permission: not asked\n"
                "  A | C  has_permission: error 538 (broken C2)\n"
                "    A  has_permission: deny 422 (because A2)\n"
                "    C  has_permission: error 538 (broken C2)\n");
}

BOOST_AUTO_TEST_CASE(an_alternative_for_an_object_tells_of_the_request_too) {
  set(says::deny, says::nothing);
  set(says::nothing, says::deny, says::allow, object);
  BOOST_TEST(explain({a | b}, object)
             == "A | B  has_object_permission: deny 422 (because A2)\n"
                "  A  has_permission: deny 422 (because A2)\n"
                "  B  has_permission: not overridden\n"
                "  A  has_object_permission: not overridden\n"
                "  B  has_object_permission: deny 432 (because B4)\n");
}

BOOST_AUTO_TEST_CASE(tells_what_is_awaited) {
  auto in = evaluate({b, thread | c});
  BOOST_TEST((in.ask(message, {}) == nullptr));
  BOOST_TEST(lines(in)
             == "B  has_permission: allow\n"
                "A | C  has_permission: not asked\n"
                "  A  has_permission: awaited\n"
                "  C  has_permission: not asked\n");
  in.resume(deny("late"), {});
  BOOST_TEST(in.ask(message, {})->is_allowed());
  BOOST_TEST(lines(in)
             == "B  has_permission: allow\n"
                "A | C  has_permission: allow\n"
                "  A  has_permission: deny 403 (late)\n"
                "  C  has_permission: allow\n");
}

BOOST_AUTO_TEST_CASE(a_tree_as_json_has_the_keys_that_say_something) {
  set(says::deny);
  auto in = evaluate({a & b});
  in.ask(message, {});
  BOOST_TEST(
      to_json(to_json_object(in.explain(message).at(0)))
      == R"({"permission":"A & B","question":"has_permission",)"
         R"("answer":"deny","status":422,"why":"because A2","parts":[)"
         R"({"permission":"A","question":"has_permission","answer":"deny",)"
         R"("status":422,"why":"because A2"},)"
         R"({"permission":"B","question":"has_permission",)"
         R"("answer":"not asked"}]})");
}

BOOST_AUTO_TEST_CASE(a_text_is_indented_by_two_columns_a_level) {
  stagedoor::explanation inner;
  inner.permission = "Inner";
  stagedoor::explanation tree;
  tree.permission = "Outer";
  tree.asked = question::can_connect;
  tree.answer = stagedoor::explanation::outcome::deny;
  tree.status = 403;
  tree.why = "shut";
  tree.parts.push_back(inner);
  BOOST_TEST(to_text(tree, 1)
             == "  Outer  can_connect: deny 403 (shut)\n"
                "    Inner  has_permission: not asked\n");
}

BOOST_AUTO_TEST_CASE(every_question_and_outcome_has_a_word) {
  using outcome = stagedoor::explanation::outcome;
  BOOST_TEST(to_string(question::can_connect) == "can_connect");
  BOOST_TEST(to_string(message) == "has_permission");
  BOOST_TEST(to_string(object) == "has_object_permission");
  BOOST_TEST(to_string(outcome::allow) == "allow");
  BOOST_TEST(to_string(outcome::deny) == "deny");
  BOOST_TEST(to_string(outcome::error) == "error");
  BOOST_TEST(to_string(outcome::not_overridden) == "not overridden");
  BOOST_TEST(to_string(outcome::not_asked) == "not asked");
  BOOST_TEST(to_string(outcome::awaited) == "awaited");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace explanation_suite
