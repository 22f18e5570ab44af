#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/handlers/once_tickets.hpp"
#include "stagedoor/actors/handlers/pending_message.hpp"
#include "stagedoor/actors/operators/slow_log.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/open_requests.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The messages of one route that a handler or a relay has not answered yet.
///
/// Every answer takes the message out of this table first, so that none is
/// answered twice: an answer that finds no message under its number comes too
/// late, and is dropped. What is still open at the end of the actor is answered
/// by the destructor, because an actor that dies breaks no promise by itself:
/// with 500 after a crash, and with an error if the node ends, so that the node
/// of the client can begin the message elsewhere.
/// Limits: none of its own; each message has a deadline.
/// Thread rule: belongs to one actor.
class open_messages {
public:
  using added = open_requests<pending_message>::added;

  /// @param self the actor that owns the table.
  /// @param route outlives the table.
  /// @param endpoint the path of the route's endpoint.
  open_messages(handler_role* self, runtime_ptr shared,
                const compiled_route& route, const std::string& endpoint,
                group_hub_actor groups);
  ~open_messages();

  open_messages(const open_messages&) = delete;
  open_messages& operator=(const open_messages&) = delete;

  /// Adds a message that the actor has received. Its deadline is not armed
  /// yet.
  added add(request& message, answer_promise<reply>&& promise);

  /// Starts the deadline of the present stage of a message.
  void arm(std::uint64_t id, pending_message& pending,
           std::chrono::milliseconds timeout);

  /// Has a message measured, whose permissions are asked here, and counted. One
  /// that only asks is neither.
  void begin(pending_message& pending, bool matched);

  /// Has the answer to a message counted. A client makes no row: neither of a
  /// route nor of an action.
  /// @param matched whether the message is for this route.
  void count(pending_message& pending, bool matched);

  /// Counts what the permissions of a message would answer, were they asked.
  void count_unasked(const request& message) {
    if (metrics_ != nullptr && !message.only_asks())
      metrics_->count_decision(question::has_permission, plain_allow(), {});
  }

  /// @returns null if the message has been answered.
  pending_message* find(std::uint64_t id) { return entries_.find(id); }

  /// Answers a message, unless it has been answered.
  void finish(std::uint64_t id, reply&& answer) {
    if (!tickets_.empty()) [[unlikely]]
      end_ticket(id, answer);
    deliver(id, std::move(answer));
  }

  // -- messages with keys -----------------------------------------------------

  [[nodiscard]] once_tickets& tickets() { return tickets_; }

  /// The action of a message begins.
  void begun(std::uint64_t id) {
    if (!tickets_.empty()) [[unlikely]]
      tickets_.begin(id);
  }

  /// Answers a message whose permissions or whose action are late: the answer
  /// of the runner, the worker thread or the actor elsewhere goes to `finish`.
  /// Under a key it is awaited further.
  void expire(std::uint64_t id);

  /// Answers a message with a key: nobody knows how its action has ended.
  void lose(std::uint64_t id);

  /// An actor has died that may have had messages whose clients have been
  /// answered.
  void holder_died(const caf::down_msg& down);

  // -- the rest of the way ----------------------------------------------------

  /// Takes the answer of its permissions, and answers a message that they do
  /// not allow.
  /// @returns null if the message goes no further.
  pending_message* admit(std::uint64_t id, question asked,
                         const decision& result);

  /// Has a worker thread look for the object of an action, for a client that is
  /// still there when the thread begins.
  void load_on_worker(std::uint64_t id, pending_message& pending);

  /// The same for the run of its action.
  void run_on_worker(std::uint64_t id, pending_message& pending);

  /// Answers a message of a concurrent action in between, unless it is from
  /// another node, which does that.
  /// @returns false if there are too many, and it has been refused.
  bool begin_concurrent(std::uint64_t id, pending_message& pending);

  /// Answers a message with what an error means to its client.
  void fail(std::uint64_t id, const caf::error& error);

  /// Leaves a message unanswered to the node that it is from.
  void give_back(std::uint64_t id);

  /// Answers the messages of a connection that has ended.
  void connection_died(std::uint64_t connection_id);

  /// The messages that an actor works on.
  [[nodiscard]] std::vector<std::uint64_t>
  held_by(const caf::actor_addr& holder);

private:
  void pass_to_worker(std::uint64_t id, pending_message& pending,
                      message_stage next, std::function<void()> job);
  void deliver(std::uint64_t id, reply&& answer);
  void end_ticket(std::uint64_t id, const reply& answer);
  void detach(std::uint64_t id, pending_message& pending);
  void deny(std::uint64_t id, question asked, const decision& result);
  [[nodiscard]] std::string_view name_of_action(const request& message,
                                                bool matched) const;
  void log_slow(const pending_message& pending, std::uint16_t status);
  reply count_not_json(const pending_message& pending, const reply& flawed);

  handler_role* self_;
  runtime_ptr shared_;
  const compiled_route& route_;
  group_hub_actor groups_;
  /// Null if nothing is counted.
  unit_metrics* metrics_ = nullptr;
  /// Of the route; null if nothing is counted.
  action_tallies* tallies_ = nullptr;
  slow_log slow_;
  open_requests<pending_message> entries_;
  once_tickets tickets_;
};

} // namespace stagedoor
