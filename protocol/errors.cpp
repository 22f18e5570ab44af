#include "stagedoor/protocol/errors.hpp"

#include "stagedoor/protocol/caf_api/errors.hpp"

#include "caf/message.hpp"

#include <utility>

namespace stagedoor {

namespace {

constexpr auto category = caf_api::category_of_errc;

constexpr errc last_code = errc::outcome_unknown;

} // namespace

std::string to_string(errc code) {
  switch (code) {
  case errc::none:
    return "none";
  case errc::malformed_message:
    return "malformed_message";
  case errc::action_missing:
    return "action_missing";
  case errc::route_not_found:
    return "route_not_found";
  case errc::permission_denied:
    return "permission_denied";
  case errc::not_authenticated:
    return "not_authenticated";
  case errc::action_not_allowed:
    return "action_not_allowed";
  case errc::object_not_found:
    return "object_not_found";
  case errc::server_error:
    return "server_error";
  case errc::throttled:
    return "throttled";
  case errc::timed_out:
    return "timed_out";
  case errc::unavailable:
    return "unavailable";
  case errc::invalid_option:
    return "invalid_option";
  case errc::invalid_endpoint:
    return "invalid_endpoint";
  case errc::cannot_listen:
    return "cannot_listen";
  case errc::invalid_users_file:
    return "invalid_users_file";
  case errc::invalid_key_file:
    return "invalid_key_file";
  case errc::invalid_group:
    return "invalid_group";
  case errc::too_many_groups:
    return "too_many_groups";
  case errc::invalid_meta:
    return "invalid_meta";
  case errc::key_used:
    return "key_used";
  case errc::outcome_unknown:
    return "outcome_unknown";
  }
  return "unknown";
}

caf::error make_error(errc code) {
  return caf_api::error_of(code);
}

caf::error make_error(errc code, std::string text) {
  return caf_api::error_of(code, caf::make_message(std::move(text)));
}

caf::error invalid_option(std::string text) {
  return make_error(errc::invalid_option, std::move(text));
}

errc code_of(const caf::error& error) noexcept {
  if (error == caf::none)
    return errc::none;
  if (error.category() != category)
    return errc::unavailable;
  // A newer node may know more codes; what it failed at is lost on this one.
  if (error.code() > static_cast<std::uint8_t>(last_code))
    return errc::server_error;
  return static_cast<errc>(error.code());
}

std::string text_of(const caf::error& error) {
  if (error != caf::none && error.category() != category)
    return caf_api::render(error);
  if (error != caf::none && error.context().match_elements<std::string>())
    return error.context().get_as<std::string>(0);
  return to_string(code_of(error));
}

} // namespace stagedoor
