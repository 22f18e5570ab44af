#include "stagedoor/actors/websocket_transport.hpp"

#include "stagedoor/actors/kernel_view.hpp"
#include "stagedoor/actors/socket_layer.hpp"
#include "stagedoor/protocol/http_fields.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using boost::system::error_code;

/// Above this the read buffer is given back after its message.
constexpr std::size_t kept_buffer_bytes = 4096;

refusal refusal_of(error_code error) {
  return error == http::error::header_limit
                 || error == http::error::buffer_overflow
             ? refusal::head_too_large
             : refusal::bad_request;
}

/// An error of the HTTP parser: something came, and it is no good.
bool is_parse_error(error_code error) {
  return error.category() == make_error_code(http::error::bad_method).category()
         && error != http::error::end_of_stream
         && error != http::error::partial_message;
}

class websocket_transport final
    : public transport,
      public std::enable_shared_from_this<websocket_transport> {
public:
  websocket_transport(io_unit& home, tcp_socket socket, const limits& bounds)
      : home_(home), bounds_(bounds), handle_(socket.native_handle()),
        stream_(std::move(socket)),
        linger_([this] { abort_and_report("the client did not close"); }) {
    error_code ignored;
    lowest().set_option(asio::ip::tcp::no_delay{true}, ignored);
    if (auto address = lowest().remote_endpoint(ignored); !ignored) {
      auto host = address.address().to_string();
      peer_ = (address.address().is_v6() ? '[' + host + ']' : host) + ':'
              + std::to_string(address.port());
    }
  }

  [[nodiscard]] std::string peer() const override { return peer_; }

  // -- HTTP -------------------------------------------------------------------

  void read_head(sink events) override {
    events_ = std::move(events);
    head_ = std::make_unique<head_reader>(bounds_.head_bytes_max);
    http::async_read_header(
        stream_.next_layer(), head_->buffer, head_->parser,
        [self = shared_from_this()](error_code error, std::size_t) {
          self->head_read(error);
        });
  }

  void answer(http_answer answer) override {
    outbound_text_ = "HTTP/1.1 " + std::to_string(answer.status) + ' '
                     + std::string{http::obsolete_reason(
                         static_cast<http::status>(answer.status))}
                     + "\r\nContent-Type: application/json\r\nContent-Length: "
                     + std::to_string(answer.body.size())
                     + "\r\nConnection: close\r\n";
    for (const auto& [name, value] : answer.headers)
      outbound_text_ += name + ": " + value + "\r\n";
    outbound_text_ += "\r\n" + answer.body;
    home_.arm(linger_, bounds_.close_timeout);
    asio::async_write(
        lowest(), asio::buffer(outbound_text_),
        [self = shared_from_this()](error_code error, std::size_t) {
          if (error)
            self->report_end(error.message());
          else
            self->drain_socket();
        });
  }

  void accept(std::string_view subprotocol, bool compression) override {
    auto decorate =
        [name = std::string{subprotocol}](websocket::response_type& response) {
          response.erase(http::field::server);
          if (!name.empty())
            response.set(http::field::sec_websocket_protocol, name);
        };
    stream_.set_option(websocket::stream_base::decorator(std::move(decorate)));
    if (compression) {
      websocket::permessage_deflate options;
      options.server_enable = true;
      stream_.set_option(options);
    }
    stream_.read_message_max(bounds_.message_bytes_max);
    stream_.auto_fragment(false);
    stream_.text(true);
    stream_.next_layer().early_bytes() = std::move(head_->buffer);
    stream_.async_accept(head_->parser.get(),
                         [self = shared_from_this()](error_code error) {
                           self->head_.reset();
                           if (error)
                             self->report_end(error.message());
                           else
                             self->report(handshake_done{});
                         });
  }

  // -- WebSocket --------------------------------------------------------------

  void read_message() override {
    reading_ = true;
    // The buffer is in use: `message_read` goes on when it is free.
    if (!delivering_)
      start_read();
  }

  void send(std::string text) override {
    outbound_bytes_ += text.size();
    outbound_.push_back(std::move(text));
    if (!writing_)
      write_next();
  }

  [[nodiscard]] bool outbound_full() const override {
    return outbound_bytes_ >= bounds_.outbound_bytes_max
           || outbound_.size() >= bounds_.outbound_messages_max;
  }

  [[nodiscard]] std::uint64_t bytes_taken() const override {
    return kernel_view(handle_).bytes_acknowledged;
  }

  [[nodiscard]] std::chrono::milliseconds silence() const override {
    return kernel_view(handle_).silence;
  }

  void ping() override {
    if (pinging_)
      return;
    pinging_ = true;
    stream_.async_ping({}, [self = shared_from_this()](error_code) {
      self->pinging_ = false;
    });
  }

  void close(close_code code, std::string reason) override {
    if (closing_)
      return;
    closing_ = true;
    closed_with_ = code;
    close_reason_ = std::move(reason);
    home_.arm(linger_, bounds_.close_timeout);
    if (!writing_)
      write_close();
  }

  void close_and_forget(close_code code) override {
    events_ = nullptr;
    close(code, {});
  }

  void abort() override {
    events_ = nullptr;
    end_socket();
  }

private:
  /// Needed until the handshake is over.
  struct head_reader {
    // The buffer's bound is the limit: it holds a head of exactly that size.
    explicit head_reader(std::size_t bytes_max) : buffer(bytes_max) {
      parser.header_limit(static_cast<std::uint32_t>(bytes_max + 1));
    }
    beast::flat_buffer buffer;
    http::request_parser<http::empty_body> parser;
  };

  tcp_socket& lowest() { return stream_.next_layer().socket(); }

  template <class Event>
  void report(Event event) {
    // A copy: the handler may tell us to forget it.
    if (auto copy = events_)
      copy(transport_event{std::move(event)});
  }

  void report_end(std::string reason) {
    auto code = closed_with_;
    if (code == close_code::none && stream_.reason().code != 0)
      code = static_cast<close_code>(stream_.reason().code);
    end_socket();
    report(transport_ended{code, std::move(reason)});
    events_ = nullptr;
  }

  void abort_and_report(std::string reason) { report_end(std::move(reason)); }

  void end_socket() {
    linger_.disarm();
    error_code ignored;
    lowest().close(ignored);
  }

  void head_read(error_code error) {
    if (is_parse_error(error)) {
      report(head_refused{refusal_of(error)});
      return;
    }
    if (error) {
      report_end(error.message());
      return;
    }
    const auto& message = head_->parser.get();
    opening_request request;
    request.method = std::string{message.method_string()};
    request.target = std::string{message.target()};
    request.version = message.version();
    for (const auto& field : message)
      request.headers.emplace_back(lower_case(field.name_string()),
                                   std::string{field.value()});
    report(head_arrived{std::move(request)});
  }

  /// Reads on until the client closes: closing a socket with unread bytes
  /// resets it, and a reset destroys the answer on its way.
  void drain_socket() {
    error_code ignored;
    lowest().shutdown(tcp_socket::shutdown_send, ignored);
    buffer_.clear();
    lowest().async_read_some(
        buffer_.prepare(kept_buffer_bytes),
        [self = shared_from_this()](error_code error, std::size_t) {
          if (error)
            self->report_end("answered");
          else
            self->drain_socket();
        });
  }

  void start_read() {
    stream_.async_read(
        buffer_, [self = shared_from_this()](error_code error, std::size_t) {
          self->message_read(error);
        });
  }

  void message_read(error_code error) {
    reading_ = false;
    if (error) {
      read_failed(error);
      return;
    }
    if (closing_) {
      // The close frame comes from Beast's own reading.
      buffer_.clear();
      return;
    }
    delivering_ = true;
    auto data = buffer_.cdata();
    report(message_arrived{{static_cast<const char*>(data.data()), data.size()},
                           stream_.got_text() ? frame_type::text
                                              : frame_type::binary});
    delivering_ = false;
    buffer_.clear();
    if (buffer_.capacity() > kept_buffer_bytes)
      buffer_.shrink_to_fit();
    if (reading_)
      start_read();
  }

  void read_failed(error_code error) {
    if (closing_)
      return; // `close_written` reports.
    if (error == websocket::error::message_too_big)
      closed_with_ = close_code::message_too_big;
    else if (error == websocket::error::bad_frame_payload)
      closed_with_ = close_code::invalid_utf8;
    else if (error == websocket::condition::protocol_violation)
      closed_with_ = close_code::protocol_error;
    report_end(error == websocket::error::closed ? "closed by the client"
                                                 : error.message());
  }

  void write_next() {
    writing_ = true;
    stream_.async_write(
        asio::buffer(outbound_.front()),
        [self = shared_from_this()](error_code error, std::size_t) {
          self->written(error);
        });
  }

  void written(error_code error) {
    writing_ = false;
    if (error) {
      // A read in progress fails as well, and knows the reason better.
      if (reading_ && !closing_)
        home_.arm(linger_, bounds_.close_timeout);
      else
        report_end(error.message());
      return;
    }
    auto was_full = outbound_full();
    outbound_bytes_ -= outbound_.front().size();
    outbound_.pop_front();
    if (!outbound_.empty())
      write_next();
    else if (closing_)
      write_close();
    if (was_full && !outbound_full() && !closing_)
      report(outbound_drained{});
  }

  void write_close() {
    websocket::close_reason reason{static_cast<std::uint16_t>(closed_with_)};
    reason.reason = close_reason_;
    stream_.async_close(reason, [self = shared_from_this()](error_code) {
      self->report_end(self->close_reason_);
    });
  }

  io_unit& home_;
  const limits& bounds_;
  int handle_;
  websocket::stream<socket_layer> stream_;
  std::string peer_;
  sink events_;
  std::unique_ptr<head_reader> head_;
  std::string outbound_text_;
  beast::flat_buffer buffer_;

  std::deque<std::string> outbound_;
  std::size_t outbound_bytes_ = 0;
  bool reading_ = false;
  bool delivering_ = false;
  bool writing_ = false;
  bool pinging_ = false;
  bool closing_ = false;
  close_code closed_with_ = close_code::none;
  std::string close_reason_;
  /// Ends a close or an answer that the client does not take.
  deadline linger_;
};

} // namespace

std::shared_ptr<transport> make_websocket_transport(io_unit& home,
                                                    tcp_socket socket,
                                                    const limits& bounds) {
  return std::make_shared<websocket_transport>(home, std::move(socket), bounds);
}

} // namespace stagedoor
