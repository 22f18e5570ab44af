#include "stagedoor/actors/connections/credential_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>

#include "support/connection_fixture.hpp"

namespace credential_watch_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using wall_time = std::chrono::system_clock::time_point;

const std::string closed_expired = "close 4401 credentials_expired\n";
const std::string closed_revoked = "close 4401 credentials_revoked\n";

const auto invalid_credentials = R"([{"detail":"Invalid credentials."}])";
const auto other_user = R"(["The credentials are those of another user."])";

user named(json::value id, const std::string& name) {
  user result;
  result.id = std::move(id);
  result.username = name;
  return result;
}

/// A connection of alice; a silent client is not given up.
struct credentials_fixture : connection_fixture {
  explicit credentials_fixture(const limits& bounds = patient())
      : connection_fixture(bounds) {}

  static limits patient() {
    limits result;
    result.ping_interval = 23h;
    result.idle_timeout = 24h;
    return result;
  }

  const limits::duration grace = world.bounds().credential_grace;

  void open_as(const user& who, std::optional<wall_time> expires = {}) {
    start();
    request_head("/ws/?token=first&x=1", {{"cookie", "a=b"}});
    authenticate({identity{who, expires}});
    decide(allow());
    emit(handshake_done{});
    BOOST_TEST(socket->take().ends_with("read\n"));
  }

  void open_for(limits::duration time) {
    open_as(alice(), world.wall_now() + time);
  }

  /// The client sends new credentials.
  void refresh(const std::string& more = R"(,"token":"second")",
               const std::string& route = "$auth/") {
    receive(R"({"action":"refresh","route":")" + route + '"' + more + '}');
  }

  /// They are accepted as this user's.
  void refresh_as(const user& who, std::optional<wall_time> expires = {}) {
    refresh();
    authenticate({identity{who, expires}});
  }

  /// What the connection did, without its reads.
  std::string done() {
    auto text = socket->take();
    for (auto at = text.find("read\n"); at != std::string::npos;
         at = text.find("read\n"))
      text.erase(at, 5);
    return text;
  }
};

/// The envelope of a refresh that succeeded.
std::string refreshed(const std::string& user, const std::string& expires_at,
                      const std::string& route = "$auth/",
                      const std::string& request_id = {}) {
  return sent(
      success(R"({"user":)" + user + R"(,"expires_at":)" + expires_at + '}',
              "refresh", route, request_id));
}

std::string refused(int status, const std::string& errors) {
  return sent(failure(status, errors, "refresh", "$auth/"));
}

const std::string as_alice = R"({"id":1,"username":"alice"})";

std::string unix_seconds(wall_time when) {
  return std::to_string(std::chrono::floor<std::chrono::seconds>(when)
                            .time_since_epoch()
                            .count());
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(credential_watch, credentials_fixture)

// -- expiry -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(credentials_that_expire_close_when_the_grace_is_over) {
  open_for(60s);
  world.advance(60s + grace - timing_wheel::tick);
  BOOST_TEST(socket->take() == "");
  world.advance(timing_wheel::tick);
  BOOST_TEST(socket->take() == closed_expired);
  emit(transport_ended{close_code::credentials_expired, "closed"});
  BOOST_TEST(!is_alive());
  BOOST_TEST(world.logged("user=1 closed 4401"));
}

