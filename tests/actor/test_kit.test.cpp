// The test kit for users: each verb when it holds and when it does not. The
// READMEs show the code between the marks.

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"
#include "caf/settings.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"

namespace test_kit_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

// README: begin handler
struct note {
  std::int64_t id = 0;
  std::string title;
  std::int64_t author_id = 0;
};

void tag_invoke(json::value_from_tag, json::value& out, const note& from) {
  out = {{"id", from.id}, {"title", from.title}, {"author_id", from.author_id}};
}

handler_spec note_detail() {
  return handler("note")
      .permissions(is_authenticated(), is_owner("author_id"))
      .loads([](arg<"pk", std::int64_t> pk) {
        return *pk == 7 ? std::optional{note{7, "Old", 1}} : std::nullopt;
      })
      .action("rename",
              [](loaded<note> it, arg<"title", std::string> title,
                 const context& ctx) {
                ctx.push({"note.renamed", {{"id", it->id}}});
                return ok({{"id", it->id}, {"title", *title}});
              })
      .action("print", [](const context& ctx) {
        auto printed = ctx.defer();
        ctx.run_after(1min, [printed] { printed.answer(ok()); });
        return printed;
      });
}
// README: end handler

/// The text of the failure that `f` ends with; empty if there is none.
template <class F>
std::string failure_of(F f) {
  try {
    f();
  } catch (const failure& error) {
    return error.what();
  }
  return {};
}

/// What the actions of the test leave recorder.
struct recording_handler {
  std::vector<deferred> later;
  std::vector<std::string> notes;
  test::gate block_gate;

  handler_spec build() {
    return handler("root")
        .on_close([this](const context& ctx) {
          notes.push_back("closed " + ctx.user().username);
        })
        .action("echo",
                [](const request& req) { return ok(*req.body("data")); })
        .action("count", [this] { return ok(++count); })
        .action("later", [this](const context& ctx) { return put_off(ctx); })
        .action(
            "beside", [this](const context& ctx) { return put_off(ctx); },
            concurrent)
        .action("reject", [] { return reject("Not like this."); })
        .action("push",
                [](const context& ctx) {
                  ctx.push({"news", {{"n", 1}}});
                })
        .action(
            "mute", [] {}, no_reply)
        .action(
            "block", [] { return ok("done"); }, blocking)
        .action(
            "hang",
            [this] {
              block_gate.pass();
              return ok("at last");
            },
            blocking)
        .action("latin", [] { return ok("caf\xE9"); })
        .action("who", [](const request& req) {
          return ok(
              {{"id", req.user().id}, {"roles", req.user().roles.size()}});
        });
  }

  deferred put_off(const context& ctx) {
    later.push_back(ctx.defer());
    return later.back();
  }

  int count = 0;
};

struct nothing_yet {};

struct kit_fixture {
  kit_fixture() { stage.patience(0ms); }

  recording_handler recorder;
  world stage{endpoint("/ws/", recorder.build()).subprotocols({"chat"})};
  test::opens_at_end at_end{recorder.block_gate};
  client alice = stage.connect("/ws/", user_named("alice", 1));

  /// A deferred action answers.
  void answer_later(std::size_t number, reply answer = ok()) {
    recorder.later.at(number).answer(std::move(answer));
    stage.settle();
  }
};

const std::string pong = R"({"errors":[],"data":1,"action":"echo",)"
                         R"("route":"","status":200})";

} // namespace

BOOST_FIXTURE_TEST_SUITE(test_kit, kit_fixture)

// -- the READMEs --------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(an_author_renames_a_note, nothing_yet) {
  // README: begin use
  world stage{endpoint("/ws/").route(R"(notes/(?P<pk>\d+)/$)", note_detail())};
  auto alice = stage.connect("/ws/", user_named("alice", 1));
  auto bob = stage.connect("/ws/", user_named("bob", 2));

  alice.push("notes/7/", "rename", {{"title", "New"}})
      .expect_reply(200, {{"id", 7}, {"title", "New"}});
  alice.expect_event("note.renamed", {{"id", 7}});

  bob.push("notes/7/", "rename", {{"title", "Mine"}}).expect_reply(403);
  bob.expect_nothing();

  auto printed = alice.push("notes/7/", "print");
  stage.advance(10s); // Of virtual time.
  printed.expect_errors(504, {{{"detail", "Request timed out."}}});
  // README: end use
}

