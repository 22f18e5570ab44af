// Permissions that fail in every way, under load: none of them ever lets a
// request through, and all others are served on.

#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_response_promise.hpp>

#include <boost/test/unit_test.hpp>

#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>
#include <stagedoor/stagedoor.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/channel.hpp"
#include "support/child_process.hpp"
#include "support/conversation.hpp"
#include "support/free_port.hpp"
#include "support/test_node.hpp"
#include "support/test_server.hpp"

namespace permission_faults_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using counts = std::map<int, std::size_t>;

std::size_t total(const counts& by_status) {
  return std::accumulate(
      by_status.begin(), by_status.end(), std::size_t{0},
      [](std::size_t sum, const auto& entry) { return sum + entry.second; });
}

int status_of(const std::string& envelope) {
  auto parsed = parse_json(envelope, 8);
  if (!parsed)
    throw std::runtime_error("no envelope: " + envelope);
  return static_cast<int>(parsed->at("status").as_int64());
}

/// How a route is put under load.
struct load {
  std::string route;
  std::size_t clients;
  /// Of each client.
  std::size_t messages;
  std::string action = "forbidden";
};

using client_list = std::vector<std::unique_ptr<websocket_client>>;

template <class Server>
client_list open(const Server& server, const load& what) {
  client_list result;
  for (std::size_t i = 0; i < what.clients; ++i)
    result.push_back(std::make_unique<websocket_client>(server.port(), "/ws/"));
  return result;
}

/// Sends the messages of all clients, a window of each at a time, and reads the
/// answers.
counts run(const client_list& clients, const load& what) {
  constexpr std::size_t window = 50;
  counts result;
  for (std::size_t sent = 0; sent < what.messages; sent += window) {
    const auto count = std::min(window, what.messages - sent);
    std::string frames;
    for (std::size_t i = 0; i < count; ++i)
      frames += text_frame(
          numbered(what.action, sent + i, R"(,"route":")" + what.route + '"'));
    for (const auto& client : clients)
      client->send_bytes(frames);
    for (const auto& client : clients)
      for (std::size_t i = 0; i < count; ++i)
        ++result[status_of(client->read_text())];
  }
  return result;
}

struct throws {
  static bool has_permission(const scope&, std::string_view, const request&) {
    throw std::runtime_error("broken");
  }
};

/// Holds a worker thread for as long as the test runs, then allows.
struct blocks {
  gate* until;
  static bool is_blocking() { return true; }
  [[nodiscard]] bool has_permission(const scope&, std::string_view,
                                    const request&) const {
    until->pass();
    return true;
  }
};

/// Promises that will not be kept: one that is dropped is an answer to CAF 1.x.
struct given_up {
  std::vector<caf::typed_response_promise<decision>> promises;
};

/// An actor that never answers. It has to be killed.
permission_actor::behavior_type
mute(permission_actor::stateful_pointer<given_up> self) {
  return {[self](const permission_query&) {
    return caf_api::state_of(self).promises.emplace_back(
        self->make_response_promise<decision>());
  }};
}

/// An actor that dies of each question.
permission_actor::behavior_type mortal(permission_actor::pointer self) {
  return {[self](const permission_query&) {
    self->quit(caf::exit_reason::kill);
    return self->make_response_promise<decision>();
  }};
}

/// A route whose only action must never run.
handler_spec trap(const std::string& name, const permission& guard,
                  std::atomic<std::size_t>& runs) {
  return handler(name)
      .permissions(guard)
      .lives_for(lifetime::unit)
      .action("work", [] {})
      .action("forbidden", [&runs] { ++runs; });
}

/// What all servers here have: permissions are soon late, and errors, which
/// this is not about, go nowhere.
void make_impatient(server_options& options) {
  options.limits.permission_timeout = 30ms;
  options.limits.blocking_workers = 2;
  options.limits.blocking_queue_max = 8;
  options.log = std::make_shared<spdlog::logger>(
      "test", std::make_shared<spdlog::sinks::null_sink_mt>());
}

/// For a server that a test starts by itself.
server_options impatient() {
  server_options options;
  options.port = 0;
  options.threads = 2;
  make_impatient(options);
  return options;
}

/// A server whose permissions have an actor system of their own.
class short_timeout_server {
public:
  explicit short_timeout_server(
      const std::function<endpoint_spec(caf::actor_system&)>& build)
      : server_({build(system_)}, make_impatient) {}

  [[nodiscard]] std::uint16_t port() const { return server_.port(); }
  test_server& operator*() { return server_; }

private:
  config cfg_;
  caf::actor_system system_{cfg_};
  test_server server_;
};

/// Kills permission workers, one after the other, until it ends.
class worker_killer {
public:
  explicit worker_killer(test_server& target)
      : thread_([this, &target] {
          caf::scoped_actor self{target.system()};
          const auto pools = target.permission_pools();
          for (std::size_t turn = 0; !done_; ++turn) {
            self->request(pools[turn % pools.size()], 5s, caf::get_atom_v)
                .receive(
                    [](const std::vector<caf::actor>& workers) {
                      for (const auto& worker : workers)
                        caf::anon_send_exit(worker, caf::exit_reason::kill);
                    },
                    [](const caf::error&) {});
            std::this_thread::sleep_for(50ms);
          }
        }) {}

  ~worker_killer() {
    done_ = true;
    thread_.join();
  }

  worker_killer(const worker_killer&) = delete;
  worker_killer& operator=(const worker_killer&) = delete;

private:
  std::atomic<bool> done_ = false;
  std::thread thread_;
};

/// Runs all loads beside each other.
template <class Server>
std::vector<counts> run_all(const Server& server,
                            const std::vector<load>& loads) {
  std::vector<counts> result(loads.size());
  std::vector<std::string> failures(loads.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < loads.size(); ++i)
    threads.emplace_back([&, i] {
      try {
        result[i] = run(open(server, loads[i]), loads[i]);
      } catch (const std::exception& error) {
        failures[i] = error.what();
      }
    });
  for (auto& thread : threads)
    thread.join();
  for (std::size_t i = 0; i < loads.size(); ++i) {
    BOOST_TEST(failures[i] == "", loads[i].route << ": " << failures[i]);
    BOOST_TEST(total(result[i]) == loads[i].clients * loads[i].messages,
               loads[i].route);
    std::string text;
    for (auto [status, count] : result[i])
      text += ", " + std::to_string(count) + " x " + std::to_string(status);
    BOOST_TEST_MESSAGE(loads[i].route << text);
  }
  return result;
}

/// Whether only these statuses were answered.
bool only(const counts& by_status, const std::vector<int>& allowed) {
  return std::all_of(
      by_status.begin(), by_status.end(), [&](const auto& entry) {
        return std::count(allowed.begin(), allowed.end(), entry.first) > 0;
      });
}

} // namespace

