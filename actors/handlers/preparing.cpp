#include "stagedoor/actors/handlers/preparing.hpp"

#include "stagedoor/actors/handlers/thrown.hpp"
#include "stagedoor/actors/units/running_work.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace stagedoor {

namespace {

constexpr std::string_view loader_of_action = "the loader for action";

running_work::description loading(const handler_definition& handler,
                                  const action_definition& action,
                                  const request& message) {
  return {loader_of_action, action.name, handler.name, &message};
}

/// Returns the errors of the arguments of an action and of its loader; of the
/// loader alone for a message that only asks.
json::object check_arguments(const handler_definition& handler,
                             const action_definition& action,
                             const request& message) {
  json::object errors;
  handler.loader->check_arguments(message, errors);
  if (!message.only_asks())
    action.check_arguments(message, errors);
  return errors;
}

/// What is answered in place of an object that the loader cannot look for. A
/// message that only asks might bring what its route lacks.
reply refusal_of(json::object errors, const request& message) {
  const auto might_come = [&message](const auto& error) {
    return message.capture(error.key()) == nullptr
           && find_field(message.query(), error.key()) == nullptr;
  };
  if (message.only_asks()
      && std::all_of(errors.begin(), errors.end(), might_come))
    return ok();
  return reject(std::move(errors));
}

std::shared_ptr<const json::value> json_of(const handler_definition& handler,
                                           const loaded_object& object) {
  return std::make_shared<const json::value>(handler.loader->to_json(object));
}

} // namespace

std::optional<reply> refuse_arguments(const handler_definition& handler,
                                      const action_definition& action,
                                      const request& message,
                                      spdlog::logger& log) {
  if (!action.check_arguments)
    return std::nullopt;
  try {
    running_work running{
        {"the arguments of action", action.name, handler.name, &message}};
    json::object errors;
    action.check_arguments(message, errors);
    if (errors.empty())
      return std::nullopt;
    return reject(std::move(errors));
  } catch (...) {
    log_thrown(log, "the arguments of action", handler, action, message);
    return to_reply(errc::server_error);
  }
}

preparation prepare_action(const handler_definition& handler,
                           const action_definition& action,
                           const invocation& input, bool as_json,
                           spdlog::logger& log) {
  preparation result;
  try {
    running_work running{loading(handler, action, input.request)};
    if (auto errors = check_arguments(handler, action, input.request);
        !errors.empty()) {
      result.refusal = refusal_of(std::move(errors), input.request);
      return result;
    }
    result.object = handler.loader->load(input);
    if (!result.object.value)
      result.refusal = not_found();
    else if (as_json)
      result.as_json = json_of(handler, result.object);
  } catch (...) {
    log_thrown(log, loader_of_action, handler, action, input.request);
    result = {};
    result.refusal = to_reply(errc::server_error);
  }
  return result;
}

void begin_preparation(const handler_spec& handler,
                       const action_definition& action, const request& message,
                       bool as_json, const std::shared_ptr<spdlog::logger>& log,
                       std::function<void(preparation)> done) {
  object_promise promise{
      [=, done = std::move(done)](loaded_object found, reply refusal) {
        preparation result;
        try {
          if (found.value && as_json)
            result.as_json = json_of(*handler, found);
          result.object = std::move(found);
          result.refusal = std::move(refusal);
        } catch (...) {
          log_thrown(*log, loader_of_action, *handler, action, message);
          result.refusal = to_reply(errc::server_error);
        }
        done(std::move(result));
      }};
  try {
    running_work running{loading(*handler, action, message)};
    if (auto errors = check_arguments(*handler, action, message);
        !errors.empty())
      promise.answer({}, refusal_of(std::move(errors), message));
    else
      handler->loader->begin(message, promise);
  } catch (...) {
    log_thrown(*log, loader_of_action, *handler, action, message);
  }
}

} // namespace stagedoor
