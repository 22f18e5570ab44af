// Routes whose actors are on other nodes: processes of their own that are
// killed, and come back, while the clients stay where they are.

#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <spdlog/spdlog.h>
#include <stagedoor/stagedoor.hpp>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/child_process.hpp"
#include "support/conversation.hpp"
#include "support/http_texts.hpp"
#include "support/log_lines.hpp"
#include "support/test_node.hpp"
#include "support/test_server.hpp"

namespace mounts_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

// -- what clients say, and hear -----------------------------------------------

const std::string as_alice = "/ws/?token=alice-token";

std::string message(const std::string& action, const std::string& route,
                    const std::string& more = {}) {
  return R"({"action":")" + action + R"(","route":")" + route + '"' + more
         + '}';
}

/// The answer of `stock` to alice; the route is the item.
std::string answer_of(const std::string& node, const std::string& action,
                      const std::string& route,
                      const std::string& pieces = "null") {
  const auto item = route.substr(0, route.find('/'));
  return success(R"({"by":")" + node + R"(","action":")" + action
                     + R"(","item":")" + item + R"(","user":"alice","pieces":)"
                     + pieces + '}',
                 action, route);
}

std::string gone(const std::string& action, const std::string& route) {
  return failure(503, unavailable, action, route);
}

// -- nodes --------------------------------------------------------------------

using child = std::unique_ptr<child_process>;

/// Starts a process that offers `stock` and `gate`, see service_node/main.cpp,
/// and waits until a node has heard of it.
child start_services(const std::string& name, const test_node& seen_by) {
  auto result = std::make_unique<child_process>(std::vector<std::string>{
      STAGEDOOR_SERVICE_NODE, "--node=" + name, "--join=" + seen_by.address()});
  BOOST_REQUIRE(at_last([&] {
    const auto all = seen_by.offers("stock");
    return std::any_of(all.begin(), all.end(),
                       [&](const auto& one) { return one.node == name; });
  }));
  return result;
}

/// @returns what it has printed since the last line that was waited for.
std::string kill(const child& node) {
  node->send_signal(SIGKILL);
  BOOST_TEST(node->wait() == -SIGKILL);
  return node->output();
}

/// A server on a node.
server start_server(test_node& node,
                    const std::vector<endpoint_spec>& endpoints,
                    const test_server::edit& change = {}) {
  server_options options;
  options.port = 0;
  options.threads = 2;
  options.users = newsroom::demo_users();
  options.cluster = node.shared();
  options.log =
      std::make_shared<spdlog::logger>("test", std::make_shared<log_lines>());
  if (change)
    change(options);
  auto started = serve(node.system(), options, endpoints);
  if (!started)
    throw std::runtime_error("start_server: " + text_of(started.error()));
  return std::move(*started);
}

/// What most tests mount: whoever offers `stock`, for users.
handler_builder<stateless> goods() {
  return handler("goods")
      .permissions(is_authenticated())
      .mounts(service("stock"));
}

std::vector<endpoint_spec> one_route(const handler_spec& goods) {
  return {endpoint("/ws/").route(R"((?P<item>\w+)/$)", goods)};
}

/// The node that has the clients.
struct front_fixture {
  test_node front{node_named("front")};
};

// -- placement ----------------------------------------------------------------

/// Two nodes with `stock`, of which the item of a route picks one.
struct placed_fixture : front_fixture {
  child b = start_services("b", front);
  child c = start_services("c", front);
  server running = start_server(
      front,
      one_route(goods().placed_by("item").forwards("count", idempotent)));
  websocket_client client{running.port(), as_alice};
};

using placement = std::map<std::string, std::string>;

/// Asks for forty items.
/// @returns which node answered, by route.
placement places(websocket_client& client) {
  placement result;
  for (int i = 0; i < 40; ++i) {
    const auto route = "item" + std::to_string(i) + '/';
    const auto answer = client.ask(message("look", route));
    for (const std::string node : {"b", "c"})
      if (answer == answer_of(node, "look", route))
        result[route] = node;
  }
  BOOST_TEST(result.size() == 40u);
  return result;
}

/// A route whose messages go to a node.
std::string route_to(const std::string& node, const placement& all) {
  const auto found =
      std::find_if(all.begin(), all.end(),
                   [&](const auto& entry) { return entry.second == node; });
  if (found == all.end())
    throw std::runtime_error("nothing is placed at " + node);
  return found->first;
}

// -- a local actor ------------------------------------------------------------

mounted_actor::behavior_type says_near() {
  return {[](const request&) { return ok("near"); }};
}

