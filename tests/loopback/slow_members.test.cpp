// protocol/README.md, "Events and groups": what a client that does not read
// gets of its groups, and what it is told of the rest.

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

#include "support/envelopes.hpp"
#include "support/raw_client.hpp"
#include "support/test_server.hpp"

namespace slow_members_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// More than the queue and the kernel take.
constexpr std::size_t unbuffered_bytes = 8 * 1024 * 1024;

const std::string filling(unbuffered_bytes, 'x');

handler_spec root() {
  return handler("root")
      .action("join",
              [](const context& ctx, arg<"group", std::string> group) {
                return ctx.join(*group);
              })
      .action("fill", [] { return json::value(filling); })
      .action("ping", [] {});
}

/// A server of one unit with a member that reads and one that does not.
struct slow_fixture {
  slow_fixture() {
    for (auto* client : {&quick, &slow})
      for (const auto* group : {"newest", "oldest", "keyed"})
        BOOST_REQUIRE(client->ask(R"({"action":"join","group":")"
                                  + std::string{group} + "\"}")
                      == success("null", "join"));
    slow.send_text(R"({"action":"fill"})");
    // Once another client is answered, it has been handled.
    quick.ask(R"({"action":"ping"})");
  }

  /// Sends an event to a group, of which the one that reads has it.
  void say(const std::string& group, const json::value& data) {
    server->broadcast(group, {"said", data});
    BOOST_REQUIRE(quick.read_text() == said(data));
  }

  static std::string said(const json::value& data) {
    return R"({"type":"said","data":)" + to_json(data) + R"(,"status":200})";
  }

  static std::string lost(const std::string& group, int count) {
    return R"({"type":"group.lost","data":{"group":")" + group + R"(","lost":)"
           + std::to_string(count) + R"(},"status":200})";
  }

  /// The slow one begins to read.
  void wake() {
    BOOST_REQUIRE(quick.ask(R"({"action":"ping"})") == success("null", "ping"));
    BOOST_REQUIRE(slow.read_text() == success('"' + filling + '"', "fill"));
  }

  test_server server{{endpoint("/ws/", root())
                          .group("oldest", slow_member::drop_oldest)
                          .group("keyed", slow_member::keep_newest("symbol"))},
                     [](server_options& options) {
                       options.threads = 1;
                       options.limits.held_events_max = 2;
                     }};
  websocket_client quick{server.port(), "/ws/"};
  websocket_client slow{server.port(), "/ws/"};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(slow_members, slow_fixture)

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_is_told_what_it_lost) {
  for (int i = 1; i <= 9; ++i)
    say("newest", i);
  wake();
  BOOST_TEST(slow.read_text() == lost("newest", 9));
  say("newest", 10);
  BOOST_TEST(slow.read_text() == said(10));
}

BOOST_AUTO_TEST_CASE(what_it_lost_comes_before_what_is_left) {
  for (int i = 1; i <= 5; ++i)
    say("oldest", i);
  wake();
  BOOST_TEST(slow.read_text() == lost("oldest", 3));
  BOOST_TEST(slow.read_text() == said(4));
  BOOST_TEST(slow.read_text() == said(5));
}

BOOST_AUTO_TEST_CASE(of_each_key_it_gets_the_newest) {
  const auto quote = [](const std::string& symbol, int price) {
    return json::value{{"symbol", symbol}, {"price", price}};
  };
  for (int i = 1; i <= 5; ++i) {
    say("keyed", quote("a", i));
    say("keyed", quote("b", i));
  }
  wake();
  BOOST_TEST(slow.read_text() == said(quote("a", 5)));
  BOOST_TEST(slow.read_text() == said(quote("b", 5)));
  BOOST_TEST(slow.ask(R"({"action":"ping"})") == success("null", "ping"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace slow_members_suite
