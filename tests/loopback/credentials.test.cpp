// Who a client is, over real sockets: where credentials come from, how long
// they hold, and authenticators of an embedding application.

#include <caf/exit_reason.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/http_texts.hpp"
#include "support/one_client.hpp"

namespace credentials_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const std::string whoami = R"({"action":"whoami"})";
const std::string increment = R"({"action":"increment","route":"counter/"})";

std::string is_user(int id, const std::string& name,
                    const std::string& roles = "[]",
                    const std::string& groups = "[]") {
  return success(R"({"id":)" + std::to_string(id) + R"(,"username":")" + name
                     + R"(","is_authenticated":true,"roles":)" + roles
                     + R"(,"groups":)" + groups + '}',
                 "whoami");
}

/// Alice of the example's users file.
const auto is_alice = is_user(1, "alice", R"(["editor"])", R"(["editors"])");

std::string counted(int value) {
  return success(R"({"value":)" + std::to_string(value) + '}', "increment",
                 "counter/");
}

std::string refresh(const std::string& token) {
  return R"({"action":"refresh","route":"$auth/","token":")" + token + "\"}";
}

std::string refreshed(int id, const std::string& name,
                      const std::string& expires_at = "null") {
  return success(R"({"user":{"id":)" + std::to_string(id) + R"(,"username":")"
                     + name + R"("},"expires_at":)" + expires_at + '}',
                 "refresh", "$auth/");
}

std::string not_refreshed(int status, const std::string& errors) {
  return failure(status, errors, "refresh", "$auth/");
}

const close_text expired{4401, "credentials_expired"};
const close_text revoked{4401, "credentials_revoked"};

// -- endpoints ----------------------------------------------------------------

/// The newsroom's, with a subprotocol and a cookie.
std::vector<endpoint_spec> all_sources() {
  auto result = newsroom::endpoints();
  result.front().subprotocols = {"news"};
  result.front().token_cookie = "session";
  return result;
}

opening_text offering(const std::string& subprotocols) {
  return opening_text("/ws/").set("Sec-WebSocket-Protocol", subprotocols);
}

std::string who_is(const test_server& server, const opening_text& request) {
  websocket_client client(server.port());
  const auto answer = client.ask_http(request);
  BOOST_TEST(answer.starts_with("HTTP/1.1 101 "), answer);
  return client.ask(whoami);
}

/// All texts of a scope.
std::string dump(const scope& seen) {
  std::string result = seen.path + '\n' + seen.subprotocol + '\n';
  const auto headers = seen.headers.unpacked();
  for (const auto* all :
       {&seen.path_captures, &seen.query, &headers, &seen.cookies})
    for (const auto& [name, value] : *all)
      result += name + ": " + value + '\n';
  for (const auto& name : seen.subprotocols)
    result += name + '\n';
  return result;
}

// -- authenticators of an embedding application -------------------------------

/// What an actor knows of tokens.
using directory = std::map<std::string, identity>;

identity known(int id, const std::string& name) {
  identity result;
  result.who.id = id;
  result.who.username = name;
  return result;
}

authenticator_actor::behavior_type look_up(authenticator_actor::pointer self,
                                           directory users) {
  return {[self, users = std::move(users)](const credentials& given) {
    if (given.token == "poison")
      self->quit();
    const auto found = users.find(given.token);
    return authentication{found == users.end() ? std::nullopt
                                               : std::optional{found->second}};
  }};
}

/// Promises that will not be kept: one that is dropped is an answer to CAF 1.x.
struct given_up {
  std::vector<caf::typed_response_promise<authentication>> promises;
};

/// Answers one token and no other. It has to be killed.
authenticator_actor::behavior_type
mostly_mute(authenticator_actor::stateful_pointer<given_up> self,
            std::string answered) {
  return {[self, answered = std::move(answered)](const credentials& given) {
    auto promise = self->make_response_promise<authentication>();
    if (given.token == answered)
      promise.deliver(authentication{known(1, "alice")});
    else
      caf_api::state_of(self).promises.push_back(promise);
    return promise;
  }};
}

test_server::spawning_edit knows(directory users, limits::duration timeout = 5s,
                                 limits::duration grace = 25s) {
  return {[=](server_options& options, caf::actor_system& sys) {
    options.authenticator = sys.spawn(look_up, users);
    options.limits.can_connect_timeout = timeout;
    options.limits.credential_grace = grace;
  }};
}

