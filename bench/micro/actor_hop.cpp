#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/caf_api/configuration.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/actors/units/unit.hpp"

#include "caf/actor_system.hpp"
#include "caf/scoped_actor.hpp"
#include "caf/send.hpp"
#include "caf/stateful_actor.hpp"
#include "caf/typed_actor.hpp"
#include "caf/typed_event_based_actor.hpp"

#include <benchmark/benchmark.h>

#include <cstdint>

// One request from an actor to another and the response: between two actors of
// one unit, as a message makes several of on its way, and for comparison
// between two on CAF's own scheduler.

namespace {

using namespace stagedoor;

using answering_actor =
    caf::typed_actor<caf_api::replies_to<std::int64_t>::with<std::int64_t>>;
/// Gets how often it is to ask.
using asking_actor = caf::typed_actor<
    caf_api::replies_to<caf::get_atom, std::int64_t>::with<bool>>;

struct answering_state {
  static inline const char* name = "bench.answering";
};

struct asking_state {
  static inline const char* name = "bench.asking";
  // Else CAF would make its first member from the actor's address.
  asking_state() = default;
  answering_actor whom;
  std::int64_t left = 0;
  caf::typed_response_promise<bool> done;
};

/// @tparam Base where it runs.
template <class Base>
answering_actor::behavior_type
answering(caf::stateful_actor<answering_state, Base>*) {
  return {[](std::int64_t number) { return number + 1; }};
}

template <class Self>
void ask_next(Self* self) {
  auto& state = caf_api::state_of(self);
  if (state.left == 0) {
    state.done.deliver(true);
    return;
  }
  self->request(state.whom, caf::infinite, state.left--)
      .then([self](std::int64_t) { ask_next(self); });
}

template <class Base>
asking_actor::behavior_type
asking(caf::stateful_actor<asking_state, Base>* self, answering_actor whom) {
  auto& state = caf_api::state_of(self);
  state.whom = std::move(whom);
  return {[self, &state](caf::get_atom, std::int64_t count) {
    state.left = count;
    state.done = self->template make_response_promise<bool>();
    auto done = state.done;
    ask_next(self);
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

void hop_on_a_unit(benchmark::State& state) {
  config cfg;
  caf::actor_system sys{cfg};
  own_unit home{sys};
  {
    auto whom = home.spawn(answering<pinned<answering_actor::base>>);
    auto who = home.spawn(asking<pinned<asking_actor::base>>, whom);
    home.work();
    while (state.KeepRunningBatch(rounds)) {
      caf::anon_send(who, caf::get_atom_v, rounds);
      home.work();
    }
  }
  home.end_members();
  home.work();
}
BENCHMARK(hop_on_a_unit)->MeasureProcessCPUTime()->UseRealTime();

/// @param range(0) threads of the scheduler.
void hop_on_the_scheduler(benchmark::State& state) {
  config cfg;
  cfg.set(caf_api::option("scheduler.max-threads"),
          static_cast<std::size_t>(state.range(0)));
  caf::actor_system sys{cfg};
  auto whom = sys.spawn(answering<answering_actor::base>);
  auto who = sys.spawn(asking<asking_actor::base>, whom);
  caf::scoped_actor self{sys};
  while (state.KeepRunningBatch(rounds))
    self->request(who, caf::infinite, caf::get_atom_v, rounds)
        .receive([](bool) {},
                 [&](const caf::error&) { state.SkipWithError("no answer"); });
  caf::anon_send_exit(who, caf::exit_reason::kill);
  caf::anon_send_exit(whom, caf::exit_reason::kill);
}
BENCHMARK(hop_on_the_scheduler)
    ->Arg(1)
    ->Arg(2)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

} // namespace
