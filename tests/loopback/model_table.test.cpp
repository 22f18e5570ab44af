// The table of a model, in a database in a real file: how it is made and
// compared, and what its columns hold.

#include "stagedoor/actors/models/model_table.hpp"

#include "stagedoor/protocol/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/post_model.hpp"
#include "support/test_database.hpp"

namespace model_table_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using kinds = field_kinds;

field key() {
  return kinds::integer().filled_with(server_value::primary_key);
}

/// A model with a key and these fields.
object_description
described(const std::vector<std::pair<std::string, field>>& all) {
  object_description result("item");
  result.field("id", key());
  for (const auto& [name, rules] : all)
    result.field(name, rules);
  return result;
}

struct with_tables : test_database {
  /// @returns why the table does not fit; empty if it does.
  std::string open(const object_description& about, bool adds_columns = false) {
    const model_table table{about, adds_columns, database->kind()};
    BOOST_TEST(table.fault() == "");
    return run([&](sql_session& sql) { table.open(sql); });
  }

  /// What an existing table is told for one field.
  std::string compare(const std::string& columns, const field& rules) {
    write("DROP TABLE IF EXISTS item");
    write("CREATE TABLE item (id INTEGER PRIMARY KEY" + columns + ")");
    return open(described({{"a", rules}}));
  }

  /// What a value becomes on its way through the table.
  json::value stored(const field& rules, const json::value& value) {
    write("DROP TABLE IF EXISTS item");
    const model_table table{described({{"a", rules}}), false, database->kind()};
    json::value result;
    BOOST_TEST(run([&](sql_session& sql) {
                 table.open(sql);
                 const auto row = table.insert(sql, {{"a", value}});
                 result = table.find(sql, row.at("id"), {})->at("a");
                 BOOST_TEST(row.at("a") == result);
               })
               == "");
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_table, with_tables)

// The suite is a namespace of the same name.
using stagedoor::model_table;

// -- the schema ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_table_is_made_once_and_compared_from_then_on) {
  const auto& about = post::described().object();
  BOOST_TEST(open(about) == "");
  BOOST_TEST(open(about) == "");
  BOOST_TEST(open(remark::described().object()) == "");
  BOOST_TEST(open(remark::described().object()) == "");
  BOOST_TEST(count("post") + count("remark") == 0);
}

BOOST_AUTO_TEST_CASE(a_table_that_does_not_fit_says_where, *on_sqlite()) {
  const auto text = kinds::text();
  BOOST_TEST(compare(", a TEXT NOT NULL", text) == "");
  BOOST_TEST(compare("", text)
             == R"(the table "item" lacks the column "a" TEXT NOT NULL)");
  BOOST_TEST(compare(", a INTEGER NOT NULL", text)
             == R"(the table "item" has the column "a" as INTEGER NOT NULL, )"
                "not as TEXT NOT NULL");
  BOOST_TEST(compare(", a TEXT", text)
             == R"(the table "item" has the column "a" as TEXT, not as TEXT )"
                "NOT NULL");
  BOOST_TEST(compare(", a TEXT NOT NULL", text.nullable())
             == R"(the table "item" has the column "a" as TEXT NOT NULL, not )"
                "as TEXT");
  BOOST_TEST(compare(", a TEXT NOT NULL", text.unique())
             == R"(the table "item" has no unique index over "a")");
  BOOST_TEST(compare(", a TEXT NOT NULL UNIQUE", text.unique()) == "");
  write("DROP TABLE item");
  write("CREATE TABLE item (id INTEGER NOT NULL, a TEXT PRIMARY KEY NOT NULL)");
  BOOST_TEST(open(described({{"a", text}}))
             == R"(the table "item" has another primary key than "id")");
}

BOOST_AUTO_TEST_CASE(sets_are_compared_whatever_their_order, *on_sqlite()) {
  auto about = described({{"a", kinds::text()}, {"b", kinds::text()}});
  about.unique_together({"a", "b"});
  const std::string columns = "id INTEGER PRIMARY KEY, a TEXT NOT NULL, "
                              "b TEXT NOT NULL";
  write("CREATE TABLE item (" + columns + ", UNIQUE (b, a))");
  BOOST_TEST(open(about) == "");
  write("DROP TABLE item");
  write("CREATE TABLE item (" + columns + ")");
  BOOST_TEST(open(about)
             == R"(the table "item" has no unique index over "a", "b")");
  // It does not cover all rows.
  write("CREATE UNIQUE INDEX part ON item (a, b) WHERE a > 'm'");
  BOOST_TEST(open(about)
             == R"(the table "item" has no unique index over "a", "b")");
}