// -- replies ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_reply_is_compared_by_status_data_and_errors) {
  alice.push("", "echo", {{"data", {1, "x"}}});
  BOOST_TEST(alice.expect_reply(200, {1, "x"}).at("action").as_string()
             == "echo");
  alice.push("", "reject").expect_errors(400, {"Not like this."});
  alice.push("", "nope").expect_reply(405);
  alice.expect_nothing();
}

BOOST_AUTO_TEST_CASE(another_status_is_a_failure_that_shows_the_envelope) {
  auto sent = alice.push("", "echo", {{"data", 1}});
  BOOST_TEST(failure_of([&] { sent.expect_reply(201); })
             == "expected a reply with status 201 to "
                R"({"action":"echo","data":1}, but this came: )"
                    + pong);
}

BOOST_AUTO_TEST_CASE(other_data_are_a_failure) {
  alice.push("", "echo", {{"data", 1}});
  BOOST_TEST(failure_of([&] {
               alice.expect_reply(200, {{"n", 1}});
             })
             == R"(expected a reply with status 200 and data {"n":1}, )"
                "but this came: "
                    + pong);
}

BOOST_AUTO_TEST_CASE(other_errors_are_a_failure) {
  const auto rejected = R"({"errors":["Not like this."],"data":null,)"
                        R"("action":"reject","route":"","status":400})";
  alice.push("", "reject");
  BOOST_TEST(failure_of([&] { alice.expect_errors(400, {"Like this."}); })
             == R"(expected a reply with status 400 and errors )"
                R"(["Like this."], but this came: )"
                    + std::string(rejected));
  auto sent = alice.push("", "reject");
  BOOST_TEST(failure_of([&] { sent.expect_errors(403, {"Not like this."}); })
             != "");
}

BOOST_AUTO_TEST_CASE(a_failure_tells_what_the_permissions_answered) {
  world other{endpoint("/ws/").route(R"(notes/(?P<pk>\d+)/$)", note_detail())};
  auto bob = other.connect("/ws/", user_named("bob", 2));
  auto sent = bob.push("notes/7/", "rename", {{"title", "Mine"}});
  BOOST_TEST(
      failure_of([&] { sent.expect_reply(200); })
      == "expected a reply with status 200 to "
         R"({"action":"rename","route":"notes/7/","title":"Mine"}, )"
         R"(but this came: {"errors":["You do not have permission to perform )"
         R"(this action."],"data":null,"action":"rename","route":"notes/7/",)"
         R"("status":403})"
         "\nthe permissions:\n"
         "  IsAuthenticated  has_object_permission: not overridden (users who "
         "are logged in)\n"
         R"(  IsOwner("author_id")  has_object_permission: deny 403 (bob is )"
         "not its author_id)");
  // Nobody was asked about this one.
  sent = bob.push("notes/7/", "rename");
  BOOST_TEST(failure_of([&] { sent.expect_reply(200); }).find("permissions")
             == std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_reply_is_a_failure) {
  auto sent = alice.push("", "later");
  sent.expect_no_reply();
  BOOST_TEST(failure_of([&] { sent.expect_reply(200); })
             == "expected a reply with status 200 to "
                R"({"action":"later"}, but nothing came)");
  BOOST_TEST(failure_of([&] { (void)alice.reply(); })
             == "expected a reply, but nothing came");
  answer_later(0);
  BOOST_TEST(failure_of([&] { sent.expect_no_reply(); })
             == R"(expected no reply to {"action":"later"}, but this came: )"
                R"({"errors":[],"data":null,"action":"later","route":"",)"
                R"("status":200})"
                "\nnot taken yet:\n  "
                R"({"errors":[],"data":null,"action":"later","route":"",)"
                R"("status":200})");
}

