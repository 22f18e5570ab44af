// The dialect of djangochannelsrestframework over real sockets, on a database
// in a real file.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/custom_permission.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/raw_client.hpp"
#include "support/test_database.hpp"
#include "support/test_server.hpp"

namespace dcrf_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct book {
  std::int64_t id = 0;
  std::string title;
  std::int64_t author = 0;

  static const description<book>& described() {
    static const auto result =
        describe<book>("book")
            .field("id", &book::id,
                   field::integer().filled_with(server_value::primary_key))
            .field("title", &book::title, field::text().length_max(8).unique())
            .field("author", &book::author,
                   field::integer().filled_with(server_value::user_id));
    return result;
  }
};

// README: begin endpoints
/// Books at a path of their own, and behind a path with streams.
std::vector<endpoint_spec> endpoints_of(const handler_spec& books,
                                        const handler_spec& root) {
  return {
      endpoint("/books/", books).speaks(dialect::dcrf),
      endpoint("/dcrf/", root).route("books/$", books).speaks(dialect::dcrf)};
}
// README: end endpoints

/// Users write, and authors change.
handler_spec books_of(const store_ptr& database,
                      const std::shared_ptr<std::atomic<bool>>& may_see) {
  return model_handler(model<book>{}
                           .pages({.how = pagination::limit_offset})
                           .ordered_by({"id"})
                           .filters({"author"}),
                       database)
      .permissions(custom_permission(
          "may_see", [may_see](const request&) { return may_see->load(); }))
      .permissions_for("create", is_authenticated())
      .permissions_for("update", is_owner("author"))
      .permissions_for("destroy", is_owner("author"));
}

handler_spec room() {
  return handler("room")
      .permissions(allow_any())
      .action("join", [](const context& ctx) { return ctx.join("room", ok()); })
      .action(
          "say", [](arg<"text", json::value> text) { return ok(*text); },
          broadcasts("room", "room.message"));
}

/// What an envelope of the dialect says.
std::string envelope(std::string_view data, std::string_view action, int status,
                     std::string_view request_id) {
  return R"({"errors":[],"data":)" + std::string{data} + R"(,"action":")"
         + std::string{action} + R"(","response_status":)"
         + std::to_string(status) + R"(,"request_id":)"
         + std::string{request_id} + "}";
}

std::string failure(std::string_view errors, std::string_view action,
                    int status, std::string_view request_id = "7") {
  return R"({"errors":)" + std::string{errors} + R"(,"data":null,"action":)"
         + std::string{action} + R"(,"response_status":)"
         + std::to_string(status) + R"(,"request_id":)"
         + std::string{request_id} + "}";
}

std::string in_stream(std::string_view name, std::string_view payload) {
  return R"({"stream":")" + std::string{name} + R"(","payload":)"
         + std::string{payload} + "}";
}

std::string shown(int id, std::string_view title, int author = 1) {
  return R"({"id":)" + std::to_string(id) + R"(,"title":")" + std::string{title}
         + R"(","author":)" + std::to_string(author) + "}";
}

/// A message about a row, with an id of 7.
std::string about(std::string_view action, std::string_view more = {}) {
  return R"({"action":")" + std::string{action} + R"(","request_id":7)"
         + std::string{more} + "}";
}

struct stage {
  test_database database;
  std::shared_ptr<std::atomic<bool>> may_see =
      std::make_shared<std::atomic<bool>>(true);
  test_server server{
      endpoints_of(books_of(database.database, may_see), room())};
  websocket_client alice{server.port(), "/books/?token=alice-token"};
  websocket_client bob{server.port(), "/dcrf/?token=bob-token"};