BOOST_AUTO_TEST_CASE(columns_that_may_be_null_are_added_if_asked_for,
                     *on_sqlite()) {
  write("CREATE TABLE item (id INTEGER PRIMARY KEY)");
  const auto about = described({{"a", kinds::text().nullable()}});
  BOOST_TEST(open(about) == R"(the table "item" lacks the column "a" TEXT)");
  BOOST_TEST(open(about, true) == "");
  BOOST_TEST(open(about) == "");
  // What could not be null in the rows that are there.
  BOOST_TEST(open(described({{"b", kinds::text()}}), true)
             == R"(the table "item" lacks the column "b" TEXT NOT NULL)");
}

BOOST_AUTO_TEST_CASE(a_description_that_is_no_table_says_why) {
  const auto fault = [](const object_description& about) {
    return model_table{about, false, database_kind::sqlite}.fault();
  };
  object_description none("item");
  none.field("a", kinds::text());
  BOOST_TEST(fault(none) == "has no primary key");
  BOOST_TEST(fault(described({})) == "has no field but its primary key");
  BOOST_TEST(fault(described({{"b", key()}})) == "has two primary keys");
  BOOST_TEST(fault(described(
                 {{"id", kinds::text().filled_with(server_value::primary_key)},
                  {"a", kinds::text()}}))
             == "has a primary key that is neither an integer nor a UUID");
  BOOST_TEST(
      fault(described({{"a", kinds::uuid().shown_as(uuid_form::integer)}}))
      == R"("a" shows a UUID as an integer)");
  for (const std::string name :
       {"", "1a", "a b", "a\"", "a.b", "\u00e4", "a-b"}) {
    const auto text = '"' + name + "\" cannot be a name in a database";
    BOOST_TEST(fault(described({{name, kinds::text()}})) == text);
    BOOST_TEST(fault(described({{"a", kinds::reference(name)}})) == text);
    BOOST_TEST(fault(object_description{name}) == text);
  }
  const std::string longest(63, 'a');
  BOOST_TEST(fault(described({{longest, kinds::text()}})) == "");
  BOOST_TEST(fault(described({{longest + 'a', kinds::text()}})) != "");
  auto unknown = described({{"a", kinds::text()}});
  unknown.unique_together({"a", "c"});
  BOOST_TEST(fault(unknown)
             == R"(has a unique set with "c", which is no field)");
}

// -- values -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(values_of_all_kinds_come_back_as_they_were) {
  const auto comes_back = [&](const field& rules,
                              const std::vector<json::value>& values) {
    for (const auto& value : values)
      BOOST_TEST(to_json(stored(rules, value)) == to_json(value));
  };
  comes_back(kinds::text(), {"", "x", "\u00e4\U0001f600", "a'b\"c;--"});
  comes_back(kinds::integer(), {0, -1, INT64_MAX, INT64_MIN});
  comes_back(kinds::floating(), {0.1, -0.5, 1e308, 5e-324});
  comes_back(kinds::decimal(20, 2), {"0.10", "-999999999999999999.99"});
  comes_back(kinds::boolean(), {true, false});
  comes_back(kinds::date(), {"2024-02-29", "0001-01-01", "9999-12-31"});
  comes_back(kinds::time(), {"10:20:30", "10:20:30.500000"});
  comes_back(kinds::date_time(),
             {"2024-02-29T10:20:30Z", "2024-02-29T10:20:30.000001Z",
              "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"});
  comes_back(kinds::date_time().in_zone(std::chrono::hours{5}),
             {"2024-02-29T10:20:30+05:00"});
  comes_back(kinds::duration(), {"00:00:00", "1 02:03:04.500000", "-1 23:59:59",
                                 "106751990 00:00:00"});
  comes_back(kinds::uuid(), {"aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"});
  comes_back(kinds::uuid().shown_as(uuid_form::urn),
             {"urn:uuid:aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"});
  comes_back(kinds::choice({1, 2}), {1, 2});
  comes_back(kinds::choice({"a", "b"}), {"a"});
  comes_back(kinds::choice({"a", 1}), {"a", 1});
  comes_back(kinds::list(), {json::array{}, json::array{1, "a", nullptr}});
  comes_back(kinds::dictionary(), {json::object{{"a", 1}, {"b", nullptr}}});
  comes_back(kinds::json(), {1, 1.5, "a", json::array{}, json::object{}, true});
  comes_back(kinds::anything(), {nullptr, "null", 1});
  comes_back(kinds::text().nullable(), {nullptr, "null"});
  comes_back(kinds::decimal(6, 2).as_number().nullable(), {1.5, nullptr});
}

BOOST_AUTO_TEST_CASE(a_text_may_have_a_nul, *on_sqlite()) {
  const json::string text("a\0b", 3);
  BOOST_TEST(stored(kinds::text(), text) == text);
}

