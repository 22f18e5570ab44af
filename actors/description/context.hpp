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

/// An answer that comes later: what an action returns instead of a reply. Copy
/// it to wherever the answer will be known and call `answer` once; later calls
/// are ignored. Destroying the last copy without an answer answers 500, so that
/// no client waits for what was forgotten.
/// Thread rule: any thread.
class deferred {
public:
  using delivery = std::function<void(reply)>;

  deferred(std::uint64_t id, delivery deliver);

  void answer(reply answer) const;

  /// The runner's own number for it.
  [[nodiscard]] std::uint64_t id() const { return id_; }

private:
  class state;
  std::uint64_t id_;
  std::shared_ptr<state> state_;
};

/// What a runner does for the actions it runs.
class runner_services {
public:
  virtual ~runner_services() = default;
  virtual runner_actor::pointer actor() = 0;
  virtual const group_hub_actor& groups() = 0;
  virtual deferred defer() = 0;
  virtual void run_after(std::uint64_t connection_id,
                         std::chrono::milliseconds delay,
                         std::function<void()> what) = 0;
};

/// What an action or a hook can do besides returning: it names the client that
/// is served and the actor that serves it. Cheap to copy into callbacks of
/// `run_after` and of the actor's own requests, which do not outlive the actor.
/// Thread rule: the handler's actor only.
class context {
public:
  context(runner_services& services, scope_ptr scope, caf::actor connection)
      : services_(&services), scope_(std::move(scope)),
        connection_(std::move(connection)) {}

  [[nodiscard]] const stagedoor::scope& scope() const { return *scope_; }
  [[nodiscard]] const stagedoor::user& user() const { return scope_->user; }

  /// Sends an event to this client. It is dropped while the client's outbound
  /// queue is full.
  void push(event what) const;

  /// Sends an event to all members of a group, on all nodes, this client
  /// included if it is one. Members that cannot take it in time lose it as the
  /// group's policy says, see `endpoint::group`.
  void broadcast(std::string group, event what) const;

  /// Sends an event to all connections of a user, on all nodes.
  void push_to_user(const json::value& user_id, event what) const;

  /// Has this client join a group; it is in it when the answer is out. It
  /// leaves by itself when its connection ends.
  /// @param group see `limits::group_name_bytes_max`; not beginning with `$`.
  /// @returns what the action returns: it answers `then`, or 400 for a name
  ///          that is not valid, or beyond `limits::groups_max`.
  [[nodiscard]] deferred join(std::string group, reply then = ok()) const;

  /// Has this client leave a group; one that it is not in is left as well.
  [[nodiscard]] deferred leave(std::string group, reply then = ok()) const;

  /// Asks who is in a group, on all nodes. The list may be incomplete, and says
  /// so then.
  void members(std::string group,
               std::function<void(const member_list&)> then) const;

  /// Answers with who is in a group, see `to_json_object`.
  [[nodiscard]] deferred members(const std::string& group) const;

  /// Puts the answer off: return what this returns.
  [[nodiscard]] deferred defer() const { return services_->defer(); }

  /// Runs `what` on the handler's actor after `delay`, late by some 10 ms at
  /// most on an idle server; never if the connection or the handler ends first.
  void run_after(std::chrono::milliseconds delay,
                 std::function<void()> what) const {
    services_->run_after(scope_->connection_id, delay, std::move(what));
  }

  /// The connection's actor, a `connection_actor`; accepts `event`, and orders
  /// to join and leave groups. May be kept and given away.
  [[nodiscard]] const caf::actor& connection() const { return connection_; }

  /// The actor that runs this action: to ask other actors (`self()->request`),
  /// or to quit, which answers 500.
  [[nodiscard]] runner_actor::pointer self() const {
    return services_->actor();
  }

private:
  template <class Atom>
  [[nodiscard]] deferred change_group(Atom what, std::string group,
                                      reply then) const;

  runner_services* services_;
  scope_ptr scope_;
  caf::actor connection_;
};

} // namespace stagedoor
