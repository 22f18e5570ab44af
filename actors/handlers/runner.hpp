#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/handlers/key_board.hpp"
#include "stagedoor/actors/handlers/running_tasks.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/typed_response_promise.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_map>

namespace stagedoor {

/// Runs an action that needs no runner. Whatever it throws is logged and
/// becomes a 500. Thread rule: any thread.
reply run_action(const handler_definition& handler,
                 const action_definition& action, const request& message,
                 const loaded_object& object, const notifier& notifier,
                 spdlog::logger& log);

/// What a runner works with.
struct runner_setup {
  runtime_ptr shared;
  handler_spec handler;
  group_hub_actor groups;
  group_hub_actor first_groups = {};
  /// The value of the capture that the state is for, if it lives by key.
  std::string key = {};
  /// Says how long this node may keep the state; null unless there is one of
  /// each key in the cluster.
  std::shared_ptr<const key_board> lease = nullptr;
  /// The name of the key there.
  std::string name_in_cluster = {};
  /// The handler, which hears that a state wants to end.
  caf::actor_addr owner = nullptr;
};

/// The state of a runner: the state of its handler, the replies that actions
/// have put off, and the timers and coroutines that they have started; see
/// `runner`.
class runner_state : public runner_services,
                     public running_tasks::owner,
                     runner_line {
public:
  using pointer = pinned_pointer<runner_actor, runner_state>;

  static inline const char* name = "stagedoor.runner";

  explicit runner_state(pointer self) : self_(self) {}
  runner_state(const runner_state&) = delete;
  runner_state& operator=(const runner_state&) = delete;
  /// Answers what it owes: a dying actor breaks no promise by itself.
  ~runner_state() override;

  runner_actor::behavior_type start(runner_setup setup);

  // -- runner_services --------------------------------------------------------

  runner_actor::pointer actor() override { return self_; }
  const group_hub_actor& groups() override { return setup_.groups; }
  const group_hub_actor& first_groups() override { return setup_.first_groups; }
  const stagedoor::notifier& notifier() override {
    return *setup_.shared->notifier;
  }
  deferred defer() override;
  outcome begin(std::uint64_t connection_id, task<reply> work) override;
  void run_after(std::uint64_t connection_id, std::chrono::milliseconds delay,
                 std::function<void()> callback) override;
  const std::string& state_key() override { return setup_.key; }
  void end_state() override;

private:
  /// A reply that an action has put off.
  struct owed_reply {
    owed_reply(answer_promise<reply> owed, std::uint64_t client)
        : promise(std::move(owed)), connection_id(client) {}

    answer_promise<reply> promise;
    std::uint64_t connection_id;
  };

  struct timer {
    timer(std::uint64_t owner, std::function<void()> function,
          std::function<void()> on_expiry)
        : connection_id(owner), callback(std::move(function)),
          due(std::move(on_expiry)) {}

    std::uint64_t connection_id;
    std::function<void()> callback;
    deadline due;
  };

  // -- running_tasks::owner ---------------------------------------------------

  std::uint64_t reserve_number() override { return owed_.reserve(); }
  const request*& message_in_hand() override { return message_in_hand_; }
  bool settle(std::uint64_t id, reply& result) override;
  void ended(std::uint64_t connection_id) override;

  std::shared_ptr<void> make_state();
  task<reply> load_state();
  task<reply> save_state();
  void begin_for_state(task<reply> work);
  void done_for_state(const reply& result);
  void answer(const request& message, answer_promise<reply> promise) override {
    answer(message, {}, std::move(promise));
  }
  void answer(const request& message, const loaded_object& object,
              answer_promise<reply> promise) override;
  void answer(prepare_atom, const request& message, bool as_json,
              answer_promise<preparation> promise) override {
    promise.deliver(prepare(message, as_json));
  }
  preparation prepare(const request& message, bool as_json);
  void deferred_answer(std::uint64_t id, reply& result);
  void expire(std::uint64_t id);
  void quit_if_done();
  bool may_go_on();
  void opened(const connection_opened& connection);
  void call_hook(const hook& run, const connection_opened& connection);

  pointer self_;
  runner_setup setup_;
  state_context own_context_{*this};
  /// Null while it is loaded.
  std::shared_ptr<void> handler_state_;
  /// The coroutine that loads the state, or saves it at its end; 0 for none.
  std::uint64_t of_state_ = 0;
  /// Whether `on_end` has begun.
  bool is_saved_ = false;
  /// Under the numbers that `defer` has reserved. It counts for the timers and
  /// the coroutines as well.
  open_requests<owed_reply> owed_;
  open_requests<timer> timers_;
  std::unordered_map<std::uint64_t, connection_opened> connections_;
  /// Nothing more comes.
  bool is_ending_ = false;
  /// The message of the action that runs now. Null for none.
  const request* message_in_hand_ = nullptr;
  /// Null until an action begins one.
  std::unique_ptr<running_tasks> tasks_;
};

/// Runs those actions of one handler that take its state or the context, and
/// keeps that state: for one connection, one key, one unit, or for the server.
///
/// Receives: permitted messages (handler); the begin and end of connections
/// (handler); answers that an action had put off; answers of actors that an
/// action asks; that nothing more comes (handler); the deaths of actors that it
/// asks, and of clients.
/// Sends: the object of a message, and the reply to it (handler); that its
/// state has been loaded, or wants to end (handler); questions of actions (any
/// actor); jobs of coroutines (worker threads).
/// Limits: the handler's `action_timeout`.
/// Ends when: its connection or its key ends, its state cannot be loaded, this
/// node may not keep the key (key_board.hpp), or the unit ends. Its handler
/// replaces it, and answers for it, if it dies before.
/// Next on the path: back in handler.hpp, whose open_messages.hpp takes the
/// reply, then connection.hpp.
runner_actor::behavior_type runner(runner_state::pointer self,
                                   runner_setup setup);

} // namespace stagedoor
