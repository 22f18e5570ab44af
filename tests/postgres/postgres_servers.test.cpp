// Two servers with one database of a PostgreSQL server.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "support/post_model.hpp"
#include "support/raw_client.hpp"
#include "support/running_program.hpp"
#include "support/test_database.hpp"
#include "support/test_server.hpp"

namespace postgres_servers_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

std::string create(const std::string& slug) {
  return R"({"action":"create","route":"posts/","data":{"title":"x","slug":")"
         + slug + R"("}})";
}

std::vector<endpoint_spec> posts_of(const store_ptr& database) {
  return {endpoint("/ws/", handler("root").permissions(allow_any()))
              .route("posts/$", model_handler(model<post>{}, database)
                                    .permissions(is_authenticated()))};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_servers, test_database)

BOOST_AUTO_TEST_CASE(
    what_only_the_database_finds_taken_is_the_error_of_a_field) {
  constexpr int rounds = 100;
  const test_server one{posts_of(database)};
  const test_server other{posts_of(open_again())};
  std::array<std::vector<std::string>, 2> answers;
  std::array<std::uint16_t, 2> ports{one.port(), other.port()};
  std::vector<std::thread> clients;
  for (std::size_t i = 0; i < 2; ++i)
    clients.emplace_back([&, i] {
      websocket_client client{ports.at(i), "/ws/?token=alice-token"};
      for (int k = 0; k < rounds; ++k)
        answers.at(i).push_back(client.ask(create(std::to_string(k))));
    });
  for (auto& client : clients)
    client.join();
  const std::string taken =
      R"({"errors":[{"slug":["post with this slug already exists."]}],)"
      R"("data":null,"action":"create","route":"posts/","status":400})";
  for (std::size_t k = 0; k < rounds; ++k) {
    const auto& first = answers[0].at(k);
    const auto& second = answers[1].at(k);
    BOOST_TEST((first == taken) != (second == taken), first << second);
    BOOST_TEST((first.find("201") != std::string::npos
                || second.find("201") != std::string::npos),
               first << second);
  }
  BOOST_TEST(count("post") == rounds);
}

BOOST_AUTO_TEST_CASE(the_example_keeps_its_posts_there) {
  const auto start = [&] {
    return running_program{
        {STAGEDOOR_NEWSROOM, "--database=" + server_schema->connection()}};
  };
  {
    auto first = start();
    websocket_client client{first.port, "/ws/?token=alice-token"};
    const auto answer = client.ask(create("kept"));
    BOOST_TEST(answer.find(R"("status":201)") != std::string::npos, answer);
    first.process.send_signal(SIGTERM);
    BOOST_TEST(first.process.wait() == 0);
  }
  auto second = start();
  websocket_client client{second.port, "/ws/?token=alice-token"};
  const auto answer = client.ask(R"({"action":"list","route":"posts/"})");
  BOOST_TEST(answer.find(R"("slug":"kept")") != std::string::npos, answer);
  BOOST_TEST(count("post") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace postgres_servers_suite
