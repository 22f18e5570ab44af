// The table of a model in PostgreSQL: how it is made and compared.

#include "stagedoor/actors/models/model_table.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "support/test_database.hpp"

namespace postgres_schema_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using kinds = field_kinds;

/// A model with a key and these fields.
object_description
described(const std::vector<std::pair<std::string, field>>& all) {
  object_description result("item");
  result.field("id", kinds::integer().filled_with(server_value::primary_key));
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
    write("CREATE TABLE item (id BIGINT PRIMARY KEY" + columns + ")");
    return open(described({{"a", rules}}));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_schema, with_tables)

BOOST_AUTO_TEST_CASE(each_kind_of_field_has_a_type_of_postgresql) {
  write("CREATE TABLE other (id BIGINT PRIMARY KEY, key UUID UNIQUE)");
  const auto type_of = [&](const field& rules) {
    write("DROP TABLE IF EXISTS item");
    BOOST_TEST(open(described({{"a", rules}})) == "");
    // What was made is found to fit.
    BOOST_TEST(open(described({{"a", rules}})) == "");
    std::string result;
    BOOST_TEST(run([&](sql_session& sql) {
                 result = columns_of(sql, "item").at(1).type;
               })
               == "");
    return result;
  };
  BOOST_TEST(type_of(kinds::text()) == R"(TEXT COLLATE "C")");
  BOOST_TEST(type_of(kinds::integer()) == "BIGINT");
  BOOST_TEST(type_of(kinds::boolean()) == "BOOLEAN");
  BOOST_TEST(type_of(kinds::floating()) == "DOUBLE PRECISION");
  BOOST_TEST(type_of(kinds::decimal(9, 2)) == "NUMERIC");
  BOOST_TEST(type_of(kinds::uuid()) == "UUID");
  BOOST_TEST(type_of(kinds::date()) == "DATE");
  BOOST_TEST(type_of(kinds::time()) == "TIME WITHOUT TIME ZONE");
  BOOST_TEST(type_of(kinds::date_time()) == "TIMESTAMP WITH TIME ZONE");
  BOOST_TEST(type_of(kinds::duration()) == "BIGINT");
  BOOST_TEST(type_of(kinds::json()) == R"(TEXT COLLATE "C")");
  BOOST_TEST(type_of(kinds::reference("other")) == "BIGINT");
}

BOOST_AUTO_TEST_CASE(a_table_that_does_not_fit_says_where) {
  const auto text = kinds::text();
  const std::string is_text = ", a TEXT COLLATE \"C\"";
  BOOST_TEST(compare(is_text + " NOT NULL", text) == "");
  BOOST_TEST(compare("", text)
             == R"(the table "item" lacks the column "a" TEXT COLLATE "C" )"
                "NOT NULL");
  BOOST_TEST(compare(", a VARCHAR(9) COLLATE \"C\" NOT NULL", text)
             == R"(the table "item" has the column "a" as CHARACTER )"
                R"(VARYING(9) COLLATE "C" NOT NULL, not as TEXT COLLATE "C" )"
                "NOT NULL");
  // Lists would have another order.
  BOOST_TEST(compare(", a TEXT NOT NULL", text)
             == R"(the table "item" has the column "a" as TEXT NOT NULL, not )"
                R"(as TEXT COLLATE "C" NOT NULL)");
  BOOST_TEST(compare(is_text, text)
             == R"(the table "item" has the column "a" as TEXT COLLATE "C", )"
                R"(not as TEXT COLLATE "C" NOT NULL)");
  BOOST_TEST(compare(is_text + " NOT NULL", text.unique())
             == R"(the table "item" has no unique index over "a")");
  BOOST_TEST(compare(is_text + " NOT NULL UNIQUE", text.unique()) == "");
  write("DROP TABLE item");
  write("CREATE TABLE item (id BIGINT NOT NULL, a BIGINT PRIMARY KEY)");
  BOOST_TEST(open(described({{"a", kinds::integer()}}))
             == R"(the table "item" has another primary key than "id")");
}

BOOST_AUTO_TEST_CASE(sets_are_compared_whatever_their_order) {
  auto about = described({{"a", kinds::integer()}, {"b", kinds::integer()}});
  about.unique_together({"a", "b"});
  const std::string columns = "id BIGINT PRIMARY KEY, a BIGINT NOT NULL, "
                              "b BIGINT NOT NULL";
  const auto* none = R"(the table "item" has no unique index over "a", "b")";
  write("CREATE TABLE item (" + columns + ", UNIQUE (b, a))");
  BOOST_TEST(open(about) == "");
  write("DROP TABLE item");
  write("CREATE TABLE item (" + columns + ")");
  BOOST_TEST(open(about) == none);
  // None of these is over both columns and all rows.
  write("CREATE UNIQUE INDEX part ON item (a, b) WHERE a > 1");
  write("CREATE UNIQUE INDEX computed ON item (a, (b + 1))");
  write("CREATE UNIQUE INDEX with_another ON item (a) INCLUDE (b)");
  BOOST_TEST(open(about) == none);
  write("CREATE UNIQUE INDEX whole ON item (a, b)");
  BOOST_TEST(open(about) == "");
}

BOOST_AUTO_TEST_CASE(columns_that_may_be_null_are_added_if_asked_for) {
  write("CREATE TABLE item (id BIGINT PRIMARY KEY)");
  const auto about = described({{"a", kinds::integer().nullable()}});
  BOOST_TEST(open(about) == R"(the table "item" lacks the column "a" BIGINT)");
  BOOST_TEST(open(about, true) == "");
  BOOST_TEST(open(about) == "");
}

BOOST_AUTO_TEST_CASE(a_column_that_was_dropped_is_not_there) {
  write("CREATE TABLE item (id BIGINT PRIMARY KEY, a BIGINT NOT NULL)");
  write("ALTER TABLE item DROP COLUMN a");
  BOOST_TEST(open(described({{"a", kinds::integer()}}))
             == R"(the table "item" lacks the column "a" BIGINT NOT NULL)");
}

BOOST_AUTO_TEST_CASE(servers_that_start_together_make_a_table_once) {
  const auto about = described({{"a", kinds::integer()}});
  const model_table table{about, false, database_kind::postgres};
  for (int round = 0; round < 20; ++round) {
    write("DROP TABLE IF EXISTS item");
    std::array<job_ending, 6> ends;
    for (auto& end : ends)
      database->write(
          store::clock::now() + std::chrono::seconds{20},
          [&](sql_session& sql) { table.open(sql); }, end.ending());
    for (auto& end : ends)
      BOOST_TEST(!end.wait(), end.text());
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace postgres_schema_suite
