#pragma once

#include "stagedoor/actors/handlers/handler.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "actor_world.hpp"
#include "channel.hpp"
#include "client_probe.hpp"
#include "recording_permission.hpp"
#include "role_probes.hpp"
#include "tree_of.hpp"

namespace stagedoor::test {

/// The state of the handler.
struct counter {
  std::int64_t value = 0;
};

/// What the actions of a handler leave behind for the test.
struct backstage {
  /// By the action's argument "name".
  std::map<std::string, deferred> later;
  std::vector<std::string> hooks;
  std::optional<runner_actor> runner;
  gate door;
  std::atomic<int> blocking_runs = 0;

  /// A handler with an action of each kind.
  handler_builder<counter> build(const std::string& name) {
    auto put_off = [this](const context& ctx, arg<"name", std::string> key) {
      runner = ctx.self();
      return later.insert_or_assign(*key, ctx.defer()).first->second;
    };
    return handler<counter>(name)
        .action("count",
                [](counter& state) {
                  return ok({{"n", ++state.value}});
                })
        .action("throw", []() -> reply { throw std::runtime_error("oh"); })
        .action("quit", [](const context& ctx) { ctx.self()->quit(); })
        .action("later", put_off)
        .action("beside", put_off, concurrent)
        .action(
            "at_once", [] { return ok("done"); }, concurrent)
        .action(
            "mute", [] { return ok("unheard"); }, no_reply)
        .action(
            "mute_failure", [] { return not_found(); }, no_reply)
        .action("needs",
                [](arg<"pk", std::int64_t> pk) {
                  return ok({{"pk", *pk}});
                })
        .action(
            "guarded", [] { return ok(); },
            guarded_by(recording_permission{
                std::make_shared<std::vector<std::string>>(), "own"}))
        .action(
            "block",
            [this] {
              ++blocking_runs;
              door.pass();
              return ok("slept");
            },
            blocking)
        .action(
            "block_throw",
            []() -> reply { throw std::runtime_error("in a worker"); },
            blocking);
  }

  void note(const std::string& what, const context& ctx) {
    hooks.push_back(what + ' ' + std::to_string(ctx.scope().connection_id));
  }

  handler_builder<counter> build_with_hooks(const std::string& name) {
    return build(name)
        .on_open([this](const context& ctx) { note("open", ctx); })
        .on_close([this](const context& ctx, counter& state) {
          note("close after " + std::to_string(state.value), ctx);
        });
  }
};

/// One thread and room for two jobs that wait.
inline limits one_thread() {
  limits result;
  result.blocking_workers = 1;
  result.blocking_queue_max = 2;
  return result;
}

/// One handler between a pool and a client that are played by the test.
struct handler_fixture {
  /// Describes the handler, whose actions tell the backstage.
  using description = std::function<handler_spec(backstage&)>;

  static handler_spec plain(backstage& behind) {
    return behind.build("subject");
  }

  explicit handler_fixture(const description& describe = plain,
                           const limits& bounds = {})
      : world(bounds),
        routes(asked_tree_of(endpoint("/ws/", describe(backstage_)))) {
    world.settle();
    members_before = home.member_count();
  }

  backstage backstage_;
  actor_world world;
  opens_at_end at_end{backstage_.door};
  manual_unit& home = world.home();
  route_tree_ptr routes;
  pool_probe pool{home};
  client_probe client{home};
  handler_actor subject = home.spawn(
      route_handler,
      handler_setup{world.shared(), routes, 0, pool.handle(), {}, {}});
  std::size_t members_before = 0;

  /// Runners, beside the actors of the fixture.
  [[nodiscard]] std::size_t runners() {
    return home.member_count() - members_before;
  }

  /// Sends a message; the pool has not answered.
  std::size_t send(const std::string& action, json::object arguments = {}) {
    return send_of(client, action, std::move(arguments));
  }
  std::size_t send_of(client_probe& who, const std::string& action,
                      json::object arguments = {}) {
    auto number = who.ask(subject, who.message(action, std::move(arguments)));
    world.settle();
    return number;
  }

  /// Sends a message and allows it.
  std::size_t allowed(const std::string& action, json::object arguments = {}) {
    return allowed_of(client, action, std::move(arguments));
  }
  std::size_t allowed_of(client_probe& who, const std::string& action,
                         json::object arguments = {}) {
    auto number = send_of(who, action, std::move(arguments));
    pool.answer_last(allow());
    world.settle();
    return number;
  }

  /// Allows a message and returns its answer.
  std::string run(const std::string& action, json::object arguments = {}) {
    return client.answer(allowed(action, std::move(arguments)));
  }

  /// An action answers that had put its reply off.
  void answer_later(const std::string& name, reply answer = ok()) {
    backstage_.later.at(name).answer(std::move(answer));
    world.settle();
  }
};

struct with_hooks : handler_fixture {
  with_hooks()
      : handler_fixture([](backstage& behind) {
          return behind.build_with_hooks("subject");
        }) {}
};

struct per_unit : handler_fixture {
  per_unit()
      : handler_fixture([](backstage& behind) {
          return behind.build_with_hooks("subject").lives_for(lifetime::unit);
        }) {}
};

struct blocking_handler : handler_fixture {
  blocking_handler() : handler_fixture(plain, one_thread()) {}

  /// Lets the answer of a worker thread arrive.
  void await_answer(std::size_t number) {
    BOOST_REQUIRE(
        world.settle_until([&] { return !client.answer(number).empty(); }));
  }
};

} // namespace stagedoor::test
