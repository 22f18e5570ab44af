#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"

#include "caf/error.hpp"
#include "caf/expected.hpp"

#include <cstdint>
#include <string>

namespace stagedoor {

/// Every failure that this library names. The numbers travel between nodes, so
/// new ones are only added at the end.
enum class errc : std::uint8_t {
  none = 0,
  /// The message is not a JSON object, is over a limit of the codec, or has a
  /// control key of the wrong type.
  malformed_message = 1,
  /// The key `action` is missing or null.
  action_missing = 2,
  /// No route pattern matches.
  route_not_found = 3,
  /// A permission denied the message.
  permission_denied = 4,
  /// A permission asked for credentials: it denied with status 401.
  not_authenticated = 5,
  /// The handler has no such action.
  action_not_allowed = 6,
  /// The object of the action does not exist.
  object_not_found = 7,
  /// An action or a permission threw, or the handler died on the message.
  server_error = 8,
  /// The connection is over its message rate, or over its number of concurrent
  /// actions.
  throttled = 9,
  /// A handler or a permission missed its deadline.
  timed_out = 10,
  /// The actor or node that should answer is gone.
  unavailable = 11,
  /// An option or a limit of the configuration is not valid.
  invalid_option = 12,
  /// An endpoint, a route or a handler is not valid.
  invalid_endpoint = 13,
  /// The listener cannot listen on its address.
  cannot_listen = 14,
  /// A users file cannot be read or is not valid.
  invalid_users_file = 15,
  /// A file with the keys of tokens cannot be read or is not valid.
  invalid_key_file = 16,
  /// A group cannot have this name.
  invalid_group = 17,
  /// The connection is in as many groups as it is allowed to be in.
  too_many_groups = 18,
  /// What the application says of a member of a group is too long, or no JSON.
  invalid_meta = 19,
  /// The key of a message was used for another message.
  key_used = 20,
  /// Nobody knows whether the action of a message with a key has run.
  outcome_unknown = 21,
};

/// Returns the name of the code, as logs show it.
std::string to_string(errc code);

template <caf_api::asks_about_enums Inspector>
bool inspect(Inspector& f, errc& x) {
  return caf_api::inspect_enum(f, x);
}

/// Makes an error of our category; found by CAF through ADL.
caf::error make_error(errc code);

/// Makes an error of our category with a text for people.
caf::error make_error(errc code, std::string text);

/// Makes errc::invalid_option with a text that names the option.
caf::error invalid_option(std::string text);

/// Returns the code of an error of our category. CAF's own errors, which report
/// receivers that are dead or cannot be reached, become errc::unavailable; no
/// error becomes errc::none.
errc code_of(const caf::error& error) noexcept;

/// Returns the text that `error` was made with, or else CAF's rendering of it.
std::string text_of(const caf::error& error);

} // namespace stagedoor
