#include "stagedoor/actors/store/change_assembler.hpp"

#include "stagedoor/actors/store/row_triggers.hpp"
#include "stagedoor/protocol/base64url.hpp"

#include <boost/test/unit_test.hpp>

#include <ostream>
#include <string>
#include <string_view>

namespace stagedoor {

// For BOOST_TEST, by argument-dependent lookup.
std::ostream& boost_test_print_type(std::ostream& out,
                                    change_assembler::progress printed) {
  return out << static_cast<int>(printed);
}

} // namespace stagedoor

namespace change_assembler_suite {

using namespace stagedoor;

namespace {

// In the suite, whose name is that of the class, the class needs another one.
using assembler = change_assembler;
using progress = assembler::progress;

constexpr int one = 1;
constexpr int other = 2;

std::string row(std::string_view id, std::string_view text) {
  return R"({"id":")" + std::string(id) + R"(","a":")" + std::string(text)
         + R"("})";
}

std::string body(const std::string& before, const std::string& after) {
  return R"({"old":)" + before + R"(,"new":)" + after + '}';
}

/// A change that fits into one payload.
std::string payload(const std::string& place, const std::string& before,
                    const std::string& after) {
  return place + " 1 1 " + body(before, after);
}

struct with_assembler {
  change_assembler changes{"id"};

  /// The changes of a complete transaction, a line each.
  std::string taken() {
    std::string result;
    for (const auto& change : changes.take_changes())
      result += to_json(change) + '\n';
    return result;
  }
};

