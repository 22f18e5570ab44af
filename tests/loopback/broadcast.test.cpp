// A broadcast at its full size: a thousand members on two nodes, to whom
// several senders on both send. Each member hears each event once, and those of
// one sender in their order.

#include <boost/test/unit_test.hpp>

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <array>
#include <memory>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/conversation.hpp"
#include "support/crowd.hpp"
#include "support/log_lines.hpp"
#include "support/test_node.hpp"

namespace broadcast_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t members_of_a_node = 500;
constexpr std::size_t crowd_size = 2 * members_of_a_node;
constexpr std::size_t event_count = 1000;
/// On each node two clients and the application itself.
constexpr std::size_t senders_of_a_node = 3;
constexpr std::size_t sender_count = 2 * senders_of_a_node;
/// Events on their way, in the mean over all members.
constexpr std::size_t window = 64;

const std::string join_text = R"({"action":"join","route":"group/"})";
const std::string leave_text = R"({"action":"leave","route":"group/"})";

/// A group that everyone may join, and send to.
handler_spec group() {
  return handler("group")
      .action("join", [](const context& ctx) { return ctx.join("everyone"); })
      .action("leave", [](const context& ctx) { return ctx.leave("everyone"); })
      .action(
          "send",
          [](arg<"sender", std::int64_t> sender,
             arg<"number", std::int64_t> number) {
            return ok({{"sender", *sender}, {"number", *number}});
          },
          broadcasts("everyone", "tick"), no_reply);
}

/// Up to the number of its sender, which has one digit.
const std::string event_begin = R"({"type":"tick","data":{"sender":)";

/// The bytes of the frames that each sender has every member hear, in order.
using script = std::array<std::vector<std::string>, sender_count>;

script make_script() {
  script result;
  for (std::size_t i = 0; i < event_count; ++i) {
    const auto sender = i % sender_count;
    const auto number = result[sender].size();
    const auto text = event_begin + std::to_string(sender) + R"(,"number":)"
                      + std::to_string(number) + R"(},"status":200})";
    result[sender].push_back(
        encode_frame(true, opcode::text, text, /*masked=*/false));
  }
  return result;
}

/// A node with a server that counts what it drops, and with clients that send.
class serving_node {
public:
  explicit serving_node(cluster_options options)
      : node_(std::move(options)), lines_(std::make_shared<log_lines>()) {
    server_options of_server;
    of_server.port = 0;
    of_server.threads = 2;
    of_server.metrics.emplace();
    of_server.cluster = node_.shared();
    of_server.log = std::make_shared<spdlog::logger>("test", lines_);
    of_server.limits.connections_max = crowd_size;
    // Members say nothing for as long as it takes.
    of_server.limits.idle_timeout = 600s;
    of_server.limits.ping_interval = 300s;
    auto started = serve(node_.system(), of_server,
                         {endpoint("/ws/").route("group/$", group())});
    if (!started)
      throw std::runtime_error("serving_node: " + text_of(started.error()));
    server_.emplace(std::move(*started));
    for (auto& client : clients_)
      client = std::make_unique<websocket_client>(server_->port(), "/ws/");
  }

  [[nodiscard]] test_node& node() { return node_; }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  /// @param which one of its senders, from 0.
  void send(std::size_t which, std::size_t sender, std::size_t number) {
    if (which < clients_.size())
      clients_[which]->send_text(
          R"({"action":"send","route":"group/","sender":)"
          + std::to_string(sender) + R"(,"number":)" + std::to_string(number)
          + '}');
    else
      server_->broadcast("everyone",
                         {"tick", {{"sender", sender}, {"number", number}}});
  }

  /// The sum of all samples of a metric; -1 if there are none.
  [[nodiscard]] double sum_of(const std::string& metric) const {
    raw_client client(server_->metrics_port());
    client.send_bytes("GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
                      "Connection: close\r\n\r\n");
    std::istringstream lines{client.read_http_answer()};
    std::optional<double> sum;
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(metric + '{'))
        sum = sum.value_or(0) + std::stod(line.substr(line.rfind(' ')));
    return sum.value_or(-1);
  }

  [[nodiscard]] std::string log() const { return lines_->text(); }

private:
  // The clients before the server, and this before the node.
  test_node node_;
  std::shared_ptr<log_lines> lines_;
  std::optional<server> server_;
  std::array<std::unique_ptr<websocket_client>, senders_of_a_node - 1> clients_;
};

