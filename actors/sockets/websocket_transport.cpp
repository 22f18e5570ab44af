#include "stagedoor/actors/sockets/websocket_transport.hpp"

#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/utf8.hpp"

#include <type_traits>
#include <variant>

namespace stagedoor {

namespace {

/// Why a client that has closed its side is gone, for the log.
constexpr std::string_view end_of_stream = "End of file";

std::string text_of(const boost::system::error_code& error) {
  return error ? error.message() : std::string{end_of_stream};
}

} // namespace

websocket_transport::websocket_transport(io_unit& home, tcp_socket socket,
                                         const limits& bounds)
    : home_(home), bounds_(bounds), socket_(std::move(socket)),
      peer_(socket_.peer()), intake_(frame_reader{bounds.message_bytes_max}),
      writer_(home, bounds), linger_([this] {
        const std::string late = "the client did not close";
        report_end(ending_ ? ending_->cause + "; " + late : late);
      }) {}

// -- HTTP ---------------------------------------------------------------------

void websocket_transport::read_head(transport_owner& owner) {
  owner_ = &owner;
  head_ = std::make_unique<head_exchange>(bounds_.head_bytes_max);
  is_reading_head_ = true;
  home_.loop().watch(shared_from_this(), socket_.handle());
  read();
}

void websocket_transport::head_received(std::span<char> bytes,
                                        error_code error) {
  if (bytes.empty()) {
    report_end(text_of(error));
    return;
  }
  auto progress = head_->received(bytes);
  if (std::holds_alternative<head_parser::need_more>(progress)) {
    read();
    return;
  }
  is_reading_head_ = false;
  if (auto* request = std::get_if<opening_request>(&progress))
    report(head_arrived{std::move(*request)});
  else
    report(head_refused{std::get<refusal>(progress)});
}

void websocket_transport::answer(http_answer answer) {
  home_.arm(linger_, bounds_.close_timeout);
  is_reading_head_ = false;
  is_http_only_ = true;
  client_closed_ = true;
  head_->answer(answer);
  home_.flush_later(*this);
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
  head_->accept(subprotocol, extensions);
  home_.flush_later(*this);
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
  owner_ = nullptr;
  ended_ = true;
  linger_.disarm();
  home_.loop().forget(*this);
  socket_.close();
}

void websocket_transport::report_end(std::string reason) {
  auto* owner = std::exchange(owner_, nullptr);
  abort();
  if (owner == nullptr)
    return;
  transport_event what{transport_ended{
      ending_ ? ending_->code : close_code::none, std::move(reason)}};
  // It may let go of us.
  owner->happened(what);
}

// -- reading ------------------------------------------------------------------

void websocket_transport::read() {
  if (ended_ || std::exchange(is_reading_, true))
    return;
  home_.loop().receive(*this, is_reading_head_
                                  ? head_->wanted_bytes()
                                  : socket_loop::receive_bytes_max);
}

void websocket_transport::read_on() {
  if (intake_.is_delivering())
    return; // `use` goes on.
  if (intake_.has_unread())
    home_.deliver_later(*this);
  else
    read();
}

void websocket_transport::received(std::span<char> bytes, error_code error) {
  is_reading_ = false;
  const auto is_end = bytes.empty() && !error;
  if (is_reading_head_) {
    head_received(bytes, error);
  } else if (is_end && !closing_ && !client_closed_) {
    client_ended({close_code::none, {}, text_of(error)});
  } else if (is_end && client_closed_ && !draining_) {
    // What the client is owed goes out before the end.
  } else if (bytes.empty()) {
    // Behind an answer over HTTP the end needs no reason.
    if (closing_)
      report_end(ending_ ? ending_->cause : std::string{});
    else
      report_end(text_of(error));
  } else if (client_closed_ || draining_) {
    read(); // Only for the end.
  } else {
    use(bytes);
  }
}

void websocket_transport::use(std::span<char> bytes) {
  const auto wants_frame = [this] {
    return !ended_ && !client_closed_ && (wants_message_ || closing_);
  };
  auto frames_left = unit_limits::frames_per_delivery_max;
  const auto needs_more = intake_.take(
      bytes, [&] { return frames_left > 0 && wants_frame(); },
      [&]<class Frame>(Frame& frame) {
        --frames_left;
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
    read();
  else if (wants_frame())
    read_on(); // In a while: the others come first.
  if (client_closed_ && !ended_)
    home_.flush_later(*this);
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

// -- writing ------------------------------------------------------------------

std::string_view websocket_transport::unsent() const {
  return head_ ? head_->unsent() : writer_.unsent();
}

void websocket_transport::flush() {
  if (ended_)
    return;
  const auto bytes = unsent();
  sending_ = bytes.size();
  if (bytes.empty())
    settle();
  else
    home_.loop().send(*this, bytes);
}

void websocket_transport::sent(std::size_t count, error_code error) {
  if (error) {
    write_failed(error);
  } else {
    // More may have been queued since `flush`.
    const auto is_whole = count == sending_;
    if (head_)
      head_->sent(count);
    else
      writer_.sent(count);
    if (!is_whole) {
      writer_.block();
      home_.loop().await_writable(*this);
    }
  }
  settle();
}

void websocket_transport::writable() {
  writer_.unblock();
  home_.flush_later(*this);
}

void websocket_transport::settle() {
  if (ended_)
    return;
  if (head_) {
    if (head_->is_written())
      head_written();
    return;
  }
  if (closing_ && client_closed_ && writer_.is_empty())
    drain();
  if (!closing_ && writer_.has_drained())
    report(outbound_drained{});
}

void websocket_transport::head_written() {
  if (is_http_only_) {
    drain();
    return;
  }
  head_.reset();
  if (!writer_.is_empty())
    home_.flush_later(*this);
  report(handshake_done{});
}

void websocket_transport::write_failed(error_code error) {
  // A read fails as well, and knows the reason better: the client's close may
  // have come already.
  if ((is_reading_ || wants_message_) && !closing_ && !head_) {
    writer_.drop();
    home_.arm(linger_, bounds_.close_timeout);
  } else {
    report_end(error.message());
  }
}

// -- closing ------------------------------------------------------------------

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
  socket_.shutdown_send();
  read();
}

std::shared_ptr<transport> make_websocket_transport(io_unit& home,
                                                    tcp_socket socket,
                                                    const limits& bounds) {
  return std::make_shared<websocket_transport>(home, std::move(socket), bounds);
}

} // namespace stagedoor
