#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/websocket/close_code.hpp"
#include "stagedoor/protocol/websocket/handshake.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

namespace stagedoor {

/// The opening request has come, and makes sense as HTTP/1.1.
struct head_arrived {
  opening_request request;
};

/// What came is not an opening request.
struct head_refused {
  refusal reason;
};

/// The 101 is written: messages may come and go.
struct handshake_done {};

/// One whole message; `payload` is valid while the event is handled.
struct message_arrived {
  std::string_view payload;
  frame_type type;
};

/// The outbound queue was full and is not any more.
struct outbound_drained {};

/// The socket is gone; nothing follows.
struct transport_ended {
  /// The code of the close, close_code::none if there was no close frame.
  close_code code = close_code::none;
  /// For the log.
  std::string reason;
};

/// What a connection hears from its socket.
struct transport_event {
  std::variant<head_arrived, head_refused, handshake_done, message_arrived,
               outbound_drained, transport_ended>
      what;
};

/// One socket as its connection sees it: first HTTP, then WebSocket. Reads
/// only when told to.
/// Thread rule: the unit's thread. Events come while no actor is running.
class transport {
public:
  using sink = std::function<void(transport_event)>;

  virtual ~transport() = default;

  /// The client's address and port.
  [[nodiscard]] virtual std::string peer() const = 0;

  /// Reads the opening request: head_arrived, head_refused or transport_ended.
  virtual void read_head(sink events) = 0;

  /// Sends a HTTP answer and ends: transport_ended when the client has closed
  /// its side, so that it sees the answer whatever it was sending.
  virtual void answer(http_answer answer) = 0;

  /// Sends the 101: handshake_done or transport_ended.
  /// @param compression whether permessage-deflate is negotiated.
  virtual void accept(std::string_view subprotocol, bool compression) = 0;

  /// Reads one message: message_arrived or transport_ended. At most one read
  /// at a time.
  virtual void read_message() = 0;

  /// Queues one text message.
  virtual void send(std::string_view text) = 0;

  /// Whether the outbound queue is at one of its limits.
  [[nodiscard]] virtual bool outbound_full() const = 0;

  /// How many bytes of the outbound queue the client's side has taken, ever
  /// growing.
  [[nodiscard]] virtual std::uint64_t bytes_taken() const = 0;

  /// How long ago the last byte of the client came.
  [[nodiscard]] virtual std::chrono::milliseconds silence() const = 0;

  /// Sends a ping.
  virtual void ping() = 0;

  /// Closes in order, behind what is queued: transport_ended when the client
  /// has answered.
  virtual void close(close_code code, std::string reason) = 0;

  /// Closes in order on its own. No event follows.
  virtual void close_and_forget(close_code code) = 0;

  /// Ends at once. No event follows.
  virtual void abort() = 0;
};

} // namespace stagedoor