/// Takes arguments of its own, and answers with them.
mounted_actor::behavior_type says_query() {
  return {[](const request& message) {
    json::object errors;
    const auto page = arg<"page", std::int64_t>::from(message, errors);
    const auto tags = arg<"tag", json::array>::from(message, errors);
    return errors.empty() ? ok({{"page", *page}, {"tags", *tags}})
                          : reject(std::move(errors));
  }};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(mounts, front_fixture)

// -- a service ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_actor_on_another_node_gets_the_message_and_answers) {
  auto running = start_server(front, one_route(goods()));
  websocket_client alice{running.port(), as_alice};
  websocket_client nobody{running.port(), "/ws/"};
  BOOST_TEST(alice.ask(message("take", "lamp/")) == gone("take", "lamp/"));
  const auto b = start_services("b", front);
  const std::string pieces = R"([2,{"of":"\u00fc"},null])";
  BOOST_TEST(alice.ask(message("take", "lamp/", R"(,"pieces":)" + pieces))
             == answer_of("b", "take", "lamp/", "[2,{\"of\":\"ü\"},null]"));
  BOOST_TEST(alice.ask(message("look", "chair/?a=b"))
             == answer_of("b", "look", "chair/?a=b"));
  BOOST_TEST(nobody.ask(message("take", "lamp/"))
             == failure(403, denied, "take", "lamp/"));
  // What is not permitted has never been there.
  const auto said = kill(b);
  BOOST_TEST(said.substr(said.find("b has")) == "b has take\nb has look\n");
}

BOOST_AUTO_TEST_CASE(a_service_is_a_503_while_its_node_is_gone_and_comes_back) {
  auto b = start_services("b", front);
  auto running = start_server(front, one_route(goods()));
  // On both units.
  websocket_client one{running.port(), as_alice};
  websocket_client two{running.port(), as_alice};
  for (int life = 0; life < 3; ++life) {
    for (auto* each : {&one, &two})
      BOOST_TEST(each->ask(message("look", "lamp/"))
                 == answer_of("b", "look", "lamp/"));
    kill(b);
    for (auto* each : {&one, &two})
      BOOST_TEST(each->ask(message("look", "lamp/")) == gone("look", "lamp/"));
    BOOST_REQUIRE(front.sees("b", false));
    BOOST_TEST(front.offers("stock").empty());
    for (auto* each : {&one, &two})
      BOOST_TEST(each->ask(message("look", "lamp/")) == gone("look", "lamp/"));
    b = start_services("b", front);
  }
}

BOOST_AUTO_TEST_CASE(what_a_node_that_goes_still_has_is_a_503) {
  const auto b = start_services("b", front);
  auto running = start_server(front, one_route(goods()));
  websocket_client client{running.port(), as_alice};
  client.send_text(message("take", "lamp/", R"(,"kept_by":"b")"));
  b->wait_for_line("b has take");
  kill(b);
  BOOST_TEST(client.read_text() == gone("take", "lamp/"));
}

