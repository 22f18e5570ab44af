#include "stagedoor/actors/handlers/pending_message.hpp"

#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

pending_message::pending_message(answer_promise<reply>&& promise,
                                 request message,
                                 std::atomic<std::size_t>& relayed_open)
    : promise_(std::move(promise)), message_(std::move(message)) {
  if (message_.data().relayed)
    relayed_.emplace(relayed_open);
}

const std::shared_ptr<evaluation>& pending_message::evaluation() {
  if (!evaluation_) {
    evaluation_ = std::make_shared<stagedoor::evaluation>(guard_, message_);
    evaluation_->use_cache(true);
  }
  return evaluation_;
}

// -- the way ------------------------------------------------------------------

void pending_message::begin(const action_definition& action) {
  action_ = &action;
  if (message_.only_asks() || (message_.data().relayed && !has_key()))
    return; // The client's node sees to the rest, or there is none.
  replies_ = action.replies;
  broadcast_ = action.broadcast ? &*action.broadcast : nullptr;
}

void pending_message::resume(std::shared_ptr<stagedoor::evaluation> evaluation,
                             const action_definition& action) {
  evaluation_ = std::move(evaluation);
  guard_ = evaluation_->guard();
  action_ = &action;
  if (has_key())
    broadcast_ = action.broadcast ? &*action.broadcast : nullptr;
}

void pending_message::enter(message_stage stage, caf::actor_addr holder) {
  stage_ = stage;
  holder_ = std::move(holder);
  if (stage == message_stage::asking_about_object)
    times_.enter_permissions();
  else
    times_.enter_action();
}

const blocking_workers::cancel_flag& pending_message::add_job() {
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
  return cancelled_;
}

permitted_request pending_message::hand_over() {
  enter(message_stage::elsewhere);
  // The decision cache stays on this unit.
  evaluation()->use_cache(false);
  return {message_, std::move(evaluation_)};
}

void pending_message::await(caf::actor_addr holder, bool holder_counts) {
  enter(message_stage::elsewhere, std::move(holder));
  holder_counts_ = holder_counts;
}

void pending_message::answered_by(const caf::actor_addr& target) {
  if (are_same(holder_, target))
    asked_.reset();
  if (holder_counts_)
    tallies_ = nullptr;
}

bool pending_message::failed_at(const caf::actor_addr& target) {
  if (!are_same(holder_, target))
    return false;
  asked_.reset();
  return true;
}

void pending_message::avoid_holder(handler_role& self) {
  stop_waiting(self);
  tried_.push_back(holder_);
}

/// The actor elsewhere may never answer.
void pending_message::stop_waiting(handler_role& self) {
  if (asked_)
    caf_api::give_up(self, *asked_, make_error(errc::timed_out));
  asked_.reset();
}

// -- the answer ---------------------------------------------------------------

void pending_message::answer_interim() {
  promise_.deliver(reply::interim());
  is_late_ = true;
}

std::optional<group_broadcast> pending_message::finish(handler_role& self,
                                                       reply&& answer) {
  stop_waiting(self);
  const auto succeeded = !answer.has_errors() && answer.status < 300;
  std::optional<group_broadcast> told;
  if (succeeded && broadcast_ != nullptr && !answer.is_silent()) {
    told = {group_of(broadcast_->group, message_),
            event{broadcast_->type, answer.data, answer.status},
            broadcast_->to_others ? address_of(message_.data().connection)
                                  : connection_address{}};
    if (told->group.empty())
      told.reset();
  }
  if (succeeded && !replies_)
    answer = reply::silent();
  deliver(std::move(answer));
  return told;
}

void pending_message::abandon(handler_role& self) {
  if (holder_counts_)
    tallies_ = nullptr;
  stop_waiting(self);
  deliver(to_reply(errc::unavailable));
}

void pending_message::give_back() {
  cancel_job();
  promise_.deliver(make_error(errc::unavailable));
}

void pending_message::deliver(reply&& answer) {
  cancel_job();
  if (tallies_ != nullptr)
    count(answer.status);
  if (!is_late_) {
    promise_.deliver(std::move(answer));
    return;
  }
  const auto& data = message_.data();
  caf::anon_send(data.connection, late_reply{data.sequence, std::move(answer)});
}

void pending_message::count(std::uint16_t status) {
  tallies_->answers.at(status).add();
  if (!times_.is_sampled())
    return;
  times_.end();
  tallies_->permission_times.add(times_.in_permissions());
  if (times_.has_action())
    tallies_->action_times.add(times_.in_action());
}

/// A job that has not begun need not.
void pending_message::cancel_job() {
  if (cancelled_)
    *cancelled_ = true;
}

bool is_orphaned(const request& message) {
  const auto& connection = message.data().connection;
  return connection
         && caf_api::has_ended(
             *caf::actor_cast<caf::abstract_actor*>(connection));
}

} // namespace stagedoor
