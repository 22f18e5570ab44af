#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/handlers/runner.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/actors/units/unit.hpp"

#include "caf/actor_system.hpp"
#include "caf/send.hpp"
#include "caf/stateful_actor.hpp"
#include "caf/typed_actor.hpp"
#include "caf/typed_event_based_actor.hpp"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

// One message to a runner whose action asks an actor of the same unit, in each
// form in which an action can do so, and for comparison one that answers at
// once.

namespace {

using namespace stagedoor;
using namespace std::chrono_literals;

using answering_actor =
    caf::typed_actor<caf_api::replies_to<std::int64_t>::with<std::int64_t>>;
/// Gets how many messages it is to send.
using client_actor = caf::typed_actor<
    caf_api::replies_to<caf::get_atom, std::int64_t>::with<bool>>;

struct answering_state {
  static inline const char* name = "bench.answering";
};

struct client_state {
  static inline const char* name = "bench.client";
  // Else CAF would make its first member from the actor's address.
  client_state() = default;
  runner_actor whom;
  request message;
  std::int64_t left = 0;
  caf::typed_response_promise<bool> done;
};

answering_actor::behavior_type answering(
    caf::stateful_actor<answering_state, pinned<answering_actor::base>>*) {
  return {[](std::int64_t number) { return number + 1; }};
}

using client_pointer =
    caf::stateful_actor<client_state, pinned<client_actor::base>>*;

void send_next(client_pointer self) {
  auto& state = caf_api::state_of(self);
  if (state.left-- == 0) {
    state.done.deliver(true);
    return;
  }
  self->request(state.whom, caf::infinite, state.message)
      .then([self](const reply& answer) {
        if (answer.status != 200)
          std::abort();
        send_next(self);
      });
}

client_actor::behavior_type client(client_pointer self, runner_actor whom,
                                   const request& message) {
  auto& state = caf_api::state_of(self);
  state.whom = std::move(whom);
  state.message = message;
  return {[self, &state](caf::get_atom, std::int64_t count) {
    state.left = count;
    state.done = self->make_response_promise<bool>();
    auto done = state.done;
    send_next(self);
    return done;
  }};
}

/// Enough to forget how it begins.
constexpr std::int64_t rounds = 1000;

/// A unit whose thread is that of the benchmark.
class own_unit final : public unit {
public:
  explicit own_unit(caf::actor_system& sys) : unit(sys, 0, {}) {
    take_thread();
  }
  ~own_unit() override { close(); }

  void work() {
    take_posted();
    while (has_work()) {
      begin_turn(1);
      run();
    }
  }

protected:
  void wake() override {}
  [[nodiscard]] clock::time_point look_at_clock() const override { return {}; }
};

handler_spec subject(const answering_actor& whom) {
  return handler("subject")
      .action("at_once", [](const context&) { return ok(1); })
      .action("deferred",
              [whom](const context& ctx) {
                auto later = ctx.defer();
                ctx.self()
                    ->request(whom, caf::infinite, std::int64_t{1})
                    .then([later](std::int64_t x) { later.answer(ok(x)); },
                          [later](const caf::error&) {
                            later.answer(to_reply(errc::unavailable));
                          });
                return later;
              })
      .action("callback",
              [whom](const context& ctx) {
                return ctx.ask(whom, 1s, std::int64_t{1},
                               [](std::int64_t x) { return ok(x); });
              })
      .action("coroutine",
              [whom](const context& ctx) -> task<> {
                co_return ok(co_await ctx.ask(whom, 1s, std::int64_t{1}));
              })
      .action("ready_coroutine",
              [](const context&) -> task<> { co_return ok(1); });
}

void answer(benchmark::State& state, const std::string& action) {
  config cfg;
  caf::actor_system sys{cfg};
  auto shared = std::make_shared<runtime>();
  request_data data;
  data.scope = std::make_shared<scope>();
  data.message.head.action = action;
  own_unit home{sys};
  {
    auto whom = home.spawn(answering);
    auto who = home.spawn(
        client, home.spawn(runner, runner_setup{shared, subject(whom), {}}),
        request{std::move(data)});
    home.work();
    while (state.KeepRunningBatch(rounds)) {
      caf::anon_send(who, caf::get_atom_v, rounds);
      home.work();
    }
  }
  home.end_members();
  home.work();
}
BENCHMARK_CAPTURE(answer, at_once, std::string{"at_once"});
BENCHMARK_CAPTURE(answer, deferred, std::string{"deferred"});
BENCHMARK_CAPTURE(answer, callback, std::string{"callback"});
BENCHMARK_CAPTURE(answer, coroutine, std::string{"coroutine"});
BENCHMARK_CAPTURE(answer, ready_coroutine, std::string{"ready_coroutine"});

} // namespace
