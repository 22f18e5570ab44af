#pragma once

#include "stagedoor/actors/description/action.hpp"
#include "stagedoor/actors/handlers/message_times.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/actors/units/blocking_workers.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/message_id.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace stagedoor {

/// The actor behind a `handler_actor`, whether it is a handler or a relay.
using handler_role = pinned<handler_actor::base>;

/// Where a message is on its way, in the order of the way.
enum class message_stage : std::uint8_t {
  /// The permission pool is asked whether the client may do this.
  asking_permissions,
  /// The once keeper is asked whether a message with a key runs.
  claiming,
  /// The runner or a worker thread looks for the action's object.
  loading,
  /// The permission pool is asked about the object that was found.
  asking_about_object,
  /// The runner or a worker thread runs the action.
  running,
  /// An actor of the application, another node, or the handler of another unit
  /// has the message.
  elsewhere,
};

/// A message on its way through a handler or a relay: its stage, what has been
/// found out for it so far, and its answer. No other object answers a client.
///
/// The answer is delivered exactly once, by `finish`, `deliver`, `abandon` or
/// `give_back`; the message is taken out of its table then. It keeps the
/// promise of the request, or, after `answer_interim`, goes to the connection
/// as a late reply.
/// Thread rule: belongs to one actor.
class pending_message {
public:
  /// @param promise is owed to the actor that has sent the message.
  /// @param relayed_open counts the message for as long as it is pending, if
  ///        its client belongs to another node.
  pending_message(answer_promise<reply>&& promise, request message,
                  std::atomic<std::size_t>& relayed_open);

  // -- what is known of it ----------------------------------------------------

  [[nodiscard]] message_stage stage() const { return stage_; }
  [[nodiscard]] const request& message() const { return message_; }
  /// What its permissions are asked with, and what they have answered. Made
  /// when it is first asked for; not to be asked for in a relay.
  [[nodiscard]] const std::shared_ptr<stagedoor::evaluation>& evaluation();
  /// Null until the permissions have allowed the message.
  [[nodiscard]] const action_definition* action() const { return action_; }
  /// Whether the client gets the success of the action.
  [[nodiscard]] bool replies() const { return replies_; }
  /// The object that the action takes, once it has been loaded.
  [[nodiscard]] const loaded_object& object() const { return object_; }
  /// The runner or the actor elsewhere that works on it now; null if none does.
  [[nodiscard]] const caf::actor_addr& holder() const { return holder_; }
  [[nodiscard]] bool is_matched() const { return matched_; }
  /// Nothing in a relay, and where another unit has asked the permissions.
  [[nodiscard]] const message_times& times() const { return times_; }
  /// The actors elsewhere that were gone before they answered.
  [[nodiscard]] const std::vector<caf::actor_addr>& tried() const {
    return tried_;
  }
  /// Whether its permissions allow it without being asked.
  [[nodiscard]] bool is_allowed_unasked() const {
    return guard_->allows_all_of(message_.scope());
  }
  /// Whether it has a key under which its action runs once.
  [[nodiscard]] bool has_key() const {
    return message_.once() != nullptr && action_ != nullptr
           && action_->exactly_once;
  }
  /// Whether its permissions look at objects.
  [[nodiscard]] bool asks_about_object() const {
    return guard_->overrides(question::has_object_permission);
  }

  // -- the way ----------------------------------------------------------------

  /// Has it measured how long it takes.
  /// @param matched whether it is for the route that asks its permissions.
  void measure(const unit& home, bool is_sampled, bool matched) {
    times_.measure(home, is_sampled);
    matched_ = matched;
  }

  /// Starts the deadline of the present stage.
  /// @param on_expiry see `deadline`.
  void arm(unit& home, std::chrono::milliseconds timeout,
           std::function<void()> on_expiry) {
    due_.call(std::move(on_expiry));
    home.arm(due_, timeout);
  }

  /// The first stage: these permissions guard it.
  void guard(std::shared_ptr<const permission_list> list) {
    guard_ = std::move(list);
  }

  /// Notes which action it is for, and how that one answers.
  void begin(const action_definition& action);

  /// It is with its action from now on.
  void begin_time_of_action() { times_.begin_action(); }

  /// Notes which action it is for, where the handler of another unit has asked
  /// its permissions and answers the client.
  void resume(std::shared_ptr<stagedoor::evaluation> evaluation,
              const action_definition& action);

