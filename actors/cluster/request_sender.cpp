#include "stagedoor/actors/cluster/request_sender.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"

#include <utility>

namespace stagedoor {

request_sender_actor::behavior_type
request_sender_state::start(const runtime_ptr& shared) {
  const auto& bounds = shared->limits;
  ways_.emplace(self_, bounds.permission_timeout + bounds.action_timeout);
  caf_api::on_down(
      *self_, [this](const caf::down_msg& down) { ways_->died(down.source); });
  self_->open_line(*this);
  return {
      [this](far_request& message) {
        return self_->answer_message<reply>(message);
      },
      [this](const request_answers& some) { answered(some); },
      [this](expired_atom, std::uint64_t number) { ways_->expired(number); },
  };
}

void request_sender_state::answer(far_request& message,
                                  answer_promise<reply> promise) {
  ways_->add(message.whom, message, std::move(promise));
}

void request_sender_state::answered(const request_answers& some) {
  for (auto& [batch, place, given] : unpack(some))
    if (!place)
      ways_->unread(batch);
    else if (auto* answer = std::get_if<reply>(&given))
      ways_->answered(batch, *place, std::move(*answer));
    else
      ways_->answered(batch, *place, std::get<caf::error>(std::move(given)));
}

request_sender_actor::behavior_type
request_sender(request_sender_state::pointer self, const runtime_ptr& shared) {
  return caf_api::state_of(self).start(shared);
}

const role<request_sender_actor>& request_sender_of(unit& home,
                                                    const runtime_ptr& shared) {
  return sender_of<request_sender_actor>(home, request_sender, shared);
}

} // namespace stagedoor
