#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include "caf/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// The answer of an action, or the failure that stopped it. It is the part of
/// the envelope that does not repeat the message. `data` is null on failure,
/// and `errors` is empty on success.
struct reply {
  /// The status of an interim reply.
  static constexpr std::uint16_t interim_status = 102;

  std::uint16_t status = 200;
  json::value data;
  json::array errors;

  /// The interim reply of a concurrent action. It frees the connection's queue
  /// and is never sent to the client; the final reply follows as a
  /// `late_reply`.
  static reply interim() { return reply{interim_status, nullptr, {}}; }

  /// The success of an action that gives no reply. Nothing is sent to the
  /// client.
  static reply silent() { return reply{0, nullptr, {}}; }

  [[nodiscard]] bool is_interim() const { return status == interim_status; }
  [[nodiscard]] bool is_silent() const { return status == 0; }
};

/// Returns a success with `data` and a status from 200 to 299.
inline reply ok(json::value data = nullptr, std::uint16_t status = 200) {
  return reply{status, std::move(data), {}};
}

/// Returns a 400, with one text: the action rejects its input.
reply reject(std::string text);

/// Returns a 400, with texts by field: the action rejects its input.
reply reject(json::object texts_by_field);

/// Returns a 404: the object of the action does not exist.
reply not_found();

/// Returns a failure with a status from 400 to 599 and `errors` of the action's
/// own.
reply fail(std::uint16_t status, json::array errors);

/// Turns a failure into the status and the `errors` that the client sees, see
/// protocol/README.md, "Statuses". Nothing else does this.
/// @param detail the action's name for action_not_allowed; the permission's own
///        message for permission_denied and not_authenticated, or empty for the
///        default text; the whole seconds to wait for throttled.
reply to_reply(errc code, std::string_view detail = {});

/// Parses the two JSON texts that `inspect` carries into `x`.
caf::error load_reply(reply& x, const std::string& data,
                      const std::string& errors);

/// The data and the errors travel between nodes as JSON text.
template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, reply& x) {
  std::string data;
  std::string errors;
  if constexpr (caf_api::reads_object<Inspector>) {
    data = to_json(x.data);
    errors = to_json(json::value(x.errors));
  }
  auto load = [&]() -> caf::error { return load_reply(x, data, errors); };
  return caf_api::inspect_loaded(f, x, "stagedoor::reply", load, x.status, data,
                                 errors);
}

} // namespace stagedoor