  void create(const std::string& title) {
    alice.ask(about("create", R"(,"data":{"title":")" + title + "\"}"));
  }

  /// Whether nothing but the answer to a message comes.
  static bool is_silent(websocket_client& client) {
    return client.ask(about("nope")).find(R"("action":"nope")")
           != std::string::npos;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(dcrf, stage)

BOOST_AUTO_TEST_CASE(keeps_rows_under_the_names_of_the_dialect) {
  BOOST_TEST(alice.ask(about("create", R"(,"data":{"title":"A","x":1},"y":2)"))
             == envelope(shown(1, "A"), "create", 201, "7"));
  BOOST_TEST(alice.ask(about("retrieve", R"(,"pk":1,"data":{})"))
             == envelope(shown(1, "A"), "retrieve", 200, "7"));
  BOOST_TEST(alice.ask(about("update", R"(,"pk":"1","data":{"title":"B"})"))
             == envelope(shown(1, "B"), "update", 200, "7"));
  BOOST_TEST(alice.ask(about("patch", R"(,"pk":1,"data":{})"))
             == envelope(shown(1, "B"), "patch", 200, "7"));
  BOOST_TEST(alice.ask(R"({"action":"list"})")
             == envelope(R"({"count":1,"next":null,"previous":null,"results":[)"
                             + shown(1, "B") + "]}",
                         "list", 200, "null"));
  BOOST_TEST(alice.ask(about("delete", R"(,"pk":1,"data":{})"))
             == envelope("null", "delete", 204, "7"));
  BOOST_TEST(alice.ask(about("delete", R"(,"pk":1)"))
             == failure(R"(["Not found"])", R"("delete")", 404));
}

BOOST_AUTO_TEST_CASE(answers_in_the_stream_of_the_message) {
  create("A");
  const auto ask = [&](std::string_view stream, std::string_view payload) {
    return bob.ask(in_stream(stream, payload));
  };
  BOOST_TEST(
      ask("books", about("retrieve", R"(,"pk":1)"))
      == in_stream("books", envelope(shown(1, "A"), "retrieve", 200, "7")));
  BOOST_TEST(
      ask("nope", about("list"))
      == in_stream("nope", failure(R"(["Unable to find route in message )"
                                   R"(body."])",
                                   R"("list")", 404)));
  BOOST_TEST(
      bob.ask(R"({"stream":"books","payload":7})")
      == in_stream("books", failure(R"([{"detail":"Malformed request.",)"
                                    R"("reason":"\"payload\" is no object"}])",
                                    "null", 400, "null")));
  // Without a stream the root handler is meant.
  BOOST_TEST(bob.ask(about("say", R"(,"text":"hi")"))
             == envelope(R"("hi")", "say", 200, "7"));
}

BOOST_AUTO_TEST_CASE(answers_what_the_original_drops_the_connection_for) {
  create("A");
  const auto required = [](std::string_view key) {
    return "[{\"" + std::string{key} + R"(":["This field is required."]}])";
  };
  BOOST_TEST(
      alice.ask(R"({"request_id":7})")
      == failure(R"(["Unable to find action in message body."])", "null", 404));
  for (const auto* action :
       {"retrieve", "update", "patch", "delete", "subscribe_instance"})
    BOOST_TEST(
        alice.ask(about(action))
        == failure(required("pk"), '"' + std::string{action} + '"', 400));
  BOOST_TEST(alice.ask(about("update", R"(,"pk":1)"))
             == failure(R"([{"non_field_errors":["No data provided"]}])",
                        R"("update")", 400));
  for (const auto* action : {"subscribe", "subscribe_instance"})
    BOOST_TEST(alice.ask(R"({"pk":1,"action":")" + std::string{action} + "\"}")
               == failure(required("request_id"),
                          '"' + std::string{action} + '"', 400, "null"));
  for (const auto* pk : {"9223372036854775808", "null", "[1]", R"("abc")"})
    BOOST_TEST(alice.ask(about("retrieve", R"(,"pk":)" + std::string{pk}))
               == failure(R"(["Not found"])", R"("retrieve")", 404));
  BOOST_TEST(alice.ask(about("unsubscribe_instance"))
             == failure(R"([{"detail":"Malformed request.",)"
                        R"("reason":"\"pk\" is missing"}])",
                        "null", 400));
  BOOST_TEST(alice.ask("{").find(R"("response_status":400)")
             != std::string::npos);
  alice.send_binary("{}");
  BOOST_TEST(alice.read_text().find("a binary message; send text")
             != std::string::npos);
  BOOST_TEST(is_silent(alice));
}

