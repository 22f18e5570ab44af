#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include "caf/error.hpp"

#include <boost/json/value_from.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// The answer of an action, or the failure that stopped it. It is the part of
/// the envelope that does not repeat the message. Both texts are written where
/// the reply is made; `data.value()` parses one.
struct reply {
  /// The status of an interim reply.
  static constexpr std::uint16_t interim_status = 102;

  /// The status of a flawed reply.
  static constexpr std::uint16_t flawed_status = 1;

  std::uint16_t status = 200;
  /// Null on failure.
  json_text data;
  /// A list; null on success.
  json_text errors;

  /// The interim reply of a concurrent action. It frees the connection's queue
  /// and is never sent to the client; the final reply follows as a
  /// `late_reply`.
  static reply interim() { return reply{interim_status, {}, {}}; }

  /// The success of an action that gives no reply. Nothing is sent to the
  /// client.
  static reply silent() { return reply{0, {}, {}}; }

  /// A reply that the application got wrong. Its client gets a 500, and the log
  /// names the handler, the action and the flaw.
  static reply flawed(std::string_view flaw);

  [[nodiscard]] bool has_errors() const {
    return !errors.is_null() && errors.view() != "[]";
  }

  /// Returns whether the status is that of a failure with a list of errors, or
  /// from 200 to 399 without errors.
  [[nodiscard]] bool is_sound() const {
    return (status >= 400 && status <= 599
            && (errors.is_null() || errors.is_array()))
           || (status >= 200 && status <= 399 && !has_errors());
  }

  /// Says for the log why the reply is not sound.
  [[nodiscard]] std::string flaw() const;

  [[nodiscard]] bool is_interim() const { return status == interim_status; }
  [[nodiscard]] bool is_silent() const { return status == 0; }
};

/// Returns the flawed reply of a function that was given a wrong status.
/// @param maker the name of the function.
reply flawed_status_reply(std::string_view maker, std::uint16_t status);

/// Returns a success with `data` and a status from 200 to 299. Any other status
/// is a mistake of the application: the client gets a 500, and the log names
/// the handler, the action and the status.
inline reply ok(json_text data = {}, std::uint16_t status = 200) {
  if (status < 200 || status > 299) [[unlikely]]
    return flawed_status_reply("ok", status);
  return reply{status, std::move(data), {}};
}

/// Whether a struct names a description, as protocol/model/description.hpp has
/// it.
template <class T>
concept shown_struct = requires(const T& data) {
  { T::described().shown(data) } -> std::same_as<json::object>;
};

/// Whether a reply can hold a value of this type.
template <class T>
concept reply_data =
    json_writable<T> || json::has_value_from<T>::value || shown_struct<T>;

/// Returns a success with whatever converts to JSON: a text, a container, a
/// described struct as clients see it, a struct or enumeration that
/// Boost.Describe knows, or a type with a `tag_invoke` for `json::value_from`.
template <class T>
requires(!json_writable<T>) reply
    ok(const T& data, std::uint16_t status = 200) {
  static_assert(reply_data<T>,
                "a reply holds what converts to JSON: give the type a "
                "description, Boost.Describe or a tag_invoke for "
                "json::value_from");
  if constexpr (shown_struct<T>)
    return ok(json_text(T::described().shown(data)), status);
  else if constexpr (reply_data<T>)
    return ok(json_text(json::value_from(data)), status);
  else
    return {};
}

/// Returns a 400, with one text: the action rejects its input.
reply reject(std::string text);

/// Returns a 400, with texts by field: the action rejects its input.
reply reject(json::object texts_by_field);

/// Returns a 404: the object of the action does not exist.
reply not_found();

/// Returns a failure with a status from 400 to 599 and `errors` of the action's
/// own. Any other status is a mistake, as in `ok`.
reply fail(std::uint16_t status, json::array errors);

/// The same with one text.
template <class Text>
requires std::convertible_to<const Text&, std::string_view>
    reply fail(std::uint16_t status, const Text& text) {
  return fail(status, json::array{json::string(std::string_view{text})});
}

/// Turns a failure into the status and the `errors` that the client sees, see
/// protocol/README.md, "Statuses". Nothing else does this.
/// @param detail the action's name for action_not_allowed; the permission's own
///        message for permission_denied and not_authenticated, or empty for the
///        default text; the whole seconds to wait for throttled; the reason for
///        the developer of the client for malformed_message, or empty.
reply to_reply(errc code, std::string_view detail = {});

/// Writes the two JSON texts that `inspect` carries. A reply that JSON cannot
/// express travels as a flawed one.
/// @returns the status that it carries.
std::uint16_t save_reply(const reply& x, std::string& data,
                         std::string& errors);

/// Parses the two JSON texts that `inspect` carries into `x`.
caf::error load_reply(reply& x, std::string_view data, std::string_view errors);

/// The data and the errors travel between nodes as JSON text.
template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, reply& x) {
  std::string data;
  std::string errors;
  auto status = x.status;
  if constexpr (caf_api::reads_object<Inspector>)
    status = save_reply(x, data, errors);
  auto load = [&]() -> caf::error {
    x.status = status;
    return load_reply(x, data, errors);
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::reply", load, status, data,
                                 errors);
}

} // namespace stagedoor
