// Subscriptions at their full size: a thousand clients on two nodes subscribe
// to one row, which is changed a thousand times. Each hears of each commit
// once, and in order.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/conversation.hpp"
#include "support/crowd.hpp"
#include "support/test_database.hpp"
#include "support/test_node.hpp"

namespace subscription_crowd_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t subscribers_of_a_node = 500;
constexpr std::size_t crowd_size = 2 * subscribers_of_a_node;
constexpr std::size_t commit_count = 1000;
/// Commits that a subscriber may be behind, in the mean over all.
constexpr std::size_t window = 64;

struct counter {
  std::int64_t id = 0;
  std::int64_t value = 0;

  static const description<counter>& described() {
    static const auto result =
        describe<counter>("counter")
            .field("id", &counter::id,
                   field::integer().filled_with(server_value::primary_key))
            .field("value", &counter::value);
    return result;
  }
};

/// The frames that each subscriber hears, one after the other. All are of one
/// size.
std::string make_script() {
  std::string result;
  for (std::size_t i = 0; i < commit_count; ++i)
    result += encode_frame(true, opcode::text,
                           R"({"type":"update","data":{"id":1,"value":)"
                               + std::to_string(commit_count + i)
                               + R"(},"status":200,"request_id":1})",
                           /*masked=*/false);
  return result;
}

/// A subscriber, and how far it is in the script.
class subscriber {
public:
  subscriber(std::uint16_t port, const std::string& expected)
      : client_(port, "/ws/"), expected_(expected) {
    BOOST_REQUIRE(
        client_.ask(R"({"action":"subscribe_instance","route":"counters/1/",)"
                    R"("request_id":1})")
        == R"({"errors":[],"data":null,"action":"subscribe_instance",)"
           R"("route":"counters/1/","status":201,"request_id":1})");
  }

  [[nodiscard]] int socket() const { return client_.native_handle(); }
  [[nodiscard]] std::size_t heard() const {
    return at_ / (expected_.size() / commit_count);
  }
  [[nodiscard]] const std::string& fault() const { return fault_; }

  void hear() {
    static std::array<char, 65'536> buffer;
    const auto received =
        ::recv(socket(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (received <= 0) {
      fault_ = "the stream has ended";
      return;
    }
    const std::string_view bytes{buffer.data(),
                                 static_cast<std::size_t>(received)};
    if (std::string_view{expected_}.substr(at_, bytes.size()) != bytes)
      fault_ = "unexpected: " + std::string{bytes};
    at_ += bytes.size();
  }

private:
  websocket_client client_;
  const std::string& expected_;
  std::size_t at_ = 0;
  std::string fault_;
};

/// A node with a server, and with the database of the file.
class serving_node {
public:
  serving_node(cluster_options of_node, const sqlite_options& of_database)
      : node_(std::move(of_node)) {
    auto database = open_sqlite(of_database);
    BOOST_REQUIRE(database);
    server_options of_server;
    of_server.port = 0;
    of_server.threads = 2;
    of_server.cluster = node_.shared();
    of_server.limits.connections_max = 2 * crowd_size;
    // Subscribers say nothing for as long as it takes.
    of_server.limits.idle_timeout = 600s;
    of_server.limits.ping_interval = 300s;
    auto started =
        serve(node_.system(), of_server,
              {endpoint("/ws/", handler("root").permissions(allow_any()))
                   .route("counters/(?P<pk>[0-9]+)/$",
                          model_handler(model<counter>{}, *database)
                              .permissions(allow_any()))});
    BOOST_REQUIRE(started);
    server_.emplace(std::move(*started));
  }

  [[nodiscard]] test_node& node() { return node_; }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

private:
  // This before the node.
  test_node node_;
  std::optional<server> server_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(subscription_crowd)

BOOST_FIXTURE_TEST_CASE(a_thousand_subscribers_on_two_nodes_hear_each_commit,
                        test_database) {
  options.durability = sqlite_durability::normal;
  database.reset();
  serving_node a{node_named("a"), options};
  serving_node b{node_named("b", {a.node().address()}), options};
  websocket_client writer{a.port(), "/ws/"};
  const auto change = [](const std::string& action, std::size_t value) {
    return R"({"action":")" + action
           + R"(","route":"counters/1/","data":{"value":)"
           + std::to_string(value) + "}}";
  };
  writer.ask(change("create", 0));
  const auto expected = make_script();
  crowd<subscriber> subscribers;
  for (auto* node : {&a, &b}) {
    BOOST_REQUIRE(node->node().finds("stagedoor.groups", 2));
    for (std::size_t i = 0; i < subscribers_of_a_node; ++i)
      subscribers.add(node->port(), expected);
  }

  std::size_t sent = 0;
  do {
    for (; sent < commit_count
           && sent * crowd_size < subscribers.heard() + window * crowd_size;
         ++sent)
      writer.send_text(change("partial_update", commit_count + sent));
  } while (subscribers.listen(2 * patience)
           && subscribers.heard() < commit_count * crowd_size);

  BOOST_TEST(subscribers.fault() == "");
  BOOST_TEST(subscribers.heard() == commit_count * crowd_size);
  BOOST_TEST(subscribers.count_of(commit_count) == crowd_size);
  for (std::size_t i = 0; i < sent; ++i)
    BOOST_REQUIRE(writer.read_text().find(R"("status":200)")
                  != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace subscription_crowd_suite
