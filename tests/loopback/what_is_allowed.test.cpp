// protocol/README.md, "Asking what is allowed", row by row over real sockets.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/conversation.hpp"
#include "support/one_client.hpp"

namespace what_is_allowed_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct article {
  std::int64_t id = 0;
  std::int64_t author_id = 0;
};

void tag_invoke(json::value_from_tag, json::value& out, const article& from) {
  out = {{"id", from.id}, {"author_id", from.author_id}};
}

/// Article 1 is of alice and 2 of bob.
std::optional<article> find_article(std::int64_t id) {
  if (id != 1 && id != 2)
    return std::nullopt;
  return article{id, id};
}

/// How many actions have run.
std::atomic<int> runs = 0;

reply work() {
  ++runs;
  return ok();
}

/// Allows as long as a flag is set, and remembers what it has answered.
struct flag_permission {
  const std::atomic<bool>* flag;

  [[nodiscard]] static std::chrono::milliseconds cached_for() {
    return std::chrono::hours{1};
  }
  [[nodiscard]] decision has_permission(const scope&, std::string_view,
                                        const request&) const {
    return *flag ? allow() : deny();
  }
};

struct throwing_permission {
  static decision has_permission(const scope&, std::string_view,
                                 const request&) {
    throw std::runtime_error("oh");
  }
};

auto of_owner(const std::string& name) {
  return handler(name).permissions(is_authenticated(), is_owner("author_id"));
}

auto with_update = [](loaded<article>, arg<"title", std::string>) {
  return work();
};

const std::string pk_pattern = R"(/(?P<pk>\w+)/$)";

endpoint_spec library() {
  return endpoint("/ws/",
                  handler("root").permissions(allow_any()).action("ping", work))
      .route("articles" + pk_pattern,
             of_owner("article")
                 .loads([](arg<"pk", std::int64_t> pk) {
                   return find_article(*pk);
                 })
                 .action("update", with_update)
                 .action("free", work, guarded_by(allow_any())))
      .route("late" + pk_pattern,
             of_owner("late")
                 .loads([](arg<"pk", std::int64_t> pk,
                           const found_later<article>& found) {
                   found.answer(find_article(*pk));
                 })
                 .action("update", with_update))
      .route("blocking" + pk_pattern, of_owner("blocking")
                                          .loads(
                                              [](arg<"pk", std::int64_t> pk) {
                                                return find_article(*pk);
                                              },
                                              blocking)
                                          .action("update", with_update))
      .route("drafts/$", of_owner("draft")
                             .loads([](arg<"pk", std::int64_t> pk) {
                               return find_article(*pk);
                             })
                             .action("update", with_update))
      .route("late_drafts/$", of_owner("late_draft")
                                  .loads([](arg<"pk", std::int64_t> pk,
                                            const found_later<article>& found) {
                                    found.answer(find_article(*pk));
                                  })
                                  .action("update", with_update))
      .route("torn/$", handler("torn")
                           .loads([]() -> std::optional<article> {
                             throw std::runtime_error("oh");
                           })
                           .action("update", with_update))
      .route("faulty/$", handler("faulty")
                             .permissions(throwing_permission{})
                             .action("work", work))
      .route("secret/", handler("secret")
                            .permissions(is_admin_user())
                            .route("open/$", handler("open")
                                                 .permissions(allow_any())
                                                 .action("work", work)))
      .route("shelf/", handler("shelf").route(
                           "top/$", handler("top")
                                        .permissions(allow_any())
                                        .action("work", work)
                                        .action("quiet", work, no_reply)
                                        .action("beside", work, concurrent)));
}

struct library_fixture : one_client {
  library_fixture() : one_client({library()}, {}, "/ws/?token=alice-token") {
    runs = 0;
  }

  std::string check(const std::string& more) {
    return ask(R"({"action":"check","route":"$can/")" + more + "}");
  }
};

std::string allowed(const std::string& list) {
  return success(R"({"allowed":[)" + list + "]}", "check", "$can/");
}

std::string refused(const std::string& errors) {
  return failure(400, "[" + errors + "]", "check", "$can/");
}