BOOST_AUTO_TEST_CASE(replies_are_taken_in_order_and_once) {
  auto first = alice.push("", "count");
  alice.push("", "count");
  BOOST_TEST(alice.reply().at("data") == json::value(1));
  BOOST_TEST(failure_of([&] { first.expect_reply(200); })
             == R"(expected a reply with status 200 to {"action":"count"}, )"
                R"(but it was taken before: {"errors":[],"data":1,)"
                R"("action":"count","route":"","status":200})"
                "\nnot taken yet:\n  "
                R"({"errors":[],"data":2,"action":"count","route":"",)"
                R"("status":200})");
  alice.expect_reply(200, 2);
  BOOST_TEST(failure_of([&] { (void)alice.reply(); }) != "");
}

BOOST_AUTO_TEST_CASE(a_message_finds_its_own_reply) {
  auto slow = alice.push("", "beside", {{"request_id", "slow"}});
  auto fast = alice.push("", "beside", {{"request_id", "fast"}});
  auto last = alice.push("", "count");
  answer_later(1, ok("b"));
  answer_later(0, ok("a"));
  slow.expect_reply(200, "a");
  last.expect_reply(200, 1);
  BOOST_TEST(fast.expect_reply(200, "b").at("request_id").as_string()
             == "fast");
}

BOOST_AUTO_TEST_CASE(a_reply_is_told_by_its_route) {
  auto put_off = [this](const context& ctx) { return recorder.put_off(ctx); };
  auto child = handler("child").action("act", put_off, concurrent);
  world other{endpoint("/ws/").route("a/", child).route("b/", child)};
  auto bob = other.connect("/ws/");
  auto slow = bob.push("a/", "act");
  auto fast = bob.push("b/", "act");
  recorder.later.at(1).answer(ok("b"));
  other.settle();
  recorder.later.at(0).answer(ok("a"));
  other.settle();
  slow.expect_reply(200, "a");
  fast.expect_reply(200, "b");
}

BOOST_AUTO_TEST_CASE(the_action_of_a_message_is_not_among_its_arguments) {
  alice.push("", "count", {{"action", "nope"}, {"route", "no/"}})
      .expect_reply(404);
  alice.push("", "count", {{"action", "nope"}}).expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(a_text_is_sent_and_taken_byte_by_byte) {
  alice.push_text(R"({"action": "echo", "data": 1})");
  BOOST_TEST(alice.text() == pong);
  alice.push_text("{").expect_errors(400, {{{"detail", "Malformed request."},
                                            {"reason", "not JSON at byte 1"}}});
  alice.push_text("{}", frame_type::binary).expect_reply(400);
  BOOST_TEST(failure_of([&] { (void)alice.text(); })
             == "expected a message of the server, but nothing came");
}

BOOST_AUTO_TEST_CASE(what_json_cannot_express_is_a_500_here_too) {
  alice.push("", "latin").expect_reply(500);
  BOOST_TEST(stage.logged("handler \"root\", action \"latin\": the reply has "
                          "text that is not UTF-8"));
  alice.push("", "count").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(arguments_that_json_cannot_express_are_a_failure) {
  BOOST_TEST(failure_of([&] {
               alice.push("", "echo", {{"data", "caf\xE9"}});
             })
             == "nothing can be sent: the arguments have text that is not "
                "UTF-8, or a number that is not finite: "
                "{\"action\":\"echo\",\"data\":\"caf\uFFFD\"}");
  alice.push("", "count").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_not_utf8_closes_with_1007) {
  alice.push_text("{\"action\":\"caf\xE9\"}");
  alice.expect_close(1007);
}

// -- events -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(events_are_taken_in_order_beside_the_replies) {
  alice.push("", "push");
  alice.push("", "push");
  alice.expect_event("news");
  alice.expect_event("news", {{"n", 1}});
  alice.expect_reply(200, nullptr);
  alice.expect_reply(200, nullptr);
  alice.expect_nothing();
}

BOOST_AUTO_TEST_CASE(another_event_or_none_is_a_failure) {
  const std::string news = R"({"type":"news","data":{"n":1},"status":200})";
  alice.push("", "push").expect_reply(200);
  BOOST_TEST(failure_of([&] { alice.expect_event("weather"); })
             == "expected an event weather, but this came: " + news);
  alice.push("", "push").expect_reply(200);
  BOOST_TEST(failure_of([&] { alice.expect_event("news", 2); })
             == "expected an event news with data 2, but this came: " + news);
  BOOST_TEST(failure_of([&] { alice.expect_event("news"); })
             == "expected an event news, but nothing came");
  alice.push("", "push").expect_reply(200);
  BOOST_TEST(alice.event().at("status") == json::value(200));
  BOOST_TEST(failure_of([&] { (void)alice.event(); })
             == "expected an event, but nothing came");
}

BOOST_AUTO_TEST_CASE(something_is_not_nothing) {
  alice.push("", "mute");
  alice.expect_nothing();
  alice.push("", "echo", {{"data", 1}});
  BOOST_TEST(failure_of([&] { alice.expect_nothing(); })
             == "expected nothing, but something came\nnot taken yet:\n  "
                    + pong);
  alice.expect_reply(200);
  stage.close_user("1");
  BOOST_TEST(failure_of([&] { alice.expect_nothing(); })
             == "expected nothing, but the connection is closed\n"
                "the connection is closed: 4401 credentials_revoked");
}

// -- the end of a connection --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_close_is_compared_by_its_code) {
  BOOST_TEST(failure_of([&] { alice.expect_close(4401); })
             == "expected a close with 4401, but the connection is open");
  BOOST_TEST(alice.is_open());
  stage.close_user("1");
  BOOST_TEST(alice.expect_close(4401) == "credentials_revoked");
  BOOST_TEST(!alice.is_open());
  BOOST_TEST(failure_of([&] { alice.expect_close(close_code::idle); })
             == "expected a close with 4408, but it was another\n"
                "the connection is closed: 4401 credentials_revoked");
  BOOST_TEST(failure_of([&] { alice.push("", "count"); })
             == R"(nothing can be sent: {"action":"count"})"
                "\nthe connection is closed: 4401 credentials_revoked");
}

