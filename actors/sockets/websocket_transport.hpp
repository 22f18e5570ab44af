#pragma once

#include "stagedoor/actors/sockets/kernel_view.hpp"
#include "stagedoor/actors/sockets/outbound_queue.hpp"
#include "stagedoor/actors/transport.hpp"
#include "stagedoor/actors/units/io_unit.hpp"
#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/frames.hpp"
#include "stagedoor/protocol/websocket/head_parser.hpp"
#include "stagedoor/protocol/websocket/message_deflate.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// A TCP socket whose executor is known at compile time: type-erased executors
/// show in profiles.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                     boost::asio::io_context::executor_type>;

/// The transport of a TCP socket: Beast's HTTP parser for the opening request
/// (websocket_opening.cpp), then frames, see protocol/frames.hpp.
///
/// What has come is decoded where it was read, and what the actors answer in
/// one turn of the unit leaves in one write. While it waits it has no buffer
/// but the one for the first bytes of what comes next.
class websocket_transport final
    : public transport,
      public unit_socket,
      public std::enable_shared_from_this<websocket_transport> {
public:
  using error_code = boost::system::error_code;

  websocket_transport(io_unit& home, tcp_socket socket, const limits& bounds);

  [[nodiscard]] std::string peer() const override { return peer_; }

  // -- HTTP -------------------------------------------------------------------

  void read_head(sink events) override {
    events_ = std::move(events);
    head_ = std::make_unique<head_parser>(bounds_.head_bytes_max);
    read_more_head();
  }

  void answer(http_answer answer) override;
  void accept(std::string_view subprotocol, bool compression) override;

  // -- WebSocket --------------------------------------------------------------

  void read_message() override {
    wants_message_ = true;
    read_on();
  }

  void send(std::string_view text) override;

  [[nodiscard]] bool outbound_full() const override {
    return outbound_.is_full(bounds_);
  }

  [[nodiscard]] std::uint64_t bytes_taken() const override {
    return kernel_view(handle_).bytes_acknowledged;
  }

  [[nodiscard]] std::chrono::milliseconds silence() const override {
    return kernel_view(handle_).silence;
  }

  void ping() override;
  void close(close_code code, std::string reason) override;
  void close_and_forget(close_code code) override {
    events_ = nullptr;
    close(code, {});
  }

  void abort() override {
    events_ = nullptr;
    end_socket();
  }

  // -- unit_socket ------------------------------------------------------------

  void read() override;
  void deliver() override {
    auto self = shared_from_this();
    use_unread();
  }

  void flush() override;

private:
  /// Where the next frame goes.
  std::string& outbound() {
    if (outbound_.bytes().empty())
      outbound_.bytes() = home_.take_text();
    return outbound_.bytes();
  }

  template <class Event>
  void report(Event event) {
    // A copy: the handler may tell us to forget it.
    if (auto copy = events_)
      copy(transport_event{std::move(event)});
  }

  void report_end(std::string reason) {
    end_socket();
    // Who hears of it may let go of us.
    if (auto tell = std::exchange(events_, nullptr))
      tell(transport_event{transport_ended{closed_with_, std::move(reason)}});
  }

  void end_socket();

  // -- HTTP -------------------------------------------------------------------

  void read_more_head();
  void head_read(error_code error, std::size_t bytes);

  template <class F>
  void write_http(std::string text, F then);

  // -- reading ----------------------------------------------------------------

  [[nodiscard]] bool wants_frame() const {
    return !ended_ && !client_closed_ && (wants_message_ || closing_);
  }

  void read_on();
  void bytes_read(error_code error, std::size_t count);

  /// Reads what has come behind the first bytes.
  std::span<char> read_rest();
  void use_unread();

  /// Reads frames while they are wanted; what is left is kept by the caller.
  void use(std::span<char>& bytes);
  void on(frame_reader::need_more&) {}

  void on(frame_reader::message& whole);
  void on(frame_reader::ping& what);
  void on(frame_reader::pong&) {}

  void on(frame_reader::close& what);
  void on(frame_reader::violation& what);

  // -- writing and closing ----------------------------------------------------

  void wait_writable();
  void writable() {
    if (auto payload = std::exchange(late_pong_, nullptr); payload && !closing_)
      append_frame(outbound(), opcode::pong, *payload);
    flush();
  }

  void write_failed(error_code error);
  void begin_close(close_code code, std::string reason);

  /// Reads on until the client closes: closing a socket with unread bytes
  /// resets it, and a reset destroys what is on its way to the client.
  void drain();

  io_unit& home_;
  const limits& bounds_;
  int handle_;
  tcp_socket socket_;
  std::string peer_;
  sink events_;
  std::unique_ptr<head_parser> head_;
  std::unique_ptr<message_deflate> deflate_;

  frame_reader reader_;
  /// Where a read that waits for the client puts what comes; most messages fit.
  std::array<char, 512> first_bytes_;
  /// What has come and could not be used yet.
  std::string unread_;
  outbound_queue outbound_;
  std::unique_ptr<std::string> late_pong_;

  bool wants_message_ = false;
  bool is_reading_ = false;
  bool delivering_ = false;
  bool waits_to_write_ = false;
  /// The connection has met a full queue.
  bool was_full_ = false;
  /// A close frame is on its way; nothing is delivered any more.
  bool closing_ = false;
  /// Nothing more of the client is read as frames.
  bool client_closed_ = false;
  bool draining_ = false;
  bool ended_ = false;
  close_code closed_with_ = close_code::none;
  std::string close_reason_;
  /// Ends a close or an answer that the client does not take.
  deadline linger_;
};

/// Makes the transport of an accepted socket.
/// @param socket belongs to the `io_context` of `home`.
/// Thread rule: any thread; then as `transport` says.
std::shared_ptr<transport> make_websocket_transport(io_unit& home,
                                                    tcp_socket socket,
                                                    const limits& bounds);

} // namespace stagedoor
