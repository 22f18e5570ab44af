#include "stagedoor/testing/token_table.hpp"

#include "caf/typed_response_promise.hpp"

#include <utility>

namespace stagedoor::testing {

std::string token_table::add(identity whom) {
  std::lock_guard lock{mutex_};
  auto token = "stagedoor-testing-" + std::to_string(identities_.size() + 1);
  identities_.emplace(token, std::move(whom));
  return token;
}

std::optional<identity>
token_table::authenticate(std::string_view token) const {
  std::lock_guard lock{mutex_};
  auto found = identities_.find(token);
  if (found == identities_.end())
    return std::nullopt;
  return found->second;
}

authenticator_actor::behavior_type
token_desk(pinned_pointer<authenticator_actor, token_desk_state> self,
           std::shared_ptr<const token_table> table, authenticator_actor next) {
  return {[self, table = std::move(table),
           next = std::move(next)](const credentials& given) {
    auto answer = self->make_response_promise<authentication>();
    if (auto known = table->authenticate(given.token))
      answer.deliver(authentication{std::move(known)});
    else
      answer.delegate(next, given);
    return answer;
  }};
}

} // namespace stagedoor::testing