BOOST_AUTO_TEST_CASE(handlers_hear_of_a_client_that_disconnects) {
  stage.connect("/ws/", user_named("bob", 2));
  alice.push("", "count");
  alice.disconnect();
  BOOST_TEST((recorder.notes == std::vector<std::string>{"closed alice"}));
  BOOST_TEST(!alice.is_open());
}

BOOST_AUTO_TEST_CASE(timers_of_a_client_that_has_left_never_run) {
  std::vector<std::string> ran;
  for (const auto& how_long :
       {lifetime::connection, lifetime::unit, lifetime::server}) {
    world shared{endpoint(
        "/ws/", handler("root").lives_for(how_long).action(
                    "start", [&ran](const context& ctx) {
                      ctx.run_after(1s, [&ran, name = ctx.user().username] {
                        ran.push_back(name);
                      });
                      return ok();
                    }))};
    auto leaving = shared.connect("/ws/", user_named("alice", 1));
    auto staying = shared.connect("/ws/", user_named("bob", 2));
    leaving.push("", "start").expect_reply(200);
    staying.push("", "start").expect_reply(200);
    leaving.disconnect();
    shared.advance(1min);
  }
  BOOST_TEST(ran == (std::vector<std::string>{"bob", "bob", "bob"}));
}

BOOST_AUTO_TEST_CASE(a_message_over_the_limit_is_a_1009) {
  alice.push("", "echo",
             {{"data", std::string(stage.limits().message_bytes_max, 'x')}});
  alice.expect_close(close_code::message_too_big);
}

BOOST_AUTO_TEST_CASE(a_silent_client_is_closed_and_another_is_not) {
  auto bob = stage.connect("/ws/");
  bob.fall_silent();
  stage.advance(stage.limits().idle_timeout + 1s);
  bob.expect_close(close_code::idle);
  alice.expect_nothing();
}

// -- opening ------------------------------------------------------------------

struct opening_fixture {
  static std::vector<endpoint_spec> endpoints() {
    auto guarded = handler("members").permissions(is_authenticated_strictly());
    return {endpoint("/members/", guarded),
            endpoint("/browser/", guarded).accept_then_close(),
            endpoint("/slow/", handler("slow").permissions(custom_permission(
                                   "Slow", [](const scope&) { return true; },
                                   blocking)))};
  }

