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

/// The answer of an action or of what stopped it: what the status envelope
/// says beside the echoed head of the message. `data` is null on failure and
/// `errors` is empty on success.
struct reply {
  /// The status of the interim reply.
  static constexpr std::uint16_t interim_status = 102;

  std::uint16_t status = 200;
  json::value data;
  json::array errors;

  /// The interim reply of a concurrent action: it frees the connection's queue
  /// and is never sent to the client; the final reply follows as a
  /// `late_reply`.
  static reply interim() { return reply{interim_status, nullptr, {}}; }

  /// The success of an action that does not reply: nothing is sent.
  static reply silent() { return reply{0, nullptr, {}}; }

  [[nodiscard]] bool is_interim() const { return status == interim_status; }
  [[nodiscard]] bool is_silent() const { return status == 0; }
};

/// Success: `data` with a status from 200 to 299.
inline reply ok(json::value data = nullptr, std::uint16_t status = 200) {
  return reply{status, std::move(data), {}};
}

/// The action rejects its input (400): one text for people.
reply reject(std::string text);

/// The action rejects its input (400): texts by field.
reply reject(json::object texts_by_field);

/// The object that the action looked for does not exist (404).
reply not_found();

/// A failure with a status and `errors` of the action's own, 400 to 599.
reply fail(std::uint16_t status, json::array errors);

/// The one place where a failure becomes what the client sees: the status and
/// the `errors` of protocol/README.md, "Statuses".
/// @param detail the action's name for action_not_allowed, the permission's
///        own message for permission_denied and not_authenticated (empty: the
///        default text), the whole seconds to wait for throttled.
reply to_reply(errc code, std::string_view detail = {});

/// Reads the two JSON texts that `inspect` carries back into `x`.
caf::error load_reply(reply& x, const std::string& data,
                      const std::string& errors);

/// JSON travels between nodes as text.
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