std::string of_is(const std::string& flaw) {
  return refused(R"({"of":)" + flaw + "}");
}

/// So many questions for `ping`.
std::string pings(std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += (i > 0 ? "," : "") + std::string(R"({"action":"ping"})");
  return R"(,"of":[)" + result + "]";
}

std::string trues(std::size_t count) {
  std::string result;
  for (std::size_t i = 0; i < count; ++i)
    result += i > 0 ? ",true" : "true";
  return result;
}

/// What one question gets, and the status of the message itself.
struct answer_row {
  std::string route;
  std::string action;
  std::string answer;
  int status;
};

const std::vector<answer_row> answer_rows{
    {"", "ping", "true", 200},
    {"?a=b", "ping", "true", 200},
    {"", "nope", "false", 405},
    {"nowhere/", "ping", "false", 404},
    {"articles/1/", "update", "true", 200},
    {"articles/2/", "update", "false", 403},
    {"articles/3/", "update", "false", 404},
    {"articles/x/", "update", "false", 400},
    {"articles/2/", "free", "true", 200},
    {"articles/1/more/", "update", "false", 404},
    {"late/1/", "update", "true", 200},
    {"late/2/", "update", "false", 403},
    {"late/3/", "update", "false", 404},
    {"blocking/1/", "update", "true", 200},
    {"blocking/2/", "update", "false", 403},
    {"blocking/3/", "update", "false", 404},
    {"drafts/", "update", "null", 200},
    {"late_drafts/", "update", "null", 200},
    {"drafts/?pk=1", "update", "true", 200},
    {"drafts/?pk=2", "update", "false", 403},
    {"drafts/?pk=x", "update", "false", 400},
    {"torn/", "update", "null", 500},
    {"faulty/", "work", "null", 500},
    {"secret/open/", "work", "false", 403},
    {"shelf/top/", "work", "true", 200},
    {"shelf/top/", "beside", "true", 200},
    {"shelf/", "work", "false", 405},
    {"$can/", "check", "true", 400},
    {"$can/", "nope", "false", 405},
    {"$can/more/", "check", "false", 404},
    {"$auth/", "refresh", "true", 400},
    {"$nothing/", "ping", "false", 404},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(what_is_allowed, library_fixture)

BOOST_AUTO_TEST_CASE(answers_in_the_order_of_the_questions) {
  BOOST_TEST(
      ask(R"({"action":"check","route":"$can/","request_id":7,"of":[)"
          R"({"route":"articles/1/","action":"update"},{"action":"nope"},)"
          R"({"route":"drafts/","action":"update"}]})")
      == R"({"errors":[],"data":{"allowed":[true,false,null]},)"
         R"("action":"check","route":"$can/","status":200,"request_id":7})");
  BOOST_TEST(check(R"(,"of":[])") == allowed(""));
}

BOOST_AUTO_TEST_CASE(each_answer_is_what_the_message_would_get) {
  for (const auto& row : answer_rows)
    BOOST_TEST_CONTEXT(row.route << ' ' << row.action) {
      const auto head =
          R"("route":")" + row.route + R"(","action":")" + row.action + '"';
      runs = 0;
      BOOST_TEST(check(R"(,"of":[{)" + head + "}]") == allowed(row.answer));
      BOOST_TEST(runs == 0);
      const auto answer = ask("{" + head + R"(,"title":"t","pk":1})");
      BOOST_TEST(answer.find(R"("status":)" + std::to_string(row.status))
                 != std::string::npos);
      BOOST_TEST(runs == (row.status == 200 ? 1 : 0));
    }
}

BOOST_AUTO_TEST_CASE(no_action_runs_even_if_it_would_not_reply) {
  BOOST_TEST(check(R"(,"of":[{"route":"shelf/top/","action":"quiet"}])")
             == allowed("true"));
  BOOST_TEST(runs == 0);
}

BOOST_AUTO_TEST_CASE(arguments_of_the_check_are_none_of_the_questions) {
  BOOST_TEST(check(R"(,"pk":1,"of":[{"route":"drafts/","action":"update"}])")
             == allowed("null"));
}

