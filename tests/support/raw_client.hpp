#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answer_date.hpp"

namespace stagedoor::test {

/// An opening request as text: a good one for `target`, changed line by line.
class opening_text {
public:
  explicit opening_text(std::string target = "/ws/");

  /// Replaces the request line.
  opening_text& line(std::string text);
  /// Adds a header, or replaces the value of the one with that name.
  opening_text& set(const std::string& name, std::string value);
  /// Adds a header beside those with the same name.
  opening_text& add(std::string name, std::string value);
  opening_text& drop(const std::string& name);

  [[nodiscard]] std::string str() const;

private:
  std::string line_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

/// The whole 101 to an `opening_text`.
/// @param more what follows the usual headers, with its line ends.
std::string switching_protocols(std::string_view more = {});

/// A TCP connection to a port of 127.0.0.1 that does nothing of its own.
/// Everything blocks, for the timeout at most. What fails throws
/// std::runtime_error, a timeout too.
class raw_client {
public:
  static constexpr std::chrono::seconds timeout{5};

  explicit raw_client(std::uint16_t port);
  ~raw_client();

  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void send_bytes(std::string_view bytes);

  /// Sends what the kernel takes without waiting.
  /// @returns how many bytes.
  std::size_t send_what_fits(std::string_view bytes);

  /// Reads exactly `count` bytes.
  std::string read_bytes(std::size_t count);

  /// Reads a whole HTTP answer: up to the end of the head for a 101, to the
  /// end that `Content-Length` names, else to the end of the stream. Its date
  /// is checked, see `with_date_checked`.
  std::string read_http_answer();

  /// Sends `request` and reads the answer.
  std::string ask_http(const opening_text& request);

  /// Reads what still comes.
  std::string read_until_eof();

  /// Receives what still comes, for the functions that read.
  /// @returns whether the server ended the stream; if not, it cut it off.
  bool receive_rest();
  /// Whether something has been received that has not been read.
  [[nodiscard]] bool has_unread() const { return !unread_.empty(); }

  /// Waits for the server's end of the stream.
  /// @returns whether it comes before any other byte.
  bool expect_eof() { return read_until_eof().empty(); }

  /// Waits for the end of the connection, dropping what still comes.
  /// @returns whether the server cut it off instead of ending it.
  bool is_reset();

  /// Ends our side of the stream.
  void end();
  /// Closes the socket.
  void close();
  /// Closes the socket so that the server sees a reset.
  void reset();

  [[nodiscard]] int native_handle() const { return socket_; }

private:
  /// @returns false at the end of the stream.
  bool receive();

  int socket_ = -1;
  /// Received, but not read.
  std::string unread_;
};

/// Opcodes of RFC 6455.
enum class opcode : std::uint8_t {
  continuation = 0,
  text = 1,
  binary = 2,
  close = 8,
  ping = 9,
  pong = 10,
};

struct frame {
  bool fin = true;
  std::uint8_t rsv = 0;
  opcode kind = opcode::text;
  std::string payload;
};

/// What a close frame says. Code 0: the frame carried none.
struct close_text {
  std::uint16_t code = 0;
  std::string reason;

  bool operator==(const close_text&) const = default;
};

std::ostream& operator<<(std::ostream& out, const close_text& what);

/// What a whole text message says; throws if it is another frame.
std::string parse_text(frame message);

/// Reads a close frame; throws if it is another one.
close_text parse_close(const frame& what);

/// Writes one frame as bytes.
std::string encode_frame(bool fin, opcode kind, std::string_view payload,
                         bool masked = true, std::uint8_t rsv = 0);

/// A WebSocket client by hand, so that it can do everything wrong. It answers
/// nothing by itself, neither pings nor closes.
class websocket_client : public raw_client {
public:
  using raw_client::raw_client;

  /// Opens a WebSocket; throws unless the server answers 101.
  websocket_client(std::uint16_t port, const opening_text& request);
  websocket_client(std::uint16_t port, std::string target)
      : websocket_client(port, opening_text(std::move(target))) {}

  void send_text(std::string_view text);
  void send_binary(std::string_view bytes);
  void send_frame(bool fin, opcode kind, std::string_view payload,
                  bool masked = true, std::uint8_t rsv = 0);
  void send_close(std::uint16_t code = 1000, std::string_view reason = {});

  frame read_frame();
  /// Reads one whole text message; throws if anything else comes.
  std::string read_text();
  /// Reads a close frame; throws if anything else comes.
  close_text read_close();

  /// Sends a text and reads the next one.
  std::string ask(std::string_view text);

  /// Closes as it should be done: after the server.
  /// @returns the server's close frame.
  close_text say_goodbye();
};

} // namespace stagedoor::test
