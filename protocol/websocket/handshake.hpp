#pragma once

#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/scope.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// The head of an opening request, free of any HTTP library.
struct opening_request {
  std::string method;
  /// The target of the request line, with its query.
  std::string target;
  /// 11 for HTTP/1.1.
  unsigned version = 11;
  /// The names are in lower case.
  fields headers;
};

/// Any HTTP answer but the 101.
struct http_answer {
  unsigned status = 200;
  /// The headers beside Date, Server, Content-Type, Content-Length and
  /// Connection.
  fields headers;
  std::string body;
  std::string content_type = "application/json";
};

/// Why an opening request is refused. These are the rows of protocol/README.md,
/// "The answers to an opening request".
enum class refusal : std::uint8_t {
  head_too_large,
  timeout,
  bad_request,
  unavailable,
  not_found,
  upgrade_required,
  wrong_version,
  bad_handshake,
  origin_not_allowed,
  bad_credentials,
  permission_denied,
  server_error,
};

/// Returns the answer to a refused opening request.
/// @param retry_after the `Retry-After` of a 503.
http_answer answer_of(refusal reason, limits::duration retry_after);

/// Returns an answer with the body `{"detail":…,"code":…}`, for a permission
/// that names its own status, message and code. A 401 gets `WWW-Authenticate:
/// Bearer`, and a 426 gets `Upgrade: websocket`.
http_answer answer_of(unsigned status, std::string_view detail,
                      std::string_view code);

/// Checks the WebSocket part of an opening request in this order, that of
/// protocol/README.md: upgrade, version, key.
std::optional<refusal> check_upgrade(const opening_request& request);

/// Returns the 101.
/// @param key the client's `Sec-WebSocket-Key`.
/// @param subprotocol the one that the endpoint picked; empty for none.
/// @param extensions the value of `Sec-WebSocket-Extensions`, empty for none.
/// @param now the time in its header `Date`.
std::string switching_protocols(std::string_view key,
                                std::string_view subprotocol,
                                std::string_view extensions,
                                std::chrono::system_clock::time_point now);

} // namespace stagedoor
