// Replays tests/oracle/dcrf_lists.jsonl, which says what
// djangochannelsrestframework answers to messages for lists with pages, against
// handlers of models over real sockets.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/custom_permission.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/raw_client.hpp"
#include "support/source_tree.hpp"
#include "support/test_database.hpp"
#include "support/test_server.hpp"

namespace dcrf_lists_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// A row as the original shows it.
struct thing {
  std::int64_t pk = 0;
  std::string name;
  std::int64_t counter = 0;

  static const description<thing>& described() {
    static const auto result =
        describe<thing>("thing")
            .field("pk", &thing::pk,
                   field::integer().filled_with(server_value::primary_key))
            .field("name", &thing::name, field::text())
            .field("counter", &thing::counter);
    return result;
  }
};

using switch_ptr = std::shared_ptr<std::atomic<int>>;

// README: begin streamed
/// Things two by two, of which a client gets all with one message.
endpoint_spec streamed_things(const model<thing>& things,
                              const store_ptr& database) {
  const auto two_by_two = model<thing>{things}.pages(
      {.how = pagination::window, .size = 2, .size_max = 5});
  return endpoint("/stream/",
                  model_handler(two_by_two, database).permissions(allow_any()))
      .speaks(dialect::dcrf)
      .sends_all_pages();
}
// README: end streamed

std::vector<endpoint_spec> endpoints_of(const store_ptr& database,
                                        const switch_ptr& hidden_from) {
  const auto things =
      model<thing>{}.ordered_by({"pk"}).visible_to([hidden_from](const user&) {
        return row_filter::where("pk", comparison::less, {hidden_from->load()});
      });
  const auto three_by_three = model<thing>{things}.pages(
      {.how = pagination::window, .size = 3, .size_max = 5});
  const auto streams =
      model_handler(model<thing>{things}.pages(
                        {.how = pagination::window, .size = 2, .size_max = 5}),
                    database)
          .permissions(allow_any());
  return {
      streamed_things(things, database),
      endpoint("/page/",
               model_handler(three_by_three, database).permissions(allow_any()))
          .speaks(dialect::dcrf),
      endpoint("/many/", handler("root").permissions(allow_any()))
          .route("a/$", streams)
          .route("b/$", streams)
          .speaks(dialect::dcrf)
          .sends_all_pages()};
}

struct recorded_answers {
  std::string name;
  std::string endpoint;
  std::vector<std::string> sent;
  /// Frames, as we write them; empty for a close.
  std::vector<std::string> received;
};

std::vector<recorded_answers> oracle_rows() {
  std::ifstream in(top_of_tree() / "tests/oracle/dcrf_lists.jsonl");
  BOOST_REQUIRE(in.good());
  std::vector<recorded_answers> result;
  for (std::string line; std::getline(in, line);) {
    const auto row = *parse_json(line, wire_depth_max);
    recorded_answers read{std::string(row.at("case").as_string()),
                          std::string(row.at("endpoint").as_string()),
                          {},
                          {}};
    for (const auto& text : row.at("sent").as_array())
      read.sent.emplace_back(text.as_string());
    for (const auto& frame : row.at("received").as_array()) {
      const auto* text = frame.if_string();
      const auto parsed = text != nullptr
                              ? parse_json(std::string(*text), wire_depth_max)
                              : parse_json("null", wire_depth_max);
      read.received.push_back(parsed && !parsed->is_null() ? to_json(*parsed)
                                                           : "");
    }
    result.push_back(std::move(read));
  }
  return result;
}

/// Why an answer differs on purpose.
struct difference {
  std::string_view why;
  /// A part of the message.
  std::string_view where;
  /// A part of the answer.
  std::string_view ours;
};

constexpr difference differences[] = {
    {"no number becomes another one", R"("limit": 1.9)", R"("limit":3)"},
    {"no number becomes another one", R"("limit": true)", R"("limit":3)"},
    {"dcrf-client sends the options of a list in data",
     R"("data": {"limit": 1)", R"("limit":1,"offset":1})"},
    {"data and query are alike", R"("query": {"limit": 1})", R"("limit":1)"},
    {"the original closes the connection", R"("limit": null)", R"("limit":3)"},
    {"the original closes the connection", R"("limit": [1])", R"("limit":3)"},
    {"the original closes the connection", R"("offset": null)",
     R"("offset":0)"},
    {"integers have 64 bits", R"("offset": 9223372036854775808)",
     R"("offset":0)"},
    {"the original closes the connection", "1e400",
     R"("response_status":400)"}};

struct with_things : test_database {
  with_things() {
    for (const auto& row : oracle_rows())
      for (const auto& text : row.received)
        if (!text.empty())
          keep_rows(*parse_json(text, wire_depth_max));
    for (const auto& [pk, statement] : rows)
      write(statement);
  }