  world stage{endpoints()};
};

BOOST_FIXTURE_TEST_CASE(an_opening_is_refused_or_accepted, opening_fixture) {
  auto answer =
      stage.open("/members/").expect_refusal(403, "permission_denied");
  BOOST_TEST(answer.body
             == R"({"detail":"Permission denied","code":"permission_denied"})");
  stage.open("/nowhere/").expect_refusal(404);
  stage.open("/members/", {.who = user_named("alice", 1)}).expect_accepted();
}

BOOST_FIXTURE_TEST_CASE(another_answer_is_a_failure, opening_fixture) {
  const std::string refused =
      R"(403 {"detail":"Permission denied","code":"permission_denied"})"
      "\nthe permissions:\n"
      "  IsAuthenticatedStrictly  can_connect: deny 403 (nobody is logged in)";
  BOOST_TEST(failure_of([&] { stage.connect("/members/"); })
             == "expected that /members/ is accepted, but it was refused with "
                    + refused);
  BOOST_TEST(failure_of([&] { stage.open("/members/").expect_refusal(401); })
             == "expected that /members/ is refused with 401, but it was "
                "refused with "
                    + refused);
  BOOST_TEST(
      failure_of([&] { stage.open("/members/").expect_refusal(403, "full"); })
      == "expected that /members/ is refused with the code full, but it was "
         "refused with "
             + refused);
  BOOST_TEST(failure_of([&] { stage.open("/slow/").expect_refusal(); })
             == "expected that /slow/ is refused, but it was accepted");
  BOOST_TEST(failure_of([&] { stage.open("/slow/").expect_no_answer(); })
             == "expected no answer to /slow/ yet, but it was accepted");
}

BOOST_FIXTURE_TEST_CASE(a_browser_is_accepted_and_then_closed,
                        opening_fixture) {
  stage.connect("/browser/").expect_close(close_code::forbidden);
}

BOOST_AUTO_TEST_CASE(an_opening_without_an_answer_waits_for_time) {
  world other;
  caf::typed_response_promise<decision> never;
  auto undecided =
      other.system().spawn([&](caf::event_based_actor* self) -> caf::behavior {
        return {[self, &never](const permission_query&) {
          return never = self->make_response_promise<decision>();
        }};
      });
  auto guard = actor_permission("Undecided", undecided,
                                asked_for({question::can_connect}));
  other.serve({endpoint("/ws/", handler("root").permissions(guard))});
  other.patience(0ms);
  auto attempt = other.open("/ws/");
  attempt.expect_no_answer();
  BOOST_TEST(failure_of([&] { attempt.expect_accepted(); })
             == "expected that /ws/ is accepted, but there is no answer yet");
  other.advance(other.limits().can_connect_timeout);
  attempt.expect_refusal(503, "unavailable");
}

BOOST_AUTO_TEST_CASE(a_client_brings_headers_query_and_subprotocols) {
  std::optional<scope> seen;
  world other{
      endpoint("/ws/", handler("root").action("see", [&](const request& req) {
        seen = req.scope();
      })).subprotocols({"chat"})};
  auto bob = other.connect("/ws/?room=7",
                           {.who = user_named("bob", "b"),
                            .headers = {{"X-Shard", "3"}, {"Host", "example"}},
                            .subprotocols = {"news", "chat"}});
  BOOST_TEST(bob.subprotocol() == "chat");
  bob.push("", "see").expect_reply(200);
  BOOST_TEST(seen->path == "/ws/");
  // The token is not there.
  BOOST_TEST((seen->query == fields{{"room", "7"}}));
  BOOST_TEST(!find_field(seen->headers, "authorization"));
  BOOST_TEST(*find_field(seen->headers, "x-shard") == "3");
  BOOST_TEST(*find_field(seen->headers, "host") == "example");
  BOOST_TEST(seen->user.username == "bob");
}

