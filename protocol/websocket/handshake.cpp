#include "stagedoor/protocol/websocket/handshake.hpp"

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace stagedoor {

namespace {

struct answer_text {
  unsigned status;
  std::string_view detail;
  std::string_view code;
};

/// In the order of `refusal`.
constexpr std::array answer_texts{
    answer_text{431, "Request head too large", "head_too_large"},
    answer_text{408, "Request timed out", "timeout"},
    answer_text{400, "Bad request", "bad_request"},
    answer_text{503, "Service unavailable", "unavailable"},
    answer_text{404, "Not found", "not_found"},
    answer_text{426, "WebSocket upgrade required", "upgrade_required"},
    answer_text{426, "WebSocket version 13 required", "upgrade_required"},
    answer_text{400, "Bad WebSocket handshake", "bad_handshake"},
    answer_text{403, "Origin not allowed", "origin_not_allowed"},
    answer_text{401, "Invalid credentials", "bad_credentials"},
    answer_text{403, "Permission denied", "permission_denied"},
    answer_text{500, "A server error occurred", "server_error"},
};
static_assert(answer_texts.size()
              == static_cast<std::size_t>(refusal::server_error) + 1);

const answer_text& text_of(refusal reason) {
  return answer_texts.at(static_cast<std::size_t>(reason));
}

/// What a permission's status says where the permission itself says nothing.
answer_text text_of(unsigned status) {
  switch (status) {
  case 401:
    return {status, "Authentication credentials were not provided",
            "not_authenticated"};
  case 403:
    return text_of(refusal::permission_denied);
  case 429:
    return {status, "Request was throttled", "throttled"};
  case 504:
    return {status, "Request timed out", "timeout"};
  }
  for (const auto& row : answer_texts)
    if (row.status == status)
      return row;
  return text_of(status < 500 ? refusal::permission_denied
                              : refusal::server_error);
}

http_answer make_answer(unsigned status, std::string_view detail,
                        std::string_view code) {
  http_answer result;
  result.status = status;
  result.body = R"({"detail":)";
  append_json(result.body, detail);
  result.body += R"(,"code":)";
  append_json(result.body, code);
  result.body += '}';
  if (status == 401)
    result.headers.emplace_back("WWW-Authenticate", "Bearer");
  else if (status == 426)
    result.headers.emplace_back("Upgrade", "websocket");
  return result;
}

/// Whether `key` is 16 bytes in base64, as an encoder writes them: 22 digits,
/// of which the last one carries two bits only, and the padding.
bool is_websocket_key(std::string_view key) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::string_view two_bit_digits = "AQgw";
  return key.size() == 24 && key.ends_with("==")
         && key.substr(0, 22).find_first_not_of(digits)
                == std::string_view::npos
         && two_bit_digits.find(key[21]) != std::string_view::npos;
}

} // namespace

http_answer answer_of(refusal reason, limits::duration retry_after) {
  const auto text = text_of(reason);
  auto result = make_answer(text.status, text.detail, text.code);
  if (reason == refusal::unavailable) {
    // The header counts whole seconds, and 0 would ask for a busy loop.
    const auto whole = std::chrono::ceil<std::chrono::seconds>(retry_after);
    const auto seconds = std::max(whole, std::chrono::seconds{1}).count();
    result.headers.emplace_back("Retry-After", std::to_string(seconds));
  } else if (reason == refusal::wrong_version) {
    result.headers.emplace_back("Sec-WebSocket-Version", "13");
  }
  return result;
}

http_answer answer_of(unsigned status, std::string_view detail,
                      std::string_view code) {
  // A refusal is never a success, a redirection to nowhere or an upgrade.
  if (status < 400 || status > 599)
    status = 403;
  const auto text = text_of(status);
  return make_answer(status, detail.empty() ? text.detail : detail,
                     code.empty() ? text.code : code);
}

std::optional<refusal> check_upgrade(const opening_request& request) {
  const auto& headers = request.headers;
  if (request.method != "GET"
      || !list_has_token(headers, "connection", "upgrade")
      || !list_has_token(headers, "upgrade", "websocket"))
    return refusal::upgrade_required;
  const auto versions = header_values(headers, "sec-websocket-version");
  for (const auto& version : versions)
    if (version != "13")
      return refusal::wrong_version;
  const auto keys = header_values(headers, "sec-websocket-key");
  // RFC 6455, section 11.3, allows each of the two once.
  if (versions.size() != 1 || keys.size() != 1
      || !is_websocket_key(keys.front()))
    return refusal::bad_handshake;
  return std::nullopt;
}

std::string switching_protocols(std::string_view key,
                                std::string_view subprotocol,
                                std::string_view extensions,
                                std::chrono::system_clock::time_point now) {
  // RFC 6455, section 4.2.2.
  const auto proof =
      std::string{key}.append("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(proof.data(), proof.size(), digest, &size, EVP_sha1(), nullptr);
  unsigned char accept[4 * (EVP_MAX_MD_SIZE / 3 + 1) + 1];
  EVP_EncodeBlock(accept, digest, static_cast<int>(size));
  std::string result = "HTTP/1.1 101 Switching Protocols\r\n"
                       "Upgrade: websocket\r\n"
                       "Connection: upgrade\r\n"
                       "Sec-WebSocket-Accept: ";
  result.append(reinterpret_cast<const char*>(accept)).append("\r\n");
  if (!subprotocol.empty())
    result.append("Sec-WebSocket-Protocol: ")
        .append(subprotocol)
        .append("\r\n");
  if (!extensions.empty())
    result.append("Sec-WebSocket-Extensions: ")
        .append(extensions)
        .append("\r\n");
  return result.append(date_and_server(now)).append("\r\n");
}

} // namespace stagedoor