BOOST_AUTO_TEST_CASE(what_is_withdrawn_serves_no_more_until_it_is_offered) {
  test_node near{node_named("near", {front.address()})};
  const auto actor =
      caf::actor_cast<caf::actor>(near.system().spawn(says_near));
  auto running = start_server(front, one_route(goods()));
  websocket_client client{running.port(), as_alice};
  for (int i = 0; i < 2; ++i) {
    near->offer("stock", actor);
    BOOST_REQUIRE(front.finds("stock", 1));
    BOOST_TEST(client.ask(message("look", "lamp/"))
               == success(R"("near")", "look", "lamp/"));
    near->withdraw("stock", actor);
    BOOST_REQUIRE(front.finds("stock", 0));
    BOOST_TEST(client.ask(message("look", "lamp/")) == gone("look", "lamp/"));
  }
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(an_actor_on_another_node_gets_the_query) {
  test_node near{node_named("near", {front.address()})};
  const auto actor =
      caf::actor_cast<caf::actor>(near.system().spawn(says_query));
  near->offer("stock", actor);
  BOOST_REQUIRE(front.finds("stock", 1));
  auto running = start_server(front, one_route(goods()));
  websocket_client client{running.port(), as_alice};
  const std::string route = "lamp/?page=2&tag=b&tag=%C3%A4&tag=%ff";
  BOOST_TEST(client.ask(message("look", route, R"(,"page":3)"))
             == success(R"({"page":2,"tags":["b","ä","�"]})", "look", route));
  BOOST_TEST(client.ask(message("look", "lamp/", R"(,"page":3,"tag":[1])"))
             == success(R"({"page":3,"tags":[1]})", "look", "lamp/"));
  near->withdraw("stock", actor);
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

// -- a handle -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_handle_is_a_503_for_ever_once_its_node_is_gone) {
  auto b = start_services("b", front);
  const auto handle = front.offers("stock").front().handle;
  auto by_handle =
      handler("handle").permissions(is_authenticated()).mounts(handle);
  auto running =
      start_server(front, {endpoint("/ws/")
                               .route(R"((?P<item>\w+)/handle/$)", by_handle)
                               .route(R"((?P<item>\w+)/name/$)", goods())});
  websocket_client client{running.port(), as_alice};
  const std::string handle_route = "lamp/handle/";
  const std::string name_route = "lamp/name/";
  for (const auto& route : {handle_route, name_route})
    BOOST_TEST(client.ask(message("look", route))
               == answer_of("b", "look", route));
  kill(b);
  for (const auto& route : {handle_route, name_route})
    BOOST_TEST(client.ask(message("look", route)) == gone("look", route));
  BOOST_REQUIRE(front.sees("b", false));
  b = start_services("b", front);
  // A name finds the next process; a handle was one actor of the one before.
  BOOST_TEST(client.ask(message("look", name_route))
             == answer_of("b", "look", name_route));
  BOOST_TEST(client.ask(message("look", handle_route))
             == gone("look", handle_route));
}

// -- two nodes ----------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(an_idempotent_action_is_begun_again_on_the_other_node,
                        placed_fixture) {
  const auto route = route_to("b", places(client));
  client.send_text(message("count", route, R"(,"kept_by":"b","pieces":3)"));
  b->wait_for_line("b has count");
  kill(b);
  BOOST_TEST(client.read_text() == answer_of("c", "count", route, "3"));
  BOOST_TEST(kill(c).find("c has count") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(an_action_that_is_not_idempotent_is_never_begun_again,
                        placed_fixture) {
  const auto route = route_to("b", places(client));
  client.send_text(message("take", route, R"(,"kept_by":"b")"));
  b->wait_for_line("b has take");
  kill(b);
  BOOST_TEST(client.read_text() == gone("take", route));
  // The other node serves, but has never heard of that one.
  BOOST_TEST(client.ask(message("look", route))
             == answer_of("c", "look", route));
  BOOST_TEST(kill(c).find("c has take") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_capture_has_its_node_whoever_asks_and_wherever,
                        placed_fixture) {
  const auto all = places(client);
  for (const std::string node : {"b", "c"})
    BOOST_TEST(route_to(node, all) != "");
  test_node side{node_named("side", {front.address()})};
  BOOST_REQUIRE(side.finds("stock", 2));
  auto side_doors = start_server(side, one_route(goods().placed_by("item")));
  // On both units of both.
  for (const auto port : {running.port(), side_doors.port()})
    for (int i = 0; i < 2; ++i) {
      websocket_client other{port, as_alice};
      websocket_client another{port, as_alice};
      BOOST_TEST((places(other) == all));
      BOOST_TEST((places(another) == all));
    }
  // Only what was at a node moves when it goes, and it moves back.
  kill(c);
  BOOST_REQUIRE(front.finds("stock", 1));
  for (const auto& [route, node] : places(client))
    BOOST_TEST(node == "b");
  c = start_services("c", front);
  BOOST_TEST((places(client) == all));
}

// -- who knows the tokens -----------------------------------------------------

BOOST_AUTO_TEST_CASE(an_authenticator_is_a_service_that_may_go_and_come) {
  auto running =
      start_server(front, newsroom::endpoints(), [](server_options& options) {
        options.authenticator = service("gate");
      });
  const auto answer_to_token = [&](const std::string& token) {
    raw_client client{running.port()};
    return client.ask_http(opening_text("/ws/?token=" + token));
  };
  const std::string refresh = R"(,"token":"b-token")";
  const std::string refreshed =
      R"({"user":{"id":1,"username":"b"},"expires_at":null})";
  BOOST_TEST(answer_to_token("b-token") == unavailable_answer);
  auto b = start_services("b", front);
  websocket_client client{running.port(), "/ws/?token=b-token"};
  for (int life = 0; life < 2; ++life) {
    BOOST_TEST(answer_to_token("b-token") == accepted);
    BOOST_TEST(answer_to_token("c-token") == bad_credentials);
    // The users of this node are not asked.
    BOOST_TEST(answer_to_token("alice-token") == bad_credentials);
    BOOST_TEST(client.ask(message("refresh", "$auth/", refresh))
               == success(refreshed, "refresh", "$auth/"));
    kill(b);
    for (const std::string token : {"b-token", "c-token"})
      BOOST_TEST(answer_to_token(token) == unavailable_answer);
    BOOST_TEST(client.ask(message("refresh", "$auth/", refresh))
               == gone("refresh", "$auth/"));
    // Who is connected stays; who has no token needs nobody.
    BOOST_TEST(client.ask(ping_text) == pong_text);
    raw_client nobody{running.port()};
    BOOST_TEST(nobody.ask_http(opening_text("/ws/")) == accepted);
    BOOST_REQUIRE(front.sees("b", false));
    b = start_services("b", front);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace mounts_suite
