// protocol/README.md, "Groups with a history": positions, replays and resumed
// groups over real sockets, and clients that are cut off again and again.

#include <boost/test/unit_test.hpp>

#include <spdlog/spdlog.h>
#include <stagedoor/stagedoor.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/conversation.hpp"
#include "support/envelopes.hpp"
#include "support/log_lines.hpp"
#include "support/raw_client.hpp"
#include "support/test_node.hpp"

namespace resumable_groups_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

handler_spec room() {
  const auto join = [](arg<"group", std::string> group, const context& ctx) {
    return ctx.join(*group, ok(*group));
  };
  const auto say = [](arg<"group", std::string> group,
                      arg<"number", std::int64_t> number, const context& ctx) {
    ctx.broadcast(*group, {"room.said", {{"number", *number}}});
    return ok();
  };
  const auto say_to_others = [](arg<"group", std::string> group,
                                arg<"number", std::int64_t> number,
                                const context& ctx) {
    ctx.broadcast_to_others(*group, {"room.said", {{"number", *number}}});
    return ok();
  };
  return handler("room")
      .action("join", join)
      .action("say", say)
      .action("say_to_others", say_to_others);
}

/// A server whose groups `room.…` keep the last four events.
struct room_server {
  explicit room_server(history kept = {4, 1 << 20, 1min}) {
    server_options options;
    options.port = 0;
    options.threads = 2;
    options.limits.groups_max = 3;
    options.log = std::make_shared<spdlog::logger>("test", lines);
    auto started =
        serve(sys, options,
              std::vector<endpoint_spec>{
                  endpoint("/ws/", room())
                      .group(R"(room\..*)", guarded_by(allow_any()), kept)
                      .group(R"(news\..*)", guarded_by(allow_any()), kept,
                             replay_on_join{2})});
    if (!started)
      throw std::runtime_error(text_of(started.error()));
    running.emplace(std::move(*started));
  }

  [[nodiscard]] websocket_client client() const {
    return {running->port(), "/ws/"};
  }

  stagedoor::config config;
  caf::actor_system sys{config};
  std::shared_ptr<log_lines> lines = std::make_shared<log_lines>();
  std::optional<server> running;
};

std::string order(const std::string& action, const std::string& group,
                  int number = 0) {
  return R"({"action":")" + action + R"(","group":")" + group + R"(","number":)"
         + std::to_string(number) + '}';
}

std::string said(int number, const std::string& group, int offset) {
  return R"({"type":"room.said","data":{"number":)" + std::to_string(number)
         + R"(},"status":200,"group":")" + group + R"(","offset":)"
         + std::to_string(offset) + '}';
}

std::string resume(const std::string& groups) {
  return R"({"action":"resume","route":"$groups/","groups":)" + groups + '}';
}

std::string named(const std::string& group, const std::string& epoch,
                  std::uint64_t offset) {
  return R"({"group":")" + group + R"(","epoch":")" + epoch + R"(","offset":)"
         + std::to_string(offset) + '}';
}

std::string resumed(const std::string& entries) {
  return success(R"({"groups":[)" + entries + "]}", "resume", "$groups/");
}

std::string found(const std::string& group, const std::string& recovery,
                  const std::string& epoch, int offset) {
  return R"({"group":")" + group + R"(","recovered":)" + recovery
         + R"(,"epoch":")" + epoch + R"(","offset":)" + std::to_string(offset)
         + '}';
}

std::string position(const std::string& group, const std::string& epoch,
                     int offset) {
  return R"({"type":"group.position","data":{"group":")" + group
         + R"(","epoch":")" + epoch + R"(","offset":)" + std::to_string(offset)
         + R"(},"status":200})";
}

/// The value of a key in a text, without quotes.
std::string value_of(const std::string& key, const std::string& text) {
  const auto begin = text.find('"' + key + "\":") + key.size() + 3;
  const auto end = text.find_first_of(",}", begin);
  auto result = text.substr(begin, end - begin);
  std::erase(result, '"');
  return result;
}

/// Lets a client join, and returns the epoch that it is told.
std::string join(websocket_client& client, const std::string& group,
                 int offset) {
  BOOST_TEST(client.ask(order("join", group))
             == success('"' + group + '"', "join"));
  const auto told = client.read_text();
  const auto epoch = value_of("epoch", told);
  BOOST_TEST(told == position(group, epoch, offset));
  return epoch;
}

} // namespace

BOOST_AUTO_TEST_SUITE(resumable_groups)