BOOST_AUTO_TEST_CASE(refuses_in_the_words_of_the_dialect) {
  create("A");
  BOOST_TEST(alice.ask(about("create", R"(,"data":{"title":"123456789"})"))
             == failure(R"([{"title":["Ensure this field has no more than 8 )"
                        R"(characters."]}])",
                        R"("create")", 400));
  BOOST_TEST(alice.ask(about("create", R"(,"data":{"title":"A"})"))
             == failure(R"([{"title":["book with this title already )"
                        R"(exists."]}])",
                        R"("create")", 400));
  for (const std::string action : {"partial_update", "destroy", "zz", ""})
    BOOST_TEST(alice.ask(about(action, R"(,"pk":1)"))
               == failure(R"(["Method \")" + action + R"(\" not allowed."])",
                          '"' + action + '"', 405));
  BOOST_TEST(bob.ask(in_stream("books", about("delete", R"(,"pk":1)")))
             == in_stream("books", failure(R"(["You do not have permission to )"
                                           R"(perform this action."])",
                                           R"("delete")", 403)));
  websocket_client nobody{server.port(), "/books/"};
  BOOST_TEST(nobody.ask(about("create", R"(,"data":{"title":"B"})"))
             == failure(R"(["You do not have permission to perform this )"
                        R"(action."])",
                        R"("create")", 403));
}

BOOST_AUTO_TEST_CASE(gives_the_part_of_a_list_that_is_asked_for) {
  for (const auto* title : {"A", "B", "C"})
    create(title);
  const auto page = envelope(R"({"count":3,"next":null,"previous":)"
                             R"("books/?limit=2","results":[)"
                                 + shown(3, "C") + "]}",
                             "list", 200, "7");
  BOOST_TEST(
      bob.ask(in_stream("books", about("list", R"(,"limit":2,"offset":2)")))
      == in_stream("books", page));
  BOOST_TEST(bob.ask(in_stream(
                 "books", about("list", R"(,"data":{"limit":2,"offset":2})")))
             == in_stream("books", page));
  BOOST_TEST(
      bob.ask(in_stream("books", about("list", R"(,"query":{"author":2})")))
      == in_stream("books", envelope(R"({"count":0,"next":null,)"
                                     R"("previous":null,"results":[]})",
                                     "list", 200, "7")));
}

BOOST_AUTO_TEST_CASE(tells_subscribers_of_a_row) {
  create("A");
  const auto begin = in_stream(
      "books", R"({"action":"subscribe_instance","request_id":"s","pk":1})");
  const auto begun =
      in_stream("books", envelope("null", "subscribe_instance", 201, R"("s")"));
  BOOST_TEST(bob.ask(begin) == begun);
  // After a reconnect clients subscribe twice.
  BOOST_TEST(bob.ask(begin) == begun);
  alice.ask(about("patch", R"(,"pk":1,"data":{"title":"B"})"));
  BOOST_TEST(
      bob.read_text()
      == in_stream("books", envelope(shown(1, "B"), "update", 200, R"("s")")));
  alice.ask(about("delete", R"(,"pk":1)"));
  BOOST_TEST(
      bob.read_text()
      == in_stream("books", envelope(R"({"pk":1})", "delete", 204, R"("s")")));
  BOOST_TEST(is_silent(bob));
}

