// What tests/oracle/ does not say of lists: walks with cursors, which are ours,
// and the bounds.

#include "stagedoor/actors/models/model_rows.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

#include "support/listed_views.hpp"

namespace model_cursors_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// Orders with equal values, with nulls, and by several fields.
constexpr const char* orders[] = {"id",
                                  "-id",
                                  "n",
                                  "-n",
                                  "title",
                                  "-title",
                                  "d",
                                  "-d",
                                  "b",
                                  "nb",
                                  "-nb",
                                  "dt",
                                  "u",
                                  "author",
                                  "-author",
                                  "author,n",
                                  "-author,-n,title",
                                  "n,-author,-d"};

std::string repeated(const std::string& word, std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += (i == 0 ? "" : ",") + word;
  return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_cursors, with_items)

BOOST_AUTO_TEST_CASE(a_walk_meets_each_row_once_in_both_directions) {
  for (const std::string order : orders) {
    const auto all = ids_of(list("unpaged/?ordering=" + order).at("data"));
    BOOST_TEST(all.size() == 25u);
    for (const std::string size : {"1", "4", "5", "6"}) {
      const auto first = "walk/?page_size=" + size + "&ordering=" + order;
      const auto there = walk(first, "next");
      BOOST_TEST(to_json(there.ids) == to_json(all), first);
      const auto back = walk(there.last, "previous");
      BOOST_TEST(to_json(back.ids) == to_json(all), "back: " << first);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_walk_meets_each_row_once_while_rows_come_and_go) {
  for (const std::string order : orders) {
    const auto all = ids_of(list("unpaged/?ordering=" + order).at("data"));
    const auto first = "walk/?page_size=4&ordering=" + order;
    for (const std::string key : {"next", "previous"}) {
      const auto start = key == "next" ? first : walk(first, "next").last;
      const auto met = walk(start, key, [&](const json::array& page) {
        // Behind the row at which the next page begins, and a copy of it.
        for (const auto* row : {&page.front(), &page.back()})
          write("INSERT INTO item (" + columns() + ") SELECT " + columns()
                + " FROM item WHERE id = " + to_json(*row));
        write("DELETE FROM item WHERE id > 25 AND id % 5 = 0");
      });
      json::array old;
      for (const auto& id : met.ids)
        if (id.as_int64() <= 25)
          old.push_back(id);
      BOOST_TEST(to_json(old) == to_json(all), key << ": " << first);
      write("DELETE FROM item WHERE id > 25");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_cursor_outlives_its_row) {
  const auto page = list("walk/?ordering=n").at("data").as_object();
  BOOST_TEST(to_json(ids_of(page)) == "[2,5,8,11]");
  write("DELETE FROM item WHERE id IN (5, 11)");
  BOOST_TEST(
      to_json(ids_of(list(std::string(page.at("next").as_string())).at("data")))
      == "[14,17,20,23]");
}

/// Texts that the field would not take from a client.
BOOST_AUTO_TEST_CASE(a_walk_meets_texts_that_others_have_written) {
  write("UPDATE item SET title = ' ' || title WHERE id % 2 = 0");
  write("UPDATE item SET title = '' WHERE id % 3 = 0");
  const auto all = ids_of(list("unpaged/?ordering=title").at("data"));
  const auto there = walk("walk/?page_size=1&ordering=title", "next");
  BOOST_TEST(to_json(there.ids) == to_json(all));
  BOOST_TEST(to_json(walk(there.last, "previous").ids) == to_json(all));
}

BOOST_AUTO_TEST_CASE(what_is_no_cursor_is_said_to_be_none) {
  for (const std::string bad :
       {"x", "!!!!", "bnVsbA", "W10", "W3RydWVd", "W3RydWUsMV0", "WzEsMSwxXQ",
        "W3RydWUsIngiLDFd", "W3RydWUsMSx7fV0", "%00"})
    BOOST_TEST(
        ask("cur/?cursor=" + bad) == R"(404 {"detail":"Invalid cursor"})", bad);
}

// -- bounds -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_search_has_so_many_words_and_no_more) {
  constexpr auto most = list_rules::words_max;
  BOOST_TEST(ask("se/?search=" + repeated("alpha", most)) == "200 [1,2,3]");
  BOOST_TEST(ask("se/?search=" + repeated("alpha", most + 1))
             == R"(400 {"search":["Ensure this field has no more than 32 )"
                R"(words."]})");
}

BOOST_AUTO_TEST_CASE(a_filter_has_so_many_values_and_no_more) {
  constexpr auto most = list_rules::words_max;
  BOOST_TEST(ask("fs/?id__in=" + repeated("2", most)) == "200 [2]");
  BOOST_TEST(ask("fs/?id__in=" + repeated("2", most + 1))
             == R"(400 {"id__in":["Ensure this field has no more than 32 )"
                R"(elements."]})");
}

BOOST_AUTO_TEST_CASE(a_list_without_pages_is_not_cut) {
  BOOST_TEST(ask("some/") == ask("unpaged/"));
  BOOST_TEST(ask("few/")
             == R"(400 {"detail":"The list has more than 24 items. Filter )"
                R"(it."})");
}

BOOST_AUTO_TEST_CASE(a_page_has_as_many_rows_as_asked_for_up_to_a_bound) {
  const auto rows = [&](const std::string& route) {
    return ids_of(list(route).at("data")).size();
  };
  for (const std::string page : {"page/?page_size=", "lo/?limit="}) {
    BOOST_TEST(rows(page + "14") == 14u);
    BOOST_TEST(rows(page + "15") == 15u);
    BOOST_TEST(rows(page + "16") == 15u);
  }
  BOOST_TEST(rows("cur/?page_size=5") == 5u);
  BOOST_TEST(rows("cur/?page_size=6") == 6u);
  BOOST_TEST(rows("cur/?page_size=7") == 6u);
}

BOOST_AUTO_TEST_CASE(an_order_may_name_a_field_as_often_as_it_likes) {
  const auto all = ids_of(list("unpaged/?ordering=n").at("data"));
  BOOST_TEST(to_json(walk("walk/?ordering=" + repeated("n", 100), "next").ids)
             == to_json(all));
  BOOST_TEST(to_json(walk("walk/?ordering=" + repeated("n,-n", 50), "next").ids)
             == to_json(all));
}

BOOST_AUTO_TEST_CASE(a_search_by_regular_expressions_is_refused) {
  const auto refused = std::make_shared<model_rows>(
      item_model{}.search({"$title"}).definition(), database);
  BOOST_TEST(refused->open()
             == R"(has a search in "$title", which is no field)");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_cursors_suite