directory two_tokens_of_alice() {
  return {{"old", known(1, "alice")},
          {"new", known(1, "alice the second")},
          {"bob", known(2, "bob")}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(credentials)

// -- sources ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(four_sources_name_the_user) {
  test_server server(all_sources());
  BOOST_TEST(
      who_is(server, opening_text().set("Authorization", "Bearer alice-token"))
      == is_alice);
  BOOST_TEST(who_is(server, opening_text("/ws/?token=alice-token"))
             == is_alice);
  BOOST_TEST(who_is(server, offering("news, bearer.alice-token")) == is_alice);
  BOOST_TEST(
      who_is(server, opening_text().set("Cookie", "a=b; session=alice-token"))
      == is_alice);
}

BOOST_AUTO_TEST_CASE(a_subprotocol_may_have_the_token_in_base64url) {
  test_server server(all_sources(), knows({{"a b/=ä", known(1, "alice")}}));
  BOOST_TEST(who_is(server, offering("news, base64url.bearer.YSBiLz3DpA"))
             == is_user(1, "alice"));
  for (const auto* text : {"YSBiLz3DpA=", "YSBiLz3DpB", "AA", "a.b", ""})
    BOOST_TEST_CONTEXT(text)
  BOOST_TEST(
      answer_to(server, offering(std::string("news, base64url.bearer.") + text))
      == bad_credentials);
  BOOST_TEST(server.logs("401: the token among the subprotocols is no text in "
                         "base64url"));
}

BOOST_AUTO_TEST_CASE(a_token_beside_nothing_that_can_be_picked_is_logged) {
  test_server server(all_sources());
  const std::string line = "a token came as a subprotocol, and no offered "
                           "subprotocol can be picked";
  who_is(server, offering("news, bearer.alice-token"));
  who_is(server, offering("stagedoor, bearer.alice-token"));
  BOOST_TEST(server.log().find(line) == std::string::npos);
  who_is(server, offering("bearer.alice-token"));
  BOOST_TEST(server.logs(line));
  BOOST_TEST(server.log().find("alice-token") == std::string::npos);
}

/// The subprotocols that the pages tell browsers to offer, with alice's token.
std::string offer_of_page(const std::string& page) {
  std::ifstream in(std::string{STAGEDOOR_SOURCE_DIR} + page);
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const std::string begin = "new WebSocket(url, [\"";
  const std::string end = "\", \"bearer.\" + token])";
  const auto from = text.find(begin);
  const auto to = text.find(end, from);
  BOOST_REQUIRE(from != std::string::npos);
  BOOST_REQUIRE(to != std::string::npos);
  return text.substr(from + begin.size(), to - from - begin.size())
         + ", bearer.alice-token";
}

BOOST_AUTO_TEST_CASE(the_line_for_browsers_works_on_every_endpoint) {
  test_server server;
  for (const auto* page :
       {"/protocol/README.md", "/permissions/credentials/README.md"})
    for (const auto& each : newsroom::endpoints())
      BOOST_TEST(answer_to(server,
                           opening_text(each.path).set("Sec-WebSocket-Protocol",
                                                       offer_of_page(page)))
                     == accepted_as_stagedoor,
                 page << " at " << each.path);
}

BOOST_AUTO_TEST_CASE(the_first_of_the_sources_wins) {
  test_server server(all_sources());
  auto request = opening_text("/ws/?token=bob-token")
                     .set("Authorization", "Bearer alice-token")
                     .set("Sec-WebSocket-Protocol", "bearer.root-token")
                     .set("Cookie", "session=carol-token");
  BOOST_TEST(who_is(server, request) == is_alice);
  request.drop("Authorization");
  BOOST_TEST(who_is(server, request) == is_user(2, "bob"));
  request.line("GET /ws/ HTTP/1.1");
  BOOST_TEST(who_is(server, request) == is_user(3, "root"));
  request.drop("Sec-WebSocket-Protocol");
  BOOST_TEST(who_is(server, request) == is_user(4, "carol"));
}

BOOST_AUTO_TEST_CASE(a_wrong_token_of_any_source_is_a_401) {
  test_server server(all_sources());
  BOOST_TEST(answer_to(server, offering("news, bearer.wrong"))
             == bad_credentials);
  BOOST_TEST(
      answer_to(server,
                offering("bearer.wrong").set("Cookie", "session=alice-token"))
      == bad_credentials);
  BOOST_TEST(answer_to(server, opening_text().set("Cookie", "session=wrong"))
             == bad_credentials);
}

BOOST_AUTO_TEST_CASE(a_cookie_counts_only_where_an_endpoint_names_it) {
  test_server server;
  BOOST_TEST(answer_to(server, opening_text().set("Cookie", "session=wrong"))
             == accepted);
}

BOOST_AUTO_TEST_CASE(only_the_cookie_and_the_header_stay_in_the_scope) {
  channel<std::string> seen;
  test_server server({endpoint("/ws/", handler("root").action(
                                           "look",
                                           [&](const request& message) {
                                             seen.put(dump(message.scope()));
                                           }))
                          .subprotocols({"news"})
                          .token_cookie("session")});
  const auto scope_of = [&](const opening_text& request) {
    websocket_client client(server.port());
    const auto answer = client.ask_http(request);
    BOOST_TEST(answer.find("alice-token") == std::string::npos);
    client.ask(R"({"action":"look"})");
    client.say_goodbye();
    return seen.take();
  };
  const auto has_token = [&](const opening_text& request) {
    return scope_of(request).find("alice-token") != std::string::npos;
  };
  BOOST_TEST(!has_token(offering("news, bearer.alice-token")));
  BOOST_TEST(!has_token(offering("bearer.alice-token")));
  BOOST_TEST(!has_token(opening_text("/ws/?token=alice-token")));
  BOOST_TEST(!has_token(opening_text("/ws/?access_token=alice-token")));
  BOOST_TEST(scope_of(offering("x,base64url.bearer.YWxpY2UtdG9rZW4,news"))
                 .find("YWxpY2UtdG9rZW4")
             == std::string::npos);
  BOOST_TEST(!has_token(
      opening_text("/ws/?token=alice-token")
          .set("Sec-WebSocket-Protocol", "bearer.alice-token, news")));
  BOOST_TEST(has_token(opening_text().set("Cookie", "session=alice-token")));
  BOOST_TEST(
      has_token(opening_text().set("Authorization", "Bearer alice-token")));
  BOOST_TEST(scope_of(offering("x,bearer.alice-token,news"))
                 .find("sec-websocket-protocol: x, news\n")
             != std::string::npos);
  BOOST_TEST(server.logs("closed"));
  BOOST_TEST(server.log().find("alice-token") == std::string::npos);
}

// -- refresh ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_refresh_changes_the_user_and_keeps_the_handlers) {
  test_server server(newsroom::endpoints(), knows(two_tokens_of_alice()));
  websocket_client client(server.port(), "/ws/?token=old");
  BOOST_TEST(client.ask(increment) == counted(1));
  BOOST_TEST(client.ask(increment) == counted(2));
  BOOST_TEST(client.ask(whoami) == is_user(1, "alice"));
  BOOST_TEST(client.ask(refresh("new")) == refreshed(1, "alice the second"));
  BOOST_TEST(client.ask(whoami) == is_user(1, "alice the second"));
  BOOST_TEST(client.ask(increment) == counted(3));
}

