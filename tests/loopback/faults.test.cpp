// Actors die under load: nobody is let in wrongly, every message has exactly
// one answer, soon, and service goes on.

#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/conversation.hpp"
#include "support/test_server.hpp"

namespace faults_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using clock_type = std::chrono::steady_clock;

/// Well below `action_timeout` and `permission_timeout`, and above what a
/// machine needs that does other things as well.
constexpr auto answered_within = 1s;

constexpr std::size_t client_count = 8;
/// Of each client.
constexpr std::size_t message_count = 300;

/// True once in `odds` times, the same times in every run. Any thread.
class random_draw {
public:
  explicit random_draw(unsigned odds, unsigned seed = 7)
      : odds_(odds), bits_(seed) {}

  bool draw() {
    std::lock_guard lock{mutex_};
    return bits_() % odds_ == 0;
  }

private:
  unsigned odds_;
  std::mutex mutex_;
  std::minstd_rand bits_;
};

/// What one client saw.
struct tally {
  std::map<int, std::size_t> by_status;
  std::size_t answers = 0;
  /// Answers to something else than the next message.
  std::size_t out_of_order = 0;
  /// Of guarded actions, answered with a success.
  std::size_t let_in = 0;
  clock_type::duration longest{0};
  /// How the connection ended, if it did.
  std::string ended;

  void add(const tally& other) {
    for (const auto& [status, count] : other.by_status)
      by_status[status] += count;
    answers += other.answers;
    out_of_order += other.out_of_order;
    let_in += other.let_in;
    longest = std::max(longest, other.longest);
  }
};

/// The message number `i` of a client: two of three are `work`.
std::string action_of(std::size_t i) {
  return i % 3 == 2 ? "forbidden" : "work";
}

void note(tally& result, std::size_t i, const std::string& text) {
  const auto parsed = parse_json(text, 8);
  if (!parsed || !parsed->is_object())
    throw std::runtime_error("no envelope: " + text);
  const auto& envelope = parsed->as_object();
  const auto status = static_cast<int>(envelope.at("status").as_int64());
  const auto* id = envelope.if_contains("request_id");
  ++result.answers;
  ++result.by_status[status];
  if (id == nullptr || *id != json::value(std::int64_t(i))
      || envelope.at("action") != json::value(action_of(i)))
    ++result.out_of_order;
  if (status < 300 && action_of(i) == "forbidden")
    ++result.let_in;
}

/// Sends `count` messages as fast as the server takes them and reads an answer
/// to each.
void run_client(tally& result, websocket_client& client, std::size_t count) {
  try {
    std::string all;
    for (std::size_t i = 0; i < count; ++i)
      all += text_frame(numbered(action_of(i), i));
    client.send_bytes(all);
    for (std::size_t i = 0; i < count; ++i) {
      const auto begin = clock_type::now();
      const auto text = client.read_text();
      result.longest = std::max(result.longest, clock_type::now() - begin);
      note(result, i, text);
    }
    // One more would come before this one.
    if (client.say_goodbye().code != 1000)
      result.ended = "no 1000";
  } catch (const std::exception& error) {
    result.ended = error.what();
  }
}

/// Runs clients beside each other, each on a thread, until all are done.
/// @param meanwhile is called again and again.
std::vector<tally> run_clients(const test_server& server,
                               const std::function<void()>& meanwhile = {}) {
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (std::size_t i = 0; i < client_count; ++i)
    clients.push_back(
        std::make_unique<websocket_client>(server.port(), "/ws/"));
  std::vector<tally> result(client_count);
  std::atomic<std::size_t> running = client_count;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < client_count; ++i)
    threads.emplace_back([&running, &mine = result[i], &client = *clients[i]] {
      run_client(mine, client, message_count);
      --running;
    });
  while (running > 0) {
    if (meanwhile)
      meanwhile();
    std::this_thread::sleep_for(1ms);
  }
  for (auto& thread : threads)
    thread.join();
  return result;
}

/// Connects as soon as newcomers are let in again.
std::unique_ptr<websocket_client> admitted(const test_server& server) {
  std::unique_ptr<websocket_client> result;
  BOOST_REQUIRE(eventually([&] {
    result = std::make_unique<websocket_client>(server.port());
    return result->ask_http(opening_text()).starts_with("HTTP/1.1 101 ");
  }));
  return result;
}

