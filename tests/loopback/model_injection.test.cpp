// Nasty texts and values in every place of a message that a client controls. No
// value becomes a part of SQL, each message gets an answer that says what is
// wrong, and what is stored reads back as it was.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/protocol/base64url.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/json/spelling.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/nasty_values.hpp"
#include "support/one_client.hpp"
#include "support/test_database.hpp"

namespace model_injection_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// A row with a field of each kind.
struct vault {
  std::int64_t id = 0;
  std::string text = "x";
  std::string kept = "x";
  std::string slug = "x";
  std::string email = "x";
  std::string url = "x";
  std::string address = "x";
  std::int64_t number = 1;
  double real = 1;
  decimal amount;
  bool flag = false;
  std::string token = "11111111-1111-4111-8111-111111111111";
  std::chrono::year_month_day day{std::chrono::year{2024},
                                  std::chrono::month{2}, std::chrono::day{29}};
  time_of_day at;
  utc_time moment;
  std::chrono::microseconds span{1};
  std::string choice = "a";
  json::value any;
  std::vector<std::string> list;
  std::map<std::string, std::string> dictionary;
  std::optional<std::int64_t> parent;

  static const description<vault>& described();
};

const description<vault>& vault::described() {
  static const auto result =
      describe<vault>("vault")
          .field("id", &vault::id,
                 field::integer().filled_with(server_value::primary_key))
          .field("text", &vault::text, field::text().optional())
          .field("kept", &vault::kept,
                 field::text().keep_whitespace().optional())
          .field("slug", &vault::slug, field::slug().optional())
          .field("email", &vault::email, field::email().optional())
          .field("url", &vault::url, field::url().optional())
          .field("address", &vault::address, field::ip_address().optional())
          .field("number", &vault::number, field::integer().optional())
          .field("real", &vault::real, field::floating().optional())
          .field("amount", &vault::amount, field::decimal(12, 2).optional())
          .field("flag", &vault::flag, field::boolean().optional())
          .field("token", &vault::token, field::uuid().optional())
          .field("day", &vault::day, field::date().optional())
          .field("at", &vault::at, field::time().optional())
          .field("moment", &vault::moment, field::date_time().optional())
          .field("span", &vault::span, field::duration().optional())
          .field("choice", &vault::choice, field::choice({"a", "b"}).optional())
          .field("any", &vault::any, field::json().nullable().optional())
          .field("list", &vault::list,
                 field::list(field::text().keep_whitespace()).optional())
          .field("dictionary", &vault::dictionary,
                 field::dictionary(field::text().keep_whitespace()).optional())
          .field("parent", &vault::parent,
                 field::reference("vault").nullable().optional());
  return result;
}

std::vector<std::string> field_names() {
  std::vector<std::string> result;
  for (const auto& [name, rules] : vault::described().object().fields())
    result.push_back(name);
  return result;
}

/// All that a client may ask of a list.
model<vault> open_to_all(pagination how) {
  auto result = model<vault>{}
                    .pages({.how = how})
                    .search({"text", "^kept", "=slug", "number", "any"});
  auto filters = field_names();
  for (const std::string ending :
       {"__gt", "__gte", "__lt", "__lte", "__in", "__range", "__isnull",
        "__iexact", "__icontains", "__istartswith"})
    for (const std::string name :
         {"text", "number", "amount", "moment", "any", "parent"})
      filters.push_back(name + ending);
  return result.filters(filters).ordering(field_names());
}

std::vector<endpoint_spec> endpoints_of(const store_ptr& database) {
  using enum pagination;
  const auto view = [&](pagination how) {
    return model_handler(open_to_all(how), database).permissions(allow_any());
  };
  return {endpoint("/ws/", view(none))
              .route("at/(?P<pk>.*)/$", view(none))
              .route("page/$", view(page_number))
              .route("lo/$", view(limit_offset))
              .route("cur/$", view(cursor))};
}

struct answered {
  std::int64_t status = 0;
  json::value data;
};

/// A server with three rows.
struct with_vault : test_database {
  with_vault()
      : set(endpoints_of(database), limited([](limits& bounds) {
              bounds.route_bytes_max = 128 * 1024;
              bounds.message_bytes_max = 512 * 1024;
              bounds.malformed_in_row_max = 1'000'000;
            })) {
    for (int i = 0; i < rows; ++i)
      BOOST_TEST(ask("create", R"("data":{})").status == 201);
    schema = schema_now();
  }

