#include "stagedoor/actors/models/condition.hpp"
#include "stagedoor/protocol/model/row_filter.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace stagedoor;

namespace {

const row_filter a = where("a", 1);
const row_filter b = where("b", "x");
const row_filter c = where_null("c");
const row_filter all;
const row_filter none = row_filter::none();

/// The SQL of a filter, in which a question mark stands for each value.
std::string sql_of(const row_filter& filter) {
  static const std::vector<column> columns{
      {"a", field::integer()},
      {"b", field::text()},
      {"c", field::decimal(4, 2).nullable()}};
  sql_text result;
  append_condition(result, filter, columns);
  return result.text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(row_filters)

BOOST_AUTO_TEST_CASE(all_and_none_vanish_in_what_they_are_combined_with) {
  BOOST_TEST(sql_of(all) == "1");
  BOOST_TEST(sql_of(none) == "0");
  for (const auto& filter : {all && a, a && all, none || a, a || none})
    BOOST_TEST(sql_of(filter) == sql_of(a));
  BOOST_TEST((((all && all).what() == row_filter::kind::all)));
  BOOST_TEST((((none || none).what() == row_filter::kind::none)));
  BOOST_TEST(sql_of(all || a) == "(1 OR \"a\" = ?1)");
  BOOST_TEST(sql_of(none && a) == "(0 AND \"a\" = ?1)");
}

BOOST_AUTO_TEST_CASE(what_belongs_together_is_in_brackets) {
  BOOST_TEST(sql_of(a && (b || c))
             == R"(("a" = ?1 AND ("b" = ?2 OR "c" IS NULL)))");
  BOOST_TEST(sql_of((a && b) || c)
             == R"((("a" = ?1 AND "b" = ?2) OR "c" IS NULL))");
  BOOST_TEST(sql_of(!(a || b) && !c)
             == R"((NOT coalesce(("a" = ?1 OR "b" = ?2), 0) AND )"
                R"(NOT coalesce("c" IS NULL, 0)))");
  BOOST_TEST(sql_of(!!a) == R"(NOT coalesce(NOT coalesce("a" = ?1, 0), 0))");
}

/// A database reads brackets only so deep.
BOOST_AUTO_TEST_CASE(long_chains_do_not_become_deep) {
  auto both = a;
  auto either = a;
  for (int i = 0; i < 3; ++i) {
    both = both && b;
    either = b || either;
  }
  BOOST_TEST(sql_of(both)
             == R"(("a" = ?1 AND "b" = ?2 AND "b" = ?3 AND "b" = ?4))");
  BOOST_TEST(sql_of(either)
             == R"(("b" = ?1 OR "b" = ?2 OR "b" = ?3 OR "a" = ?4))");
  BOOST_TEST(both.parts().size() == 4u);
}

BOOST_AUTO_TEST_CASE(a_part_that_is_combined_stays_as_it_was) {
  const auto first = a && b;
  const auto second = first && c;
  BOOST_TEST(sql_of(first) == R"(("a" = ?1 AND "b" = ?2))");
  BOOST_TEST(sql_of(second) == R"(("a" = ?1 AND "b" = ?2 AND "c" IS NULL))");
}

BOOST_AUTO_TEST_CASE(no_field_equals_null) {
  BOOST_TEST((where("a", nullptr).what() == row_filter::kind::none));
  BOOST_TEST(sql_of(!where("a", nullptr)) == "NOT coalesce(0, 0)");
  BOOST_TEST(sql_of(row_filter::where("a", comparison::in, {nullptr})) == "0");
  BOOST_TEST(sql_of(row_filter::where("a", comparison::less, {nullptr}))
             == "0");
}

BOOST_AUTO_TEST_CASE(what_the_field_cannot_have_no_row_has) {
  for (const json::value& value :
       {json::value("x"), json::value(1.5), json::value(json::array{}),
        json::value(json::object{}), json::value(UINT64_MAX),
        json::value(true)})
    BOOST_TEST(sql_of(where("a", value)) == "0");
  BOOST_TEST(sql_of(row_filter::where("a", comparison::in, {"x", 1, 1.5, "2"}))
             == R"("a" IN (?1, ?2))");
  BOOST_TEST(sql_of(where("c", "1.2.3")) == "0");
  // But it may have lesser ones.
  BOOST_TEST(sql_of(row_filter::where("c", comparison::less, {"123456.789"}))
             == R"("c" COLLATE stagedoor_decimal < ?1)");
}

BOOST_AUTO_TEST_SUITE_END()