BOOST_AUTO_TEST_CASE(a_member_is_told_its_position_and_numbered_events) {
  room_server server;
  auto speaker = server.client();
  auto listener = server.client();
  const auto epoch = join(listener, "room.a", 0);
  BOOST_TEST(speaker.ask(order("say", "room.a", 7)) == success("null", "say"));
  BOOST_TEST(listener.read_text() == said(7, "room.a", 1));
  BOOST_TEST(join(speaker, "room.a", 1) == epoch);
  BOOST_TEST(speaker.ask(order("say_to_others", "room.a", 8))
             == success("null", "say_to_others"));
  BOOST_TEST(speaker.read_text() == position("room.a", epoch, 2));
  BOOST_TEST(listener.read_text() == said(8, "room.a", 2));
  BOOST_TEST((join(listener, "room.b", 0) != epoch));
  BOOST_TEST(server.lines->text().find("their guard is allow_any()")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_last_events_are_replayed_to_whoever_joins) {
  room_server server;
  auto speaker = server.client();
  for (int number : {1, 2, 3})
    BOOST_TEST(speaker.ask(order("say", "news.a", number))
               == success("null", "say"));
  auto listener = server.client();
  join(listener, "news.a", 3);
  BOOST_TEST(listener.read_text() == said(2, "news.a", 2));
  BOOST_TEST(listener.read_text() == said(3, "news.a", 3));
  speaker.ask(order("say", "news.a", 4));
  BOOST_TEST(listener.read_text() == said(4, "news.a", 4));
}

BOOST_AUTO_TEST_CASE(a_client_that_comes_back_gets_what_it_has_missed) {
  room_server server;
  auto speaker = server.client();
  std::string epoch;
  {
    auto gone = server.client();
    epoch = join(gone, "room.a", 0);
  }
  for (int number : {1, 2, 3})
    speaker.ask(order("say", "room.a", number));
  auto back = server.client();
  BOOST_TEST(
      back.ask(resume('[' + named("room.a", epoch, 1) + ','
                      + named("hall", epoch, 1) + ']'))
      == resumed(found("room.a", R"(true,"missed":2)", epoch, 3)
                 + R"(,{"group":"hall","recovered":false,"status":403})"));
  BOOST_TEST(back.read_text() == said(2, "room.a", 2));
  BOOST_TEST(back.read_text() == said(3, "room.a", 3));
  for (int number : {4, 5, 6})
    speaker.ask(order("say", "room.a", number));
  for (int number : {4, 5, 6})
    BOOST_TEST(back.read_text() == said(number, "room.a", number));
  auto late = server.client(); // 2 is not kept any more.
  BOOST_TEST(late.ask(resume('[' + named("room.a", epoch, 1) + ']'))
             == resumed(found("room.a", R"(false,"missed":null)", epoch, 6)));
  speaker.ask(order("say", "room.a", 7));
  BOOST_TEST(late.read_text() == said(7, "room.a", 7));
}

BOOST_AUTO_TEST_CASE(each_malformed_resume_has_its_answer) {
  room_server server;
  auto client = server.client();
  const auto refused = [&](const std::string& groups,
                           const std::string& errors) {
    BOOST_TEST(
        client.ask(resume(groups))
        == failure(400, "[{\"groups\":" + errors + "}]", "resume", "$groups/"));
  };
  const auto entry_refused = [&](const std::string& entry,
                                 const std::string& errors) {
    refused('[' + entry + ']', "{\"0\":" + errors + '}');
  };
  refused("null", R"(["This field may not be null."])");
  refused("7", R"(["Expected a list of items but got type \"int\"."])");
  refused("{}", R"(["Expected a list of items but got type \"dict\"."])");
  entry_refused("7", R"({"non_field_errors":["Invalid data. Expected a )"
                     R"(dictionary, but got int."]})");
  entry_refused("{}", R"({"group":["This field is required."],)"
                      R"("epoch":["This field is required."],)"
                      R"("offset":["This field is required."]})");
  entry_refused(R"({"group":true,"epoch":null,"offset":"x"})",
                R"({"group":["Not a valid string."],)"
                R"("epoch":["This field may not be null."],)"
                R"("offset":["A valid integer is required."]})");
  entry_refused(R"({"group":"room.a","epoch":"x","offset":-1})",
                R"({"offset":["Ensure this value is greater than or equal to )"
                R"(0."]})");
  entry_refused(R"({"group":"room.a","epoch":"x","offset":1.5})",
                R"({"offset":["A valid integer is required."]})");
  entry_refused(named("", "", 1),
                R"({"group":["This field may not be blank."],)"
                R"("epoch":["This field may not be blank."]})");
  refused('[' + named("room.a", "x", 1) + ',' + named("room.b", "x", 1) + ','
              + named("room.a", "x", 2) + ']',
          R"({"2":{"group":["This group is named twice."]}})");
  refused('[' + named("room.a", "x", 1) + ',' + named("room.b", "x", 1) + ','
              + named("room.c", "x", 1) + ',' + named("room.d", "x", 1) + ']',
          R"(["Ensure this field has no more than 3 elements."])");
  BOOST_TEST(client.ask(R"({"action":"resume","route":"$groups/"})")
             == failure(400, R"([{"groups":["This field is required."]}])",
                        "resume", "$groups/"));
  BOOST_TEST(client.ask(resume("[]")) == resumed(""));
  BOOST_TEST(client.ask(R"({"action":"join","route":"$groups/"})")
             == failure(405,
                        R"(["Action \"join\" not allowed in message body."])",
                        "join", "$groups/"));
  BOOST_TEST(client.ask(R"({"action":"resume","route":"$groups/x"})")
             == failure(404,
                        R"([{"detail":"Unable to find route in message )"
                        R"(body."}])",
                        "resume", "$groups/x"));
}