BOOST_AUTO_TEST_CASE(every_malformed_check_is_refused) {
  BOOST_TEST(check("") == of_is(R"(["This field is required."])"));
  BOOST_TEST(check(R"(,"of":null)")
             == of_is(R"(["This field may not be null."])"));
  const std::string no_list = "Expected a list of items but got type \\\"";
  BOOST_TEST(check(R"(,"of":"x")") == of_is("[\"" + no_list + "str\\\".\"]"));
  BOOST_TEST(check(R"(,"of":{})") == of_is("[\"" + no_list + "dict\\\".\"]"));
  BOOST_TEST(check(R"(,"of":7)") == of_is("[\"" + no_list + "int\\\".\"]"));
  const auto entry = [&](const std::string& text) {
    return check(R"(,"of":[{"action":"ping"},)" + text + "]");
  };
  const auto entry_is = [](const std::string& flaw) {
    return of_is(R"({"1":)" + flaw + "}");
  };
  const std::string no_object = "Invalid data. Expected a dictionary, but got ";
  BOOST_TEST(
      entry("7")
      == entry_is(R"({"non_field_errors":[")" + no_object + R"(int."]})"));
  BOOST_TEST(
      entry("null")
      == entry_is(R"({"non_field_errors":[")" + no_object + R"(NoneType."]})"));
  BOOST_TEST(
      entry("[]")
      == entry_is(R"({"non_field_errors":[")" + no_object + R"(list."]})"));
  BOOST_TEST(entry("{}")
             == entry_is(R"({"action":["This field is required."]})"));
  BOOST_TEST(entry(R"({"action":null})")
             == entry_is(R"({"action":["This field may not be null."]})"));
  BOOST_TEST(entry(R"({"action":1})")
             == entry_is(R"({"action":["Not a valid string."]})"));
  BOOST_TEST(entry(R"({"action":"a","route":null})")
             == entry_is(R"({"route":["This field may not be null."]})"));
  BOOST_TEST(entry(R"({"action":"a","route":["a/"]})")
             == entry_is(R"({"route":["Not a valid string."]})"));
  BOOST_TEST(entry(R"({"action":"a","pk":1})")
             == entry_is(R"({"pk":["Unexpected field."]})"));
  BOOST_TEST(entry(R"({"action":"a","request_id":1})")
             == entry_is(R"({"request_id":["Unexpected field."]})"));
  BOOST_TEST(
      entry(R"({"action":"a","route":")" + std::string(1025, 'a') + R"("})")
      == entry_is(
          R"({"route":["Ensure this field has no more than 1024 bytes."]})"));
  BOOST_TEST(
      entry(R"({"action":"a","route":")" + std::string(1024, 'a') + R"("})")
      == allowed("true,false"));
  BOOST_TEST(check(R"(,"of":[{"action":1},{"action":"a"},7])")
             == of_is(R"({"0":{"action":["Not a valid string."]},)"
                      R"("2":{"non_field_errors":[")"
                      + no_object + R"(int."]}})"));
  BOOST_TEST(check(R"(,"of":[],"watch":"perhaps")")
             == refused(R"({"watch":["Must be a valid boolean."]})"));
  BOOST_TEST(check(R"(,"watch":7)")
             == refused(R"({"of":["This field is required."],)"
                        R"("watch":["Must be a valid boolean."]})"));
  BOOST_TEST(runs == 0);
}

BOOST_AUTO_TEST_CASE(it_has_one_action_and_no_routes_below_it) {
  BOOST_TEST(ask(R"({"action":"nope","route":"$can/"})")
             == failure(405,
                        R"(["Action \"nope\" not allowed in message body."])",
                        "nope", "$can/"));
  BOOST_TEST(ask(R"({"action":"check","route":"$can/more/","of":[]})")
             == failure(404, no_route, "check", "$can/more/"));
  BOOST_TEST(ask(R"({"action":"check","route":"$can/?of=1"})")
             == failure(400, R"([{"of":["This field is required."]}])", "check",
                        "$can/?of=1"));
}