BOOST_AUTO_TEST_CASE(an_expiry_between_two_ticks_closes_at_the_later_one) {
  open_for(60s + 1ms);
  world.advance(60s + grace);
  BOOST_TEST(socket->take() == "");
  world.advance(timing_wheel::tick);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(messages_are_served_during_the_grace) {
  open_for(60s);
  world.advance(60s + grace - timing_wheel::tick);
  receive(0);
  BOOST_TEST(router().count() == 1u);
  reply_last();
  BOOST_TEST(done() == done_sent);
}

BOOST_AUTO_TEST_CASE(credentials_without_an_expiry_last) {
  open_as(alice());
  world.advance(22h);
  receive(0);
  reply_last();
  BOOST_TEST(done() == done_sent);
}

BOOST_AUTO_TEST_CASE(who_has_no_credentials_is_not_closed_for_them) {
  open();
  world.advance(22h);
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(an_expiry_at_the_end_of_all_time_is_far_off) {
  open_as(alice(), wall_time::max());
  world.advance(22h);
  receive(0);
  reply_last();
  BOOST_TEST(done() == done_sent);
}

BOOST_AUTO_TEST_CASE(an_expiry_in_some_hours_is_met_exactly) {
  open_for(5h + 30s);
  world.advance(5h + 30s + grace - timing_wheel::tick);
  BOOST_TEST(socket->take() == "");
  world.advance(timing_wheel::tick);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(
    credentials_that_expire_during_the_opening_have_the_grace) {
  start();
  request_head("/ws/?token=x");
  authenticate({identity{alice(), world.wall_now() + 1s}});
  world.advance(3s);
  decide(allow());
  emit(handshake_done{});
  BOOST_TEST(done() == "accept \"\"\n");
  world.advance(grace - 2s - timing_wheel::tick);
  BOOST_TEST(socket->take() == "");
  world.advance(timing_wheel::tick);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(a_grace_that_ends_during_the_opening_closes_at_once) {
  start();
  request_head("/told/?token=x");
  authenticate({identity{alice(), world.wall_now() + 1s}});
  decide(allow());
  world.shift_wall_clock(1s + grace);
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "accept \"\"\n" + closed_expired);
  BOOST_TEST(routers[1].opened().empty());
}

BOOST_AUTO_TEST_CASE(a_wall_clock_that_is_set_back_prolongs_credentials) {
  open_for(60s);
  world.shift_wall_clock(-10min);
  world.advance(60s + grace);
  BOOST_TEST(socket->take() == "");
  world.advance(10min - timing_wheel::tick);
  BOOST_TEST(socket->take() == "");
  world.advance(timing_wheel::tick);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(a_wall_clock_that_is_set_forward_is_seen_by_a_message) {
  open_for(10h);
  world.shift_wall_clock(10h + grace - 1ms);
  receive(0);
  reply_last();
  BOOST_TEST(done() == done_sent);
  world.shift_wall_clock(1ms);
  receive(1);
  BOOST_TEST(router().count() == 1u);
  BOOST_TEST(done() == closed_expired);
}

BOOST_AUTO_TEST_CASE(a_wall_clock_that_is_set_forward_is_seen_by_a_ping) {
  credentials_fixture other{limits{}};
  other.open_for(10h);
  other.world.shift_wall_clock(100h);
  other.world.advance(other.world.bounds().ping_interval - 1ms);
  BOOST_TEST(other.done() == "");
  other.world.advance(1ms);
  BOOST_TEST(other.done() == closed_expired);
}

BOOST_AUTO_TEST_CASE(a_wall_clock_that_is_set_forward_is_seen_within_an_hour) {
  open_for(100h);
  world.shift_wall_clock(100h);
  world.advance(1h);
  BOOST_TEST(socket->take() == closed_expired);
}

// -- refresh ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_refresh_asks_the_authenticator_and_nobody_else) {
  open_for(60s);
  refresh();
  BOOST_REQUIRE(authenticator.count() == 2u);
  BOOST_TEST(authenticator.last().token == "second");
  BOOST_TEST(router().count() == 0u);
  BOOST_TEST(pool.count() == 1u);
  BOOST_TEST(done() == "");
}

BOOST_AUTO_TEST_CASE(a_refresh_answers_with_the_user_and_the_expiry) {
  open_for(60s);
  const auto expires = world.wall_now() + 120s + 999ms;
  refresh(R"(,"token":"second","request_id":"r")", "$auth/?a=b");
  authenticate({identity{alice(), expires}});
  BOOST_TEST(
      done()
      == refreshed(as_alice, unix_seconds(expires), "$auth/?a=b", R"("r")"));
}

BOOST_AUTO_TEST_CASE(
    a_refresh_replaces_the_user_in_the_scope_and_nothing_else) {
  open_for(60s);
  receive(0);
  const auto before = router().last().scope;
  reply_last();
  auto promoted = named(1, "alice the second");
  promoted.is_staff = true;
  refresh_as(promoted);
  receive(0);
  const auto after = router().last().scope;
  BOOST_TEST(after->user.username == "alice the second");
  BOOST_TEST(after->user.is_staff);
  BOOST_TEST(after->connection_id == 7u);
  BOOST_TEST(after->path == "/ws/");
  BOOST_TEST((after->query == fields{{"x", "1"}}));
  BOOST_TEST((after->cookies == fields{{"a", "b"}}));
  BOOST_TEST((after->headers == before->headers));
  BOOST_TEST(after->peer == "127.0.0.1:4711");
  // Whoever holds the one before sees no change.
  BOOST_TEST(before->user.username == "alice");
}

BOOST_AUTO_TEST_CASE(a_refresh_in_time_moves_the_close) {
  open_for(60s);
  world.advance(30s);
  refresh_as(alice(), world.wall_now() + 120s);
  done();
  world.advance(120s + grace - timing_wheel::tick);
  BOOST_TEST(socket->take() == "");
  world.advance(timing_wheel::tick);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(a_refresh_during_the_grace_cancels_the_close) {
  open_for(60s);
  world.advance(60s + grace - timing_wheel::tick);
  refresh_as(alice(), world.wall_now() + 60s);
  done();
  world.advance(60s);
  BOOST_TEST(socket->take() == "");
  world.advance(grace);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(a_refresh_may_end_all_expiry) {
  open_for(60s);
  refresh_as(alice());
  BOOST_TEST(done() == refreshed(as_alice, "null"));
  world.advance(22h);
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(a_refresh_may_bring_the_expiry_forward) {
  open_as(alice());
  refresh_as(alice(), world.wall_now() + 1s);
  done();
  world.advance(1s + grace);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(a_refused_refresh_leaves_everything_as_it_was) {
  open_for(60s);
  refresh();
  authenticate({std::nullopt, "too old"});
  BOOST_TEST(done() == refused(401, invalid_credentials));
  BOOST_TEST(world.logged("connection 7: new credentials of user 1 refused: "
                          "too old"));
  receive(0);
  BOOST_TEST(router().last().scope->user.username == "alice");
  reply_last();
  BOOST_TEST(done() == done_sent);
  world.advance(60s + grace - timing_wheel::tick);
  BOOST_TEST(socket->take() == "");
  world.advance(timing_wheel::tick);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(a_refresh_with_expired_credentials_is_refused) {
  open_for(60s);
  refresh_as(named(1, "late"), world.wall_now());
  BOOST_TEST(done() == refused(401, invalid_credentials));
  receive(0);
  BOOST_TEST(router().last().scope->user.username == "alice");
  socket->take();
  world.advance(60s + grace);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(the_credentials_of_another_user_are_a_403) {
  open_for(60s);
  for (const auto& id : {json::value(2), json::value("alice"), json::value(""),
                         json::value("01"), json::value(nullptr)}) {
    refresh_as(named(id, "other"));
    BOOST_TEST(done() == refused(403, other_user), to_json(id));
  }
  receive(0);
  BOOST_TEST(router().last().scope->user.username == "alice");
  socket->take();
  world.advance(60s + grace);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(an_integer_and_its_decimal_spelling_are_one_user) {
  open_as(alice());
  refresh_as(named("1", "alice"));
  BOOST_TEST(done() == refreshed(R"({"id":"1","username":"alice"})", "null"));
  refresh_as(named(std::uint64_t{1}, "alice"));
  BOOST_TEST(done() == refreshed(as_alice, "null"));
}

BOOST_AUTO_TEST_CASE(an_anonymous_connection_stays_anonymous) {
  open();
  refresh_as(alice());
  BOOST_TEST(done() == refused(403, other_user));
  refresh_as(named(nullptr, ""));
  BOOST_TEST(done() == refused(403, other_user));
  receive(0);
  BOOST_TEST(!router().last().scope->user.is_authenticated());
}

BOOST_AUTO_TEST_CASE(a_late_authenticator_is_a_504_and_its_answer_is_dropped) {
  open_for(60s);
  refresh();
  world.advance(world.bounds().can_connect_timeout - 1ms);
  BOOST_TEST(done() == "");
  world.advance(1ms);
  BOOST_TEST(done() == refused(504, timed_out));
  authenticate({identity{named(1, "late"), {}}});
  receive(0);
  BOOST_TEST(router().last().scope->user.username == "alice");
  reply_last();
  BOOST_TEST(done() == done_sent);
  world.advance(60s + grace);
  BOOST_TEST(socket->take() == closed_expired);
}

BOOST_AUTO_TEST_CASE(an_authenticator_that_is_gone_is_a_503) {
  open_for(60s);
  world.kill(authenticator.handle());
  refresh();
  BOOST_TEST(done() == refused(503, unavailable));
  receive(0);
  reply_last();
  BOOST_TEST(done() == done_sent);
}

BOOST_AUTO_TEST_CASE(an_authenticator_that_dies_while_it_is_asked_is_a_503) {
  open_for(60s);
  refresh();
  world.kill(authenticator.handle());
  BOOST_TEST(done() == refused(503, unavailable));
  world.advance(world.bounds().can_connect_timeout);
  receive(0);
  reply_last();
  BOOST_TEST(done() == done_sent);
}

BOOST_AUTO_TEST_CASE(an_authenticator_that_fails_is_answered_for) {
  open_for(60s);
  refresh();
  authenticator.fail_last(make_error(errc::server_error, "no database"));
  world.settle();
  BOOST_TEST(done() == refused(500, server_error));
}

BOOST_AUTO_TEST_CASE(the_token_is_an_argument_of_type_string) {
  open_as(alice());
  refresh("");
  BOOST_TEST(done()
             == refused(400, R"([{"token":["This field is required."]}])"));
  refresh(R"(,"token":null)");
  BOOST_TEST(done()
             == refused(400, R"([{"token":["This field may not be null."]}])"));
  refresh(R"(,"token":["x"])");
  BOOST_TEST(done() == refused(400, R"([{"token":["Not a valid string."]}])"));
  BOOST_TEST(authenticator.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_token_in_the_query_of_the_route_counts_for_nothing) {
  open_as(alice());
  refresh("", "$auth/?token=third");
  BOOST_TEST(done()
             == sent(failure(400, R"([{"token":["This field is required."]}])",
                             "refresh", "$auth/?token=third")));
  BOOST_TEST(authenticator.count() == 1u);
  refresh(R"(,"token":"second")", "$auth/?token=third");
  BOOST_REQUIRE(authenticator.count() == 2u);
  BOOST_TEST(authenticator.last().token == "second");
}

BOOST_AUTO_TEST_CASE(the_route_has_no_other_action) {
  open_as(alice());
  receive(R"({"action":"nope","route":"$auth/?x","token":"t"})");
  BOOST_TEST(done()
             == sent(failure(
                 405, R"(["Action \"nope\" not allowed in message body."])",
                 "nope", "$auth/?x")));
  receive(R"({"route":"$auth/","token":"t"})");
  BOOST_TEST(done()
             == sent(envelope(no_action, "null", 404, {"null", "$auth/", {}})));
  BOOST_TEST(authenticator.count() == 1u);
}

BOOST_AUTO_TEST_CASE(nothing_is_below_the_route_and_it_is_spelled_exactly) {
  open_as(alice());
  refresh(R"(,"token":"t")", "$auth/more/");
  BOOST_TEST(done() == sent(failure(404, no_route, "refresh", "$auth/more/")));
  BOOST_TEST(router().count() == 0u);
  for (const auto* route : {"$auth", "$AUTH/", "auth/", "x$auth/", ""}) {
    const auto asked = router().count();
    refresh(R"(,"token":"t")", route);
    BOOST_TEST(router().count() == asked + 1, route);
    reply_last();
  }
  BOOST_TEST(authenticator.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refresh_has_its_place_in_the_queue) {
  open_as(alice());
  receive(0);
  refresh();
  receive(1);
  receive(2);
  BOOST_TEST(authenticator.count() == 1u);
  reply_last();
  BOOST_TEST(authenticator.count() == 2u);
  BOOST_TEST(router().count() == 1u);
  BOOST_TEST(done() == done_sent);
  authenticate({identity{named(1, "new"), {}}});
  BOOST_TEST(done() == refreshed(R"({"id":1,"username":"new"})", "null"));
  BOOST_REQUIRE(router().count() == 2u);
  BOOST_TEST(router().at(0).scope->user.username == "alice");
  BOOST_TEST(router().at(1).scope->user.username == "new");
  reply_last();
  BOOST_TEST(done() == sent(success("null", "1")));
  BOOST_TEST(router().at(2).scope->user.username == "new");
}

BOOST_AUTO_TEST_CASE(what_is_answered_at_once_keeps_its_place_as_well) {
  open_as(alice());
  receive(0);
  refresh("");
  receive(1);
  refresh("");
  BOOST_TEST(done() == "");
  reply_last();
  const auto missing =
      refused(400, R"([{"token":["This field is required."]}])");
  BOOST_TEST(done() == done_sent + missing);
  reply_last();
  BOOST_TEST(done() == sent(success("null", "1")) + missing);
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_goes_on_with_the_scope_it_began_with) {
  open_as(alice());
  receive(0);
  reply_last(reply::interim());
  refresh_as(named(1, "new"));
  BOOST_TEST(done() == refreshed(R"({"id":1,"username":"new"})", "null"));
  BOOST_TEST(router().last().scope->user.username == "alice");
  tell(late_reply{router().last().sequence, ok()});
  BOOST_TEST(done() == done_sent);
}

BOOST_AUTO_TEST_CASE(two_refreshes_follow_each_other) {
  open_as(alice());
  refresh();
  refresh(R"(,"token":"third")");
  BOOST_TEST(authenticator.count() == 2u);
  authenticate({identity{named(1, "second"), {}}});
  BOOST_REQUIRE(authenticator.count() == 3u);
  BOOST_TEST(authenticator.last().token == "third");
  authenticate({identity{named(1, "third"), {}}});
  receive(0);
  BOOST_TEST(router().last().scope->user.username == "third");
}

BOOST_AUTO_TEST_CASE(a_refresh_that_is_not_answered_in_the_grace_is_too_late) {
  open_for(60s);
  world.advance(60s + grace - 1s);
  refresh();
  world.advance(1s);
  BOOST_TEST(done() == closed_expired);
  authenticate({identity{alice(), {}}});
  BOOST_TEST(done() == "");
  emit(transport_ended{});
  BOOST_TEST(!is_alive());
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_during_a_refresh_leaves_nothing) {
  open_for(60s);
  refresh();
  emit(transport_ended{});
  BOOST_TEST(!is_alive());
  authenticate({identity{alice(), {}}});
  world.advance(1h);
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_a_refresh) {
  open_as(alice());
  refresh();
  tell(drain_atom_v);
  done(); // The event.
  authenticate({identity{alice(), {}}});
  const auto after = done();
  BOOST_TEST(after.starts_with(refreshed(as_alice, "null") + "close 4012 "));
}

BOOST_AUTO_TEST_CASE(no_token_is_logged_or_seen) {
  open_for(60s);
  refresh();
  authenticate({std::nullopt});
  refresh_as(alice());
  receive(0);
  BOOST_TEST(router().last().message.arguments.empty());
  emit(transport_ended{close_code::normal, "gone"});
  BOOST_TEST(world.logged("connection 7"));
  BOOST_TEST(!world.logged("first"));
  BOOST_TEST(!world.logged("second"));
}

// -- revocation ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(revoked_credentials_close_at_once) {
  open_as(alice());
  receive(0);
  receive(1);
  socket->take();
  tell(revoke_atom_v, std::string{"1"});
  BOOST_TEST(socket->take() == closed_revoked);
  // What it was doing is not answered any more.
  reply_last();
  BOOST_TEST(socket->take() == "");
  BOOST_TEST(router().count() == 1u);
}

BOOST_AUTO_TEST_CASE(the_revocation_of_others_is_ignored) {
  open_as(alice());
  for (const auto* id : {"", "11", "0", "01", "\"1\"", "alice", "null"})
    tell(revoke_atom_v, std::string{id});
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(an_id_that_is_a_string_is_revoked_without_quotes) {
  open_as(named("x-1", "somebody"));
  tell(revoke_atom_v, std::string{"\"x-1\""});
  BOOST_TEST(socket->take() == "");
  tell(revoke_atom_v, std::string{"x-1"});
  BOOST_TEST(socket->take() == closed_revoked);
}

BOOST_AUTO_TEST_CASE(who_is_anonymous_cannot_be_revoked) {
  open();
  for (const auto* id : {"", "null", "0"})
    tell(revoke_atom_v, std::string{id});
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(a_refresh_does_not_save_from_a_revocation) {
  open_as(alice());
  refresh();
  tell(revoke_atom_v, std::string{"1"});
  authenticate({identity{alice(), {}}});
  BOOST_TEST(done() == closed_revoked);
}

// -- cached decisions ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_invalidation_of_the_user_or_of_all_drops_decisions) {
  open_as(alice());
  const auto decisions = [this] {
    receive(0);
    reply_last();
    return router().last().decisions;
  };
  const auto first = decisions();
  BOOST_REQUIRE(first);
  tell(invalidation_order{"2"});
  BOOST_TEST((decisions() == first));
  tell(invalidation_order{"1"});
  const auto second = decisions();
  BOOST_TEST((second != first));
  tell(invalidation_order{});
  BOOST_TEST((decisions() != second));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace credential_watch_suite
