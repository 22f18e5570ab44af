#pragma once

#include "stagedoor/actors/description/handler_spec.hpp"
#include "stagedoor/actors/messages.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// Checks what an action declares of its arguments.
/// @returns what the client gets in place of the reply of the action; nothing
///          if the arguments are right.
std::optional<reply> refuse_arguments(const handler_definition& handler,
                                      const action_definition& action,
                                      const request& message,
                                      spdlog::logger& log);

/// Checks the arguments of an action that takes an object, and loads the
/// object. Whatever throws is logged and becomes a 500. A message that only
/// asks brings no arguments of the action, and is answered with null if the
/// loader needs one that it could have brought.
/// @param as_json whether permissions look at the object.
/// Thread rule: any thread for a blocking loader, else the runner.
preparation prepare_action(const handler_definition& handler,
                           const action_definition& action,
                           const invocation& input, bool as_json,
                           spdlog::logger& log);

/// The same for a loader that answers later.
/// @param done hears of the outcome, on the thread where the loader answers.
/// Thread rule: the handler.
void begin_preparation(const handler_spec& handler,
                       const action_definition& action, const request& message,
                       bool as_json, const std::shared_ptr<spdlog::logger>& log,
                       std::function<void(preparation)> done);

} // namespace stagedoor
