#include "stagedoor/actors/description/handler_spec.hpp"

namespace stagedoor {

const action_definition*
handler_definition::find_action(std::string_view action) const {
  static const action_definition undeclared;
  const auto found = actions.find(action);
  if (found != actions.end())
    return &found->second;
  return forwards_undeclared() ? &undeclared : nullptr;
}

bool handler_definition::runs_on_runner(const action_definition& action) const {
  return action.needs_runner || (on_open && !action.blocking);
}

bool handler_definition::needs_runner(const action_definition& action) const {
  return runs_on_runner(action)
         || (action.takes_object && loader->needs_runner());
}

bool handler_definition::answers_at_once(
    const action_definition& action) const {
  return mounted.empty() && !action.blocking && !runs_on_runner(action)
         && !action.takes_object && !action.subscription;
}

bool handler_definition::needs_connection(
    const action_definition& action) const {
  return action.concurrent || action.needs_connection || on_open || on_close
         || (needs_runner(action)
             && lifetime == stagedoor::lifetime::connection);
}

} // namespace stagedoor