BOOST_AUTO_TEST_CASE(lists_of_members_follow_the_name_of_a_refresh) {
  test_server server(newsroom::endpoints(), knows(two_tokens_of_alice()));
  websocket_client client(server.port(), "/ws/?token=old");
  const auto ask_room = [](const std::string& action) {
    return R"({"action":")" + action + R"(","route":"rooms/lobby/"})";
  };
  client.ask(ask_room("join"));
  client.read_text(); // Its own presence; in either order.
  client.send_text(refresh("new"));
  const std::string alice =
      R"({"id":1,"username":"alice the second","connections":1,"meta":null})";
  const auto changed =
      R"({"type":"group.changed","data":{"group":"room.lobby","member":)"
      + alice + R"(},"status":200})";
  const auto done = refreshed(1, "alice the second");
  const auto first = client.read_text();
  const auto second = client.read_text();
  BOOST_TEST(((first == done && second == changed)
              || (first == changed && second == done)));
  BOOST_TEST(client.ask(ask_room("members"))
             == success(R"({"group":"room.lobby","members":[)" + alice
                            + R"(],"connections":1,"complete":true})",
                        "members", "rooms/lobby/"));
}

BOOST_AUTO_TEST_CASE(messages_sent_with_a_refresh_are_answered_in_order) {
  test_server server(newsroom::endpoints(), knows(two_tokens_of_alice()));
  websocket_client client(server.port(), "/ws/?token=old");
  client.send_bytes(text_frame(whoami) + text_frame(refresh("new"))
                    + text_frame(whoami) + text_frame(refresh("old"))
                    + text_frame(whoami));
  BOOST_TEST(client.read_text() == is_user(1, "alice"));
  BOOST_TEST(client.read_text() == refreshed(1, "alice the second"));
  BOOST_TEST(client.read_text() == is_user(1, "alice the second"));
  BOOST_TEST(client.read_text() == refreshed(1, "alice"));
  BOOST_TEST(client.read_text() == is_user(1, "alice"));
}

