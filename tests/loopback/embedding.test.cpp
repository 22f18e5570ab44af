// A CAF application that has servers: what is its own goes on beside them and
// after them.

#include <caf/actor_registry.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <boost/test/unit_test.hpp>

#include <spdlog/spdlog.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/channel.hpp"
#include "support/child_process.hpp"
#include "support/conversation.hpp"
#include "support/free_port.hpp"
#include "support/log_lines.hpp"
#include "support/test_server.hpp"

namespace embedding_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using counter_actor = mounted_actor::extend<
    // How many requests there have been.
    caf_api::replies_to<caf::get_atom>::with<std::int64_t>,
    // Answer what was kept.
    caf_api::reacts_to<caf::flush_atom>>;

struct counter_state {
  std::int64_t requests = 0;
  std::vector<caf::typed_response_promise<reply>> kept;
};

/// What a host has of its own: numbers requests, and keeps those for `keep`.
counter_actor::behavior_type
counter(counter_actor::stateful_pointer<counter_state> self,
        const std::string& name) {
  auto& state = caf_api::state_of(self);
  return {[self, &state, name](const request& message) -> caf::result<reply> {
            ++state.requests;
            if (message.action() == "keep")
              return state.kept.emplace_back(
                  self->make_response_promise<reply>());
            return ok({{"by", name}, {"number", state.requests}});
          },
          [&state](caf::get_atom) { return state.requests; },
          [&state](caf::flush_atom) {
            for (auto& promise : state.kept)
              promise.deliver(ok("late"));
            state.kept.clear();
          }};
}

struct host_config : caf::actor_system_config {
  host_config() { configure(*this); }
};

/// An application with an actor of its own.
class host {
public:
  host() = default;

  // What it keeps keeps it alive.
  ~host() { caf::anon_send_exit(own, caf::exit_reason::kill); }

  host(const host&) = delete;
  host& operator=(const host&) = delete;

  server start(const std::vector<endpoint_spec>& endpoints,
               const test_server::edit& change = {}) {
    server_options options;
    options.port = 0;
    options.threads = 2;
    options.users = newsroom::demo_users();
    options.log =
        std::make_shared<spdlog::logger>("host", std::make_shared<log_lines>());
    if (change)
      change(options);
    auto started = serve(system, options, endpoints);
    if (!started)
      throw std::runtime_error("host: " + text_of(started.error()));
    return std::move(*started);
  }

  /// How many requests its own actor has had.
  std::int64_t requests() {
    std::int64_t result = -1;
    caf::scoped_actor self{system};
    self->request(own, patience, caf::get_atom_v)
        .receive([&](std::int64_t number) { result = number; },
                 [](const caf::error& error) {
                   throw std::runtime_error("host: " + text_of(error));
                 });
    return result;
  }

private:
  host_config config_;

public:
  caf::actor_system system{config_};
  counter_actor own = system.spawn(counter, std::string{"own"});
};

/// Members hear what is broadcast to the group `room`.
endpoint_spec room() {
  return endpoint(
      "/ws/",
      handler("room")
          .action("join", [](const context& ctx) { return ctx.join("room"); })
          .action("ping", [] {
            return ok({{"pong", true}});
          }));
}

/// Leads to the host's actor.
endpoint_spec mounting(const host& whose) {
  return endpoint("/ws/").route("own/$", whose.own);
}

std::string count_text(const std::string& action = "count") {
  return R"({"action":")" + action + R"(","route":"own/"})";
}

std::string counted(int number) {
  return success(R"({"by":"own","number":)" + std::to_string(number) + '}',
                 "count", "own/");
}

std::string event_text(const std::string& data) {
  return R"({"type":"told","data":)" + data + R"(,"status":200})";
}

std::size_t connection_count(const server& which) {
  const auto by_unit = which.connections();
  return std::accumulate(by_unit.begin(), by_unit.end(), std::size_t{0});
}

/// A thread that has been joined may be seen for a moment still.
std::ptrdiff_t thread_count() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       {});
}

} // namespace

BOOST_AUTO_TEST_SUITE(embedding)

// -- several servers in one actor system --------------------------------------

BOOST_AUTO_TEST_CASE(an_event_for_a_group_stays_on_its_server) {
  host app;
  auto one = app.start({room()});
  auto other = app.start({room()});
  websocket_client of_one(one.port(), "/ws/");
  websocket_client of_other(other.port(), "/ws/");
  for (auto* client : {&of_one, &of_other})
    BOOST_TEST(client->ask(R"({"action":"join"})") == success("null", "join"));
  one.broadcast("room", {"told", 1});
  BOOST_TEST(of_one.read_text() == event_text("1"));
  other.broadcast("room", {"told", 2});
  BOOST_TEST(of_other.read_text() == event_text("2"));
  BOOST_TEST(of_one.ask(ping_text) == pong_text);
}

