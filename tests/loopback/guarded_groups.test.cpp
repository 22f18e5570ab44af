// protocol/README.md, "Who may be in a group": guards over real sockets, and
// rights that end while their owners are members, on one node and on two.

#include <boost/test/unit_test.hpp>

#include <spdlog/spdlog.h>
#include <stagedoor/stagedoor.hpp>

#include <atomic>
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

namespace guarded_groups_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Who may be in the rooms, all the same on all nodes.
struct rights {
  std::atomic<bool> are_open = true;
  /// Holds up the guard on the node of this number, if it is not 0.
  std::atomic<int> held_node = 0;
  gate door;
};

endpoint rooms(rights& who, int node) {
  return endpoint(
             "/ws/",
             handler("root")
                 .action("join",
                         [](arg<"room", std::string> room, const context& ctx) {
                           return ctx.join("room." + *room, ok(*room));
                         })
                 .action("say",
                         [](arg<"room", std::string> room,
                            arg<"number", std::int64_t> number,
                            const context& ctx) {
                           ctx.broadcast("room." + *room,
                                         {"room.said", {{"number", *number}}});
                           return ok();
                         }))
      .group(R"(room\.(?P<room>.*))",
             guarded_by(custom_permission(
                 "MayBeIn",
                 [&who, node](const request& about) {
                   if (who.held_node == node)
                     who.door.pass();
                   return who.are_open && about.action() == "join"
                                  && *about.capture("room") != "cellar"
                              ? allow()
                              : deny("Not for you.");
                 },
                 blocking)));
}

/// A server on a node of its own.
struct guarded_node {
  guarded_node(rights& who, int number, test_node* at = nullptr) {
    server_options options;
    options.port = 0;
    options.threads = 2;
    options.limits.invalidate_timeout = 500ms;
    options.log = std::make_shared<spdlog::logger>("test", lines);
    if (at != nullptr)
      options.cluster = at->shared();
    else
      alone.emplace(config);
    auto started = serve(at != nullptr ? at->system() : *alone, options,
                         std::vector<endpoint_spec>{rooms(who, number)});
    if (!started)
      throw std::runtime_error(text_of(started.error()));
    running.emplace(std::move(*started));
  }

  [[nodiscard]] websocket_client client() const {
    return {running->port(), "/ws/"};
  }

  std::shared_ptr<log_lines> lines = std::make_shared<log_lines>();
  stagedoor::config config;
  std::optional<caf::actor_system> alone;
  std::optional<server> running;
};

std::string ask_join(const std::string& room) {
  return R"({"action":"join","room":")" + room + R"("})";
}

std::string say(int number) {
  return R"({"action":"say","room":"a","number":)" + std::to_string(number)
         + '}';
}

std::string said(int number) {
  return R"({"type":"room.said","data":{"number":)" + std::to_string(number)
         + R"(},"status":200})";
}

const std::string revoked = R"({"type":"group.revoked","data":{"group":)"
                            R"("room.a"},"status":403})";

} // namespace

BOOST_AUTO_TEST_SUITE(guarded_groups)

BOOST_AUTO_TEST_CASE(the_guard_decides_who_comes_in_and_who_stays) {
  rights who;
  guarded_node node{who, 1};
  auto member = node.client();
  BOOST_TEST(member.ask(ask_join("cellar"))
             == failure(403, R"(["Not for you."])", "join"));
  BOOST_TEST(member.ask(ask_join("a")) == success("\"a\"", "join"));
  BOOST_TEST(member.ask(say(1)) == success("null", "say"));
  BOOST_TEST(member.read_text() == said(1));
  BOOST_TEST((node.running->invalidate() == caf::none));
  BOOST_TEST(member.ask(say(2)) == success("null", "say"));
  BOOST_TEST(member.read_text() == said(2));
  who.are_open = false;
  BOOST_TEST((node.running->invalidate() == caf::none));
  BOOST_TEST(member.read_text() == revoked);
  BOOST_TEST(member.ask(say(3)) == success("null", "say"));
  BOOST_TEST(member.ask(ask_join("a"))
             == failure(403, R"(["Not for you."])", "join"));
}

BOOST_AUTO_TEST_CASE(
    behind_an_invalidation_nothing_reaches_anyone_on_any_node) {
  rights who;
  test_node there{node_named("there")};
  test_node here{node_named("here", {there.address()})};
  guarded_node far{who, 2, &there};
  guarded_node near{who, 1, &here};
  BOOST_REQUIRE(here.finds("stagedoor.listeners", 2));
  BOOST_REQUIRE(there.finds("stagedoor.listeners", 2));
  auto speaker = near.client();
  for (int trial = 0; trial < 20; ++trial) {
    // What is still on its way to the other node belongs to an earlier trial.
    const auto first = 20 * trial;
    const auto read = [first](websocket_client& from) {
      const auto is_old = [first](const std::string& text) {
        for (int number = 0; number < first; ++number)
          if (text == said(number))
            return true;
        return false;
      };
      auto text = from.read_text();
      while (is_old(text))
        text = from.read_text();
      return text;
    };
    who.are_open = true;
    std::list<websocket_client> members;
    for (const auto* node : {&near, &far, &near, &far}) {
      members.emplace_back(node->running->port(), "/ws/");
      BOOST_TEST(members.back().ask(ask_join("a")) == success("\"a\"", "join"));
    }
    for (int number = 0; number < 10; ++number)
      speaker.send_text(say(first + number));
    who.are_open = false;
    const auto outcome = near.running->invalidate();
    BOOST_TEST((outcome == caf::none), text_of(outcome));
    for (int number = 10; number < 20; ++number)
      speaker.send_text(say(first + number));
    for (int number = 0; number < 20; ++number)
      BOOST_TEST(speaker.read_text() == success("null", "say"));
    for (auto& member : members) {
      int next = 0;
      auto text = read(member);
      for (; text == said(first + next); text = read(member))
        ++next;
      BOOST_TEST(text == revoked);
      BOOST_TEST(next <= 10);
      // Behind it comes nothing of the group: the next text is the answer.
      BOOST_TEST(member.ask(ask_join("a"))
                 == failure(403, R"(["Not for you."])", "join"));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_does_not_answer_in_time_is_named) {
  rights who;
  test_node there{node_named("there")};
  test_node here{node_named("here", {there.address()})};
  guarded_node far{who, 2, &there};
  guarded_node near{who, 1, &here};
  const opens_at_end opened{who.door};
  BOOST_REQUIRE(here.finds("stagedoor.listeners", 2));
  auto member = far.client();
  BOOST_TEST(member.ask(ask_join("a")) == success("\"a\"", "join"));
  who.held_node = 2;
  const auto outcome = near.running->invalidate();
  BOOST_TEST((code_of(outcome) == errc::timed_out));
  BOOST_TEST(text_of(outcome) == "These nodes have not answered: there.");
  BOOST_TEST(near.lines->text().find("may send events to members whose rights "
                                     "are gone: there")
             != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace guarded_groups_suite