BOOST_AUTO_TEST_CASE(a_refresh_that_fails_changes_nothing) {
  one_client one(newsroom::endpoints(), {}, "/ws/?token=alice-token");
  BOOST_TEST(one.ask(refresh("wrong"))
             == not_refreshed(401, R"([{"detail":"Invalid credentials."}])"));
  BOOST_TEST(one.ask(refresh("bob-token"))
             == not_refreshed(
                 403, R"(["The credentials are those of another user."])"));
  BOOST_TEST(one.ask(whoami) == is_alice);
  BOOST_TEST(one.ask(refresh("alice-token")) == refreshed(1, "alice"));
  for (const auto* secret : {"alice-token", "bob-token", "wrong"})
    BOOST_TEST(one.server.log().find(secret) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_built_in_route_wins_over_an_endpoints_own) {
  one_client one({endpoint("/ws/", handler("root").permissions(deny_all()))
                      .route(".*", handler("mine").action("refresh", [] {}))},
                 {}, "/ws/?token=alice-token");
  BOOST_TEST(one.client.ask(refresh("alice-token")) == refreshed(1, "alice"));
}

// -- expiry -------------------------------------------------------------------

/// The directory of an actor whose tokens end in a moment.
authenticator_actor::behavior_type
grant_moments(authenticator_actor::pointer, std::chrono::milliseconds moment) {
  return {[moment](const stagedoor::credentials& given) {
    auto result = known(1, given.token);
    if (given.token != "lasting")
      result.expires = std::chrono::system_clock::now() + moment;
    return authentication{std::move(result)};
  }};
}

test_server::spawning_edit moments(std::chrono::milliseconds moment) {
  return {[=](server_options& options, caf::actor_system& sys) {
    options.authenticator = sys.spawn(grant_moments, moment);
    options.limits.credential_grace = 50ms;
  }};
}

BOOST_AUTO_TEST_CASE(expired_credentials_close_with_a_4401) {
  // Long enough for a machine that stalls.
  test_server server(newsroom::endpoints(), moments(2s));
  websocket_client lasting(server.port(), "/ws/?token=lasting");
  websocket_client client(server.port(), "/ws/?token=short");
  BOOST_TEST(client.ask(ping_text) == pong_text);
  BOOST_TEST(read_to_close(client) == expired);
  BOOST_TEST(lasting.ask(ping_text) == pong_text);
  // What was good for ever can be made short.
  BOOST_TEST(lasting.ask(refresh("short")).find(R"("status":200)")
             != std::string::npos);
  BOOST_TEST(read_to_close(lasting) == expired);
  BOOST_TEST(server.logs("closed 4401"));
}

BOOST_AUTO_TEST_CASE(credentials_that_have_expired_already_are_a_401) {
  test_server server(newsroom::endpoints(), moments(-1s));
  BOOST_TEST(answer_to(server, opening_text("/ws/?token=short"))
             == bad_credentials);
  websocket_client client(server.port(), "/ws/?token=lasting");
  BOOST_TEST(client.ask(refresh("short"))
             == not_refreshed(401, R"([{"detail":"Invalid credentials."}])"));
  BOOST_TEST(client.ask(ping_text) == pong_text);
}

// -- revocation ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_revocation_closes_all_connections_of_one_user) {
  test_server server;
  // Over both units, or nodes.
  websocket_client alice(server.port(), "/ws/?token=alice-token");
  websocket_client bob(server.port(), "/ws/?token=bob-token");
  websocket_client nobody(server.port(), "/ws/");
  websocket_client alice_again(server.port(), "/strict/?token=alice-token");
  websocket_client carol(server.port(), "/ws/?token=carol-token");
  websocket_client alice_once_more(server.port(), "/ws/?token=alice-token");
  server->close_user("1");
  for (auto* each : {&alice, &alice_again, &alice_once_more})
    BOOST_TEST(read_to_close(*each) == revoked);
  for (auto* each : {&bob, &nobody, &carol})
    BOOST_TEST(each->ask(ping_text) == pong_text);
  // The token is as good as the authenticator says.
  BOOST_TEST(who_is(server, opening_text("/ws/?token=alice-token"))
             == is_alice);
}

