#include "stagedoor/permissions/combined_permission.hpp"

#include "stagedoor/permissions/evaluation.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <vector>

#include "support/answer_text.hpp"
#include "support/run_finder.hpp"
#include "support/truth_table.hpp"

namespace combined_permission_suite {

using namespace stagedoor;
using namespace stagedoor::test;

// All compounds of two and of three leaves, over all that the leaves can say to
// the questions: each table is gone through, but for the objects of compounds
// of three, where a million tables come down to a quarter as many runs.

namespace {

constexpr auto connect = question::can_connect;
constexpr auto message = question::has_permission;
constexpr auto object = question::has_object_permission;

request some_request() {
  request_data data;
  data.scope = std::make_shared<const scope>();
  data.message.head.action = "update";
  return request{std::move(data)};
}

const auto some_object = std::make_shared<const json::value>(json::object{});

/// One expression, as the library and as the definition understand it.
class comparison {
public:
  explicit comparison(expression what) : comparison({what}, what) {}

  /// @param entries of a list, which has to be the same as `whole`.
  comparison(const std::vector<expression>& entries, expression whole)
      : whole_(std::move(whole)) {
    std::vector<permission> leaves;
    for (std::size_t i = 0; i < truth_table::leaves_max; ++i)
      leaves.emplace_back(table_leaf{table_, i});
    permission_list guard;
    for (const auto& entry : entries)
      guard.append(build(entry, leaves));
    guard_ = std::make_shared<const permission_list>(std::move(guard));
  }

  truth_table& table() { return *table_; }
  [[nodiscard]] const expression& whole() const { return whole_; }

  /// Whether the right questions count as overridden.
  void check_overrides(case_book& book) {
    for (auto asked : {connect, message, object}) {
      auto expected = definition{*table_}.overrides(whole_, asked);
      book.note(guard_->overrides(asked) == expected,
                [&] { return describe("overrides differs"); });
    }
  }

  /// One evaluation that is asked these questions, one after the other.
  void check(case_book& book, std::initializer_list<question> questions) {
    table_->asked.clear();
    expected_order_.clear();
    evaluation in{guard_, about_};
    in.set_object(some_object);
    for (auto asked : questions) {
      auto given = in.ask(asked, {});
      compare(book, asked, given ? *given : decision_error("stopped"));
    }
  }

  /// The same question without an evaluation of the asker's.
  void check_at_once(case_book& book, question asked) {
    table_->asked.clear();
    expected_order_.clear();
    compare(book, asked, ask_list(asked));
    // A compound can be asked by itself, without a list around it.
    if (whole_.made_as == expression::form::leaf
        || std::next(guard_->begin()) != guard_->end())
      return;
    table_->asked.clear();
    expected_order_.clear();
    compare(book, asked,
            ask_permission(
                **guard_->begin(), asked,
                {about_.scope(), about_.action(), about_, some_object.get()}));
  }

private:
  decision ask_list(question asked) {
    switch (asked) {
    case connect:
      return guard_->can_connect(about_.scope());
    case message:
      return guard_->has_permission(about_);
    case object:
      break;
    }
    return guard_->has_object_permission(about_, *some_object);
  }

  void compare(case_book& book, question asked, const decision& given) {
    definition means{*table_};
    auto expected = definition::to_decision(means.result(whole_, asked));
    means.order(whole_, asked, expected_order_);
    book.note(is_same(given, expected) && table_->asked == expected_order_,
              [&] {
                return describe("asked " + std::string(to_string(asked)) + ": "
                                + text(given) + ", expected " + text(expected)
                                + "; in the order " + spell(table_->asked)
                                + ", expected " + spell(expected_order_));
              });
  }

  std::string describe(const std::string& what) {
    return spell(whole_) + " over " + spell(*table_) + what;
  }

