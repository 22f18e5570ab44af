#pragma once

#include <cstddef>
#include <string>

namespace stagedoor::test {

/// What goes into an envelope beside errors, data and status.
struct echoed {
  /// JSON: a string with its quotes, or null.
  std::string action = "null";
  std::string route;
  /// JSON; empty where the client sent none.
  std::string request_id;
};

/// The whole text of an envelope, written down a second time.
inline std::string envelope(const std::string& errors, const std::string& data,
                            int status, const echoed& head) {
  return R"({"errors":)" + errors + R"(,"data":)" + data + R"(,"action":)"
         + head.action + R"(,"route":")" + head.route + R"(","status":)"
         + std::to_string(status)
         + (head.request_id.empty() ? ""
                                    : R"(,"request_id":)" + head.request_id)
         + "}";
}

/// The envelope of a success with status 200.
inline std::string success(const std::string& data, const std::string& action,
                           const std::string& route = {},
                           const std::string& request_id = {}) {
  return envelope("[]", data, 200, {'"' + action + '"', route, request_id});
}

/// The envelope of a failure.
inline std::string failure(int status, const std::string& errors,
                           const std::string& action,
                           const std::string& route = {},
                           const std::string& request_id = {}) {
  return envelope(errors, "null", status,
                  {'"' + action + '"', route, request_id});
}

/// The envelope of a malformed message.
/// @param reason as it stands in JSON, without its quotes.
inline std::string malformed(const std::string& reason,
                             const std::string& request_id = {}) {
  return envelope(R"([{"detail":"Malformed request.","reason":")" + reason
                      + "\"}]",
                  "null", 400, {"null", "", request_id});
}

// Reasons of malformed messages, as they stand in JSON.

inline std::string not_json_at(std::size_t byte) {
  return "not JSON at byte " + std::to_string(byte);
}

inline constexpr auto no_object = "not a JSON object";
inline constexpr auto binary_message = "a binary message; send text";
inline constexpr auto no_request_id =
    R"(\"request_id\" is no string, 64-bit integer or null)";
inline constexpr auto no_route_text = R"(\"route\" is no string)";
inline constexpr auto no_action_text = R"(\"action\" is no string)";

inline std::string longer(const std::string& key, std::size_t bytes_max) {
  return R"(\")" + key + R"(\" is longer than )" + std::to_string(bytes_max)
         + " bytes";
}

inline std::string half_pair(const std::string& key) {
  return R"(\")" + key + R"(\" has half of a surrogate pair)";
}

// The `errors` of protocol/README.md, "Statuses", one per row.

inline constexpr auto no_action =
    R"([{"detail":"Unable to find action in message body."}])";
inline constexpr auto no_route =
    R"([{"detail":"Unable to find route in message body."}])";
inline constexpr auto denied =
    R"(["You do not have permission to perform this action."])";
inline constexpr auto not_authenticated =
    R"([{"detail":"Authentication credentials were not provided."}])";
inline constexpr auto not_found_text = R"([{"detail":"Not found."}])";
inline constexpr auto server_error =
    R"([{"detail":"A server error occurred."}])";
inline constexpr auto timed_out = R"([{"detail":"Request timed out."}])";
inline constexpr auto unavailable = R"([{"detail":"Service unavailable."}])";

} // namespace stagedoor::test
