// Replays tests/oracle/lists_sqlite.jsonl, which says what lists of Django REST
// Framework hold, against handlers of models over real sockets.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/listed_views.hpp"
#include "support/source_tree.hpp"

namespace model_lists_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

// -- the records --------------------------------------------------------------

std::string replaced(std::string text, std::string_view from,
                     std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

/// Ours cannot name a filter otherwise than by its field.
std::string in_our_names(std::string text) {
  if (text.starts_with("fs/"))
    for (const auto& [theirs, ours] :
         {std::pair{"n_gt=", "n__gt="}, std::pair{"ids=", "id__in="},
          std::pair{"rng_min=", "n__gte="}, std::pair{"?o=", "?ordering="},
          std::pair{"-name", "-title"}, std::pair{"mc=a&mc=b", "ch__in=a,b"},
          std::pair{"mc=", "ch__in="}, std::pair{"du=", "dt__gte="}})
      text = replaced(std::move(text), theirs, ours);
  return text;
}

/// The route of a recorded request or link.
std::string route_of(std::string text) {
  static const std::regex top{"^(http://testserver)?/"};
  return in_our_names(std::regex_replace(text, top, ""));
}

/// What the original answers, as `seen` says it.
std::string recorded(const json::object& row) {
  const auto* reply = row.if_contains("reply");
  const auto* ids = row.if_contains("ids");
  const auto& status = row.at("status");
  if (ids == nullptr) {
    if (reply == nullptr)
      return to_json(status);
    // Its name of the range.
    auto error = replaced(to_json(*reply), R"("rng":)", R"("n__gte":)");
    return to_json(status) + ' ' + error;
  }
  if (reply == nullptr)
    return seen(status, nullptr, nullptr, *ids);
  auto page = *reply;
  for (const auto* key : {"next", "previous"})
    if (auto* link = page.at(key).if_string())
      *link = route_of(std::string(*link));
  return seen(status, nullptr, &page, *ids);
}

/// Why an answer differs on purpose.
struct difference {
  std::string_view why;
  /// A part of the route.
  std::string_view where;
  std::string_view ours;
  int rows;
};

constexpr std::string_view all_ids =
    "200 [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]";

constexpr difference differences[] = {
    {"cursors of the original mean nothing to us",
     "/?cursor=", R"(404 {"detail":"Invalid cursor"})", 13},
    {"only ASCII digits are numbers", "page=%D9%A1",
     R"(404 {"detail":"Invalid page."})", 1},
    {"an integer does not become another one", "n=1.5",
     R"(400 {"n":["Enter a number."]})", 1},
    {"the original fails with a 500", "n=99999999999999999999",
     R"(400 {"n":["Enter a number."]})", 1},
    {"the original fails with a 500", "id__in=1,x",
     R"(400 {"id__in":["Enter a number."]})", 1},
    {"commas stand between several values", "ch__in=a,b", all_ids, 1},
    {"there are no filters by references to many", "tags=x", all_ids, 1}};

std::vector<json::object> oracle_rows() {
  std::ifstream in(top_of_tree() / "tests/oracle/lists_sqlite.jsonl");
  std::vector<json::object> result;
  for (std::string line; std::getline(in, line);)
    result.push_back(parse_json(line, wire_depth_max)->as_object());
  return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_lists, with_items)

BOOST_AUTO_TEST_CASE(lists_hold_what_they_hold_in_the_original) {
  int equal = 0;
  int without_view = 0;
  std::map<const difference*, int> different;
  for (const auto& row : oracle_rows()) {
    const auto route = route_of(std::string(row.at("request").as_string()));
    // Searches by regular expressions.
    if (route.starts_with("sere/")) {
      ++without_view;
      continue;
    }
    const auto theirs = recorded(row);
    const auto ours = ask(route);
    if (ours == theirs) {
      ++equal;
      continue;
    }
    const auto* known = std::ranges::find_if(differences, [&](const auto& x) {
      return route.find(x.where) != std::string::npos && ours == x.ours;
    });
    if (known != std::end(differences))
      ++different[known];
    else
      BOOST_ERROR(route << "\n  theirs: " << theirs << "\n  ours:   " << ours);
  }
  for (const auto& each : differences)
    BOOST_TEST(different[&each] == each.rows, each.where);
  BOOST_TEST(without_view == 3);
  BOOST_TEST(equal == 187);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_lists_suite