  truth_table_ptr table_ = std::make_shared<truth_table>();
  expression whole_;
  std::shared_ptr<const permission_list> guard_;
  request about_ = some_request();
  std::vector<leaf_question> expected_order_;
};

constexpr std::size_t power(std::size_t base, std::size_t exponent) {
  return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

/// All answers of all leaves to one question.
void check_question(case_book& book, comparison what, question asked,
                    std::size_t leaves) {
  what.table().deny_all();
  for (std::size_t number = 0; number < power(4, leaves); ++number) {
    what.table().set(asked, leaves, number);
    what.check(book, {asked});
    what.check_at_once(book, asked);
    what.check_overrides(book);
  }
}

void check_object(case_book& book, comparison& what) {
  what.check(book, {message, object});
  what.check_at_once(book, object);
}

/// All pairs of answers, to the request and to the object.
void check_objects(case_book& book, comparison what, std::size_t leaves) {
  what.table().deny_all();
  for (std::size_t number = 0; number < power(16, leaves); ++number) {
    auto& table = what.table();
    table.set(object, leaves, table.set(message, leaves, number));
    check_object(book, what);
  }
}

/// The same with one check for all tables that cannot be told apart.
/// @returns how many tables that were.
std::size_t check_object_runs(case_book& book, comparison what,
                              std::size_t leaves) {
  what.table().deny_all();
  return run_finder{what.whole(), {message, object}, leaves, what.table()}
      .visit_all([&] { check_object(book, what); });
}

void expect(const case_book& book, std::size_t cases) {
  BOOST_TEST(book.wrong() == 0u, book.text());
  BOOST_TEST(book.cases() == cases);
}

} // namespace

BOOST_AUTO_TEST_SUITE(combined_permission)

BOOST_AUTO_TEST_CASE(a_leaf_and_its_negation_are_as_defined) {
  case_book book;
  for (const auto& what :
       {leaf(0), negated(leaf(0)), negated(negated(leaf(0)))}) {
    check_question(book, comparison{what}, connect, 1);
    check_question(book, comparison{what}, message, 1);
    check_objects(book, comparison{what}, 1);
  }
  expect(book, (2 * 4 * 5 + 16 * 3) + 2 * (2 * 4 * 6 + 16 * 4));
}

BOOST_AUTO_TEST_CASE(all_compounds_of_two_are_as_defined_for_connections) {
  case_book book;
  for (unsigned denied = 0; denied < 8; ++denied)
    for (const auto& what : shapes_of_two(denied))
      check_question(book, comparison{what}, connect, 2);
  expect(book, 8 * 2 * 16 * 6);
}

BOOST_AUTO_TEST_CASE(all_compounds_of_two_are_as_defined_for_messages) {
  case_book book;
  for (unsigned denied = 0; denied < 8; ++denied)
    for (const auto& what : shapes_of_two(denied))
      check_question(book, comparison{what}, message, 2);
  expect(book, 8 * 2 * 16 * 6);
}

BOOST_AUTO_TEST_CASE(all_compounds_of_two_are_as_defined_for_objects) {
  case_book book;
  for (unsigned denied = 0; denied < 8; ++denied)
    for (const auto& what : shapes_of_two(denied))
      check_objects(book, comparison{what}, 2);
  expect(book, 8 * 2 * 256 * 4);
}

BOOST_AUTO_TEST_CASE(all_compounds_of_three_are_as_defined_for_connections) {
  case_book book;
  for (unsigned denied = 0; denied < 32; ++denied)
    for (const auto& what : shapes_of_three(denied))
      check_question(book, comparison{what}, connect, 3);
  expect(book, 32 * 8 * 64 * 6);
}

BOOST_AUTO_TEST_CASE(all_compounds_of_three_are_as_defined_for_messages) {
  case_book book;
  for (unsigned denied = 0; denied < 32; ++denied)
    for (const auto& what : shapes_of_three(denied))
      check_question(book, comparison{what}, message, 3);
  expect(book, 32 * 8 * 64 * 6);
}

BOOST_AUTO_TEST_CASE(all_compounds_of_three_are_as_defined_for_objects) {
  case_book book;
  std::size_t tables = 0;
  for (unsigned denied = 0; denied < 32; ++denied)
    for (const auto& what : shapes_of_three(denied))
      tables += check_object_runs(book, comparison{what}, 3);
  BOOST_TEST(tables == 32U * 8 * 4096);
  expect(book, 232'960 * 4);
}

BOOST_AUTO_TEST_CASE(no_answer_counts_for_which_nobody_asks) {
  // What the case above takes for granted, table by table.
  case_book book;
  for (const auto& what : shapes_of_three(0))
    check_objects(book, comparison{what}, 3);
  expect(book, 8 * 4096 * 4);
}

BOOST_AUTO_TEST_CASE(a_leaf_that_stands_twice_is_asked_once) {
  case_book book;
  auto either = [](expression left, expression right) {
    return expression{
        expression::form::either, 0, {std::move(left), std::move(right)}};
  };
  for (const auto& what :
       {both(leaf(0), leaf(0)), either(leaf(0), leaf(0)),
        either(leaf(0), negated(leaf(0))),
        either(both(leaf(0), leaf(1)), both(leaf(1), leaf(0))),
        both(either(leaf(0), leaf(1)), either(leaf(1), leaf(0)))}) {
    check_question(book, comparison{what}, connect, 2);
    check_question(book, comparison{what}, message, 2);
    check_objects(book, comparison{what}, 2);
  }
  expect(book, 5 * (2 * 16 * 6 + 256 * 4));
}

BOOST_AUTO_TEST_CASE(a_list_of_two_is_both_of_them_for_every_question) {
  case_book book;
  comparison list{{leaf(0), leaf(1)}, both(leaf(0), leaf(1))};
  check_question(book, list, connect, 2);
  check_question(book, list, message, 2);
  check_objects(book, list, 2);
  expect(book, 2 * 16 * 5 + 256 * 3);
}

BOOST_AUTO_TEST_CASE(a_list_of_compounds_is_all_of_them) {
  case_book book;
  for (const auto& either : {shapes_of_two(0)[1], shapes_of_two(7)[1]}) {
    check_objects(book, comparison{{either, leaf(2)}, both(either, leaf(2))},
                  3);
    check_objects(book, comparison{{leaf(2), either}, both(leaf(2), either)},
                  3);
  }
  expect(book, 4 * 4096 * 3);
}

// The definition itself, at the points that protocol/README.md names.

BOOST_AUTO_TEST_CASE(one_side_has_to_allow_both_the_request_and_the_object) {
  auto table = std::make_shared<truth_table>();
  const permission left = table_leaf{table, 0};
  const permission right = table_leaf{table, 1};
  const permission_list guard{left | right};
  const auto about = some_request();
  auto ask = [&](says left_request, says left_object, says right_request,
                 says right_object) {
    table->asked.clear();
    table->at(0, message) = left_request;
    table->at(0, object) = left_object;
    table->at(1, message) = right_request;
    table->at(1, object) = right_object;
    auto answer = text(guard.has_object_permission(about, *some_object));
    return answer + " after " + spell(table->asked);
  };
  using enum says;
  BOOST_TEST(ask(allow, deny, deny, allow) == "deny 424 no A4 after A2 A4 B2 ");
  BOOST_TEST(ask(deny, allow, allow, deny) == "deny 422 no A2 after A2 B2 B4 ");
  BOOST_TEST(ask(allow, deny, allow, allow) == "allow after A2 A4 B2 B4 ");
  BOOST_TEST(ask(allow, allow, error, error) == "allow after A2 A4 ");
  BOOST_TEST(ask(deny, allow, error, allow)
             == "error 530 broken B2 after A2 B2 ");
  BOOST_TEST(ask(allow, deny, nothing, allow) == "allow after A2 A4 B4 ");
  // `has_role | is_owner`: each answers one question only.
  BOOST_TEST(ask(deny, nothing, nothing, allow) == "allow after A2 B4 ");
  BOOST_TEST(ask(deny, nothing, nothing, deny)
             == "deny 422 no A2 after A2 B4 ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace combined_permission_suite