BOOST_AUTO_TEST_SUITE(permission_faults)

BOOST_AUTO_TEST_CASE(no_failing_permission_lets_anything_through) {
  std::atomic<std::size_t> wrong_runs = 0;
  gate until;
  caf::actor never;
  short_timeout_server server([&](caf::actor_system& sys) -> endpoint_spec {
    const auto spawned = sys.spawn(mute);
    never = caf::actor_cast<caf::actor>(spawned);
    return endpoint("/ws/")
        .route("throws/$", trap("throws", throws{}, wrong_runs))
        .route("blocks/$", trap("blocks", blocks{&until}, wrong_runs))
        .route("mute/$",
               trap("mute", actor_permission("Mute", spawned), wrong_runs))
        .route("mortal/$",
               trap("mortal", actor_permission("Mortal", sys.spawn(mortal)),
                    wrong_runs))
        // A no of one that works, with each of the others beside it.
        .route("either/$",
               trap("either",
                    deny_all() | throws{}
                        | actor_permission("Gone", sys.spawn(mortal)),
                    wrong_runs))
        .route("not/$", trap("not", !permission(throws{}), wrong_runs))
        .route(
            "healthy/$",
            handler("healthy").permissions(allow_any()).action("work", [] {}));
  });
  opens_at_end opener(until);
  const auto seen = run_all(server, {{"throws/", 4, 10'000},
                                     {"blocks/", 16, 500},
                                     {"mute/", 64, 50},
                                     {"mortal/", 4, 5'000},
                                     {"either/", 4, 5'000},
                                     {"not/", 4, 5'000},
                                     {"healthy/", 4, 5'000, "work"}});
  BOOST_TEST(wrong_runs == 0u);
  std::size_t faulty = 0;
  for (std::size_t i = 0; i + 1 < seen.size(); ++i)
    faulty += total(seen[i]);
  BOOST_TEST(faulty >= 100'000u);
  BOOST_TEST(only(seen[0], {500}));
  BOOST_TEST(only(seen[1], {503, 504}));
  BOOST_TEST(only(seen[2], {504}));
  BOOST_TEST(only(seen[3], {503}));
  BOOST_TEST(only(seen[4], {500}));
  BOOST_TEST(only(seen[5], {500}));
  BOOST_TEST(only(seen[6], {200}));
  // What is allowed too late is not allowed.
  until.open();
  websocket_client client(server.port(), "/ws/");
  BOOST_TEST(status_of(client.ask(R"({"action":"work","route":"healthy/"})"))
             == 200);
  BOOST_TEST(wrong_runs == 0u);
  caf::anon_send_exit(std::exchange(never, {}), caf::exit_reason::kill);
}

BOOST_AUTO_TEST_CASE(no_dying_worker_lets_anything_through) {
  std::atomic<std::size_t> wrong_runs = 0;
  short_timeout_server server([&](caf::actor_system&) -> endpoint_spec {
    return endpoint("/ws/").route("trap/$",
                                  trap("trap", deny_all(), wrong_runs));
  });
  const load forbidden{"trap/", 8, 2'000};
  // Before: an opening that finds no worker alive is a 503.
  const auto clients = open(server, forbidden);
  {
    worker_killer killer(*server);
    const auto seen = run(clients, forbidden);
    BOOST_TEST(total(seen) == forbidden.clients * forbidden.messages);
    BOOST_TEST(only(seen, {403, 503}));
  }
  BOOST_TEST(wrong_runs == 0u);
  const auto serves = [&] {
    websocket_client client(server.port());
    return client.ask_http(opening_text("/ws/")).starts_with("HTTP/1.1 101 ")
           && status_of(client.ask(R"({"action":"forbidden","route":"trap/"})"))
                  == 403;
  };
  // What died often comes back after 5 s, the patience of one wait.
  BOOST_TEST((eventually(serves) || eventually(serves)));
}

BOOST_AUTO_TEST_CASE(no_dying_node_lets_anything_through) {
  std::atomic<std::size_t> wrong_runs = 0;
  child_process node({STAGEDOOR_SERVICE_NODE});
  const auto line = node.wait_for_line("port ");
  const auto node_port =
      static_cast<std::uint16_t>(std::stoi(line.substr(line.find(' '))));
  test_node here{node_named("here")};
  auto judge = here.system().middleman().remote_actor<permission_actor>(
      "127.0.0.1", node_port);
  BOOST_REQUIRE(judge);
  auto server =
      serve(here.system(), impatient(),
            {endpoint("/ws/")
                 .route("far/$", trap("far", actor_permission("Far", *judge),
                                      wrong_runs))
                 .route("healthy/$", handler("healthy")
                                         .permissions(allow_any())
                                         .action("work", [] {}))});
  BOOST_REQUIRE(server);
  websocket_client client(server->port(), "/ws/");
  const auto ask = [&](const std::string& action) {
    return status_of(
        client.ask(R"({"action":")" + action + R"(","route":"far/"})"));
  };
  BOOST_REQUIRE(eventually([&] { return ask("work") == 200; }));
  BOOST_TEST(ask("forbidden") == 403);
  std::thread killer([&] {
    std::this_thread::sleep_for(50ms);
    node.send_signal(SIGKILL);
  });
  const auto seen = run_all(*server, {{"far/", 8, 2'000},
                                      {"far/", 8, 200, "work"},
                                      {"healthy/", 2, 2'000, "work"}});
  killer.join();
  BOOST_TEST(node.wait() == -SIGKILL);
  BOOST_TEST(only(seen[0], {403, 503, 504}));
  BOOST_TEST(only(seen[1], {200, 503, 504}));
  BOOST_TEST(only(seen[2], {200}));
  BOOST_TEST(wrong_runs == 0u);
  // And nobody is let in by a node that has gone.
  BOOST_TEST(eventually([&] { return ask("work") == 503; }));
}

BOOST_AUTO_TEST_CASE(a_service_that_is_away_lets_nothing_through) {
  std::atomic<std::size_t> wrong_runs = 0;
  test_node here{node_named("here")};
  auto options = impatient();
  options.cluster = here.shared();
  auto server =
      serve(here.system(), options,
            {endpoint("/ws/").route(
                "far/$", trap("far", actor_permission("Far", service("judge")),
                              wrong_runs))});
  BOOST_REQUIRE(server);
  const auto port = free_port();
  const auto start_judge = [&] {
    return std::make_unique<child_process>(std::vector<std::string>{
        STAGEDOOR_SERVICE_NODE, "--node=judge",
        "--cluster-bind=127.0.0.1:" + std::to_string(port),
        "--join=" + here.address()});
  };
  websocket_client client(server->port(), "/ws/");
  const auto ask = [&](const std::string& action) {
    return status_of(
        client.ask(R"({"action":")" + action + R"(","route":"far/"})"));
  };
  BOOST_TEST(ask("work") == 503);
  for (int life = 0; life < 2; ++life) {
    const auto judge = start_judge();
    BOOST_REQUIRE(here.sees("judge"));
    BOOST_REQUIRE(eventually([&] { return ask("work") == 200; }));
    BOOST_TEST(eventually([&] { return ask("forbidden") == 403; }));
    std::thread killer([&] {
      std::this_thread::sleep_for(50ms);
      judge->send_signal(SIGKILL);
    });
    const auto seen =
        run_all(*server, {{"far/", 8, 1'000}, {"far/", 8, 200, "work"}});
    killer.join();
    BOOST_TEST(judge->wait() == -SIGKILL);
    BOOST_TEST(only(seen[0], {403, 503, 504}));
    BOOST_TEST(only(seen[1], {200, 503, 504}));
    BOOST_REQUIRE(here.sees("judge", false));
    BOOST_TEST(eventually([&] { return ask("work") == 503; }));
    const auto away =
        run_all(*server, {{"far/", 4, 200}, {"far/", 4, 200, "work"}});
    BOOST_TEST(only(away[0], {503}));
    BOOST_TEST(only(away[1], {503}));
  }
  BOOST_TEST(wrong_runs == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace permission_faults_suite
