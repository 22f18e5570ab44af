#include "stagedoor/actors/guards/authenticator.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <utility>
#include <vector>

namespace stagedoor {

authenticator_actor::behavior_type
authenticate(pinned_pointer<authenticator_actor, authenticator_state>,
             authenticator_ptr users) {
  return {[users = std::move(users)](const credentials& given) {
    return authentication{users->authenticate(given.token)};
  }};
}

ask_authenticator_state::~ask_authenticator_state() {
  for (auto& [id, open] : open_)
    open.promise.deliver(make_error(errc::unavailable));
}

authenticator_actor::behavior_type
ask_authenticator_state::start(replicas answering, runtime_ptr shared) {
  answering_.emplace(std::move(answering), shared->services);
  timeout_ = shared->limits.can_connect_timeout * 2;
  self_->set_down_handler(
      [this](const caf::down_msg& down) { someone_died(down.source); });
  return {[this](credentials& given) { return ask(given); }};
}

caf::result<authentication> ask_authenticator_state::ask(credentials& given) {
  for (const auto& added : answering_->refresh())
    self_->monitor(added);
  auto* one = answering_->pick(std::nullopt, {});
  if (one == nullptr)
    return make_error(errc::unavailable, "the authenticator is gone");
  auto id = ++last_id_;
  auto promise = self_->make_response_promise<authentication>();
  open_.emplace(id, open_question{promise, one->handle.address()});
  self_
      ->request(caf::actor_cast<authenticator_actor>(one->handle), timeout_,
                std::move(given))
      .then(
          [this, id](authentication& answer) { finish(id, std::move(answer)); },
          [this, id](caf::error& error) { finish(id, std::move(error)); });
  return promise;
}

void ask_authenticator_state::finish(std::uint64_t id,
                                     caf::expected<authentication> answer) {
  auto done = open_.extract(id);
  if (!done)
    return;
  if (answer)
    done.mapped().promise.deliver(std::move(*answer));
  else
    done.mapped().promise.deliver(std::move(answer.error()));
}

void ask_authenticator_state::someone_died(const caf::actor_addr& who) {
  answering_->died(who);
  std::vector<std::uint64_t> lost;
  for (const auto& [id, open] : open_)
    if (are_same(open.asked, who))
      lost.push_back(id);
  for (auto id : lost)
    finish(id, make_error(errc::unavailable, "the authenticator is gone"));
}

authenticator_actor::behavior_type
ask_authenticator(ask_authenticator_state::pointer self, replicas answering,
                  runtime_ptr shared) {
  return caf_api::state_of(self).start(std::move(answering), std::move(shared));
}

} // namespace stagedoor
