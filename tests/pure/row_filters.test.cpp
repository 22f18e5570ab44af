#include "stagedoor/actors/models/condition.hpp"
#include "stagedoor/protocol/model/row_filter.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace row_filters_suite {

using namespace stagedoor;

namespace {

const row_filter a = where("a", 1);
const row_filter b = where("b", "x");
const row_filter c = where_null("c");
const row_filter all;
const row_filter none = row_filter::none();

/// The SQL of a filter, in which a question mark stands for each value.
std::string sql_of(const row_filter& filter,
                   database_kind database = database_kind::sqlite) {
  const std::vector<column> columns{
      {"a", field::integer(), database},
      {"b", field::text(), database},
      {"c", field::decimal(4, 2).nullable(), database}};
  sql_text result;
  append_condition(result, filter, columns);
  return result.text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(row_filters)

BOOST_AUTO_TEST_CASE(all_and_none_vanish_in_what_they_are_combined_with) {
  BOOST_TEST(sql_of(all) == "TRUE");
  BOOST_TEST(sql_of(none) == "FALSE");
  for (const auto& filter : {all && a, a && all, none || a, a || none})
    BOOST_TEST(sql_of(filter) == sql_of(a));
  BOOST_TEST((((all && all).what() == row_filter::kind::all)));
  BOOST_TEST((((none || none).what() == row_filter::kind::none)));
  BOOST_TEST(sql_of(all || a) == "(TRUE OR \"a\" = ?1)");
  BOOST_TEST(sql_of(none && a) == "(FALSE AND \"a\" = ?1)");
}

BOOST_AUTO_TEST_CASE(what_belongs_together_is_in_brackets) {
  BOOST_TEST(sql_of(a && (b || c))
             == R"(("a" = ?1 AND ("b" = ?2 OR "c" IS NULL)))");
  BOOST_TEST(sql_of((a && b) || c)
             == R"((("a" = ?1 AND "b" = ?2) OR "c" IS NULL))");
  BOOST_TEST(sql_of(!(a || b) && !c)
             == R"((NOT coalesce(("a" = ?1 OR "b" = ?2), FALSE) AND )"
                R"(NOT coalesce("c" IS NULL, FALSE)))");
  BOOST_TEST(sql_of(!!a)
             == R"(NOT coalesce(NOT coalesce("a" = ?1, FALSE), FALSE))");
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
  BOOST_TEST(sql_of(!where("a", nullptr)) == "NOT coalesce(FALSE, FALSE)");
  BOOST_TEST(sql_of(row_filter::where("a", comparison::in, {nullptr}))
             == "FALSE");
  BOOST_TEST(sql_of(row_filter::where("a", comparison::less, {nullptr}))
             == "FALSE");
}

BOOST_AUTO_TEST_CASE(what_the_field_cannot_have_no_row_has) {
  for (const json::value& value :
       {json::value("x"), json::value(1.5), json::value(json::array{}),
        json::value(json::object{}), json::value(UINT64_MAX),
        json::value(true)})
    BOOST_TEST(sql_of(where("a", value)) == "FALSE");
  BOOST_TEST(sql_of(row_filter::where("a", comparison::in, {"x", 1, 1.5, "2"}))
             == R"("a" IN (?1, ?2))");
  BOOST_TEST(sql_of(where("c", "1.2.3")) == "FALSE");
  // But it may have lesser ones.
  BOOST_TEST(sql_of(row_filter::where("c", comparison::less, {"123456.789"}))
             == R"("c" COLLATE stagedoor_decimal < ?1)");
}

BOOST_AUTO_TEST_CASE(each_database_searches_in_its_own_words) {
  const auto has = row_filter::where("b", comparison::contains, {"x"});
  const auto begins = row_filter::where("a", comparison::starts_with, {"1"});
  const auto is = row_filter::where("b", comparison::equal_without_case, {"x"});
  BOOST_TEST(sql_of(has) == R"(instr(lower("b"), ?1) > 0)");
  BOOST_TEST(sql_of(begins) == R"(instr(lower("a"), ?1) = 1)");
  BOOST_TEST(sql_of(is) == R"(lower("b") = ?1)");
  constexpr auto postgres = database_kind::postgres;
  BOOST_TEST(sql_of(has, postgres)
             == R"(strpos(lower(CAST("b" AS TEXT) COLLATE "C"), ?1) > 0)");
  BOOST_TEST(sql_of(begins, postgres)
             == R"(strpos(lower(CAST("a" AS TEXT) COLLATE "C"), ?1) = 1)");
  BOOST_TEST(sql_of(is, postgres)
             == R"(lower(CAST("b" AS TEXT) COLLATE "C") = ?1)");
  BOOST_TEST(sql_of(row_filter::where("c", comparison::less, {"1.5"}), postgres)
             == R"("c" < ?1)");
}

BOOST_AUTO_TEST_CASE(no_text_of_postgresql_has_a_nul) {
  const json::string text("a\0b", 3);
  for (const auto how : {comparison::equal, comparison::contains}) {
    const auto filter = row_filter::where("b", how, {text});
    BOOST_TEST(sql_of(filter, database_kind::postgres) == "FALSE");
    BOOST_TEST(sql_of(filter) != "FALSE");
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace row_filters_suite
