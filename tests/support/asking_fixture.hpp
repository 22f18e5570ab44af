#pragma once

#include "stagedoor/actors/handlers/runner.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor_world.hpp"
#include "client_probe.hpp"

namespace stagedoor::test {

using doubling_actor = caf::typed_actor<
    caf_api::replies_to<std::int32_t>::with<std::int32_t>,
    caf_api::replies_to<std::string>::with<void>,
    caf_api::replies_to<caf::get_atom>::with<std::int32_t, std::string>>;

/// An actor of the application that knows how to answer, and how not to.
struct stranger_state {
  static inline const char* name = "test.stranger";
  explicit stranger_state(caf::event_based_actor*) {}
  std::vector<caf::response_promise> owed;
};

inline caf::behavior stranger(caf::stateful_actor<stranger_state>* self,
                              int /*makes UBSan content*/) {
  return {
      [](std::int32_t x) { return 2 * x; },
      [](const std::string& text) -> caf::result<std::string> {
        if (text == "fail")
          return caf::make_error(caf::sec::runtime_error, "no way");
        if (text == "unavailable")
          return make_error(errc::unavailable);
        return text + "!";
      },
      [](caf::get_atom) {
        return caf::make_result(std::int32_t{7}, std::string{"x"});
      },
      [](caf::ok_atom) -> caf::result<void> { return {}; },
      // Keeps everybody waiting.
      [self](caf::put_atom) {
        auto promise = self->make_response_promise();
        caf_api::state_of(self).owed.push_back(promise);
        return promise;
      },
      // Answers all of them.
      [self](caf::flush_atom, std::int32_t answer) {
        for (auto& promise : std::exchange(caf_api::state_of(self).owed, {}))
          promise.deliver(answer);
      },
  };
}

inline doubling_actor::behavior_type doubler(doubling_actor::pointer,
                                             int /*same*/) {
  return {
      [](std::int32_t x) { return 2 * x; },
      [](const std::string&) {},
      [](caf::get_atom) -> caf::result<std::int32_t, std::string> {
        return {7, "x"};
      },
  };
}

/// Notes its end.
class witness {
public:
  explicit witness(std::vector<std::string>& notes) : notes_(&notes) {}
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { notes_->emplace_back("destroyed"); }

private:
  std::vector<std::string>* notes_;
};

/// The state of the handler.
struct subject_state {
  std::int64_t value = 0;
};

inline auto begin_handler() {
  return handler<subject_state>("subject").action(
      "count", [](subject_state& state) {
        return ok({{"n", ++state.value}});
      });
}

/// A runner, a client that plays its handler too, and whom actions ask.
struct asking_fixture {
  actor_world world;
  manual_unit& home = world.home();
  client_probe client{home};
  caf::actor foreign = world.system().spawn<caf::hidden>(stranger, 0);
  doubling_actor typed = world.system().spawn<caf::hidden>(doubler, 0);
  runner_actor subject;
  std::vector<std::string> notes;

  explicit asking_fixture(const limits& bounds = {}) : world(bounds) {}
  ~asking_fixture() {
    world.kill(foreign);
    world.kill(typed);
  }

  asking_fixture(const asking_fixture&) = delete;
  asking_fixture& operator=(const asking_fixture&) = delete;

  void start(handler_spec spec) {
    subject = home.spawn(stagedoor::runner,
                         runner_setup{world.shared(), std::move(spec), {}});
    world.settle();
  }

  std::size_t send(const std::string& action, json::object arguments = {}) {
    auto number =
        client.ask(subject, client.message(action, std::move(arguments)));
    world.settle();
    return number;
  }

  std::string run(const std::string& action, json::object arguments = {}) {
    return client.answer(send(action, std::move(arguments)));
  }

  /// The same for an action that has a worker thread do something.
  std::string run_with_threads(const std::string& action) {
    auto number = send(action);
    world.settle_until([&] { return !client.answer(number).empty(); });
    return client.answer(number);
  }

  template <class... Ts>
  void tell(Ts... xs) {
    caf::anon_send(subject, std::move(xs)...);
    world.settle();
  }

  /// Answers whoever waits for the stranger.
  void answer_all(std::int32_t answer) {
    caf::anon_send(foreign, caf::flush_atom_v, answer);
    world.settle();
  }

  /// Asks the stranger, which does not answer.
  auto ask_in_vain() {
    return begin_handler()
        .action("wait",
                [this](const context& ctx) {
                  return ctx.ask(foreign, std::chrono::seconds{5},
                                 caf::put_atom_v,
                                 [w = std::make_shared<witness>(notes),
                                  this](std::int32_t x) {
                                   notes.emplace_back("called");
                                   return ok(x);
                                 });
                })
        .action("await", [this](const context& ctx) -> task<> {
          witness w{notes};
          auto x = co_await ctx.ask<std::int32_t>(
              foreign, std::chrono::seconds{5}, caf::put_atom_v);
          notes.emplace_back("resumed");
          co_return ok(x);
        });
  }

  using strings = std::vector<std::string>;
};

} // namespace stagedoor::test