BOOST_AUTO_TEST_CASE(an_actor_of_the_application_may_revoke) {
  test_server server;
  websocket_client alice(server.port(), "/ws/?token=alice-token");
  websocket_client bob(server.port(), "/ws/?token=bob-token");
  caf::anon_send(server->listener(), revoke_atom_v, std::string{"2"});
  BOOST_TEST(read_to_close(bob) == revoked);
  BOOST_TEST(alice.ask(ping_text) == pong_text);
}

// -- authenticators of an embedding application -------------------------------

BOOST_AUTO_TEST_CASE(an_actor_of_the_application_wins_over_the_users) {
  test_server server(newsroom::endpoints(), knows({{"mine", known(9, "me")}}));
  BOOST_TEST(who_is(server, opening_text("/ws/?token=mine"))
             == is_user(9, "me"));
  BOOST_TEST(answer_to(server, opening_text("/ws/?token=alice-token"))
             == bad_credentials);
  BOOST_TEST(answer_to(server, opening_text("/ws/")) == accepted);
}

BOOST_AUTO_TEST_CASE(an_authenticator_that_dies_is_a_503) {
  test_server server(newsroom::endpoints(), knows(two_tokens_of_alice()));
  websocket_client client(server.port(), "/ws/?token=old");
  BOOST_TEST(client.ask(refresh("poison"))
             == not_refreshed(401, R"([{"detail":"Invalid credentials."}])"));
  BOOST_TEST(client.ask(refresh("new")) == not_refreshed(503, unavailable));
  BOOST_TEST(answer_to(server, opening_text("/ws/?token=old"))
             == unavailable_answer);
  // Nobody else minds.
  BOOST_TEST(client.ask(whoami) == is_user(1, "alice"));
  BOOST_TEST(answer_to(server, opening_text("/ws/")) == accepted);
}

BOOST_AUTO_TEST_CASE(an_authenticator_that_never_answers_is_a_503_then_a_504) {
  caf::actor mute;
  test_server server(newsroom::endpoints(),
                     test_server::spawning_edit{
                         [&](server_options& options, caf::actor_system& sys) {
                           const auto spawned = sys.spawn(mostly_mute, "old");
                           mute = caf::actor_cast<caf::actor>(spawned);
                           options.authenticator = spawned;
                           options.limits.can_connect_timeout = 200ms;
                         }});
  BOOST_TEST(answer_to(server, opening_text("/ws/?token=new"))
             == unavailable_answer);
  websocket_client client(server.port(), "/ws/?token=old");
  BOOST_TEST(client.ask(refresh("new")) == not_refreshed(504, timed_out));
  BOOST_TEST(client.ask(refresh("old")) == refreshed(1, "alice"));
  caf::anon_send_exit(std::exchange(mute, {}), caf::exit_reason::kill);
}

/// The actor system of another node.
struct other_node {
  struct config_type : caf::actor_system_config {
    config_type() {
      configure(*this);
      caf_api::load<caf::io::middleman>(*this);
    }
  };

  config_type config;
  caf::actor_system system{config};
};

BOOST_AUTO_TEST_CASE(an_authenticator_may_be_on_another_node) {
  auto far = std::make_unique<other_node>();
  auto users = two_tokens_of_alice();
  users["old"].expires = std::chrono::system_clock::time_point{4'000'000'000s};
  auto actor = far->system.spawn(look_up, std::move(users));
  auto port = far->system.middleman().publish(actor, 0, "127.0.0.1");
  BOOST_REQUIRE(port);
  other_node near;
  server_options options;
  options.port = 0;
  options.threads = 1;
  options.limits.can_connect_timeout = 1s;
  auto found = near.system.middleman().remote_actor<authenticator_actor>(
      "127.0.0.1", *port);
  BOOST_REQUIRE(found);
  options.authenticator = *found;
  auto server = serve(near.system, options, newsroom::endpoints());
  BOOST_REQUIRE(server);
  websocket_client client(server->port(), "/ws/?token=old");
  BOOST_TEST(client.ask(whoami) == is_user(1, "alice"));
  BOOST_TEST(client.ask(refresh("old")) == refreshed(1, "alice", "4000000000"));
  BOOST_TEST(client.ask(refresh("new")) == refreshed(1, "alice the second"));
  // The node goes; who is connected stays.
  caf::anon_send_exit(std::exchange(actor, nullptr),
                      caf::exit_reason::user_shutdown);
  far.reset();
  BOOST_TEST(eventually([&] {
    return client.ask(refresh("old")) == not_refreshed(503, unavailable);
  }));
  BOOST_TEST(client.ask(whoami) == is_user(1, "alice the second"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace credentials_suite
