// The first part of a socket's life: HTTP, up to the 101.

#include "stagedoor/actors/sockets/websocket_transport.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>

namespace stagedoor {

namespace asio = boost::asio;
namespace http = boost::beast::http;

template <class F>
void websocket_transport::write_http(std::string text, F then) {
  auto kept = std::make_unique<std::string>(std::move(text));
  auto bytes = asio::buffer(*kept);
  asio::async_write(socket_, bytes,
                    [self = shared_from_this(), kept = std::move(kept),
                     then = std::move(then)](error_code error, std::size_t) {
                      if (error)
                        self->report_end(error.message());
                      else
                        then();
                    });
}

void websocket_transport::answer(http_answer answer) {
  auto text = "HTTP/1.1 " + std::to_string(answer.status) + ' '
              + std::string{http::obsolete_reason(
                  static_cast<http::status>(answer.status))}
              + "\r\nContent-Type: " + answer.content_type
              + "\r\nContent-Length: " + std::to_string(answer.body.size())
              + "\r\nConnection: close\r\n";
  for (const auto& [name, value] : answer.headers)
    text += name + ": " + value + "\r\n";
  text += "\r\n";
  if (!answer.without_body)
    text += answer.body;
  home_.arm(linger_, bounds_.close_timeout);
  write_http(std::move(text), [this] { drain(); });
}

void websocket_transport::accept(std::string_view subprotocol,
                                 bool compression) {
  std::string extensions;
  if (compression)
    if (auto agreed =
            agree_on_deflate(head_->header("sec-websocket-extensions"))) {
      extensions = agreed->text();
      deflate_ = std::make_unique<message_deflate>(*agreed);
      reader_ = frame_reader{bounds_.message_bytes_max, true};
    }
  auto text = switching_protocols(head_->header("sec-websocket-key"),
                                  subprotocol, extensions);
  unread_ = head_->rest();
  head_.reset();
  write_http(std::move(text), [this] { report(handshake_done{}); });
}

void websocket_transport::read_more_head() {
  socket_.async_read_some(
      head_->prepare(),
      [self = shared_from_this()](error_code error, std::size_t bytes) {
        self->head_read(error, bytes);
      });
}

void websocket_transport::head_read(error_code error, std::size_t bytes) {
  if (error) {
    report_end(error.message());
    return;
  }
  auto result = head_->commit(bytes);
  if (auto* request = std::get_if<opening_request>(&result))
    report(head_arrived{std::move(*request)});
  else if (auto* reason = std::get_if<refusal>(&result))
    report(head_refused{*reason});
  else
    read_more_head();
}

} // namespace stagedoor
