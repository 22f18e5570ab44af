#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/websocket/close_code.hpp"
#include "stagedoor/protocol/websocket/handshake.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <variant>

namespace stagedoor {

/// The head of an opening request has arrived and is HTTP/1.1.
struct head_arrived {
  opening_request request;
};

/// The bytes that arrived are not an opening request.
struct head_refused {
  refusal reason;
};

/// The 101 has been written. Messages can be read and sent from now on.
struct handshake_done {};

/// One whole message. The payload is valid while the event is handled.
struct message_arrived {
  std::string_view payload;
  frame_type type;
};

/// The client sends nothing more, because its close frame or the end of its
/// stream has come. The connection owes it `transport::answer_close`.
struct client_closed {};

/// The outbound queue was full and has room again.
struct outbound_drained {};

/// The socket has ended. This is the last event.
struct transport_ended {
  /// The code of the close; close_code::none if there was no close frame.
  close_code code = close_code::none;
  /// The reason for the log.
  std::string reason;
};

/// An event of a socket for its connection.
struct transport_event {
  std::variant<head_arrived, head_refused, handshake_done, message_arrived,
               client_closed, outbound_drained, transport_ended>
      what;
};

/// The owner of a socket, as the socket sees it.
class transport_owner {
public:
  /// Something has happened at the socket. The owner may have the socket forget
  /// it, and may end.
  virtual void happened(transport_event& event) = 0;

protected:
  ~transport_owner() = default;
};

/// One socket as its connection sees it. It speaks HTTP first and WebSocket
/// then, and reads only when the connection asks it to.
/// Thread rule: the unit's thread. Events come while no actor is running.
class transport {
public:
  virtual ~transport() = default;

  /// Returns the client's address and port.
  [[nodiscard]] virtual std::string peer() const = 0;

  /// Reads the opening request. The event is head_arrived, head_refused or
  /// transport_ended.
  /// @param owner hears of all events, until `abort` or `close_and_forget`.
  virtual void read_head(transport_owner& owner) = 0;

  /// Sends an HTTP answer and ends. The event transport_ended comes when the
  /// client has closed its side, so that the client sees the answer even if it
  /// is still sending.
  virtual void answer(http_answer answer) = 0;

  /// Sends the 101. The event is handshake_done or transport_ended.
  /// @param compression whether the server agrees to permessage-deflate.
  virtual void accept(std::string_view subprotocol, bool compression) = 0;

  /// Reads one message. The event is message_arrived, client_closed or
  /// transport_ended. At most one read may be under way.
  virtual void read_message() = 0;

  /// Queues one text message.
  virtual void send(std::string_view text) = 0;

  /// Returns whether the outbound queue has reached one of its limits.
  [[nodiscard]] virtual bool outbound_full() const = 0;

  /// Returns how many bytes of the outbound queue the client's machine has
  /// taken. The number only grows.
  [[nodiscard]] virtual std::uint64_t bytes_taken() const = 0;

  /// Returns the time since the last byte of the client.
  [[nodiscard]] virtual std::chrono::milliseconds silence() const = 0;

  /// Sends a WebSocket ping.
  virtual void ping() = 0;

  /// Closes in order, behind the queued messages. The event transport_ended
  /// comes when the client has answered.
  virtual void close(close_code code, std::string reason) = 0;

  /// Answers the client's close behind the queued messages, with the code and
  /// the reason of the client. The event transport_ended follows.
  virtual void answer_close() = 0;

  /// Closes in order without the connection. No event follows.
  virtual void close_and_forget(close_code code) = 0;

  /// Ends the socket at once. No event follows.
  virtual void abort() = 0;
};

} // namespace stagedoor
