#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/websocket/close_code.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace stagedoor::testing {

class virtual_socket;
class virtual_system;

/// A message that a client has sent, to say what is expected of its reply. It
/// is told by what it echoes: of two messages that may overtake each other and
/// have the same action and route, give each a `request_id`.
/// Errors: expectations throw `failure`; what a failed expectation looked at is
/// taken all the same.
/// Thread rule: the thread of the test, as long as the world lives.
class sent_message {
public:
  sent_message(virtual_system& on, std::shared_ptr<virtual_socket> socket,
               std::size_t number);

  /// Takes the reply, whatever it says, and waits for it if a worker thread has
  /// to make it.
  /// @returns the envelope.
  json::object reply() const;

  /// Takes the reply: it has this status.
  /// @returns the envelope.
  json::object expect_reply(int status) const;
  /// The same with this data.
  json::object expect_reply(int status, const json::value& data) const;

  /// Takes the reply: it has this status and these errors.
  /// @returns the envelope.
  json::object expect_errors(int status, const json::array& errors) const;

  /// The reply has not come yet, or never comes.
  void expect_no_reply() const;

private:
  virtual_system* system_;
  std::shared_ptr<virtual_socket> socket_;
  std::size_t number_;
};

/// One client of a world. What comes from the server is kept in order until it
/// is taken: by `expect_…`, which throws `failure` if it is not what comes
/// next, or by `reply`, `event` and `text`. Replies and events are taken each
/// in their own order.
///
/// All actors have come to rest when a member function returns, so that what a
/// message does has been done, unless it waits for time or for a worker thread.
/// Thread rule: the thread of the test, as long as the world lives.
class client {
public:
  client(virtual_system& on, std::shared_ptr<virtual_socket> socket);

  // -- what the client does ---------------------------------------------------

  /// Sends a message.
  /// @param route the handler below the endpoint; empty for the root.
  /// @param arguments stand in the message beside `action` and `route`; a
  ///        `request_id` as well.
  /// Errors: throws `failure` if the connection has been closed.
  sent_message push(std::string_view route, std::string_view action,
                    const json::object& arguments = {}) const;

  /// Sends a text as it is, for what `push` cannot say.
  sent_message push_text(std::string text,
                         frame_type type = frame_type::text) const;

  /// Closes the connection; close_code::none cuts it off.
  void disconnect(close_code code = close_code::normal) const;

  /// Answers no pings any more, as a machine that has lost its network.
  void fall_silent() const;

  // -- what the client hears --------------------------------------------------

  /// Takes the next reply, whatever it says.
  /// @returns the envelope.
  json::object reply() const;
  /// Takes the next reply: it has this status.
  json::object expect_reply(int status) const;
  /// The same with this data.
  json::object expect_reply(int status, const json::value& data) const;
  /// Takes the next reply: it has this status and these errors.
  json::object expect_errors(int status, const json::array& errors) const;

  /// Takes the next event, whatever it says: `{"type","data","status"}`.
  json::object event() const;
  /// Takes the next event: it is of this type.
  json::object expect_event(std::string_view type) const;
  /// The same with this data.
  json::object expect_event(std::string_view type,
                            const json::value& data) const;

  /// Takes the next message of the server, a reply or an event.
  /// @returns its text, byte by byte as it was sent.
  [[nodiscard]] std::string text() const;

  /// Nothing has come that was not taken, and the connection is open.
  void expect_nothing() const;

  /// The server has closed the connection, or does so without being asked.
  /// @returns the reason.
  std::string expect_close(std::uint16_t code) const;
  std::string expect_close(close_code code) const {
    return expect_close(static_cast<std::uint16_t>(code));
  }

  [[nodiscard]] bool is_open() const;

  /// The subprotocol that the endpoint picked; empty for none.
  [[nodiscard]] const std::string& subprotocol() const;

private:
  virtual_system* system_;
  std::shared_ptr<virtual_socket> socket_;
};

} // namespace stagedoor::testing