BOOST_AUTO_TEST_CASE(a_user_of_two_servers_is_two) {
  host app;
  auto one = app.start({room()});
  auto other = app.start({room()});
  const std::string target = "/ws/?token=alice-token";
  websocket_client of_one(one.port(), target);
  websocket_client of_other(other.port(), target);
  one.push_to_user(1, {"told", 1});
  BOOST_TEST(of_one.read_text() == event_text("1"));
  one.close_user("1");
  BOOST_TEST(of_one.read_close().code == 4401);
  other.push_to_user(1, {"told", 2});
  BOOST_TEST(of_other.read_text() == event_text("2"));
}

BOOST_AUTO_TEST_CASE(each_server_has_its_own_endpoints_users_and_connections) {
  host app;
  auto one = app.start({endpoint("/one/")});
  auto other = app.start({endpoint("/other/")}, [](server_options& options) {
    options.users = nullptr;
  });
  websocket_client first(one.port(), "/one/?token=alice-token");
  websocket_client second(one.port(), "/one/");
  websocket_client third(other.port(), "/other/");
  BOOST_TEST(connection_count(one) == 2u);
  BOOST_TEST(connection_count(other) == 1u);
  const auto status = [](const server& which, const std::string& target) {
    return raw_client(which.port())
        .ask_http(opening_text(target))
        .substr(0, 12);
  };
  BOOST_TEST(status(one, "/other/") == "HTTP/1.1 404");
  BOOST_TEST(status(other, "/one/") == "HTTP/1.1 404");
  BOOST_TEST(status(other, "/other/?token=alice-token") == "HTTP/1.1 401");
}

BOOST_AUTO_TEST_CASE(an_actor_that_two_servers_mount_is_one) {
  host app;
  auto one = app.start({mounting(app)});
  auto other = app.start({mounting(app)});
  websocket_client of_one(one.port(), "/ws/");
  websocket_client of_other(other.port(), "/ws/");
  BOOST_TEST(of_one.ask(count_text()) == counted(1));
  BOOST_TEST(of_other.ask(count_text()) == counted(2));
  one.stop();
  BOOST_TEST(of_one.read_close().code == 1011);
  BOOST_TEST(of_other.ask(count_text()) == counted(3));
  BOOST_TEST(app.requests() == 3);
}

BOOST_AUTO_TEST_CASE(replicas_are_chosen_by_a_capture) {
  host app;
  const auto replica = [&](const std::string& name) {
    return caf::actor_cast<caf::actor>(app.system.spawn(counter, name));
  };
  const auto east = replica("east");
  const auto west = replica("west");
  auto running = app.start({endpoint("/ws/").route(
      R"((?P<item>\w+)/$)",
      // README: begin mounting
      handler("stock")
          .permissions(is_authenticated())
          .mounts(replicas{std::vector{east, west}})
          .forwards("look", idempotent)
          .forwards("take", broadcasts("stock.{item}", "stock.taken"))
          .placed_by("item")
      // README: end mounting
      )});
  websocket_client alice(running.port(), "/ws/?token=alice-token");
  std::set<std::string> answers;
  for (const auto* item : {"apples", "pears", "plums", "figs"}) {
    const auto ask = [&](const std::string& action) {
      auto answer = alice.ask(R"({"action":")" + action + R"(","route":")"
                              + item + R"(/"})");
      const auto begin = answer.find(R"("by":")") + 6;
      return answer.substr(begin, answer.find('"', begin) - begin);
    };
    const auto name = ask("look");
    answers.insert(name);
    BOOST_TEST(ask("take") == name);
    BOOST_TEST(ask("anything") == name);
  }
  BOOST_TEST(answers == (std::set<std::string>{"east", "west"}));
}

/// Has the client of each message join the fans.
mounted_actor::behavior_type usher(mounted_actor::pointer self) {
  return {[self](const request& message) {
    auto promise = self->make_response_promise<reply>();
    auto client = caf::actor_cast<connection_actor>(message.data().connection);
    self->request(client, patience, caf::join_atom_v, std::string{"fans"})
        .then([promise]() mutable { promise.deliver(ok()); },
              [promise](const caf::error& error) mutable {
                promise.deliver(to_reply(code_of(error)));
              });
    return promise;
  }};
}

BOOST_AUTO_TEST_CASE(a_mounted_actor_lets_clients_into_groups) {
  host app;
  const auto mounted = app.system.spawn(usher);
  auto running = app.start({endpoint("/ws/").route("fans/$", mounted)});
  websocket_client client(running.port(), "/ws/");
  BOOST_TEST(client.ask(R"({"action":"join","route":"fans/"})")
             == success("null", "join", "fans/"));
  running.broadcast("fans", {"news", 1});
  BOOST_TEST(client.read_text() == R"({"type":"news","data":1,"status":200})");
  caf::anon_send_exit(mounted, caf::exit_reason::user_shutdown);
}