BOOST_AUTO_TEST_CASE(the_users_of_the_server_are_known_beside_those_given) {
  server_options options;
  options.users = *parse_users(
      R"({"users":[{"id":4,"username":"carol","token":"carol-token"}]})",
      "the users of the test");
  world other{endpoint("/ws/", recorder.build()), options};
  auto carol = other.connect("/ws/", {.token = "carol-token"});
  carol.push("", "who").expect_reply(200, {{"id", 4}, {"roles", 0}});
  auto editor = user_named("erin", 5);
  editor.roles = {"editor"};
  other.connect("/ws/", editor)
      .push("", "who")
      .expect_reply(200, {{"id", 5}, {"roles", 1}});
  other.connect("/ws/").push("", "who").expect_reply(
      200, {{"id", nullptr}, {"roles", 0}});
  other.open("/ws/", {.token = "wrong"}).expect_refusal(401, "bad_credentials");
}

BOOST_AUTO_TEST_CASE(an_authenticator_of_the_application_is_asked) {
  world other;
  server_options options;
  options.authenticator =
      other.system().spawn([]() -> authenticator_actor::behavior_type {
        return {[](const credentials& given) {
          authentication result;
          if (given.token == "good")
            result.accepted = identity{user_named("dora", 9), std::nullopt};
          return result;
        }};
      });
  other.serve({endpoint("/ws/", recorder.build())}, options);
  other.connect("/ws/", {.token = "good"})
      .push("", "who")
      .expect_reply(200, {{"id", 9}, {"roles", 0}});
  other.open("/ws/", {.token = "bad"}).expect_refusal(401);
  other.connect("/ws/", user_named("alice", 1))
      .push("", "who")
      .expect_reply(200, {{"id", 1}, {"roles", 0}});
}

BOOST_AUTO_TEST_CASE(credentials_expire_unless_they_are_refreshed) {
  const opening an_hour{.who = user_named("alice", 1), .lifetime = 1h};
  auto kept = stage.connect("/ws/", an_hour);
  auto lost = stage.connect("/ws/", an_hour);
  stage.advance(1h);
  kept.push("$auth/", "refresh",
            {{"token", stage.token_for(user_named("alice", 1), 1h)}})
      .expect_reply(200);
  stage.advance(stage.limits().credential_grace);
  lost.expect_close(close_code::credentials_expired);
  kept.expect_nothing();
}

// -- time and threads ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(time_passes_when_the_test_says_so) {
  auto before = stage.wall_now();
  auto sent = alice.push("", "later");
  stage.advance(stage.limits().action_timeout - 1ms);
  sent.expect_no_reply();
  stage.advance(1ms);
  sent.expect_reply(504);
  BOOST_TEST((stage.wall_now() - before == stage.limits().action_timeout));
}

BOOST_AUTO_TEST_CASE(a_slow_action_is_logged_with_its_virtual_time) {
  alice.push("", "later");
  stage.advance(stage.limits().slow_action - 1ms);
  answer_later(0);
  BOOST_TEST(!stage.logged("took"));
  alice.push("", "later");
  stage.advance(stage.limits().slow_action);
  answer_later(1);
  BOOST_TEST(stage.logged("handler \"root\" (endpoint \"/ws/\", route \"\"): "
                          "action \"later\" took 1000 ms (permissions 0 ms, "
                          "action 1000 ms), status 200, connection 1\n"));
}

BOOST_AUTO_TEST_CASE(what_blocks_takes_no_virtual_time) {
  stage.patience(5s);
  auto sent = alice.push("", "block");
  stage.advance(stage.limits().action_timeout);
  sent.expect_reply(200, "done");
  // The other way round: the push has waited.
  alice.push("", "block");
  stage.patience(0ms);
  alice.expect_reply(200, "done");
}

BOOST_AUTO_TEST_CASE(what_blocks_too_long_is_late) {
  stage.patience(1h); // Nobody has it.
  stage.wait_for_workers(false);
  auto late = alice.push("", "hang");
  recorder.block_gate.wait_for(1);
  late.expect_no_reply();
  stage.advance(stage.limits().action_timeout);
  late.expect_reply(504);
  // It still has its thread.
  alice.push("", "count").expect_reply(200, 1);
  auto last = alice.push("", "hang");
  recorder.block_gate.open();
  last.expect_reply(200, "at last");
}

