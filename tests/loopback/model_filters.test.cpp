// Whether a row passes a filter is decided in two places: by the database, for
// lists, and in the process, for subscriptions. Both must agree.

#include "stagedoor/actors/models/row_match.hpp"

#include <boost/test/unit_test.hpp>

#include <set>
#include <string>
#include <vector>

#include "support/listed_item.hpp"

namespace model_filters_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

std::vector<row_filter> filters() {
  std::vector<row_filter> result{row_filter{}, row_filter::none()};
  const auto add = [&](const std::string& field, comparison how,
                       const json::array& values) {
    result.push_back(row_filter::where(field, how, values));
  };
  constexpr std::array signs{comparison::equal, comparison::less,
                             comparison::less_or_equal, comparison::greater,
                             comparison::greater_or_equal};
  for (const auto how : signs) {
    for (const auto& [field, value] :
         std::vector<std::pair<std::string, json::value>>{
             {"id", 12},
             {"n", 2},
             {"n", "2"},
             {"n", "two"},
             {"d", "9.5"},
             {"d", "9.500"},
             {"d", 10},
             {"d", "-0"},
             {"title", "b a"},
             {"title", "alpha"},
             {"title", "\xC3\xA4pfel"},
             {"title", ""},
             {"b", true},
             {"b", false},
             {"nb", true},
             {"dt", "2024-01-10T00:00:00Z"},
             {"dt", "2024-01-10T03:00:00+03:00"},
             {"u", "11111111-1111-4111-8111-111111111109"},
             {"author", 1},
             {"author", nullptr},
             {"author__name", "ann"}})
      add(field, how, {value});
  }
  constexpr std::array searches{comparison::contains, comparison::starts_with,
                                comparison::equal_without_case};
  for (const auto how : searches) {
    for (const auto* word : {"a", "ALPHA", "b", "\xC3\x84", "100%", "\\", ",",
                             "\"hi\"", "_", "zzz", ""})
      for (const auto* field : {"title", "slug", "author__name", "ch"})
        add(field, how, {word});
    add("n", how, {"2"});
    add("title", how, {5});
  }
  add("n", comparison::in, {1, 3});
  add("n", comparison::in, {1, "x", nullptr});
  add("n", comparison::in, {});
  add("title", comparison::in, {"alpha", "a,b"});
  add("d", comparison::in, {"3.5", "4.50"});
  for (const auto* field : {"nb", "author", "title"})
    add(field, comparison::is_null, {});
  // In pairs, and turned round.
  const auto single = result;
  for (std::size_t i = 0; i + 1 < single.size(); i += 3) {
    result.push_back(single[i] && single[i + 1]);
    result.push_back(single[i] || !single[i + 1]);
    result.push_back(!(single[i] || single[i + 1]));
  }
  return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_filters, listed_database)

BOOST_AUTO_TEST_CASE(the_database_and_the_process_agree_on_each_filter) {
  const model_table table{listed_item::described().object(), false,
                          database->kind()};
  std::size_t passed = 0;
  std::size_t asked = 0;
  BOOST_TEST(run([&](sql_session& sql) {
               std::vector<json::object> rows;
               for (int id = 1; id <= 25; ++id)
                 rows.push_back(*table.find(sql, id, {}));
               for (const auto& filter : filters()) {
                 sql_text condition;
                 append_condition(condition, filter, table.columns());
                 std::set<std::int64_t> found;
                 for (const auto& row :
                      table.list(sql, condition, {{&table.key()}}, 100, 0))
                   found.insert(row.at("id").as_int64());
                 for (const auto& row : rows) {
                   ++asked;
                   const auto passes =
                       row_matches(row, filter, table.columns());
                   passed += passes ? 1 : 0;
                   BOOST_TEST(passes == found.contains(row.at("id").as_int64()),
                              condition.text << " for " << to_json(row));
                 }
               }
             })
             == "");
  // Neither answer is the only one.
  BOOST_TEST(passed > asked / 10);
  BOOST_TEST(passed < asked);
}

BOOST_AUTO_TEST_CASE(a_filter_of_no_field_is_an_error) {
  const model_table table{listed_item::described().object(), false,
                          database->kind()};
  BOOST_CHECK_THROW(row_matches({}, where("x", 1), table.columns()), sql_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_filters_suite