BOOST_AUTO_TEST_CASE(has_subscriptions_of_one_id_to_several_rows) {
  create("A");
  create("B");
  const auto ask = [&](const std::string& action, int pk) {
    return bob.ask(in_stream("books", R"({"action":")" + action
                                          + R"(","request_id":[1],"pk":)"
                                          + std::to_string(pk) + "}"));
  };
  for (const int pk : {1, 2})
    BOOST_TEST(ask("subscribe_instance", pk)
               == in_stream("books", envelope("null", "subscribe_instance", 201,
                                              "[1]")));
  BOOST_TEST(ask("unsubscribe_instance", 1)
             == in_stream("books", envelope("null", "unsubscribe_instance", 204,
                                            "[1]")));
  alice.ask(about("patch", R"(,"pk":1,"data":{"title":"C"})"));
  alice.ask(about("patch", R"(,"pk":2,"data":{"title":"D"})"));
  BOOST_TEST(
      bob.read_text()
      == in_stream("books", envelope(shown(2, "D"), "update", 200, "[1]")));
  BOOST_TEST(is_silent(bob));
}

BOOST_AUTO_TEST_CASE(tells_subscribers_of_a_list) {
  websocket_client watcher{server.port(), "/books/"};
  BOOST_TEST(watcher.ask(about("subscribe", R"(,"query":{"author":1})"))
             == envelope("null", "subscribe", 201, "7"));
  create("A");
  BOOST_TEST(watcher.read_text()
             == envelope(shown(1, "A"), "create", 201, "7"));
  bob.ask(in_stream("books", about("create", R"(,"data":{"title":"B"})")));
  BOOST_TEST(is_silent(watcher));
  BOOST_TEST(watcher.ask(about("unsubscribe"))
             == envelope("null", "unsubscribe", 204, "7"));
  create("C");
  BOOST_TEST(is_silent(watcher));
}

BOOST_AUTO_TEST_CASE(sends_no_data_to_whom_the_permissions_say_no) {
  create("A");
  bob.ask(in_stream("books", about("subscribe_instance", R"(,"pk":1)")));
  *may_see = false;
  alice.ask(about("patch", R"(,"pk":1,"data":{"title":"B"})"));
  BOOST_TEST(bob.read_text()
             == in_stream("books",
                          R"({"errors":["You do not have permission to )"
                          R"(perform this action."],"data":{"pk":1},)"
                          R"("action":"revoked","response_status":403,)"
                          R"("request_id":7})"));
  *may_see = true;
  alice.ask(about("patch", R"(,"pk":1,"data":{"title":"C"})"));
  BOOST_TEST(is_silent(bob));
}

BOOST_AUTO_TEST_CASE(sends_events_of_groups_in_a_stream_of_their_own) {
  bob.ask(about("join"));
  BOOST_TEST(bob.ask(about("say", R"(,"text":"hi")"))
             == envelope(R"("hi")", "say", 200, "7"));
  BOOST_TEST(bob.read_text()
             == in_stream("$events",
                          envelope(R"("hi")", "room.message", 200, "null")));
}

BOOST_AUTO_TEST_CASE(tells_that_the_server_drains) {
  server.keep_together();
  websocket_client flat{server.port(), "/books/"};
  websocket_client multiplexed{server.port(), "/dcrf/"};
  server->drain();
  BOOST_TEST(flat.read_text().starts_with(
      R"({"errors":[],"data":{"reconnect_after_ms":)"));
  BOOST_TEST(multiplexed.read_text().starts_with(
      R"({"stream":"$events","payload":{"errors":[],"data":)"
      R"({"reconnect_after_ms":)"));
}

BOOST_AUTO_TEST_CASE(takes_new_credentials_in_a_stream) {
  BOOST_TEST(
      bob.ask(in_stream("$auth", about("refresh", R"(,"token":"bob-token")")))
      == in_stream("$auth", envelope(R"({"user":{"id":2,"username":"bob"},)"
                                     R"("expires_at":null})",
                                     "refresh", 200, "7")));
}

BOOST_AUTO_TEST_CASE(says_what_is_allowed_in_a_stream) {
  BOOST_TEST(
      bob.ask(in_stream("$can",
                        about("check",
                              R"(,"of":[{"route":"books/","action":"list"},)"
                              R"({"route":"books/?pk=99","action":"retrieve"},)"
                              R"({"route":"books/","action":"retrieve"}])")))
      == in_stream("$can", envelope(R"({"allowed":[true,false,null]})", "check",
                                    200, "7")));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace dcrf_suite
