#include "stagedoor/actors/sockets/head_exchange.hpp"

#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>

#include <chrono>
#include <memory>
#include <utility>

namespace stagedoor {

namespace {

namespace asio = boost::asio;
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

void head_exchange::read(std::function<void(head)> done) {
  socket_.async_read_some(
      parser_.prepare(), [this, done = std::move(done)](
                             error_code error, std::size_t bytes) mutable {
        if (error) {
          done(error);
          return;
        }
        auto progress = parser_.commit(bytes);
        if (auto* request = std::get_if<opening_request>(&progress))
          done(std::move(*request));
        else if (auto* reason = std::get_if<refusal>(&progress))
          done(*reason);
        else
          read(std::move(done));
      });
}

void head_exchange::accept(std::string_view subprotocol,
                           std::string_view extensions,
                           std::function<void(error_code)> done) {
  write(switching_protocols(header("sec-websocket-key"), subprotocol,
                            extensions, std::chrono::system_clock::now()),
        std::move(done));
}

void head_exchange::answer(const http_answer& answer,
                           std::function<void(error_code)> done) {
  write(text_of(answer, parser_.is_head()), std::move(done));
}

void head_exchange::write(std::string text,
                          std::function<void(error_code)> done) {
  auto kept = std::make_unique<std::string>(std::move(text));
  auto bytes = asio::buffer(*kept);
  asio::async_write(socket_, bytes,
                    [kept = std::move(kept), done = std::move(done)](
                        error_code error, std::size_t) { done(error); });
}

} // namespace stagedoor