// -- the end of a server ------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_next_server_takes_the_port_and_finds_the_same_actor) {
  host app;
  std::uint16_t port = 0;
  for (int number = 1; number <= 3; ++number) {
    auto running = app.start(
        {mounting(app)}, [&](server_options& options) { options.port = port; });
    port = running.port();
    websocket_client client(port, "/ws/");
    BOOST_TEST(client.ask(count_text()) == counted(number));
  }
  BOOST_TEST(app.requests() == 3);
}

BOOST_AUTO_TEST_CASE(a_server_may_end_while_the_hosts_actor_owes_answers) {
  host app;
  std::optional<server> running = app.start({mounting(app)});
  websocket_client first(running->port(), "/ws/");
  websocket_client second(running->port(), "/ws/");
  first.send_text(count_text("keep"));
  second.send_text(count_text("keep"));
  BOOST_TEST(eventually([&] { return app.requests() == 2; }));
  running.reset();
  BOOST_TEST(first.read_close().code == 1011);
  BOOST_TEST(second.read_close().code == 1011);
  caf::anon_send(app.own, caf::flush_atom_v);
  BOOST_TEST(app.requests() == 2);
  auto next = app.start({mounting(app)});
  websocket_client third(next.port(), "/ws/");
  BOOST_TEST(third.ask(count_text()) == counted(3));
}

BOOST_AUTO_TEST_CASE(a_server_leaves_no_thread_and_no_actor_behind) {
  host app;
  // What the actor system starts when it is first asked for it.
  BOOST_TEST(app.requests() == 0);
  const auto threads = thread_count();
  const auto actors = app.system.registry().running();
  for (int i = 0; i < 3; ++i) {
    auto running = app.start({mounting(app)});
    websocket_client client(running.port(), "/ws/");
    client.ask(count_text());
  }
  BOOST_TEST(eventually([&] { return thread_count() <= threads; }));
  BOOST_TEST(
      eventually([&] { return app.system.registry().running() == actors; }));
}

BOOST_AUTO_TEST_CASE(a_server_that_cannot_start_leaves_nothing_behind) {
  host app;
  auto running = app.start({mounting(app)});
  const auto taken = running.port();
  const auto threads = thread_count();
  const auto port = free_port();
  // Each fails later than the one before it.
  for (const auto& spoil : std::vector<test_server::edit>{
           [&](server_options& options) { options.port = taken; },
           [&](server_options& options) {
             options.admin = {.port = taken, .token = std::string(16, 'x')};
           },
           [&](server_options& options) {
             options.metrics = {.port = taken};
           }}) {
    const auto start = [&] {
      return app.start({mounting(app)}, [&](server_options& options) {
        options.port = port;
        spoil(options);
      });
    };
    BOOST_CHECK_THROW(start(), std::runtime_error);
    BOOST_TEST(eventually([&] { return thread_count() <= threads; }));
  }
  auto next = app.start({mounting(app)},
                        [&](server_options& options) { options.port = port; });
  websocket_client client(next.port(), "/ws/");
  BOOST_TEST(client.ask(count_text()) == counted(1));
}

// -- the example, run as users run it -----------------------------------------

BOOST_AUTO_TEST_CASE(the_warehouse_goes_on_when_its_doors_close) {
  child_process warehouse({STAGEDOOR_EMBEDDED, "0"});
  const std::string head = "open on port ";
  const auto line = warehouse.wait_for_line(head);
  const auto port = std::stoul(line.substr(head.size()));
  websocket_client client(static_cast<std::uint16_t>(port), "/ws/");
  const auto take = [&](const std::string& item) {
    return client.ask(R"({"action":"take","route":")" + item + R"(/"})");
  };
  BOOST_TEST(take("apples") == success(R"({"left":2})", "take", "apples/"));
  BOOST_TEST(take("apples") == success(R"({"left":1})", "take", "apples/"));
  BOOST_TEST(take("pears") == failure(404, not_found_text, "take", "pears/"));
  BOOST_TEST(client.ask(R"({"action":"burn","route":"apples/"})")
             == failure(405,
                        R"(["Action \"burn\" not allowed in message body."])",
                        "burn", "apples/"));
  warehouse.send_signal(SIGTERM);
  BOOST_TEST(client.read_close().code == 1011);
  // One of three is left, and five were delivered behind closed doors.
  BOOST_TEST(warehouse.wait_for_line("apples") == "6 apples");
  BOOST_TEST(warehouse.wait() == 0);
  BOOST_TEST(warehouse.errors() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace embedding_suite