/// A member of the group, and how far it is in the script.
class member {
public:
  member(std::uint16_t port, const script& expected)
      : client_(port, "/ws/"), expected_(expected) {
    BOOST_REQUIRE(client_.ask(join_text) == success("null", "join", "group/"));
  }

  [[nodiscard]] int socket() const { return client_.native_handle(); }
  /// How many events it has heard.
  [[nodiscard]] std::size_t heard() const {
    return std::accumulate(next_.begin(), next_.end(), std::size_t{0});
  }
  /// The first thing that is not in the script, or not there; empty if there is
  /// none.
  [[nodiscard]] const std::string& fault() const { return fault_; }

  /// Takes what has come.
  void hear() {
    static std::array<char, 65'536> buffer;
    const auto count =
        ::recv(socket(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count <= 0) {
      fault_ = "the stream has ended";
      return;
    }
    unread_.append(buffer.data(), static_cast<std::size_t>(count));
    std::string_view bytes{unread_};
    while (fault_.empty() && !bytes.empty() && take_frame(bytes)) {
    }
    unread_.erase(0, unread_.size() - bytes.size());
  }

  /// Leaves, and makes sure that nothing came before it has left.
  void leave() {
    if (!unread_.empty())
      fault_ = "a part of an event";
    else if (const auto said = client_.ask(leave_text);
             said != success("null", "leave", "group/"))
      fault_ = said;
  }

private:
  /// @returns false if it is not whole, or not in the script.
  bool take_frame(std::string_view& bytes) {
    constexpr std::size_t head = 2;
    constexpr std::size_t shown = 60;
    const auto at = head + event_begin.size();
    if (bytes.size() <= at)
      return false;
    const auto sender = static_cast<std::size_t>(bytes[at] - '0');
    if (sender >= sender_count || next_[sender] == expected_[sender].size()) {
      fault_ = "unexpected: " + std::string{bytes.substr(head, shown)};
      return false;
    }
    const auto& next = expected_[sender][next_[sender]];
    if (bytes.starts_with(next)) {
      bytes.remove_prefix(next.size());
      ++next_[sender];
      return true;
    }
    if (!next.starts_with(bytes))
      fault_ = "not " + next.substr(head) + " but "
               + std::string{bytes.substr(head, shown)};
    return false;
  }

  websocket_client client_;
  const script& expected_;
  std::string unread_;
  /// The number of the next event of each sender.
  std::array<std::size_t, sender_count> next_{};
  std::string fault_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(broadcast)

BOOST_AUTO_TEST_CASE(a_thousand_members_on_two_nodes_hear_each_event_once) {
  // So that a member may be behind by all of them.
  BOOST_REQUIRE(event_count < limits{}.outbound_messages_max);
  serving_node a{node_named("a")};
  serving_node b{node_named("b", {a.node().address()})};
  const std::array nodes{&a, &b};
  const auto expected = make_script();
  crowd<member> members;
  for (auto* node : nodes) {
    BOOST_REQUIRE(node->node().finds("stagedoor.groups", 2));
    for (std::size_t i = 0; i < members_of_a_node; ++i)
      members.add(node->port(), expected);
    BOOST_TEST(node->sum_of("stagedoor_group_members") == members_of_a_node);
  }

  std::size_t sent = 0;
  do {
    for (; sent < event_count
           && sent * crowd_size < members.heard() + window * crowd_size;
         ++sent) {
      const auto sender = sent % sender_count;
      nodes[sender % 2]->send(sender / 2, sender, sent / sender_count);
    }
  } while (members.listen(2 * patience)
           && members.heard() < event_count * crowd_size);

  if (members.fault().empty())
    members.for_each([](member& entry) { entry.leave(); });
  BOOST_TEST_MESSAGE(sent << " events of " << sender_count << " senders, "
                          << members.heard() << " heard by " << crowd_size
                          << " members");
  BOOST_TEST(members.fault() == "");
  BOOST_TEST(members.heard() == event_count * crowd_size);
  BOOST_TEST(members.count_of(event_count) == crowd_size);
  for (auto* node : nodes) {
    BOOST_TEST(node->sum_of("stagedoor_drops_total") == 0);
    BOOST_TEST(node->log().find("W ") == std::string::npos, node->log());
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace broadcast_suite