  void keep_rows(const json::value& frame) {
    const auto* page = frame.at("data").if_object();
    if (page == nullptr)
      return;
    for (const auto& row : page->at("results").as_array())
      rows[row.at("pk").as_int64()] =
          "INSERT INTO thing (pk, name, counter) VALUES ("
          + to_json(row.at("pk")) + ", '"
          + std::string(row.at("name").as_string()) + "', "
          + to_json(row.at("counter")) + ")";
  }

  /// Rows of the original, by their keys.
  std::map<std::int64_t, std::string> rows;
  switch_ptr hidden_from = std::make_shared<std::atomic<int>>(1'000'000);
  test_server server{endpoints_of(database, hidden_from)};
};

/// The answer to a message that no handler knows.
std::string ask_for_the_end(websocket_client& client) {
  return client.ask(R"({"action":"end","request_id":"end"})");
}

bool is_end(const std::string& text) {
  return text.find(R"("request_id":"end")") != std::string::npos;
}

/// The keys of the rows of a page, and its request_id.
std::string keys_of(const std::string& frame) {
  const auto parsed = *parse_json(frame, wire_depth_max);
  std::string result;
  for (const auto& row : parsed.at("data").at("results").as_array())
    result += to_json(row.at("pk")) + ' ';
  return result + "for " + to_json(parsed.at("request_id"));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(dcrf_lists, with_things)

BOOST_AUTO_TEST_CASE(pages_are_those_of_the_original) {
  std::map<const difference*, int> different;
  int equal = 0;
  for (const auto& row : oracle_rows()) {
    // What comes between the two messages is a matter of luck.
    if (row.sent.size() > 1)
      continue;
    websocket_client client{server.port(), '/' + row.endpoint + '/'};
    client.send_text(row.sent.front());
    std::vector<std::string> ours;
    for (std::size_t i = 0; i < row.received.size(); ++i)
      ours.push_back(client.read_text());
    // Nothing follows the last page.
    BOOST_TEST(is_end(ask_for_the_end(client)), row.sent.front());
    if (ours == row.received) {
      ++equal;
      continue;
    }
    const difference* found = nullptr;
    for (const auto& each : differences)
      if (row.sent.front().find(each.where) != std::string::npos
          && ours.front().find(each.ours) != std::string::npos)
        found = &each;
    BOOST_TEST(found != nullptr, row.sent.front() << ' ' << ours.front());
    ++different[found];
  }
  BOOST_TEST(equal == 16);
  for (const auto& each : differences)
    BOOST_TEST(different[&each] == 1, each.where);
}

BOOST_AUTO_TEST_CASE(list_cancel_ends_a_list_on_its_way) {
  for (int pk = 100; pk < 500; ++pk)
    write("INSERT INTO thing (pk, name, counter) VALUES (" + std::to_string(pk)
          + ", 'x', 0)");
  websocket_client client{server.port(), "/stream/"};
  client.send_text(R"({"action":"list","request_id":1,"limit":1,"offset":9})");
  client.send_text(R"({"action":"list_cancel","request_id":2})");
  int key = 100;
  auto text = client.read_text();
  for (; text.find("list_cancel") == std::string::npos;
       text = client.read_text())
    BOOST_TEST(keys_of(text) == std::to_string(key++) + " for 1");
  // The first page was asked for before the other message came.
  BOOST_TEST(key > 100);
  BOOST_TEST(text
             == R"({"errors":[],"data":null,"action":"list_cancel",)"
                R"("response_status":200,"request_id":2})");
  BOOST_TEST(is_end(ask_for_the_end(client)));
}

BOOST_AUTO_TEST_CASE(each_page_shows_what_may_be_seen_by_then) {
  websocket_client client{server.port(), "/stream/"};
  *hidden_from = 3;
  // The list of somebody who sees two rows is one page.
  BOOST_TEST(keys_of(client.ask(R"({"action":"list","request_id":1})"))
             == "1 2 for 1");
  BOOST_TEST(is_end(ask_for_the_end(client)));
  *hidden_from = 5;
  client.send_text(R"({"action":"list","request_id":2})");
  BOOST_TEST(keys_of(client.read_text()) == "1 2 for 2");
  BOOST_TEST(keys_of(client.read_text()) == "4 for 2");
  BOOST_TEST(is_end(ask_for_the_end(client)));
}

BOOST_AUTO_TEST_CASE(lists_of_two_streams_come_side_by_side) {
  websocket_client client{server.port(), "/many/"};
  for (const auto* name : {"a", "b"})
    client.send_text(R"({"stream":")" + std::string{name}
                     + R"(","payload":{"action":"list","request_id":1}})");
  std::map<std::string, std::string> seen;
  for (int i = 0; i < 10; ++i) {
    const auto frame = *parse_json(client.read_text(), wire_depth_max);
    seen[std::string(frame.at("stream").as_string())] +=
        keys_of(to_json(frame.at("payload"))) + ", ";
  }
  const auto all = "1 2 for 1, 4 5 for 1, 6 7 for 1, 8 9 for 1, 10 for 1, ";
  BOOST_TEST(seen["a"] == all);
  BOOST_TEST(seen["b"] == all);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace dcrf_lists_suite
