#include "stagedoor/actors/handlers/once_gate.hpp"

#include "stagedoor/actors/handlers/preparing.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/fingerprint.hpp"
#include "stagedoor/protocol/group.hpp"

#include <optional>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

reply refuse(const char* text) {
  return reject({{"once", json::array{text}}});
}

/// What is wrong with the key of a message, for its action and its user.
std::optional<reply> refusal_of(const once_mark& once,
                                const action_definition& action,
                                const user& who) {
  if (!action.exactly_once)
    return refuse("This action does not keep its answers.");
  if (user_key(who.id).empty())
    return refuse("Only users have keys.");
  if (once.key.empty() || once.key.size() > once_bytes_max)
    return refuse("Ensure this field has 1 to 128 bytes.");
  return std::nullopt;
}

} // namespace

once_gate::once_gate(handler_role* self, open_messages& messages,
                     const handler_definition& handler,
                     const runtime_ptr& shared)
    : self_(self), messages_(messages), handler_(handler), shared_(shared) {
  if (shared->once_keeper)
    keeper_ = caf::actor_cast<once_keeper_actor>(shared->once_keeper);
}

bool once_gate::refuses(std::uint64_t id, pending_message& pending) {
  const auto& message = pending.message();
  auto refusal = refusal_of(*message.once(), *pending.action(), message.user());
  if (!refusal)
    return false;
  messages_.finish(id, std::move(*refusal));
  return true;
}

bool once_gate::holds(std::uint64_t id, pending_message& pending,
                      std::function<void(pending_message&)> then) {
  if (messages_.tickets().has(id))
    return false;
  const auto& message = pending.message();
  auto refusal =
      refuse_arguments(handler_, *pending.action(), message, *shared_->log);
  if (!refusal && !keeper_)
    refusal = to_reply(errc::unavailable);
  if (refusal) {
    messages_.finish(id, std::move(*refusal));
    return true;
  }
  pending.enter(message_stage::claiming);
  messages_.arm(id, pending, shared_->limits.action_timeout);
  const auto& once = *message.once();
  self_
      ->request(keeper_, caf::infinite,
                once_claim{{user_key(message.user().id), once.key},
                           fingerprint_of(message.data().message),
                           static_cast<std::uint64_t>(once.age.count())})
      .then([this, id, then = std::move(then)](
                once_verdict& verdict) { decided(id, verdict, then); },
            [this, id](const caf::error&) {
              messages_.finish(id, to_reply(errc::unavailable));
            });
  return true;
}

void once_gate::decided(std::uint64_t id, once_verdict& verdict,
                        const std::function<void(pending_message&)>& then) {
  auto* pending = messages_.find(id);
  if (!verdict.runs) {
    if (pending != nullptr)
      pending->tell_only_client();
    messages_.finish(id, std::move(verdict.answer));
    return;
  }
  auto& tickets = messages_.tickets();
  tickets.add(id, keeper_, verdict.number);
  if (pending == nullptr)
    tickets.lose(id); // Too late: it has been answered.
  else
    then(*pending);
}

} // namespace stagedoor