  std::string schema_now() {
    std::string result;
    BOOST_TEST(run([&](sql_session& sql) {
                 result.clear();
                 for (const auto& row : sql.run(
                          sql.kind() == database_kind::sqlite
                              ? "SELECT coalesce(sql, name) FROM sqlite_schema"
                              : "SELECT relname || ' ' || relnatts FROM "
                                "pg_class ORDER BY 1"))
                   result += std::get<std::string>(row[0]) + '\n';
               })
               == "");
    return result;
  }

  /// @param more keys of the message as JSON.
  answered ask(const std::string& action, const std::string& more) {
    const auto text =
        set.client.ask(R"({"action":")" + action + "\"," + more + "}");
    auto answer = parse_json(text, wire_depth_max);
    BOOST_REQUIRE_MESSAGE(answer, text);
    return {answer->at("status").to_number<std::int64_t>(),
            std::move(answer->at("data"))};
  }

  /// Asks, and looks whether all is as it was.
  answered probe(const std::string& action, const std::string& more) {
    auto answer = ask(action, more);
    const auto& status = answer.status;
    BOOST_TEST((status == 200 || status == 201 || status == 204 || status == 400
                || status == 404),
               status << " to " << action << ' ' << more.substr(0, 200));
    rows += status == 201 ? 1 : 0;
    BOOST_TEST(count("vault") == rows, action << ' ' << more.substr(0, 200));
    return answer;
  }

  void probe_list(const std::string& view, const std::string& query) {
    probe("list", R"("route":")" + view + '?' + query + '"');
  }

  ~with_vault() {
    BOOST_TEST(schema_now() == schema);
    BOOST_TEST(ask("list", R"("route":"lo/")").data.at("count")
               == json::value(rows));
  }

  one_client set;
  int rows = 3;
  std::string schema;
};

/// Every byte of a text as a query has it.
std::string escaped(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    result += '%';
    result += digits[value >> 4U];
    result += digits[value & 15U];
  }
  return result;
}

std::string quote(std::string_view text) {
  return to_json(json::string(text));
}

/// All of them as they stand in a message.
std::vector<std::string> nasty_values() {
  auto result = nasty_json();
  for (const auto& text : nasty_texts())
    result.push_back(quote(text));
  return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_injection, with_vault)

BOOST_AUTO_TEST_CASE(bodies_hold_values_and_no_sql) {
  for (const auto& value : nasty_values()) {
    for (const auto& name : field_names()) {
      const auto data = R"("data":{")" + name + "\":" + value + '}';
      probe("create", data);
      probe("partial_update", R"("pk":1,)" + data);
    }
    probe("create", R"("data":)" + value);
    probe("update", R"("pk":2,"data":)" + value);
  }
  BOOST_TEST(schema_now() == schema);
}

BOOST_AUTO_TEST_CASE(keys_of_bodies_are_no_sql) {
  for (const auto& text : nasty_texts()) {
    const auto key = quote(text);
    BOOST_TEST(probe("create", R"("data":{)" + key + ":1}").status == 201);
    probe("partial_update", R"("pk":1,"data":{)" + key + ":1}");
    probe("create", key + ":1");
  }
}

BOOST_AUTO_TEST_CASE(what_is_stored_reads_back_as_it_was) {
  const auto read_back = [&](const std::string& name, const json::value& given,
                             const json::value& expected) {
    const auto created =
        probe("create", R"("data":)" + to_json(json::object{{name, given}}));
    if (created.status != 201)
      return false;
    const auto found =
        probe("retrieve", R"("pk":)" + to_json(created.data.at("id")));
    BOOST_TEST(found.status == 200);
    BOOST_TEST((found.data.at(name) == expected), name << ' ' << given);
    BOOST_TEST(to_json(found.data) == to_json(created.data));
    return true;
  };
  int stored = 0;
  for (const auto& text : nasty_texts()) {
    const json::value value = json::string(text);
    const bool takes_texts = text.find('\0') == std::string::npos;
    BOOST_TEST(read_back("kept", value, value) == takes_texts);
    const auto inner = trimmed(text);
    BOOST_TEST(read_back("text", value, json::string(inner)) == takes_texts);
    BOOST_TEST(read_back("list", json::array{value}, json::array{value})
               == takes_texts);
    const json::object dictionary{{text, "x"}};
    BOOST_TEST(read_back("dictionary", dictionary, dictionary));
    const json::array any{value, json::object{{text, value}}};
    BOOST_TEST(read_back("any", any, any));
    BOOST_TEST(read_back("any", value, value));
    stored += takes_texts ? 1 : 0;
  }
  BOOST_TEST(stored >= 40);
}

