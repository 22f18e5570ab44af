#include "stagedoor/actors/guards/authenticator_proxy.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

namespace {

caf::error gone() {
  return make_error(errc::unavailable, "the authenticator is gone");
}

} // namespace

authenticator_proxy_state::~authenticator_proxy_state() {
  for (auto& [id, open] : open_)
    open.promise.deliver(make_error(errc::unavailable));
}

authenticator_actor::behavior_type
authenticator_proxy_state::start(replicas authenticators,
                                 const runtime_ptr& shared) {
  authenticators_.emplace(std::move(authenticators), shared->services);
  timeout_ = shared->limits.can_connect_timeout * 2;
  caf_api::on_down(*self_, [this](const caf::down_msg& down) {
    authenticator_died(down.source);
  });
  return {[this](credentials& given) { return ask(given); }};
}

caf::result<authentication> authenticator_proxy_state::ask(credentials& given) {
  for (const auto& added : authenticators_->refresh())
    caf_api::monitor(*self_, added);
  auto* chosen = authenticators_->pick(std::nullopt, {});
  if (chosen == nullptr)
    return gone();
  auto promise = self_->make_response_promise<authentication>();
  const auto id =
      open_.add(open_question{promise, chosen->handle.address()}).id;
  self_
      ->request(caf::actor_cast<authenticator_actor>(chosen->handle), timeout_,
                std::move(given))
      .then(
          [this, id](authentication& answer) { finish(id, std::move(answer)); },
          [this, id](caf::error& error) { finish(id, std::move(error)); });
  return promise;
}

void authenticator_proxy_state::finish(std::uint64_t id,
                                       caf::expected<authentication> answer) {
  auto done = open_.take(id);
  if (!done)
    return;
  if (answer)
    done.mapped().promise.deliver(std::move(*answer));
  else
    done.mapped().promise.deliver(std::move(answer.error()));
}

void authenticator_proxy_state::authenticator_died(
    const caf::actor_addr& address) {
  authenticators_->died(address);
  open_.take_if([&](const auto& open) { return are_same(open.asked, address); },
                [](auto& open) { open.promise.deliver(gone()); });
}

authenticator_actor::behavior_type
authenticator_proxy(authenticator_proxy_state::pointer self,
                    replicas authenticators, const runtime_ptr& shared) {
  return caf_api::state_of(self).start(std::move(authenticators), shared);
}

} // namespace stagedoor