BOOST_AUTO_TEST_CASE(its_limits_are_exact) {
  BOOST_TEST(check(pings(32)) == allowed(trues(32)));
  BOOST_TEST(
      check(pings(33))
      == of_is(R"(["Ensure this field has no more than 32 elements."])"));
  const std::string watch = R"(,"watch":true)";
  BOOST_TEST(check(watch + pings(64)) == allowed(trues(64)));
  BOOST_TEST(
      check(watch + pings(65))
      == of_is(R"(["Ensure this field has no more than 64 elements."])"));
}

BOOST_AUTO_TEST_CASE(its_limits_are_options) {
  one_client few({library()}, limited([](limits& bounds) {
                   bounds.can_queries_max = 2;
                   bounds.can_watched_max = 1;
                 }));
  const auto check_of = [&](const std::string& more) {
    return few.ask(R"({"action":"check","route":"$can/")" + more + "}");
  };
  BOOST_TEST(check_of(pings(2)) == allowed(trues(2)));
  BOOST_TEST(check_of(pings(3))
             == of_is(R"(["Ensure this field has no more than 2 elements."])"));
  BOOST_TEST(check_of(R"(,"watch":true)" + pings(1)) == allowed(trues(1)));
  BOOST_TEST(check_of(R"(,"watch":true)" + pings(2))
             == of_is(R"(["Ensure this field has no more than 1 elements."])"));
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_denies_everything_answers_false) {
  one_client denied_client({endpoint(
      "/ws/",
      handler("root").permissions(is_authenticated()).action("ping", work))});
  BOOST_TEST(denied_client.ask(
                 R"({"action":"check","route":"$can/","of":[{"action":"ping"},)"
                 R"({"action":"nope"},{"route":"nowhere/","action":"ping"}]})")
             == allowed("false,false,false"));
}

BOOST_AUTO_TEST_CASE(changes_are_told_behind_a_refresh_or_an_invalidation) {
  std::atomic<bool> is_open = true;
  one_client fixture(
      {endpoint("/ws/", handler("root")
                            .permissions(allow_any())
                            .action("ping", work)
                            .action("enter", work,
                                    guarded_by(flag_permission{&is_open})))
           .route("room/$",
                  handler("room").action(
                      "enter", work, guarded_by(flag_permission{&is_open})))},
      {}, "/ws/?token=alice-token");
  auto& client = fixture.client;
  BOOST_TEST(
      client.ask(R"({"action":"check","route":"$can/","watch":true,"of":[)"
                 R"({"action":"ping"},{"action":"enter","route":"room/?a=b"},)"
                 R"({"action":"enter"}]})")
      == allowed("true,true,true"));
  const auto told = [](const std::string& route, const std::string& answer) {
    return R"({"type":"can.changed","data":{"route":")" + route
           + R"(","action":"enter","allowed":)" + answer + R"(},"status":200})";
  };
  is_open = false;
  BOOST_TEST(
      client.ask(
          R"({"action":"refresh","route":"$auth/","token":"alice-token"})")
      == success(R"({"user":{"id":1,"username":"alice"},"expires_at":null})",
                 "refresh", "$auth/"));
  BOOST_TEST(client.read_text() == told("room/?a=b", "false"));
  BOOST_TEST(client.read_text() == told("", "false"));
  is_open = true;
  fixture.server->invalidate("1");
  BOOST_TEST(client.read_text() == told("room/?a=b", "true"));
  BOOST_TEST(client.read_text() == told("", "true"));
  // Of another user.
  is_open = false;
  fixture.server->invalidate("2");
  BOOST_TEST(client.ask(R"({"action":"ping"})") == success("null", "ping"));
  // Nothing is watched any more.
  BOOST_TEST(client.ask(R"({"action":"check","route":"$can/","watch":true,)"
                        R"("of":[]})")
             == allowed(""));
  fixture.server->invalidate();
  BOOST_TEST(client.ask(R"({"action":"ping"})") == success("null", "ping"));
  BOOST_TEST(client.ask(R"({"action":"ping"})") == success("null", "ping"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace what_is_allowed_suite
