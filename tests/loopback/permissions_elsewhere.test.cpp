// Permissions that another node answers, over a real link: who asks is never
// mistaken for somebody else.

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <stagedoor/stagedoor.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "support/conversation.hpp"
#include "support/raw_client.hpp"
#include "support/test_node.hpp"

namespace permissions_elsewhere_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// Allows whose header is what the message says and what the route says, and
/// tells everybody else who they are.
permission_actor::behavior_type doorman() {
  return {[](const permission_query& query) {
    const auto& about = query.about;
    const auto name = find_field(about.scope().headers, "x-name");
    const auto* said = about.body("name");
    const auto* place = about.capture("place");
    return name && said != nullptr && place != nullptr
                   && *said == json::value(*name) && *place == *name
               ? allow()
               : deny("you are " + std::string(name.value_or("nobody")));
  }};
}

struct two_nodes {
  test_node there{node_named("there")};
  test_node here{node_named("here", {there.address()})};
  caf::actor answering =
      caf::actor_cast<caf::actor>(there.system().spawn(doorman));

  two_nodes() { there->offer("doorman", answering); }
  ~two_nodes() {
    caf::anon_send_exit(answering, caf::exit_reason::user_shutdown);
  }
  two_nodes(const two_nodes&) = delete;
  two_nodes& operator=(const two_nodes&) = delete;

  caf::expected<server> start(std::size_t units) {
    server_options options;
    options.cluster = here.shared();
    options.port = 0;
    options.threads = units;
    options.log = std::make_shared<spdlog::logger>("test");
    return serve(here.system(), options,
                 {endpoint("/ws/").route("of/(?P<place>[^/]*)/$",
                                         handler("of")
                                             .permissions(actor_permission(
                                                 "Doorman", service("doorman")))
                                             .action("enter", [] {}))});
  }
};

std::string message_of(const std::string& name, std::size_t number) {
  return R"({"action":"enter","route":"of/)" + name + R"(/","name":")" + name
         + R"(","request_id":)" + std::to_string(number) + '}';
}

} // namespace

BOOST_AUTO_TEST_SUITE(permissions_elsewhere)

BOOST_AUTO_TEST_CASE(each_client_is_asked_about_as_itself) {
  constexpr std::size_t clients_count = 20;
  constexpr std::size_t rounds = 30;
  two_nodes nodes;
  BOOST_REQUIRE(nodes.here.finds("doorman", 1));
  auto server = nodes.start(2);
  BOOST_REQUIRE(server);
  const auto name_of = [](std::size_t i) { return "c" + std::to_string(i); };
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (std::size_t i = 0; i < clients_count; ++i)
    clients.push_back(std::make_unique<websocket_client>(
        server->port(), opening_text().set("X-Name", name_of(i))));
  // All at once, so that their questions travel together; every third message
  // names somebody else.
  const auto claims = [&](std::size_t client, std::size_t round) {
    return name_of(round % 3 == 0 ? (client + 1) % clients_count : client);
  };
  for (std::size_t round = 0; round < rounds; ++round)
    for (std::size_t i = 0; i < clients_count; ++i)
      clients[i]->send_bytes(text_frame(message_of(claims(i, round), round)));
  for (std::size_t i = 0; i < clients_count; ++i)
    for (std::size_t round = 0; round < rounds; ++round) {
      const auto heard = parse_json(clients[i]->read_text(), 8).value();
      const auto& answer = heard.as_object();
      BOOST_TEST((answer.at("request_id") == round));
      if (round % 3 == 0) {
        BOOST_TEST((answer.at("status") == 403));
        BOOST_TEST(to_json(answer.at("errors")).find("you are " + name_of(i))
                   != std::string::npos);
      } else {
        BOOST_TEST((answer.at("status") == 200));
      }
    }
}

BOOST_AUTO_TEST_CASE(clients_that_come_and_go_leave_nobody_behind) {
  two_nodes nodes;
  BOOST_REQUIRE(nodes.here.finds("doorman", 1));
  auto server = nodes.start(1);
  BOOST_REQUIRE(server);
  for (std::size_t i = 0; i < 50; ++i) {
    const auto name = "c" + std::to_string(i);
    websocket_client client(server->port(), opening_text().set("X-Name", name));
    const auto status = [&](const std::string& claimed) {
      const auto heard =
          parse_json(client.ask(message_of(claimed, i)), 8).value();
      return heard.at("status").as_int64();
    };
    BOOST_TEST(status(name) == 200);
    BOOST_TEST(status("c0") == (i == 0 ? 200 : 403));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace permissions_elsewhere_suite
