#pragma once

#include <boost/test/unit_test.hpp>

#include <string>

#include "raw_client.hpp"
#include "test_server.hpp"

namespace stagedoor::test {

/// A whole HTTP answer other than the 101.
/// @param more what follows the usual headers, with its line ends.
inline std::string http(const std::string& status, const std::string& body,
                        const std::string& more = {}) {
  return "HTTP/1.1 " + status
         + "\r\nDate: now\r\nServer: Stagedoor\r\n"
           "Content-Type: application/json\r\nContent-Length: "
         + std::to_string(body.size()) + "\r\nConnection: close"
         + (status.starts_with("426 ") ? ", upgrade" : "") + "\r\n" + more
         + "\r\n" + body;
}

/// A whole refusal.
inline std::string refused(const std::string& status, const std::string& detail,
                           const std::string& code,
                           const std::string& more = {}) {
  return http(status,
              R"({"detail":")" + detail + R"(","code":")" + code + "\"}", more);
}

// The refusals of protocol/README.md, "The answers to an opening request", one
// per row.

inline const auto head_too_large =
    refused("431 Request Header Fields Too Large", "Request head too large",
            "head_too_large");
inline const auto late_head =
    refused("408 Request Timeout", "Request timed out", "timeout");
inline const auto bad_request =
    refused("400 Bad Request", "Bad request", "bad_request");
inline const auto unavailable_answer =
    refused("503 Service Unavailable", "Service unavailable", "unavailable",
            "Retry-After: 5\r\n");
inline const auto not_found_answer =
    refused("404 Not Found", "Not found", "not_found");
inline const auto upgrade_required =
    refused("426 Upgrade Required", "WebSocket upgrade required",
            "upgrade_required", "Upgrade: websocket\r\n");
inline const auto wrong_version = refused(
    "426 Upgrade Required", "WebSocket version 13 required", "upgrade_required",
    "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n");
inline const auto bad_handshake =
    refused("400 Bad Request", "Bad WebSocket handshake", "bad_handshake");
inline const auto origin_not_allowed =
    refused("403 Forbidden", "Origin not allowed", "origin_not_allowed");
inline const auto bad_credentials =
    refused("401 Unauthorized", "Invalid credentials", "bad_credentials",
            "WWW-Authenticate: Bearer\r\n");
inline const auto permission_denied =
    refused("403 Forbidden", "Permission denied", "permission_denied");
inline const auto server_error_answer = refused(
    "500 Internal Server Error", "A server error occurred", "server_error");
inline const auto accepted = switching_protocols();
/// The 101 with the subprotocol that every endpoint picks.
inline const auto accepted_as_stagedoor =
    switching_protocols("Sec-WebSocket-Protocol: stagedoor\r\n");

/// The 404 for a path that lacks a slash at its end, or has one too many.
inline std::string not_found_but(const std::string& path) {
  return refused("404 Not Found", "Not found, but " + path + " exists",
                 "not_found");
}

/// Opens a connection with these bytes and reads the answer; checks that the
/// server ends the connection behind a refusal.
inline std::string answer_to_bytes(const test_server& server,
                                   const std::string& bytes) {
  raw_client client(server.port());
  client.send_bytes(bytes);
  auto answer = client.read_http_answer();
  if (!answer.starts_with("HTTP/1.1 101 "))
    BOOST_TEST(client.expect_eof());
  return answer;
}

/// The same for a HEAD: all that comes up to the end of the connection.
inline std::string answer_to_head(const test_server& server,
                                  const std::string& bytes) {
  raw_client client(server.port());
  client.send_bytes(bytes);
  return with_date_checked(client.read_until_eof());
}

/// The head of an answer, with the empty line.
inline std::string head_of_answer(const std::string& answer) {
  return answer.substr(0, answer.find("\r\n\r\n") + 4);
}

inline std::string answer_to(const test_server& server,
                             const opening_text& request) {
  return answer_to_bytes(server, request.str());
}

} // namespace stagedoor::test
