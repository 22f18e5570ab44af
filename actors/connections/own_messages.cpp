#include "stagedoor/actors/connections/own_messages.hpp"

#include "stagedoor/actors/connections/own_routes.hpp"

namespace stagedoor {

std::optional<reply> own_messages::handle(client_message& message,
                                          std::uint64_t sequence,
                                          const compiled_endpoint& endpoint,
                                          const role<router_actor>& router) {
  const auto& route = message.head.route;
  if (auto refusal = refuse_other(message)) {
    core_.count_unhandled(endpoint, refusal->status);
    return refusal;
  }
  if (route.starts_with(can_route)) {
    if (!questions_)
      questions_ = std::make_unique<can_questions>(
          core_, credentials_, outbox_,
          static_cast<can_questions::owner&>(owner_), endpoint, router);
    questions_->check(std::move(message), sequence);
    return std::nullopt;
  }
  if (route.starts_with(groups_route)) {
    if (!resumes_)
      resumes_ = std::make_unique<resume_orders>(
          core_, credentials_, memberships_,
          static_cast<resume_orders::owner&>(owner_), endpoint);
    resumes_->resume(std::move(message), sequence);
    return std::nullopt;
  }
  return credentials_.refresh(std::move(message), sequence);
}

} // namespace stagedoor
