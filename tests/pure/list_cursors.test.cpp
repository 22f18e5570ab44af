#include "stagedoor/actors/models/list_cursor.hpp"
#include "stagedoor/protocol/base64url.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace list_cursors_suite {

using namespace stagedoor;

namespace {

object_description described() {
  object_description result("item");
  result.field("id", field::integer().filled_with(server_value::primary_key))
      .field("title", field::text().length_max(5))
      .field("price", field::decimal(6, 2).nullable())
      .field("day", field::date());
  return result;
}

struct an_order {
  model_table table{described(), false, database_kind::sqlite};
  std::vector<order_term> order{{table.find_column("title"), false},
                                {table.find_column("price"), true},
                                {&table.key(), false}};

  /// Reads a cursor whose text stands for this JSON.
  [[nodiscard]] bool takes(const std::string& text) const {
    return list_cursor::parse(encode_base64url(text), order).has_value();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(list_cursors, an_order)

BOOST_AUTO_TEST_CASE(a_cursor_that_was_written_is_read) {
  for (const bool backwards : {true, false}) {
    for (const json::object& row :
         {json::object{{"id", 7}, {"title", "x"}, {"price", "1.50"}},
          json::object{{"id", 7}, {"title", ""}, {"price", nullptr}},
          // What others may have written.
          json::object{{"id", -7}, {"title", " a long text "}, {"price", "-0"}},
          json::object{
              {"id", INT64_MAX}, {"title", "\u00e9\0"}, {"price", "1"}}}) {
      const list_cursor written{backwards, row, order};
      const auto read = list_cursor::parse(written.text(), order);
      BOOST_TEST_REQUIRE(read.has_value());
      BOOST_TEST(read->is_backwards == backwards);
      BOOST_TEST(to_json(read->values) == to_json(written.values));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_no_cursor) {
  for (const std::string text : {"", "A", "!", "AAAA", "W3RydWV", "=", " "})
    BOOST_TEST(!list_cursor::parse(text, order).has_value(), text);
  BOOST_TEST(takes(R"([true,"x","1",1])"));
  for (const std::string text :
       {"", "null", "1", "true", "{}", "[]", R"([true,"x","1",1)",
        R"([true,"x","1",1]])", R"({"0":true})", "\xff\xfe"})
    BOOST_TEST(!takes(text), text);
}

BOOST_AUTO_TEST_CASE(a_cursor_has_a_direction_and_a_value_for_each_field) {
  for (const std::string text :
       {"[true]", R"([true,"x","1"])", R"([true,"x","1",1,1])",
        R"(["x","1",1])", R"([1,"x","1",1])", R"([null,"x","1",1])",
        R"(["true","x","1",1])"})
    BOOST_TEST(!takes(text), text);
}

BOOST_AUTO_TEST_CASE(each_value_is_one_of_its_field) {
  BOOST_TEST(takes(R"([false,null,null,null])"));
  for (const std::string text :
       {R"([false,[],"1",1])", R"([false,{},"1",1])", R"([false,true,"1",1])",
        R"([false,"x","abc",1])", R"([false,"x",[],1])", R"([false,"x","",1])",
        R"([false,"x","1","abc"])", R"([false,"x","1",1.5])",
        R"([false,"x","1",true])", R"([false,"x","1",9223372036854775808])",
        R"([false,"x","1",1e300])", R"([false,"x","1",[[[[[[[[[1]]]]]]]]]])"})
    BOOST_TEST(!takes(text), text);
  order.push_back({table.find_column("day"), false});
  BOOST_TEST(takes(R"([false,"x","1",1,"2024-02-29"])"));
  BOOST_TEST(!takes(R"([false,"x","1",1,"2024-02-30"])"));
}

BOOST_AUTO_TEST_CASE(a_cursor_of_another_order_is_none) {
  const list_cursor written{false, {{"title", "x"}}, {order[0]}};
  BOOST_TEST(!list_cursor::parse(written.text(), order).has_value());
  BOOST_TEST(!list_cursor::parse(written.text(), {order[2]}).has_value());
  BOOST_TEST(list_cursor::parse(written.text(), {order[0]}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace list_cursors_suite
