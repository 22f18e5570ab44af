#include "stagedoor/actors/store/postgres_text.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>

namespace postgres_text_suite {

using namespace stagedoor;

namespace {

std::string text_of(std::string_view statement) {
  return to_postgres(statement).text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(postgres_text)

BOOST_AUTO_TEST_CASE(names_values_as_postgresql_does) {
  BOOST_TEST(text_of("a = ?1 AND b IN (?2, ?12)")
             == "a = $1 AND b IN ($2, $12)");
  BOOST_TEST(to_postgres("?2 ?12 ?3").values == 12);
  BOOST_TEST(to_postgres("SELECT 1").values == 0);
  BOOST_TEST(text_of("?1?2") == "$1$2");
}

BOOST_AUTO_TEST_CASE(leaves_question_marks_that_name_no_value) {
  BOOST_TEST(text_of("a ? 'key' ?| b ?") == "a ? 'key' ?| b ?");
  BOOST_TEST(text_of("?0") == "?0");
}

BOOST_AUTO_TEST_CASE(leaves_what_is_quoted) {
  BOOST_TEST(text_of("'?1' ?2") == "'?1' $2");
  BOOST_TEST(text_of("'it''s ?1' ?2") == "'it''s ?1' $2");
  BOOST_TEST(text_of("'\\' ?1") == "'\\' $1");
  BOOST_TEST(text_of("E'\\' ?1' ?2") == "E'\\' ?1' $2");
  BOOST_TEST(text_of("\"a?1\" ?2") == "\"a?1\" $2");
  BOOST_TEST(text_of("$$ ?1 $$ ?2") == "$$ ?1 $$ $2");
  BOOST_TEST(text_of("$a$ $$ ?1 $a$ ?2") == "$a$ $$ ?1 $a$ $2");
  // What has no end ends with the statement.
  BOOST_TEST(text_of("' ?1") == "' ?1");
  BOOST_TEST(text_of("$a$ ?1 $$") == "$a$ ?1 $$");
}

BOOST_AUTO_TEST_CASE(takes_no_dollar_of_a_name_for_a_quote) {
  BOOST_TEST(text_of("a$b$ ?1") == "a$b$ $1");
  BOOST_TEST(text_of("$1$ ?1") == "$1$ $1");
}

BOOST_AUTO_TEST_CASE(leaves_comments) {
  BOOST_TEST(text_of("-- ?1\n?2") == "-- ?1\n$2");
  BOOST_TEST(text_of("/* ?1 /* ?2 */ ?3 */ ?4") == "/* ?1 /* ?2 */ ?3 */ $4");
  BOOST_TEST(text_of("1 - -1 / ?1 * ?2") == "1 - -1 / $1 * $2");
}

BOOST_AUTO_TEST_CASE(sees_what_is_for_the_store) {
  for (const auto* statement :
       {"commit", "ROLLBACK", " \n-- a\n/* b */Begin", "set a = 1", "SET",
        "COPY a FROM STDIN", "Savepoint a", "LISTEN a;"})
    BOOST_TEST(is_for_the_store(statement), statement);
  for (const auto* statement : {"SELECT 1", "SET LOCAL a = 1", "", "/* commit",
                                "committed", "UPDATE a SET b = 1", "'commit'"})
    BOOST_TEST(!is_for_the_store(statement), statement);
}

BOOST_AUTO_TEST_CASE(writes_values_that_read_back_as_they_were) {
  const auto written = values_for_postgres(
      {sql_value{}, std::int64_t{-5}, 0.1, 1e300, std::string("x")}, "");
  BOOST_TEST(!written[0]);
  BOOST_TEST(*written[1] == "-5");
  BOOST_TEST(*written[2] == "0.1");
  BOOST_TEST(*written[3] == "1e+300");
  BOOST_TEST(*written[4] == "x");
}

BOOST_AUTO_TEST_CASE(refuses_values_that_postgresql_does_not_have) {
  const auto fault_of = [](const sql_value& value) {
    try {
      values_for_postgres({value}, "SELECT ?1");
      return std::string{};
    } catch (const sql_error& error) {
      BOOST_TEST((error.fault() == sql_fault::wrong_type));
      return std::string(error.what());
    }
  };
  BOOST_TEST(fault_of(std::string("a\0b", 3))
             == "a text with a NUL is no value of PostgreSQL: SELECT ?1");
  BOOST_TEST(fault_of(std::nan(""))
             == "a number that is none is no value of PostgreSQL: SELECT ?1");
  BOOST_TEST(fault_of(std::string("ab")) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace postgres_text_suite
