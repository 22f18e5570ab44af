#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/scope.hpp"

#include "caf/actor.hpp"
#include "caf/typed_event_based_actor.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace stagedoor {

class notifier;

/// An answer that comes later. An action returns it instead of a reply. Copy it
/// to the place where the answer will be known and call `answer` once; later
/// calls are ignored. If the last copy is destroyed without an answer, the
/// client gets a 500, so that no client waits for ever.
/// Thread rule: any thread.
class deferred {
public:
  using delivery = std::function<void(reply)>;

  deferred(std::uint64_t id, delivery deliver);

  void answer(reply answer) const;

  /// The runner's own number for this answer.
  [[nodiscard]] std::uint64_t id() const { return id_; }

private:
  class state;
  std::uint64_t id_;
  std::shared_ptr<state> state_;
};

/// The services of a runner for the actions that it runs.
class runner_services {
public:
  virtual ~runner_services() = default;
  virtual runner_actor::pointer actor() = 0;
  virtual const group_hub_actor& groups() = 0;
  virtual const group_hub_actor& first_groups() = 0;
  virtual const stagedoor::notifier& notifier() = 0;
  virtual deferred defer() = 0;
  virtual void run_after(std::uint64_t connection_id,
                         std::chrono::milliseconds delay,
                         std::function<void()> callback) = 0;
  virtual const std::string& state_key() = 0;
  virtual void end_state() = 0;
};

/// Gives the state of a handler what it needs for as long as it lives. It is
/// made with the state, and may be kept in it.
/// Thread rule: the handler's actor only.
class state_context {
public:
  explicit state_context(runner_services& services) : services_(&services) {}

  // Written out, so that a state that keeps one is not returned in registers:
  // what makes a state may then return it by value, and it is made in its
  // place, where it may give `this` to timers.
  state_context(const state_context& other) : services_(other.services_) {}
  state_context& operator=(const state_context& other) {
    services_ = other.services_;
    return *this;
  }
  ~state_context() = default;

  /// The value of the capture that this state is for. It is empty unless the
  /// handler lives by key, see `lifetime::key`.
  [[nodiscard]] const std::string& key() const {
    return services_->state_key();
  }

  /// Tells clients something. It may be kept, and used from any thread.
  [[nodiscard]] const stagedoor::notifier& notifier() const {
    return services_->notifier();
  }

  /// Runs `callback` on the handler's actor after `delay`, at most some 10 ms
  /// late on an idle server, whichever clients are there. It does not run if
  /// the state ends first. It is no use of the state, see
  /// `key_bounds::unused_for`.
  void run_after(std::chrono::milliseconds delay,
                 std::function<void()> callback) const {
    constexpr std::uint64_t no_connection = 0;
    services_->run_after(no_connection, delay, std::move(callback));
  }

  /// Ends a state that lives by key, once the replies that it owes are given.
  /// Messages that come meanwhile wait for the next state of this key. It does
  /// nothing for other lifetimes.
  void end() const { services_->end_state(); }

  /// The actor that keeps the state, to ask other actors.
  [[nodiscard]] runner_actor::pointer self() const {
    return services_->actor();
  }

private:
  runner_services* services_;
};

/// Gives an action or a hook access to the client that is served and to the
/// actor that serves it. It is cheap to copy into callbacks of `run_after` and
/// of the actor's own requests, which do not outlive the actor.
/// Thread rule: the handler's actor only.
class context {
public:
  context(runner_services& services, scope_ptr scope, caf::actor connection)
      : services_(&services), scope_(std::move(scope)),
        connection_(std::move(connection)) {}

  [[nodiscard]] const stagedoor::scope& scope() const { return *scope_; }
  [[nodiscard]] const stagedoor::user& user() const { return scope_->user; }

  /// Sends an event to this client. The event is dropped while the client's
  /// outbound queue is full.
  void push(event event) const;

  /// Sends an event to all members of a group on all nodes, also to this client
  /// if it is a member. The group's policy says what happens for members whose
  /// queue is full, see `endpoint::group`.
  void broadcast(std::string group, event event) const;

  /// Sends an event to all connections of a user on all nodes.
  void push_to_user(const json::value& user_id, event event) const;

  /// Makes this client join a group. The client is a member before its answer
  /// is sent, and leaves when its connection ends.
  /// @param group a name of at most `limits::group_name_bytes_max` bytes that
  ///        does not begin with `$`.
  /// @returns the value that the action has to return. It answers with `then`,
  ///          or with 400 if the name is not valid or the client is in
  ///          `limits::groups_max` groups.
  [[nodiscard]] deferred join(std::string group, reply then = ok()) const;

  /// Makes this client leave a group. It is no error if the client is not in
  /// it.
  [[nodiscard]] deferred leave(std::string group, reply then = ok()) const;

  /// Asks all nodes for the members of a group. The list says if it is
  /// incomplete.
  void members(std::string group,
               std::function<void(const member_list&)> then) const;

  /// Answers with the members of a group, see `to_json_object`.
  [[nodiscard]] deferred members(const std::string& group) const;

  /// The hub through which events keep their order that come from several
  /// units, or from threads that are none. It may be kept, and sent to from any
  /// thread.
  [[nodiscard]] const group_hub_actor& first_groups() const {
    return services_->first_groups();
  }

  /// Tells clients something from places that have no context. It may be kept.
  [[nodiscard]] const stagedoor::notifier& notifier() const {
    return services_->notifier();
  }

  /// Puts the answer off. The action has to return the result.
  [[nodiscard]] deferred defer() const { return services_->defer(); }

  /// Runs `callback` on the handler's actor after `delay`, at most some 10 ms
  /// late on an idle server. It does not run if the connection or the handler
  /// ends first.
  void run_after(std::chrono::milliseconds delay,
                 std::function<void()> callback) const {
    services_->run_after(scope_->connection_id, delay, std::move(callback));
  }

  /// What belongs to the handler's state and not to this client.
  [[nodiscard]] state_context state() const {
    return state_context{*services_};
  }

  /// The connection's actor, a `connection_actor`. It accepts events for the
  /// client and orders to join and leave groups. The handle may be kept and
  /// given to other actors.
  [[nodiscard]] const caf::actor& connection() const { return connection_; }

  /// The actor that runs this action. Use it to ask other actors
  /// (`self()->request`), or to quit, which answers 500.
  [[nodiscard]] runner_actor::pointer self() const {
    return services_->actor();
  }

private:
  template <class Atom>
  [[nodiscard]] deferred change_group(Atom order, std::string group,
                                      reply then) const;

  runner_services* services_;
  scope_ptr scope_;
  caf::actor connection_;
};

} // namespace stagedoor