BOOST_AUTO_TEST_CASE(a_node_of_a_cluster_keeps_no_histories) {
  test_node node{node_named("here")};
  server_options options;
  options.port = 0;
  options.cluster = node.shared();
  const auto started = serve(node.system(), options,
                             std::vector<endpoint_spec>{endpoint("/ws/").group(
                                 "g", guarded_by(allow_any()), history{})});
  BOOST_REQUIRE(!started);
  BOOST_TEST(text_of(started.error()).find("a group with a history needs")
             != std::string::npos);
}

// More than the socket and the queue of the server hold waits for a client that
// reads nothing; all of it is read from the history as the client takes it.
BOOST_AUTO_TEST_CASE(a_slow_member_gets_all_that_is_kept) {
  room_server server{{100'000, std::size_t{1} << 30, 1min}};
  auto slow = server.client();
  const auto epoch = join(slow, "room.a", 0);
  const std::string load(2000, 'x');
  constexpr int count = 20'000;
  for (int number = 1; number <= count; ++number)
    server.running->broadcast("room.a",
                              {"room.said", {{"n", number}, {"load", load}}});
  for (int number = 1; number <= count; ++number) {
    const auto text = slow.read_text();
    if (value_of("offset", text) != std::to_string(number)
        || value_of("n", text) != std::to_string(number))
      BOOST_FAIL(text.substr(0, 100) << " in place of " << number);
  }
}

// The reconnect test: clients are cut off again and again while events flow,
// come back with their position, and miss nothing.
BOOST_AUTO_TEST_CASE(clients_that_are_cut_off_miss_nothing) {
  constexpr int clients = 20;
  constexpr int rounds = 30;
  constexpr int events_per_round = 10;
  room_server server{{1000, 1 << 20, 1min}};
  struct member {
    std::optional<websocket_client> socket;
    std::string epoch;
    int offset = 0;
  };
  std::vector<member> members(clients);
  for (auto& each : members) {
    each.socket.emplace(server.running->port(), "/ws/");
    each.epoch = join(*each.socket, "room.a", 0);
  }
  int sent = 0;
  const auto read_up_to = [](member& who, int last) {
    while (who.offset < last) {
      const auto text = who.socket->read_text();
      BOOST_REQUIRE(text == said(who.offset + 1, "room.a", who.offset + 1));
      ++who.offset;
    }
  };
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < events_per_round; ++i) {
      ++sent;
      server.running->broadcast("room.a", {"room.said", {{"number", sent}}});
      auto& who = members[static_cast<std::size_t>(sent) % members.size()];
      if (who.socket) {
        // Some are cut off with events on their way, some with none.
        if (sent % 3 == 0)
          read_up_to(who, sent);
        who.socket.reset();
        continue;
      }
      who.socket.emplace(server.running->port(), "/ws/");
      const auto text = who.socket->ask(resume(
          '['
          + named("room.a", who.epoch, static_cast<std::uint64_t>(who.offset))
          + ']'));
      const auto last = std::stoi(value_of("offset", text));
      BOOST_REQUIRE(
          text
          == resumed(found(
              "room.a", R"(true,"missed":)" + std::to_string(last - who.offset),
              who.epoch, last)));
    }
  }
  for (auto& each : members)
    if (each.socket)
      read_up_to(each, sent);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace resumable_groups_suite