BOOST_AUTO_TEST_CASE(what_others_have_written_may_not_be_readable,
                     *on_sqlite()) {
  const model_table table{described({{"a", kinds::date_time()}}), false,
                          database->kind()};
  BOOST_TEST(run([&](sql_session& sql) { table.open(sql); }) == "");
  write("INSERT INTO item VALUES (1, 'yesterday')");
  BOOST_TEST(run([&](sql_session& sql) { (void)table.find(sql, 1, {}); })
             == R"(the column "a" has a value that its field cannot have)");
}

BOOST_AUTO_TEST_CASE(keys_are_given_and_not_given_twice) {
  object_description about("item");
  about.field("id", kinds::uuid().filled_with(server_value::primary_key));
  about.field("a", kinds::text());
  const model_table table{about, false, database->kind()};
  std::vector<json::value> given;
  BOOST_TEST(run([&](sql_session& sql) {
               table.open(sql);
               for (const std::string text : {"x", "y"})
                 given.push_back(
                     table.insert(sql, {{"a", json::string(text)}}).at("id"));
               BOOST_TEST(table.find(sql, given[1], {})->at("a") == "y");
             })
             == "");
  BOOST_TEST(given[0] != given[1]);
}

// -- filters ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(filters_find_what_they_say) {
  const model_table table{described({{"n", kinds::integer().nullable()},
                                     {"t", kinds::text()},
                                     {"d", kinds::decimal(10, 2)}}),
                          false, database->kind()};
  BOOST_TEST(run([&](sql_session& sql) {
               table.open(sql);
               const auto add = [&](const json::value& n, const char* t,
                                    const char* d) {
                 table.insert(sql, {{"n", n}, {"t", t}, {"d", d}});
               };
               add(1, "alpha", "9.50");
               add(2, "a%b_c\\d", "10.00");
               add(nullptr, "ALPHA", "-3.00");
             })
             == "");
  const auto found = [&](const row_filter& filter) {
    std::string result;
    BOOST_TEST(run([&](sql_session& sql) {
                 sql_text condition;
                 append_condition(condition, filter, table.columns());
                 for (const auto& row :
                      table.list(sql, condition, {{&table.key(), false}}, 9, 0))
                   result += to_json(row.at("id"));
               })
               == "");
    return result;
  };
  const auto compared = [&](const char* name, comparison how,
                            const json::value& value) {
    return found(row_filter::where(name, how, json::array{value}));
  };
  using enum comparison;
  BOOST_TEST(found({}) == "123");
  BOOST_TEST(found(row_filter::none()) == "");
  BOOST_TEST(found(where("n", 1)) == "1");
  BOOST_TEST(found(where("n", "1")) == "1");
  // The id of nobody is nobody's.
  BOOST_TEST(found(where("n", nullptr)) == "");
  BOOST_TEST(found(where("n", "x")) == "");
  BOOST_TEST(found(where_null("n")) == "3");
  BOOST_TEST(found(!where_null("n")) == "12");
  BOOST_TEST(found(!where("n", 1)) == "23");
  BOOST_TEST(found(where("n", 1) || where("t", "ALPHA")) == "13");
  BOOST_TEST(found(where("n", 1) && where("t", "ALPHA")) == "");
  BOOST_TEST(found(!(where("n", 1) || where("n", 2))) == "3");
  BOOST_TEST(compared("n", less, 2) == "1");
  BOOST_TEST(compared("n", less_or_equal, 2) == "12");
  BOOST_TEST(compared("n", greater, 1) == "2");
  BOOST_TEST(compared("n", greater_or_equal, 1) == "12");
  // By their values and not by their texts.
  BOOST_TEST(compared("d", less, "10") == "13");
  BOOST_TEST(compared("d", equal, "9.5") == "1");
  // The digits of the field bound what it holds, not what it is compared with.
  BOOST_TEST(compared("d", less, "123456789012.345") == "123");
  BOOST_TEST(compared("d", greater, "-3.001") == "123");
  BOOST_TEST(compared("d", less, "1e-999") == "3");
  BOOST_TEST(compared("t", contains, "LPH") == "13");
  BOOST_TEST(compared("t", starts_with, "a") == "123");
  BOOST_TEST(compared("t", starts_with, "lpha") == "");
  BOOST_TEST(compared("t", equal_without_case, "alpha") == "13");
  for (const std::string mark : {"%", "_", "\\"})
    BOOST_TEST(compared("t", contains, json::string(mark)) == "2");
  BOOST_TEST(compared("t", contains, json::string("a\0", 2)) == "");
  BOOST_TEST(compared("t", contains, json::string(60'000, '%')) == "");
  BOOST_TEST(compared("t", contains, "") == "123");
  BOOST_TEST(found(row_filter::where("n", in, {1, 2, "x"})) == "12");
  BOOST_TEST(found(row_filter::where("n", in, {})) == "");
  BOOST_TEST(run([&](sql_session&) {
               sql_text condition;
               append_condition(condition, where("x", 1), table.columns());
             })
             == R"(a filter names the field "x", which is not there)");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_table_suite
