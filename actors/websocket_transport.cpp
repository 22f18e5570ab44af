#include "stagedoor/actors/websocket_transport.hpp"

#include "stagedoor/actors/head_parser.hpp"
#include "stagedoor/actors/kernel_view.hpp"
#include "stagedoor/actors/socket_layer.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>
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

/// A close frame holds 125 bytes, two of which are the code.
constexpr std::size_t close_reason_bytes_max = 123;

/// Cuts `text` to what fits, between two characters.
void truncate_reason(std::string& text) {
  if (text.size() <= close_reason_bytes_max)
    return;
  auto end = close_reason_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
    --end;
  text.resize(end);
}

class websocket_transport final
    : public transport,
      public std::enable_shared_from_this<websocket_transport> {
public:
  websocket_transport(io_unit& home, tcp_socket socket, const limits& bounds)
      : home_(home), bounds_(bounds), handle_(socket.native_handle()),
        stream_(std::move(socket)),
        linger_([this] { report_end("the client did not close"); }) {
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
    head_ = std::make_unique<head_parser>(bounds_.head_bytes_max);
    read_more_head();
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
          if (!name.empty())
            response.set(http::field::sec_websocket_protocol, name);
          // Beast puts its own name and version there if there is none.
          response.set(http::field::server, "Stagedoor");
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
    stream_.control_callback([this](websocket::frame_type kind, auto) {
      // Beast answers; the client has to end the socket.
      if (kind == websocket::frame_type::close && !linger_.armed())
        home_.arm(linger_, bounds_.close_timeout);
    });
    stream_.next_layer().early_bytes() = head_->take_rest();
    stream_.async_accept(head_->handshake(),
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
    if (closing_)
      return;
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
    truncate_reason(close_reason_);
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
  tcp_socket& lowest() { return stream_.next_layer().socket(); }

  template <class Event>
  void report(Event event) {
    // A copy: the handler may tell us to forget it.
    if (auto copy = events_)
      copy(transport_event{std::move(event)});
  }

  void report_end(std::string reason) {
    end_socket();
    report(transport_ended{closed_with_, std::move(reason)});
    events_ = nullptr;
  }

  void end_socket() {
    linger_.disarm();
    error_code ignored;
    lowest().close(ignored);
  }

  void read_more_head() {
    lowest().async_read_some(
        head_->prepare(),
        [self = shared_from_this()](error_code error, std::size_t bytes) {
          self->head_read(error, bytes);
        });
  }

  void head_read(error_code error, std::size_t bytes) {
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

  /// Reads on until the client closes: closing a socket with unread bytes
  /// resets it, and a reset destroys what is on its way to the client.
  void drain_socket() {
    if (!linger_.armed())
      home_.arm(linger_, bounds_.close_timeout);
    draining_ = true;
    error_code ignored;
    lowest().shutdown(tcp_socket::shutdown_send, ignored);
    buffer_.clear();
    lowest().async_read_some(
        buffer_.prepare(kept_buffer_bytes),
        [self = shared_from_this()](error_code error, std::size_t) {
          if (error)
            self->report_end(self->close_reason_);
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
      return; // `write_close` goes on.
    closing_ = true;
    close_reason_ = error.message();
    if (error == websocket::error::closed) {
      close_reason_ = "closed by the client";
      closed_with_ = static_cast<close_code>(stream_.reason().code);
    } else if (error == websocket::error::message_too_big) {
      closed_with_ = close_code::message_too_big;
    } else if (error == websocket::error::bad_frame_payload) {
      closed_with_ = close_code::invalid_utf8;
    } else if (error == websocket::condition::protocol_violation) {
      closed_with_ = close_code::protocol_error;
    } else {
      report_end(close_reason_); // No close frame: the socket is gone.
      return;
    }
    drain_socket();
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
    if (draining_)
      return;
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
    stream_.async_close(reason, [self = shared_from_this()](error_code error) {
      if (error)
        self->report_end(self->close_reason_);
      else
        self->drain_socket();
    });
  }

  io_unit& home_;
  const limits& bounds_;
  int handle_;
  websocket::stream<socket_layer> stream_;
  std::string peer_;
  sink events_;
  std::unique_ptr<head_parser> head_;
  std::string outbound_text_;
  beast::flat_buffer buffer_;

  std::deque<std::string> outbound_;
  std::size_t outbound_bytes_ = 0;
  bool reading_ = false;
  bool delivering_ = false;
  bool writing_ = false;
  bool pinging_ = false;
  bool closing_ = false;
  bool draining_ = false;
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
