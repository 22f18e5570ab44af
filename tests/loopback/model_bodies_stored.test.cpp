// Replays tests/oracle/bodies_sqlite.jsonl, or bodies_pg.jsonl where a server
// of PostgreSQL is, against handlers of models over real sockets: what whole
// bodies become when there is a database behind them.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/one_client.hpp"
#include "support/recorded_models.hpp"
#include "support/source_tree.hpp"
#include "support/test_database.hpp"

namespace model_bodies_stored_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

// -- the records --------------------------------------------------------------

std::string text_at(const json::object& row, std::string_view key) {
  const auto* value = row.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string{};
}

std::vector<json::object> oracle_rows() {
  const auto* table =
      postgres_url().empty() ? "bodies_sqlite.jsonl" : "bodies_pg.jsonl";
  std::ifstream in(top_of_tree() / "tests/oracle" / table);
  BOOST_REQUIRE(in.good());
  std::vector<json::object> result;
  for (std::string line; std::getline(in, line);)
    if (auto row = parse_json(line, wire_depth_max))
      result.push_back(std::move(row->get_object()));
  return result;
}

/// The action behind a method of HTTP; empty if there is none.
std::string action_of(const std::string& method, const std::string& path) {
  const auto is_detail = std::ranges::count(path, '/') == 3;
  if (method == "GET")
    return is_detail ? "retrieve" : "list";
  if (is_detail)
    return method == "PUT"      ? "update"
           : method == "PATCH"  ? "partial_update"
           : method == "DELETE" ? "destroy"
                                : "";
  return method == "POST" ? "create" : "";
}

/// A text without what no two runs have in common.
std::string without_chance(const std::string& text) {
  static const std::regex times{R"("20[2-9][0-9]-[^"]*T[^"]*\.[0-9]{6}Z")"};
  static const std::regex random{R"("u":"[^"]*")"};
  return std::regex_replace(std::regex_replace(text, times, "\"now\""), random,
                            R"("u":"…")");
}

/// A text of JSON as we write it.
std::string rewritten(const std::string& text) {
  const auto value = parse_json(text, wire_depth_max);
  return value ? to_json(*value) : text;
}

// -- the differences ----------------------------------------------------------

/// Why an answer differs on purpose.
struct difference {
  std::string_view why;
  /// A part of the name of the row.
  std::string_view where;
  /// How our answer begins.
  std::string_view ours;
  int rows_on_sqlite = 1;
  int rows_on_postgres = 1;
};

constexpr std::string_view not_found_text = R"(404 {"detail":"Not found."})";

constexpr std::array requests_that_differ{
    difference{"a number that no double can hold is malformed", "1e999",
               R"(400 {"detail":"Malformed request.","reason":"a number)"},
    difference{"the original fails with a 500", "[[[[",
               R"(400 {"detail":"Malformed request.","reason":"nested)"},
    difference{"the original fails with a 500", "/9223372036854775808/",
               not_found_text, 1, 0},
    difference{"the original fails with a 500", "/18446744073709551616/",
               not_found_text, 1, 0},
    difference{"only ASCII digits are numbers", "/%D9%A1/", not_found_text},
    difference{"only ASCII digits are numbers", "/\u0661/", not_found_text},
    difference{"a list has an order in any case", "GET list", "200 [{\"id\":1,",
               0, 1},
    difference{"the server gives the keys", "tag with own id",
               "201 {\"id\":\""},
    difference{"no field is unique for a date", "con unique_for_date 2",
               "201 {\"id\":2,"},
};

constexpr std::array values_that_differ{
    difference{"the original fails with a 500", "item.n: 9223372036854775808",
               R"(400 {"n":["Ensure this value is less than or equal to )", 1,
               0},
    difference{"the original fails with a 500", "item.big: 9223372036854775808",
               R"(400 {"big":["Ensure this value is less than or equal to )", 1,
               0},
    difference{"the original fails with a 500", "item.big: -92233720368547",
               R"(400 {"big":["Ensure this value is greater than or equal )", 1,
               0},
    difference{"the original fails with a 500", "item.pos: -1",
               R"(400 {"pos":["Ensure this value is greater than or equal )", 1,
               0},
    difference{"the original fails with a 500", "item.posbig: -1",
               R"(400 {"posbig":["Ensure this value is greater than or )", 1,
               0},
    difference{"the original fails with a 500",
               "item.posbig: 9223372036854775808",
               R"(400 {"posbig":["Ensure this value is less than or )", 1, 0},
    difference{"the original fails with a 500", "item.f: \"nan\"",
               R"(400 {"f":["A valid number is required."]})"},
    difference{"a reply shows what is stored", "item.d: \"-0\"",
               R"(201 "0.00" read "0.00")"},
    difference{"the original fails with a 500", R"(item.js: {"b":1,)",
               R"(201 {"b":1,"a":[null,1,100,"\u0000"]} read {"b":1,)", 0, 1},
};

// -- the server ---------------------------------------------------------------

template <class T>
void add_routes(endpoint& to, const std::string& name,
                const store_ptr& database) {
  const auto rows =
      model_handler(model<T>{}, database).permissions(allow_any());
  to.route(name + "/(?P<pk>[^/]*)/$", rows).route(name + "/$", rows);
}

std::vector<endpoint_spec> endpoints_of(const store_ptr& database) {
  auto result = endpoint("/ws/", handler("root").permissions(allow_any()));
  add_routes<recorded_author>(result, "author", database);
  add_routes<recorded_tag>(result, "tag", database);
  add_routes<recorded_must>(result, "must", database);
  add_routes<recorded_pair>(result, "pair", database);
  add_routes<recorded_con>(result, "con", database);
  add_routes<recorded_item>(result, "item", database);
  return {result};
}

