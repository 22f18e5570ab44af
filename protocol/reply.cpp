#include "stagedoor/protocol/reply.hpp"

#include <string>
#include <utility>

namespace stagedoor {

namespace {

/// Most failures are told as one object with the text under `detail`.
reply detail_reply(std::uint16_t status, std::string_view text) {
  return {status, {}, {{{"detail", text}}}};
}

/// Permissions and the action lookup tell a plain string.
reply text_reply(std::uint16_t status, std::string_view text) {
  return {status, {}, {text}};
}

reply malformed_reply(std::string_view reason) {
  constexpr std::string_view text = "Malformed request.";
  if (reason.empty())
    return detail_reply(400, text);
  return {400, {}, {{{"detail", text}, {"reason", reason}}}};
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

reply reply::flawed(std::string_view flaw) {
  return reply{flawed_status, json_text(flaw), {}};
}

std::string reply::flaw() const {
  if (status == flawed_status)
    if (const auto named = data.value(); named.is_string())
      return std::string{named.get_string()};
  if (!errors.is_null() && !errors.is_array())
    return "a reply with errors that are no list";
  return (has_errors() ? "a reply with errors and the status "
                       : "a reply with the status ")
         + std::to_string(status);
}

reply flawed_status_reply(std::string_view maker, std::uint16_t status) {
  return reply::flawed(std::string{maker} + "() with the status "
                       + std::to_string(status));
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the public interface.
reply reject(std::string text) {
  return text_reply(400, text);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the public interface.
reply reject(json::object texts_by_field) {
  return reply{400, {}, {texts_by_field}};
}

reply not_found() {
  return to_reply(errc::object_not_found);
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): the public interface.
reply fail(std::uint16_t status, json::array errors) {
  if (status < 400 || status > 599)
    return flawed_status_reply("fail", status);
  return reply{status, {}, errors};
}

std::uint16_t save_reply(const reply& x, std::string& data,
                         std::string& errors) {
  data = x.data.view();
  errors = x.has_errors() ? x.errors.view() : "[]";
  if (x.data.is_exact() && x.errors.is_exact())
    return x.status;
  // The success of an action that gives no reply is nobody's loss.
  const auto succeeded = !x.has_errors() && x.status < 300;
  data.clear();
  append_json(data, not_json_text);
  errors = succeeded ? "[]" : R"(["failed"])";
  return reply::flawed_status;
}

caf::error load_reply(reply& x, std::string_view data,
                      std::string_view errors) {
  for (const auto text : {data, errors})
    if (auto error = check_json(text, wire_depth_max))
      return error;
  auto list = json_text::of(std::string{errors});
  if (!list.is_array())
    return make_error(errc::malformed_message, "errors of a reply: no array");
  x.data = json_text::of(std::string{data});
  x.errors = std::move(list);
  return caf::none;
}

reply to_reply(errc code, std::string_view detail) {
  switch (code) {
  case errc::malformed_message:
    return malformed_reply(detail);
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
  case errc::invalid_meta:
    return text_reply(400, "Not valid metadata of a member.");
  case errc::key_used:
    return text_reply(409, "This key was used for another message.");
  case errc::outcome_unknown:
    return text_reply(409, "The outcome of this message is unknown.");
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