/// Checks what must hold whoever dies.
/// @param statuses what may be answered.
tally check_all(const std::vector<tally>& tallies,
                const std::vector<int>& statuses) {
  tally sum;
  for (const auto& each : tallies) {
    BOOST_TEST(each.ended == "");
    BOOST_TEST(each.answers == message_count);
    sum.add(each);
  }
  BOOST_TEST(sum.out_of_order == 0u);
  BOOST_TEST(sum.let_in == 0u);
  BOOST_TEST((sum.longest < answered_within));
  std::string text = std::to_string(sum.answers) + " answers";
  for (const auto& [status, count] : sum.by_status) {
    text += ", " + std::to_string(count) + " x " + std::to_string(status);
    BOOST_TEST(
        (std::find(statuses.begin(), statuses.end(), status) != statuses.end()),
        "answered with " << status);
  }
  BOOST_TEST_MESSAGE(
      text << ", longest wait "
           << std::chrono::duration_cast<std::chrono::milliseconds>(sum.longest)
                  .count()
           << " ms");
  return sum;
}

/// An endpoint with the two actions that the clients ask for.
struct load {
  std::atomic<int> forbidden_runs = 0;

  /// @param work is run by the action of that name.
  /// @param guard allows it. That of the default has to be asked.
  template <class F>
  std::vector<endpoint_spec> endpoints(
      F work, lifetime how_long,
      permission guard = permission([](const request&) { return true; })) {
    return {endpoint("/ws/", handler("root")
                                 .permissions(std::move(guard))
                                 .lives_for(how_long)
                                 .action("work", std::move(work))
                                 .action(
                                     "forbidden", [this] { ++forbidden_runs; },
                                     guarded_by(deny_all())))};
  }

  /// Checks that nobody was let in, and that the server serves on: what died
  /// often comes back after a while.
  void check_aftermath(test_server& server) {
    BOOST_TEST(forbidden_runs == 0);
    const auto client = admitted(server);
    BOOST_TEST(eventually([&] {
      return client->ask(numbered("work", 0))
             == success("null", "work", "", "0");
    }));
    BOOST_TEST(client->ask(numbered("forbidden", 1))
               == failure(403, denied, "forbidden", "", "1"));
    BOOST_TEST(forbidden_runs == 0);
  }
};

/// Runs a check with one fresh server after another: what has died twice in one
/// of them stays away for longer than the load lasts.
template <class F>
void in_waves(F check) {
  for (unsigned seed = 1; seed <= 5; ++seed)
    BOOST_TEST_CONTEXT("seed " << seed) {
      check(seed);
    }
}