BOOST_AUTO_TEST_CASE(a_stored_text_is_found_by_itself) {
  for (const auto& text : nasty_texts()) {
    const auto created =
        probe("create", R"("data":{"text":)" + quote(text) + R"(,"kept":)"
                            + quote(text) + '}');
    // As forms do, a filter drops the white space at both ends.
    if (created.status != 201 || trimmed(text) != text)
      continue;
    for (const std::string filter :
         {"text=", "kept=", "text__iexact=", "text__icontains=",
          "kept__istartswith="}) {
      const auto found = probe("list", R"("route":"?ordering=-id&)" + filter
                                           + escaped(text) + '"');
      BOOST_TEST(found.status == 200);
      const auto* listed = found.data.if_array();
      BOOST_TEST((listed != nullptr && !listed->empty()
                  && listed->front().at("id") == created.data.at("id")),
                 filter << text.substr(0, 50));
    }
    // A text that stands in no row.
    const auto none = probe("list", R"("route":"?text__icontains=)"
                                        + escaped("~" + text) + '"');
    BOOST_TEST(to_json(none.data) == "[]", text.substr(0, 50));
  }
}

BOOST_AUTO_TEST_CASE(keys_of_rows_are_values_and_no_sql) {
  for (const std::string action :
       {"retrieve", "update", "partial_update", "destroy"}) {
    for (const auto& value : nasty_values())
      probe(action, R"("data":{},"pk":)" + value);
    for (const auto& text : nasty_texts()) {
      const auto in_query =
          probe(action, R"("data":{},"route":"?pk=)" + escaped(text) + '"');
      BOOST_TEST(in_query.status == 404, text.substr(0, 50));
      probe(action, R"("data":{},"route":)" + quote("at/" + text + '/'));
      probe(action, R"("data":{},"route":"at/)" + escaped(text) + "/\"");
    }
  }
}

BOOST_AUTO_TEST_CASE(filters_hold_values_and_no_sql) {
  const auto all = open_to_all(pagination::none);
  for (const auto& text : nasty_texts())
    for (const auto& name : all.definition().lists.filters)
      probe_list("", name + '=' + escaped(text));
}

BOOST_AUTO_TEST_CASE(options_of_lists_hold_values_and_no_sql) {
  for (const auto& text : nasty_texts()) {
    const auto value = escaped(text);
    for (const std::string view : {"", "page/", "lo/", "cur/"}) {
      for (const std::string name : {"search", "ordering", "page", "page_size",
                                     "limit", "offset", "cursor"})
        probe_list(view, name + '=' + value);
      for (const std::string& query :
           {"ordering=-" + value, "ordering=number," + value,
            "search=x," + value, value + "=1", value + '=' + value,
            value + "__in=1", "number__" + value + "=1",
            "number=1&number=" + value})
        probe_list(view, query);
    }
  }
}

BOOST_AUTO_TEST_CASE(cursors_hold_values_and_no_sql) {
  for (const auto& value : nasty_values())
    for (const auto& name : field_names()) {
      if (name == "id")
        continue;
      for (const std::string direction : {"true", "false"})
        probe_list("cur/", "ordering=" + name + "&cursor="
                               + encode_base64url("[" + direction + "," + value
                                                  + ",1]"));
    }
}

/// The names of views, models and actions are no values at all.
BOOST_AUTO_TEST_CASE(routes_and_actions_are_no_sql) {
  for (const auto& text : nasty_texts()) {
    const auto name = quote(text);
    for (const auto& message :
         {R"({"action":"list","route":)" + name + '}',
          R"({"action":)" + name + R"(,"pk":1,"data":{}})"}) {
      const auto answer = parse_json(set.client.ask(message), wire_depth_max);
      BOOST_TEST_REQUIRE(!!answer);
      BOOST_TEST(answer->at("status").to_number<int>() < 500);
    }
    BOOST_TEST(count("vault") == rows);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_injection_suite