  /// Goes to a stage.
  /// @param holder the actor that works on it there; null for none.
  void enter(message_stage stage, caf::actor_addr holder = nullptr);

  /// The action runs next.
  const action_definition& run() {
    times_.enter_action();
    return *action_;
  }

  void keep_object(loaded_object object) { object_ = std::move(object); }

  /// Has a job for a worker thread made known to it.
  /// @returns what tells the job that nobody wants its answer any more.
  const blocking_workers::cancel_flag& add_job();

  /// Goes elsewhere, to the handler of another unit, with what the permissions
  /// have answered.
  permitted_request hand_over();

  /// Goes elsewhere, to an actor that is asked for the answer.
  /// @param holder_counts whether that actor counts what it answers.
  void await(caf::actor_addr holder, bool holder_counts);

  /// That actor was asked with this request, which it may never answer.
  void await(caf::message_id asked) { asked_ = asked; }

  /// An actor elsewhere has answered, even if another one was asked meanwhile.
  void answered_by(const caf::actor_addr& target);

  /// An actor elsewhere has failed.
  /// @returns false if the message does not wait for that actor any more.
  bool failed_at(const caf::actor_addr& target);

  /// The actor that has it is gone, and is not to get it again.
  void avoid_holder(handler_role& self);

  // -- the answer -------------------------------------------------------------

  /// Only the client hears of success: the answer is one that was kept, or
  /// whoever runs the action tells the others.
  void tell_only_client() { broadcast_ = nullptr; }

  /// The client gets its answer before the actor elsewhere has answered.
  void keep_waiting() { asked_.reset(); }

  /// Sets where the answer is counted, and the times of a message that is
  /// sampled.
  void count_in(message_tallies* tallies) { tallies_ = tallies; }

  /// The answer is there: its time ends here.
  void stop_clock() { times_.end(); }

  /// Frees the connection's queue; the answer follows as a late reply.
  void answer_interim();

  /// Answers with the reply of the action, as the action is declared to answer.
  /// @returns what a group is to be told behind the answer.
  std::optional<group_broadcast> finish(handler_role& self, reply&& answer);

  /// Answers because the client has gone.
  void abandon(handler_role& self);

  /// Leaves it unanswered to the node that it is from, which may begin it
  /// elsewhere.
  void give_back();

  /// Sends the answer, and counts it.
  void deliver(reply&& answer);

private:
  /// Counts what is open, for as long as it lives.
  class open_count {
  public:
    explicit open_count(std::atomic<std::size_t>& open) : open_(open) {
      ++open_;
    }
    ~open_count() { --open_; }

    open_count(const open_count&) = delete;
    open_count& operator=(const open_count&) = delete;

  private:
    std::atomic<std::size_t>& open_;
  };

  void stop_waiting(handler_role& self);
  void cancel_job();
  void count(std::uint16_t status);

  answer_promise<reply> promise_;
  request message_;
  /// Null in a relay.
  std::shared_ptr<const permission_list> guard_;
  /// Null until it is needed, and after `hand_over`.
  std::shared_ptr<stagedoor::evaluation> evaluation_;
  const action_definition* action_ = nullptr;
  loaded_object object_;
  /// Of the permissions first, then of the action.
  deadline due_;
  message_stage stage_ = message_stage::asking_permissions;
  /// The promise has been kept with the interim reply.
  bool is_late_ = false;
  /// Whether success is answered.
  bool replies_ = true;
  bool holder_counts_ = false;
  bool matched_ = true;
  caf::actor_addr holder_;
  /// The request to an actor elsewhere that has not been answered.
  std::optional<caf::message_id> asked_;
  std::vector<caf::actor_addr> tried_;
  /// For the message of another node's client.
  std::optional<open_count> relayed_;
  /// Null without a job.
  blocking_workers::cancel_flag cancelled_;
  /// Null if nothing is counted, or if another actor counts it.
  message_tallies* tallies_ = nullptr;
  message_times times_;
  /// Whom success is told to besides; null: nobody.
  const broadcast_target* broadcast_ = nullptr;
};

/// Whether the client of a message has gone. A runner that is spawned for it
/// then would never hear of that.
[[nodiscard]] bool is_orphaned(const request& message);

} // namespace stagedoor