struct answer_parts {
  int status = 0;
  /// The data, or the error.
  json::value content;

  [[nodiscard]] std::string text() const {
    return std::to_string(status) + ' ' + to_json(content);
  }
};

constexpr std::string_view red = "11111111-1111-4111-8111-111111111111";

struct with_rows : test_database {
  with_rows() {
    write("CREATE TABLE kind (key TEXT PRIMARY KEY NOT NULL)");
    write("INSERT INTO kind VALUES ('k')");
    set.emplace(endpoints_of(database));
    write("INSERT INTO tag VALUES ('" + std::string{red} + "', 'red')");
    for (const auto* name : {"ann", "bob"})
      ask("create", "author/", R"({"name":")" + std::string{name} + "\"}");
  }

  /// @param body the text of JSON; without one there is no `data`.
  answer_parts ask(const std::string& action, const std::string& route,
                   const std::string& body) {
    const auto text =
        set->client.ask(R"({"action":")" + action + R"(","route":)"
                        + to_json(json::value(json::string(route)))
                        + (body.empty() ? "" : R"(,"data":)" + body) + "}");
    const auto parsed = parse_json(text, wire_depth_max);
    BOOST_REQUIRE_MESSAGE(static_cast<bool>(parsed), text);
    const auto& envelope = parsed->get_object();
    const auto& errors = envelope.at("errors").as_array();
    return {static_cast<int>(envelope.at("status").as_int64()),
            errors.empty() ? envelope.at("data") : errors.front()};
  }

  std::optional<one_client> set;
};

/// Counts the answers that are those of the original, and those that are not.
class comparison_of_rows {
public:
  explicit comparison_of_rows(std::span<const difference> differences)
      : differences_(differences) {}

  void compare(const std::string& name, const std::string& theirs,
               const std::string& ours) {
    if (ours == theirs) {
      ++equal_;
      return;
    }
    const auto known = std::ranges::find_if(differences_, [&](const auto& x) {
      return name.find(x.where) != std::string::npos
             && ours.starts_with(x.ours);
    });
    if (known != differences_.end())
      ++different_[&*known];
    else
      BOOST_ERROR(name << "\n  theirs: " << theirs << "\n  ours:   " << ours);
  }

  /// Each difference is there, and as often as it says.
  void check(int equal_on_sqlite, int equal_on_postgres) {
    const auto is_sqlite = postgres_url().empty();
    for (const auto& each : differences_)
      BOOST_TEST(
          different_[&each]
              == (is_sqlite ? each.rows_on_sqlite : each.rows_on_postgres),
          each.where << ": " << each.why);
    BOOST_TEST(equal_ == (is_sqlite ? equal_on_sqlite : equal_on_postgres));
  }

private:
  std::span<const difference> differences_;
  int equal_ = 0;
  std::map<const difference*, int> different_;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_bodies_stored, with_rows)

BOOST_AUTO_TEST_CASE(requests_do_to_the_rows_what_they_do_in_the_original) {
  int without_action = 0;
  comparison_of_rows rows{requests_that_differ};
  for (const auto& row : oracle_rows()) {
    const auto request = text_at(row, "request");
    if (request.empty())
      continue;
    const auto space = request.find(' ');
    const auto path = request.substr(space + 1);
    const auto action = action_of(request.substr(0, space), path);
    const auto body = text_at(row, "body");
    const auto reply = text_at(row, "reply");
    // What is of HTTP only, and bodies that no parser takes.
    if (action.empty() || reply.find("JSON parse error") != std::string::npos
        || row.at("status") == 415) {
      ++without_action;
      continue;
    }
    const auto theirs = to_json(row.at("status")) + ' '
                        + (reply.empty() ? "null" : rewritten(reply));
    const auto ours =
        ask(action, path.substr(1), body.empty() ? "{}" : body).text();
    rows.compare(text_at(row, "case") + ": " + request + ' '
                     + body.substr(0, 80),
                 without_chance(theirs), without_chance(ours));
  }
  BOOST_TEST(without_action == 10);
  rows.check(75, 76);
}

BOOST_AUTO_TEST_CASE(rows_keep_the_values_that_they_keep_in_the_original) {
  int unread = 0;
  comparison_of_rows rows{values_that_differ};
  int number = 0;
  ask("create", "item/", R"({"title":"t","slug":"s0"})");
  for (const auto& row : oracle_rows()) {
    const auto name = text_at(row, "case");
    if (!name.starts_with("item."))
      continue;
    const auto field = name.substr(5);
    const auto input = parse_json(text_at(row, "input"), wire_depth_max);
    // The table shortens long values, and no parser takes half a character.
    if (!input) {
      ++unread;
      continue;
    }
    json::object body{{"title", "t"}, {"slug", "n" + std::to_string(++number)}};
    body[field] = *input;
    const auto answer = ask("create", "item/", to_json(body));
    auto ours = answer.text();
    auto theirs = to_json(row.at("status"));
    if (answer.status == 201) {
      const auto& data = answer.content.as_object();
      const auto again =
          ask("retrieve", "item/" + to_json(data.at("id")) + "/", {});
      ours = "201 " + to_json(data.at(field)) + " read "
             + to_json(again.content.as_object().at(field));
    }
    if (theirs == "201")
      theirs += ' ' + rewritten(text_at(row, "value")) + " read "
                + rewritten(text_at(row, "read_back"));
    else if (theirs == "400")
      theirs += ' ' + to_json(row.at("errors"));
    rows.compare(name + ": " + to_json(*input).substr(0, 80),
                 without_chance(theirs), without_chance(ours));
  }
  BOOST_TEST(unread == 7);
  rows.check(113, 118);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_bodies_stored_suite