BOOST_AUTO_TEST_CASE(a_worker_that_hangs_is_waited_for_once) {
  stage.patience(1ms);
  auto sent = alice.push("", "hang");
  recorder.block_gate.wait_for(1);
  stage.patience(1h);
  stage.advance(1s);
  sent.expect_no_reply();
  // Others are waited for all the same.
  auto bob = stage.connect("/ws/");
  bob.push("", "block");
  stage.patience(0ms);
  bob.expect_reply(200, "done");
}

BOOST_AUTO_TEST_CASE(it_can_be_waited_for_what_other_threads_send) {
  alice.push("", "later");
  bool answered = false;
  BOOST_TEST(!stage.settle_until([&] { return answered; }));
  stage.patience(5s);
  std::thread other([&] { recorder.later.at(0).answer(ok("from afar")); });
  alice.expect_reply(200, "from afar");
  other.join();
  BOOST_TEST(stage.settle_until([] { return true; }));
}

// -- the server ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_limits_are_those_of_the_options) {
  server_options options;
  options.limits.message_rate_max = 2;
  options.limits.connections_max = 1;
  options.default_permission = default_permission::deny;
  world other{endpoint("/ws/", handler("root").permissions(allow_any()))
                  .route("open/", recorder.build()),
              options};
  BOOST_TEST(other.limits().message_rate_max == 2u);
  auto bob = other.connect("/ws/");
  other.open("/ws/").expect_refusal(503, "unavailable");
  bob.push("open/", "count").expect_reply(403);
  bob.push("open/", "count").expect_reply(403);
  bob.push("open/", "count").expect_reply(429);
  other.advance(1s);
  bob.push("open/", "count").expect_reply(403);
  bob.disconnect();
  other.connect("/ws/").expect_nothing();
}

BOOST_AUTO_TEST_CASE(messages_wait_for_their_turn) {
  const auto count = static_cast<int>(stage.limits().waiting_messages_max) + 3;
  alice.push("", "later");
  for (int i = 0; i < count; ++i)
    alice.push("", "count");
  BOOST_TEST(recorder.count == 0);
  answer_later(0, ok("first"));
  alice.expect_reply(200, "first");
  for (int i = 1; i <= count; ++i)
    alice.expect_reply(200, i);
}

BOOST_AUTO_TEST_CASE(no_more_is_read_than_may_wait) {
  const auto most = stage.limits().waiting_messages_max + 1;
  for (std::size_t i = 0; i < most + 3; ++i)
    alice.push("", "later");
  alice.disconnect(close_code::none);
  BOOST_TEST(stage.logged("after " + std::to_string(most) + " messages"));
}

BOOST_AUTO_TEST_CASE(what_came_before_a_close_is_answered_first) {
  auto late = alice.push("", "later");
  auto counted = alice.push("", "count");
  alice.disconnect(close_code{4000});
  BOOST_TEST(alice.is_open());
  BOOST_CHECK_THROW(alice.push("", "count"), failure);
  answer_later(0);
  late.expect_reply(200);
  counted.expect_reply(200, 1);
  BOOST_TEST(alice.expect_close(4000) == "");
}

BOOST_AUTO_TEST_CASE(a_draining_server_says_when_to_come_back) {
  auto sent = alice.push("", "later");
  stage.drain();
  BOOST_TEST(alice.is_open());
  stage.open("/ws/").expect_refusal(503, "unavailable");
  answer_later(0);
  sent.expect_reply(200);
  BOOST_TEST(alice.expect_close(close_code::service_restart)
                 .starts_with(R"({"reconnect_after_ms":)"));
}

BOOST_AUTO_TEST_CASE(cached_decisions_can_be_dropped) {
  int asked = 0;
  world other{endpoint(
      "/ws/", handler("root")
                  .permissions(custom_permission(
                      "Counted", [&](const request&) { return ++asked > 0; },
                      cached(1min)))
                  .action("act", [] {}))};
  auto bob = other.connect("/ws/", user_named("bob", 2));
  bob.push("", "act").expect_reply(200);
  bob.push("", "act").expect_reply(200);
  BOOST_TEST(asked == 1);
  other.invalidate("2");
  bob.push("", "act").expect_reply(200);
  BOOST_TEST(asked == 2);
}

