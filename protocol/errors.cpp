#include "stagedoor/protocol/errors.hpp"

#include "caf/message.hpp"

#include <utility>

namespace stagedoor {

namespace {

constexpr auto category = caf_api::category_of_errc;

constexpr errc last_code = errc::too_many_groups;

/// Most failures are told as one object with the text under `detail`. Made in
/// its place: a moved one is a value too many.
reply detail_reply(std::uint16_t status, std::string_view text) {
  reply result{status, nullptr, {}};
  result.errors.emplace_back(json::object_kind)
      .get_object()
      .emplace("detail", text);
  return result;
}

/// Permissions and the action lookup tell a plain string.
reply text_reply(std::uint16_t status, std::string_view text) {
  reply result{status, nullptr, {}};
  result.errors.emplace_back(text);
  return result;
}

reply throttled_reply(std::string_view seconds) {
  std::string text = "Request was throttled.";
  if (!seconds.empty()) {
    text += " Expected available in ";
    text += seconds;
    text += seconds == "1" ? " second." : " seconds.";
  }
  return detail_reply(429, text);
}

reply action_not_allowed_reply(std::string_view action) {
  std::string text = "Action \"";
  text += action;
  text += "\" not allowed in message body.";
  return text_reply(405, text);
}

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
  }
  return "unknown";
}

caf::error make_error(errc code) {
  return caf_api::error_of(code);
}

caf::error make_error(errc code, std::string text) {
  return caf_api::error_of(code, caf::make_message(std::move(text)));
}

errc code_of(const caf::error& error) noexcept {
  if (!error)
    return errc::none;
  if (error.category() != category)
    return errc::unavailable;
  // A newer node may know more codes; what it failed at is lost on this one.
  if (error.code() > static_cast<std::uint8_t>(last_code))
    return errc::server_error;
  return static_cast<errc>(error.code());
}

std::string text_of(const caf::error& error) {
  if (error && error.category() != category)
    return caf_api::render(error);
  if (error && error.context().match_elements<std::string>())
    return error.context().get_as<std::string>(0);
  return to_string(code_of(error));
}

reply to_reply(errc code, std::string_view detail) {
  switch (code) {
  case errc::malformed_message:
    return detail_reply(400, "Malformed request.");
  case errc::action_missing:
    return detail_reply(404, "Unable to find action in message body.");
  case errc::route_not_found:
    return detail_reply(404, "Unable to find route in message body.");
  case errc::permission_denied:
    return text_reply(403,
                      detail.empty()
                          ? "You do not have permission to perform this action."
                          : detail);
  case errc::not_authenticated:
    return detail_reply(
        401, detail.empty() ? "Authentication credentials were not provided."
                            : detail);
  case errc::action_not_allowed:
    return action_not_allowed_reply(detail);
  case errc::object_not_found:
    return detail_reply(404, "Not found.");
  case errc::throttled:
    return throttled_reply(detail);
  case errc::timed_out:
    return detail_reply(504, "Request timed out.");
  case errc::unavailable:
    return detail_reply(503, "Service unavailable.");
  case errc::invalid_group:
    return text_reply(400, "Not a valid name of a group.");
  case errc::too_many_groups:
    return text_reply(400, "No further group can be joined.");
  case errc::none:
  case errc::server_error:
  case errc::invalid_option:
  case errc::invalid_endpoint:
  case errc::cannot_listen:
  case errc::invalid_users_file:
  case errc::invalid_key_file:
    break;
  }
  return detail_reply(500, "A server error occurred.");
}

} // namespace stagedoor