std::string line(const std::string& before, const std::string& after) {
  return R"({"before":)" + before + R"(,"after":)" + after + "}\n";
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(change_assembler, with_assembler)

BOOST_AUTO_TEST_CASE(a_transaction_ends_with_its_last_change) {
  const auto first = row("1", "x");
  const auto second = row("2", "y");
  BOOST_TEST(changes.take(one, payload("1 2", "null", first))
             == progress::open);
  BOOST_TEST(changes.take(one, payload("2 2", second, "null"))
             == progress::complete);
  BOOST_TEST(taken() == line("null", first) + line(second, "null"));
  BOOST_TEST(changes.take(other, payload("1 1", first, second))
             == progress::complete);
  // Another key is another row.
  BOOST_TEST(taken() == line(first, "null") + line("null", second));
}

BOOST_AUTO_TEST_CASE(a_row_has_one_change_from_the_first_to_the_last) {
  changes.take(one, payload("1 6", row("1", "x"), row("1", "y")));
  changes.take(one, payload("2 6", "null", row("2", "x")));
  changes.take(one, payload("3 6", row("1", "y"), row("1", "z")));
  changes.take(one, payload("4 6", row("2", "x"), "null"));
  changes.take(one, payload("5 6", row("3", "x"), "null"));
  BOOST_TEST(changes.take(one, payload("6 6", "null", row("3", "y")))
             == progress::complete);
  BOOST_TEST(taken()
             == line(row("1", "x"), row("1", "z"))
                    + line(row("3", "x"), row("3", "y")));
}

BOOST_AUTO_TEST_CASE(a_large_change_comes_in_parts) {
  const auto large = row("1", std::string(100, 'x'));
  const auto text = encode_base64url(body("null", large));
  BOOST_TEST(changes.take(one, "1 1 1 3 " + text.substr(0, 60))
             == progress::open);
  BOOST_TEST(changes.take(one, "1 1 2 3 " + text.substr(60, 60))
             == progress::open);
  BOOST_TEST(changes.take(one, "1 1 3 3 " + text.substr(120))
             == progress::complete);
  BOOST_TEST(taken() == line("null", large));
}

BOOST_AUTO_TEST_CASE(triggers_may_add_changes_at_the_commit) {
  BOOST_TEST(changes.take(one, payload("1 2", "null", row("1", "x")))
             == progress::open);
  BOOST_TEST(changes.take(one, payload("2 3", "null", row("2", "x")))
             == progress::open);
  BOOST_TEST(changes.take(one, payload("3 3", "null", row("3", "x")))
             == progress::complete);
  BOOST_TEST(changes.take_changes().size() == 3);
}

BOOST_AUTO_TEST_CASE(what_no_trigger_has_sent_is_foreign) {
  const auto good = body("null", row("1", "x"));
  for (const auto& text :
       {std::string{}, std::string{"hello"}, std::string{"1 1 1 1"},
        std::string{"1 1 1 1 "}, "0 1 1 1 " + good, "1 0 1 1 " + good,
        "2 1 1 1 " + good, "1 1 2 1 " + good, "-1 1 1 1 " + good,
        "1 1 1 1  " + good + "x", "1  1 1 1 " + good,
        "1 99999999999999999999 1 1 " + good,
        "1 " + std::to_string(row_telling::rows_max + 1) + " 1 1 " + good,
        std::string{"1 1 1 1 []"}, std::string{"1 1 1 1 {}"},
        "1 1 1 1 " + body("null", "7"), "1 1 1 1 " + body("null", "{}"),
        "1 1 1 1 " + body("null", R"({"id":1})"),
        "1 1 1 1 " + body("null", R"({"id":null})"),
        "1 1 1 1 " + body("null", R"({"id":"1","a":[]})"),
        R"(1 1 1 1 {"new":)" + row("1", "x") + "}",
        // It follows nothing.
        "2 2 1 1 " + good, "1 1 2 2 " + good}) {
    BOOST_TEST(changes.take(one, text) == progress::foreign, text);
    BOOST_TEST(taken() == "");
  }
  // The spaces of JSON are no fault.
  BOOST_TEST(changes.take(one, "1 1 1 1  " + good) == progress::complete);
  BOOST_TEST(taken() == line("null", row("1", "x")));
}

BOOST_AUTO_TEST_CASE(what_does_not_follow_is_foreign_and_nothing_is_lost) {
  const auto first = row("1", "x");
  const auto second = row("2", "y");
  changes.take(one, payload("1 2", "null", first));
  // Another sender, another place, another number of parts.
  BOOST_TEST(changes.take(other, payload("2 2", "null", second))
             == progress::foreign);
  BOOST_TEST(changes.take(one, "2 2 2 2 eA") == progress::foreign);
  BOOST_TEST(changes.take(one, payload("3 3", "null", second))
             == progress::foreign);
  BOOST_TEST(changes.take(one, payload("1 2", "null", first))
             == progress::open);
  BOOST_TEST(changes.take(one, payload("2 2", "null", second))
             == progress::complete);
  BOOST_TEST(taken() == line("null", first) + line("null", second));
}

BOOST_AUTO_TEST_CASE(a_transaction_without_an_end_gives_way_to_the_next) {
  BOOST_TEST(changes.take(other, payload("1 2", "null", row("9", "x")))
             == progress::open);
  BOOST_TEST(changes.take(one, payload("1 1", "null", row("1", "x")))
             == progress::complete);
  BOOST_TEST(taken() == line("null", row("1", "x")));
}

BOOST_AUTO_TEST_CASE(what_is_cleared_is_forgotten) {
  changes.take(one, payload("1 2", "null", row("9", "x")));
  changes.clear();
  BOOST_TEST(changes.take(one, payload("2 2", "null", row("1", "x")))
             == progress::foreign);
  BOOST_TEST(taken() == "");
}

BOOST_AUTO_TEST_CASE(a_transaction_is_as_large_as_may_be_and_no_larger) {
  constexpr auto most = assembler::transaction_bytes_max;
  const std::string head = "1 2 1 1 ";
  const auto sized = [&](std::size_t bytes) {
    const auto frame = body("null", row("1", "")).size();
    return head + body("null", row("1", std::string(bytes - frame, 'x')));
  };
  const auto last = "2 2 1 1 " + body("null", row("2", "x"));
  // Its places do not count.
  const auto rest = last.size() - head.size();
  BOOST_TEST(changes.take(one, sized(most - rest)) == progress::open);
  BOOST_TEST(changes.take(one, last) == progress::complete);
  BOOST_TEST(changes.take_changes().size() == 2);
  BOOST_TEST(changes.take(one, sized(most - rest + 1)) == progress::open);
  BOOST_TEST(changes.take(one, last) == progress::missed);
  BOOST_TEST(taken() == "");
  // The next one is heard.
  BOOST_TEST(changes.take(one, payload("1 1", "null", row("1", "x")))
             == progress::complete);
  BOOST_TEST(changes.take_changes().size() == 1);
}

BOOST_AUTO_TEST_CASE(a_trigger_may_say_that_changes_are_missed) {
  BOOST_TEST(changes.take(one, row_telling::missed) == progress::missed);
  BOOST_TEST(changes.take(one, payload("1 1", "null", row("1", "x")))
             == progress::complete);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace change_assembler_suite