BOOST_AUTO_TEST_CASE(the_log_is_kept) {
  alice.push("", "count", {{"route", "x"}});
  alice.disconnect();
  BOOST_TEST(stage.logged(R"(user=1 closed 1000 after 1 messages)"));
  BOOST_TEST(stage.log().starts_with("info connection 1: "));
  BOOST_TEST(!stage.logged("never"));
}

BOOST_AUTO_TEST_CASE(actors_of_the_application_run_with_the_others) {
  world other;
  auto archive = other.system().spawn([]() -> caf::behavior {
    return {[](const std::string& title) { return title + ", 1887"; }};
  });
  auto look_up = [archive](const context& ctx,
                           arg<"title", std::string> title) {
    auto answer = ctx.defer();
    ctx.self()
        ->request(archive, 1s, *title)
        .then([answer](const std::string& found) {
          answer.answer(ok(json::string(found)));
        });
    return answer;
  };
  other.serve({endpoint("/ws/", handler("root").action("find", look_up))});
  auto bob = other.connect("/ws/");
  bob.push("", "find", {{"title", "Otello"}}).expect_reply(200, "Otello, 1887");
}

BOOST_AUTO_TEST_CASE(a_service_leads_to_what_is_offered) {
  world other{endpoint("/ws/").route("stock/$", service("stock"))};
  auto carol = other.connect("/ws/");
  carol.push("stock/", "count").expect_reply(503);
  const auto stock = other.system().spawn([]() -> mounted_actor::behavior_type {
    return {[](const request&) -> reply { return ok(7); }};
  });
  other.offer("stock", caf::actor_cast<caf::actor>(stock));
  carol.push("stock/", "count").expect_reply(200, 7);
  caf::anon_send_exit(stock, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(members_of_a_group_hear_each_other_and_the_application) {
  world other{endpoint(
      "/ws/",
      handler("root")
          .action("join", [](const context& ctx) { return ctx.join("lobby"); })
          .action(
              "say",
              [](arg<"text", std::string> text) {
                return ok(json::string(*text));
              },
              broadcasts("lobby", "said")))};
  auto carol = other.connect("/ws/", user_named("carol", 1));
  auto dave = other.connect("/ws/", user_named("dave", 2));
  carol.push("", "join").expect_reply(200);
  dave.push("", "say", {{"text", "hi"}}).expect_reply(200);
  carol.expect_event("said", "hi");
  dave.expect_nothing();
  other.broadcast("lobby", {"news", 1});
  other.push_to_user(2, {"mail", 2});
  carol.expect_event("news", 1);
  carol.expect_nothing();
  dave.expect_event("mail", 2);
  dave.expect_nothing();
}

BOOST_AUTO_TEST_CASE(the_configuration_of_the_application_counts) {
  world other{[](caf::actor_system_config& cfg) {
    caf::put(cfg.content, "tests.answer", 42);
  }};
  BOOST_TEST(caf::get_or(other.system().config(), "tests.answer", 0) == 42);
}

BOOST_AUTO_TEST_CASE(what_would_not_start_is_a_failure) {
  BOOST_TEST(failure_of([] {
               world other{endpoint("(")};
             }).starts_with("the server would not start: "));
  server_options options;
  options.limits.json_depth_max = 0;
  BOOST_TEST(failure_of([&] {
               world other{endpoint("/ws/"), options};
             }).find("json-depth-max")
             != std::string::npos);
  world other;
  BOOST_TEST(failure_of([&] { other.connect("/ws/"); })
             == "this world serves nothing yet: call serve()");
  other.serve({endpoint("/ws/"), endpoint("/other/")});
  other.connect("/other/");
  BOOST_TEST(failure_of([&] { other.serve({endpoint("/ws/")}); })
             == "a world serves once");
}

BOOST_AUTO_TEST_CASE(actors_that_never_rest_are_a_failure) {
  world other;
  auto restless =
      other.system().spawn([](caf::event_based_actor* self) -> caf::behavior {
        return {[self](int n) { self->send(self, n); }};
      });
  caf::anon_send(restless, 1);
  BOOST_TEST(failure_of([&] { other.settle(); })
             == "the actors do not come to rest");
  caf::anon_send_exit(restless, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace test_kit_suite
