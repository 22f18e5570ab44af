#include "stagedoor/actors/sockets/head_exchange.hpp"

#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <boost/beast/http/status.hpp>

#include <chrono>
#include <cstring>

namespace stagedoor {

namespace {

namespace http = boost::beast::http;

std::string text_of(const http_answer& answer, bool without_body) {
  // RFC 9110, section 7.8: who names an upgrade says so in `Connection` too.
  const auto* connection = answer.status == 426 ? "close, upgrade" : "close";
  auto text = "HTTP/1.1 " + std::to_string(answer.status) + ' '
              + std::string{http::obsolete_reason(
                  static_cast<http::status>(answer.status))}
              + "\r\n" + date_and_server(std::chrono::system_clock::now())
              + "Content-Type: " + answer.content_type
              + "\r\nContent-Length: " + std::to_string(answer.body.size())
              + "\r\nConnection: " + connection + "\r\n";
  for (const auto& [name, value] : answer.headers)
    text += name + ": " + value + "\r\n";
  text += "\r\n";
  if (!without_body)
    text += answer.body;
  return text;
}

} // namespace

head_exchange::progress head_exchange::received(std::span<const char> bytes) {
  const auto place = parser_.prepare();
  STAGEDOOR_ASSERT(bytes.size() <= place.size());
  std::memcpy(place.data(), bytes.data(), bytes.size());
  return parser_.commit(bytes.size());
}

void head_exchange::accept(std::string_view subprotocol,
                           std::string_view extensions) {
  answer_ = switching_protocols(header("sec-websocket-key"), subprotocol,
                                extensions, std::chrono::system_clock::now());
}

void head_exchange::answer(const http_answer& answer) {
  answer_ = text_of(answer, parser_.is_head());
}

} // namespace stagedoor