std::vector<caf::actor> workers_of(test_server& server,
                                   const permission_pool_actor& pool) {
  caf::scoped_actor self{server.system()};
  std::vector<caf::actor> result;
  self->request(pool, patience, caf::get_atom_v)
      .receive([&](std::vector<caf::actor>& alive) { result = alive; },
               [](const caf::error&) { BOOST_ERROR("no pool"); });
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(the_load_alone_is_answered_without_a_fault) {
  load carried;
  test_server server(carried.endpoints([] {}, lifetime::connection));
  const auto sum = check_all(run_clients(server), {200, 403});
  BOOST_TEST(sum.by_status.at(200) == client_count * message_count * 2 / 3);
  carried.check_aftermath(server);
}

// -- the actor that runs the actions ------------------------------------------

/// Has runners quit within their actions.
void check_dying_runners(lifetime how_long, unsigned seed) {
  random_draw deaths{40, seed};
  std::atomic<bool> is_over = false;
  load carried;
  test_server server(carried.endpoints(
      [&](const context& ctx) {
        if (!is_over && deaths.draw())
          ctx.self()->quit();
      },
      how_long));
  const auto sum = check_all(run_clients(server), {200, 403, 500, 503});
  is_over = true;
  BOOST_TEST(sum.by_status.count(500) == 1u);
  carried.check_aftermath(server);
}

BOOST_AUTO_TEST_CASE(runners_of_connections_die_under_load) {
  in_waves(
      [](unsigned seed) { check_dying_runners(lifetime::connection, seed); });
}

BOOST_AUTO_TEST_CASE(runners_of_units_die_under_load) {
  in_waves([](unsigned seed) { check_dying_runners(lifetime::unit, seed); });
}

BOOST_AUTO_TEST_CASE(the_runner_of_the_server_dies_under_load) {
  in_waves([](unsigned seed) { check_dying_runners(lifetime::server, seed); });
}

BOOST_AUTO_TEST_CASE(runners_are_killed_from_outside_under_load) {
  channel<caf::actor> runners;
  random_draw deaths{20};
  load carried;
  test_server server(carried.endpoints(
      [&](const context& ctx) {
        if (deaths.draw())
          runners.put(caf::actor_cast<caf::actor>(ctx.self()));
      },
      lifetime::connection));
  std::size_t killed = 0;
  check_all(run_clients(server,
                        [&] {
                          if (runners.empty())
                            return;
                          caf::anon_send_exit(runners.take(),
                                              caf::exit_reason::kill);
                          ++killed;
                        }),
            {200, 403, 500, 503});
  BOOST_TEST(killed > 0u);
  while (!runners.empty())
    runners.take();
  carried.check_aftermath(server);
}

// -- the handler --------------------------------------------------------------

/// Has handlers killed while they wait for an action.
void check_dying_handlers(lifetime how_long, unsigned seed) {
  random_draw deaths{100, seed};
  std::atomic<int> killed = 0;
  std::atomic<bool> is_over = false;
  load carried;
  test_server server(carried.endpoints(
      [&](const context& ctx) {
        if (is_over || !deaths.draw())
          return;
        ++killed;
        caf::anon_send_exit(ctx.self()->current_sender(),
                            caf::exit_reason::kill);
      },
      how_long));
  check_all(run_clients(server), {200, 403, 500, 503});
  is_over = true;
  BOOST_TEST(killed > 0);
  BOOST_TEST_MESSAGE("handlers killed: " << killed);
  carried.check_aftermath(server);
}

BOOST_AUTO_TEST_CASE(handlers_die_under_load) {
  in_waves(
      [](unsigned seed) { check_dying_handlers(lifetime::connection, seed); });
}

BOOST_AUTO_TEST_CASE(handlers_of_shared_runners_die_under_load) {
  in_waves([](unsigned seed) { check_dying_handlers(lifetime::unit, seed); });
}

BOOST_AUTO_TEST_CASE(handlers_of_the_runner_of_the_server_die_under_load) {
  in_waves([](unsigned seed) { check_dying_handlers(lifetime::server, seed); });
}

BOOST_AUTO_TEST_CASE(a_handler_dies_over_what_it_owes) {
  channel<caf::actor> handlers;
  channel<deferred> held;
  test_server server(
      {endpoint("/ws/", handler("root")
                            .action("hold",
                                    [&](const context& ctx) {
                                      auto later = ctx.defer();
                                      handlers.put(caf::actor_cast<caf::actor>(
                                          ctx.self()->current_sender()));
                                      held.put(later);
                                      return later;
                                    })
                            .action("work", [] {}))},
      [](server_options& options) { options.threads = 1; });
  std::vector<std::unique_ptr<websocket_client>> clients;
  std::vector<deferred> owed;
  caf::actor victim;
  for (std::size_t i = 0; i < client_count; ++i) {
    clients.push_back(
        std::make_unique<websocket_client>(server.port(), "/ws/"));
    clients.back()->send_text(numbered("hold", 1));
    clients.back()->send_text(numbered("work", 2));
    victim = handlers.take();
    owed.push_back(held.take());
  }
  const auto begin = clock_type::now();
  caf::anon_send_exit(victim, caf::exit_reason::kill);
  for (auto& client : clients) {
    BOOST_TEST(client->read_text()
               == failure(500, server_error, "hold", "", "1"));
    BOOST_TEST(client->read_text() == success("null", "work", "", "2"));
  }
  BOOST_TEST((clock_type::now() - begin < answered_within));
  // What comes too late is nobody's.
  for (auto& each : owed)
    each.answer(ok());
  for (auto& client : clients)
    BOOST_TEST(client->ask(numbered("work", 3))
               == success("null", "work", "", "3"));
}

// -- permissions --------------------------------------------------------------

/// Kills the permission workers of all units, again and again.
void check_dying_workers() {
  load carried;
  test_server server(carried.endpoints([] {}, lifetime::connection));
  std::size_t killed = 0;
  check_all(run_clients(server,
                        [&] {
                          for (const auto& pool : server.permission_pools())
                            for (auto& worker : workers_of(server, pool)) {
                              caf::anon_send_exit(worker,
                                                  caf::exit_reason::kill);
                              ++killed;
                            }
                        }),
            {200, 403, 503});
  BOOST_TEST(killed > 0u);
  BOOST_TEST_MESSAGE("permission workers killed: " << killed);
  carried.check_aftermath(server);
}

BOOST_AUTO_TEST_CASE(permission_workers_die_under_load) {
  in_waves([](unsigned) { check_dying_workers(); });
}

BOOST_AUTO_TEST_CASE(permissions_throw_under_load) {
  struct throws_at_random {
    random_draw* throws;
    bool has_permission(const scope&, std::string_view action,
                        const request&) const {
      if (throws->draw())
        throw std::runtime_error("in no mood");
      return action == "work";
    }
  };
  random_draw throws{5};
  std::atomic<int> forbidden_runs = 0;
  test_server server(
      {endpoint("/ws/", handler("root")
                            .permissions(throws_at_random{&throws})
                            .action("work", [] {})
                            .action("forbidden", [&] { ++forbidden_runs; }))});
  const auto sum = check_all(run_clients(server), {200, 403, 500});
  BOOST_TEST(sum.by_status.count(500) == 1u);
  BOOST_TEST(forbidden_runs == 0);
}

BOOST_AUTO_TEST_CASE(permissions_are_late_under_load) {
  struct late_rule {
    random_draw* waits;
    gate* until;
    static bool is_blocking() { return true; }
    bool has_permission(const scope&, std::string_view action,
                        const request&) const {
      if (waits->draw())
        until->pass();
      return action == "work";
    }
  };
  random_draw waits{150};
  gate until;
  std::atomic<int> forbidden_runs = 0;
  test_server server(
      {endpoint("/ws/", handler("root")
                            .permissions(late_rule{&waits, &until})
                            .action("work", [] {})
                            .action("forbidden", [&] { ++forbidden_runs; }))},
      limited([](limits& bounds) {
        bounds.permission_timeout = 100ms;
        // One for each that may wait, and one to go on.
        bounds.blocking_workers = client_count * message_count / 50;
      }));
  opens_at_end opener(until);
  const auto sum = check_all(run_clients(server), {200, 403, 504});
  BOOST_TEST(sum.by_status.count(504) == 1u);
  // What is allowed too late is not allowed.
  until.open();
  websocket_client client(server.port(), "/ws/");
  BOOST_TEST(client.ask(numbered("work", 0))
             == success("null", "work", "", "0"));
  BOOST_TEST(forbidden_runs == 0);
}

// -- connections --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(connections_are_killed_under_load) {
  constexpr std::size_t victims = 8;
  channel<caf::actor> connections;
  load carried;
  auto endpoints = carried.endpoints([] {}, lifetime::unit);
  endpoints.push_back(
      endpoint("/victim/", handler("victim")
                               .on_open([&](const context& ctx) {
                                 connections.put(ctx.connection());
                               })
                               .action("work", [] {})));
  test_server server(std::move(endpoints));
  std::size_t killed = 0;
  std::size_t heard_1011 = 0;
  const auto kill_one = [&] {
    if (killed == victims)
      return;
    websocket_client victim(server.port(), "/victim/");
    victim.send_text(numbered("work", 0));
    std::string flood;
    for (std::size_t i = 0; i < 50; ++i)
      flood += text_frame(numbered("work", i));
    victim.send_bytes(flood);
    caf::anon_send_exit(connections.take(), caf::exit_reason::kill);
    ++killed;
    heard_1011 += read_to_close(victim).code == 1011 ? 1 : 0;
  };
  check_all(run_clients(server, kill_one), {200, 403});
  while (killed < victims)
    kill_one();
  BOOST_TEST(heard_1011 == victims);
  carried.check_aftermath(server);
  BOOST_TEST(eventually([&] { return server.connection_count() == 0; }));
}

BOOST_AUTO_TEST_CASE(who_kills_its_own_connection_ends_no_other) {
  load carried;
  test_server server(carried.endpoints(
      [](const context& ctx) {
        if (ctx.scope().query.empty())
          return;
        caf::anon_send_exit(ctx.connection(), caf::exit_reason::kill);
      },
      lifetime::unit));
  check_all(run_clients(server,
                        [&] {
                          websocket_client victim(server.port(), "/ws/?die=1");
                          victim.send_text(numbered("work", 0));
                          BOOST_TEST(read_to_close(victim).code == 1011);
                        }),
            {200, 403});
  carried.check_aftermath(server);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace faults_suite
