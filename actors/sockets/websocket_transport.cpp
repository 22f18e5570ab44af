#include "stagedoor/actors/sockets/websocket_transport.hpp"

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/utf8.hpp"

#include <boost/asio/error.hpp>

#include <type_traits>
#include <variant>

namespace stagedoor {

namespace asio = boost::asio;

websocket_transport::websocket_transport(io_unit& home, tcp_socket socket,
                                         const limits& bounds)
    : home_(home), bounds_(bounds), handle_(socket.native_handle()),
      socket_(std::move(socket)),
      intake_(socket_, frame_reader{bounds.message_bytes_max}),
      writer_(home, socket_, bounds), linger_([this] {
        const std::string late = "the client did not close";
        report_end(ending_ ? ending_->cause + "; " + late : late);
      }) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
  socket_.non_blocking(true, ignored);
  if (auto remote = socket_.remote_endpoint(ignored); !ignored) {
    auto host = remote.address().to_string();
    peer_ = (remote.address().is_v6() ? '[' + host + ']' : host) + ':'
            + std::to_string(remote.port());
  }
}

// -- HTTP ---------------------------------------------------------------------

void websocket_transport::read_head(sink events) {
  events_ = std::move(events);
  head_ = std::make_unique<head_exchange>(socket_, bounds_.head_bytes_max);
  head_->read([self = shared_from_this()](head_exchange::head head) {
    if (auto* request = std::get_if<opening_request>(&head))
      self->report(head_arrived{std::move(*request)});
    else if (auto* reason = std::get_if<refusal>(&head))
      self->report(head_refused{*reason});
    else
      self->report_end(std::get<error_code>(head).message());
  });
}

void websocket_transport::answer(http_answer answer) {
  home_.arm(linger_, bounds_.close_timeout);
  head_->answer(answer, [self = shared_from_this()](error_code error) {
    if (error)
      self->report_end(error.message());
    else
      self->drain();
  });
}

void websocket_transport::accept(std::string_view subprotocol,
                                 bool compression) {
  std::string extensions;
  if (compression)
    if (auto agreed =
            agree_on_deflate(head_->header("sec-websocket-extensions"))) {
      extensions = agreed->text();
      deflate_ = std::make_unique<message_deflate>(*agreed);
    }
  intake_.begin(head_->rest(),
                frame_reader{bounds_.message_bytes_max, deflate_ != nullptr});
  head_->accept(subprotocol, extensions,
                [self = shared_from_this()](error_code error) {
                  self->head_.reset();
                  if (error)
                    self->report_end(error.message());
                  else
                    self->report(handshake_done{});
                });
}

// -- WebSocket ----------------------------------------------------------------

void websocket_transport::send(std::string_view text) {
  if (closing_)
    return;
  if (deflate_)
    writer_.add_message(deflate_->compress(text), true);
  else
    writer_.add_message(text, false);
  home_.flush_later(*this);
}

void websocket_transport::ping() {
  // What waits already shows whether the client is there.
  if (closing_ || !writer_.is_empty())
    return;
  writer_.add_ping();
  home_.flush_later(*this);
}

void websocket_transport::close(close_code code, std::string reason) {
  if (closing_)
    return;
  begin_close({code, reason, reason});
  writer_.add_close(code, reason);
  // For the client's own close; and a read keeps this socket, whoever else
  // lets it go.
  read();
  read_on();
}

void websocket_transport::answer_close() {
  if (closing_)
    return;
  begin_close(std::move(*ending_));
  if (ending_->code == close_code::no_status)
    writer_.add_close(close_code::normal, {});
  else if (ending_->code != close_code::none)
    writer_.add_close(ending_->code, ending_->reason);
}

void websocket_transport::abort() {
  events_ = nullptr;
  ended_ = true;
  linger_.disarm();
  error_code ignored;
  socket_.close(ignored);
}

void websocket_transport::report_end(std::string reason) {
  auto tell = std::exchange(events_, nullptr);
  abort();
  // The connection that hears of it may let go of us.
  if (tell)
    tell(transport_event{transport_ended{
        ending_ ? ending_->code : close_code::none, std::move(reason)}});
}

// -- unit_socket --------------------------------------------------------------

void websocket_transport::read() {
  if (ended_ || intake_.is_reading())
    return;
  intake_.read(
      [self = shared_from_this()](error_code error, std::size_t count) {
        if (!self->ended_)
          self->bytes_read(error, count);
      });
}

void websocket_transport::flush() {
  auto self = shared_from_this();
  const auto error = writer_.write();
  if (error == asio::error::would_block)
    writer_.wait_writable([self] {
      if (!self->ended_)
        self->flush();
    });
  else if (error)
    write_failed(error);
  if (closing_ && client_closed_ && writer_.is_empty())
    drain();
  if (!closing_ && writer_.has_drained())
    report(outbound_drained{});
}

