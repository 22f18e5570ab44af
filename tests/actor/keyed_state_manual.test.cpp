// State by key as a manual page: the examples of actors/description/README.md,
// which shows the code between the marks.

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace keyed_state_manual_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

// README: begin key
class lobby {
public:
  explicit lobby(const state_context& self) : self_(self) { wait(); }

  std::int64_t said = 0;

private:
  void wait() {
    self_.run_after(std::chrono::minutes{1}, [this] {
      self_.notifier().broadcast("lobby." + self_.key(),
                                 {"lobby.count", {{"said", said}}});
      wait();
    });
  }

  state_context self_;
};

handler_spec lobbies() {
  return handler<lobby>("lobby")
      .lives_for(lifetime::key("room"))
      .action("enter",
              [](const context& ctx, arg<"room", std::string> room) {
                return ctx.join("lobby." + *room);
              })
      .action("say", [](lobby& state) { return ok(++state.said); })
      .action("close", [](const context& ctx) { ctx.state().end(); });
}
// README: end key

/// What documents are kept in.
std::map<std::string, std::string>& archive() {
  static std::map<std::string, std::string> result;
  return result;
}
std::mutex archive_mutex;

std::string read_document(const std::string& name) {
  std::lock_guard lock{archive_mutex};
  return archive()[name];
}

void write_document(const std::string& name, const std::string& text) {
  std::lock_guard lock{archive_mutex};
  archive()[name] = text;
}

// README: begin loaded
struct document {
  std::string text;
};

handler_spec documents() {
  return handler<document>("document",
                           [](const state_context& self) -> task<document> {
                             auto read = [name = self.key()] {
                               return read_document(name);
                             };
                             auto text = co_await self.blocking(read);
                             co_return document{text};
                           })
      .lives_for(lifetime::key("name"))
      .on_end([](document& state, const state_context& self) -> task<void> {
        auto write = [name = self.key(), text = state.text] {
          write_document(name, text);
        };
        co_await self.blocking(write);
      })
      .action("append", [](document& state, arg<"text", std::string> text) {
        return ok(state.text += *text);
      });
}
// README: end loaded

} // namespace

BOOST_AUTO_TEST_SUITE(keyed_state_manual)

BOOST_AUTO_TEST_CASE(a_lobby_tells_its_members_each_minute) {
  world stage{endpoint("/ws/").route(R"(lobbies/(?P<room>\w+)/$)", lobbies())};
  auto alice = stage.connect("/ws/");
  auto bob = stage.connect("/ws/");
  alice.push("lobbies/a/", "enter").expect_reply(200);
  bob.push("lobbies/a/", "say").expect_reply(200, 1);
  bob.push("lobbies/b/", "say").expect_reply(200, 1);
  bob.push("lobbies/a/", "say").expect_reply(200, 2);
  stage.advance(1min);
  stage.advance(10ms);
  alice.expect_event("lobby.count", {{"said", 2}});
  alice.push("lobbies/a/", "close").expect_reply(200);
  bob.push("lobbies/a/", "say").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(a_document_goes_on_where_it_ended) {
  archive()["plan"] = "one";
  world stage{
      endpoint("/ws/").route(R"(documents/(?P<name>\w+)/$)", documents())};
  auto alice = stage.connect("/ws/");
  alice.push("documents/plan/", "append", {{"text", ", two"}})
      .expect_reply(200, "one, two");
  stage.advance(stage.limits().keyed_state_timeout);
  BOOST_TEST(read_document("plan") == "one, two");
  alice.push("documents/plan/", "append", {{"text", ", three"}})
      .expect_reply(200, "one, two, three");
  stage.stop();
  BOOST_TEST(read_document("plan") == "one, two, three");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace keyed_state_manual_suite
