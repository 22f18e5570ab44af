#pragma once

#include "stagedoor/actors/sockets/frame_intake.hpp"
#include "stagedoor/actors/sockets/frame_writer.hpp"
#include "stagedoor/actors/sockets/head_exchange.hpp"
#include "stagedoor/actors/sockets/kernel_view.hpp"
#include "stagedoor/actors/sockets/tcp_socket.hpp"
#include "stagedoor/actors/transport.hpp"
#include "stagedoor/actors/units/io_unit.hpp"
#include "stagedoor/protocol/limits.hpp"
#include "stagedoor/protocol/websocket/message_deflate.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// The transport of a TCP socket: first HTTP (head_exchange.hpp), then frames
/// in both directions (frame_intake.hpp, frame_writer.hpp). It keeps the socket
/// and the order of the close.
///
/// What has come is decoded where it was read, and what the actors answer in
/// one turn of the unit leaves in one write.
class websocket_transport final
    : public transport,
      public unit_socket,
      public std::enable_shared_from_this<websocket_transport> {
public:
  websocket_transport(io_unit& home, tcp_socket socket, const limits& bounds);

  [[nodiscard]] std::string peer() const override { return peer_; }

  // -- HTTP -------------------------------------------------------------------

  void read_head(transport_owner& owner) override;
  void answer(http_answer answer) override;
  void accept(std::string_view subprotocol, bool compression) override;

  // -- WebSocket --------------------------------------------------------------

  void read_message() override {
    wants_message_ = true;
    read_on();
  }

  void send(std::string_view text) override;

  [[nodiscard]] bool outbound_full() const override {
    return writer_.is_full();
  }

  [[nodiscard]] std::uint64_t bytes_taken() const override {
    return kernel_view(socket_.handle()).bytes_acknowledged;
  }

  [[nodiscard]] std::chrono::milliseconds silence() const override {
    return kernel_view(socket_.handle()).silence;
  }

  void ping() override;
  void close(close_code code, std::string reason) override;
  void answer_close() override;
  void close_and_forget(close_code code) override {
    owner_ = nullptr;
    close(code, {});
  }

  void abort() override;

  // -- unit_socket ------------------------------------------------------------

  void deliver() override { use({}); }
  void flush() override;
  void received(std::span<char> bytes, error_code error) override;
  void sent(std::size_t count, error_code error) override;
  void writable() override;

private:
  template <class Event>
  void report(Event event) {
    if (owner_ == nullptr)
      return;
    transport_event what{std::move(event)};
    owner_->happened(what);
  }

  void report_end(std::string reason);

  // -- reading ----------------------------------------------------------------

  /// Asks for the next bytes, unless that has been done.
  void read();

  /// Asks for them if those that have come are used up.
  void read_on();

  void head_received(std::span<char> bytes, error_code error);

  /// Uses the frames of these bytes and of those that were kept before, while
  /// frames are wanted.
  void use(std::span<char> bytes);

  [[nodiscard]] std::optional<frame_reader::violation>
  expand(const frame_reader::message& whole, std::string& out);
  void on(frame_reader::message& whole);
  void on(frame_reader::ping& ping);
  void on(frame_reader::close& close);
  void on(frame_reader::violation& violation);

  // -- writing ----------------------------------------------------------------

  /// What the socket should take now; empty while it takes nothing.
  [[nodiscard]] std::string_view unsent() const;

  /// Does what had to wait until bytes were written.
  void settle();
  void head_written();
  void write_failed(error_code error);

  // -- closing ----------------------------------------------------------------

  /// How the connection closes.
  struct ending {
    close_code code;
    /// What the close frame of the server says.
    std::string reason;
    /// What the log says.
    std::string cause;
  };

  void client_ended(ending how);
  void begin_close(ending how);

  /// Reads on until the client closes: closing a socket with unread bytes
  /// resets it, and a reset destroys what is on its way to the client.
  void drain();

  io_unit& home_;
  const limits& bounds_;
  tcp_socket socket_;
  std::string peer_;
  /// Null once nobody hears of events any more.
  transport_owner* owner_ = nullptr;
  /// Until the 101 is written.
  std::unique_ptr<head_exchange> head_;
  /// What comes belongs to the head.
  bool is_reading_head_ = false;
  /// The answer is not the 101, and is all that the client gets.
  bool is_http_only_ = false;
  /// Null unless the client compresses messages.
  std::unique_ptr<message_deflate> deflate_;
  frame_intake intake_;
  frame_writer writer_;
  /// How many bytes the loop has been given to send at last.
  std::size_t sending_ = 0;

  /// Bytes have been asked for and have not come.
  bool is_reading_ = false;
  bool wants_message_ = false;
  /// A close frame is on its way; nothing is delivered any more.
  bool closing_ = false;
  /// Nothing more of the client is read as frames: its close has come, or
  /// something that is no frame, or the end of its stream.
  bool client_closed_ = false;
  bool draining_ = false;
  bool ended_ = false;
  /// From the first close frame on, or from the end of the client's stream.
  std::unique_ptr<ending> ending_;
  /// Ends a close or an answer that the client does not take.
  deadline linger_;
};

/// Makes the transport of an accepted socket.
/// Thread rule: any thread; then as `transport` says.
std::shared_ptr<transport> make_websocket_transport(io_unit& home,
                                                    tcp_socket socket,
                                                    const limits& bounds);

} // namespace stagedoor