// -- reading ------------------------------------------------------------------

void websocket_transport::read_on() {
  if (intake_.is_delivering())
    return; // `use` goes on.
  if (intake_.has_unread())
    home_.deliver_later(*this);
  else
    home_.read_later(*this);
}

void websocket_transport::bytes_read(error_code error, std::size_t count) {
  if (error == asio::error::eof && !closing_ && !client_closed_) {
    client_ended({close_code::none, {}, error.message()});
  } else if (error == asio::error::eof && client_closed_ && !draining_) {
    // What the client is owed goes out before the end.
  } else if (error) {
    // Behind an answer over HTTP the end needs no reason.
    if (closing_)
      report_end(ending_ ? ending_->cause : std::string{});
    else
      report_end(error.message());
  } else {
    auto bytes = intake_.received(count, home_.read_buffer());
    if (client_closed_ || draining_)
      read(); // Only for the end.
    else
      use(bytes);
  }
}

void websocket_transport::use(std::span<char> bytes) {
  const auto needs_more = intake_.take(
      bytes,
      [this] {
        return !ended_ && !client_closed_ && (wants_message_ || closing_);
      },
      [this]<class Frame>(Frame& frame) {
        // Nothing is done about a pong: the kernel tells how silent a client
        // is.
        if constexpr (
            !std::is_same_v<
                Frame,
                frame_reader::
                    need_more> && !std::is_same_v<Frame, frame_reader::pong>)
          on(frame);
      });
  if (needs_more)
    home_.read_later(*this);
  if (client_closed_ && !ended_)
    flush();
}

/// Expands a compressed message.
/// @returns what is wrong with it, if something is.
std::optional<frame_reader::violation>
websocket_transport::expand(const frame_reader::message& whole,
                            std::string& out) {
  using violation = frame_reader::violation;
  const auto problem =
      deflate_->expand(whole.payload, bounds_.message_bytes_max, out);
  if (problem == close_code::message_too_big)
    return violation::too_big();
  if (problem != close_code::none)
    return violation{problem, "a bad compressed message"};
  if (whole.type == frame_type::text && !is_utf8(out))
    return violation::not_utf8();
  return std::nullopt;
}

void websocket_transport::on(frame_reader::message& whole) {
  if (closing_)
    return;
  std::string expanded;
  if (whole.compressed) {
    if (auto violation = expand(whole, expanded)) {
      on(*violation);
      return;
    }
    whole.payload = expanded;
  }
  wants_message_ = false;
  report(message_arrived{whole.payload, whole.type});
}

void websocket_transport::on(frame_reader::ping& ping) {
  if (closing_)
    return;
  writer_.add_pong(ping.payload);
  home_.flush_later(*this);
}

void websocket_transport::on(frame_reader::close& close) {
  if (closing_) {
    client_closed_ = true;
    return;
  }
  std::string cause = "closed by the client";
  if (!close.reason.empty())
    cause += ": " + to_json(json::value(json::string(close.reason)));
  client_ended({close.code, std::string{close.reason}, std::move(cause)});
  // To notice if the client resets the connection meanwhile.
  read();
}

void websocket_transport::on(frame_reader::violation& violation) {
  // What follows cannot be read.
  client_closed_ = true;
  if (closing_)
    return;
  std::string why{violation.why};
  begin_close({violation.code, why, why});
  writer_.add_close(violation.code, violation.why);
}

// -- closing ------------------------------------------------------------------

void websocket_transport::write_failed(error_code error) {
  // A read fails as well, and knows the reason better: the client's close may
  // have come already.
  if ((intake_.is_reading() || wants_message_) && !closing_) {
    writer_.drop();
    home_.arm(linger_, bounds_.close_timeout);
  } else {
    report_end(error.message());
  }
}

/// Has the connection finish what the client has sent; it answers the close
/// then.
void websocket_transport::client_ended(ending how) {
  client_closed_ = true;
  wants_message_ = false;
  ending_ = std::make_unique<ending>(std::move(how));
  report(client_closed{});
}

void websocket_transport::begin_close(ending how) {
  closing_ = true;
  ending_ = std::make_unique<ending>(std::move(how));
  home_.arm(linger_, bounds_.close_timeout);
  home_.flush_later(*this);
}

void websocket_transport::drain() {
  if (std::exchange(draining_, true))
    return;
  closing_ = true;
  intake_.drop_unread();
  error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
  read();
}

std::shared_ptr<transport> make_websocket_transport(io_unit& home,
                                                    tcp_socket socket,
                                                    const limits& bounds) {
  return std::make_shared<websocket_transport>(home, std::move(socket), bounds);
}

} // namespace stagedoor
