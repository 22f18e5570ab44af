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

/// A message that a client has sent; its member functions check its reply. The
/// reply is found by the action, route and `request_id` that it repeats, so
/// give messages a `request_id` if they have the same action and route and may
/// overtake each other.
/// Errors: expectations throw `failure`. A reply that was not as expected has
/// been taken too.
/// Thread rule: the thread of the test, as long as the world lives.
class sent_message {
public:
  sent_message(virtual_system& on, std::shared_ptr<virtual_socket> socket,
               std::size_t number);

  /// Takes the reply, whatever it is, and waits for it if a worker thread has
  /// to make it.
  /// @returns the envelope.
  json::object reply() const;

  /// Takes the reply, which must have this status.
  /// @returns the envelope.
  json::object expect_reply(int status) const;
  /// Takes the reply, which must have this status and this data.
  json::object expect_reply(int status, const json::value& data) const;

  /// Takes the reply, which must have this status and these errors.
  /// @returns the envelope.
  json::object expect_errors(int status, const json::array& errors) const;

  /// Checks that the reply has not come.
  void expect_no_reply() const;

private:
  virtual_system* system_;
  std::shared_ptr<virtual_socket> socket_;
  std::size_t number_;
};

/// One client of a world. It keeps the messages of the server in order until
/// the test takes them, with `reply`, `event` or `text`, or with an `expect_…`
/// function, which throws `failure` if the next message is another one. Replies
/// and events are taken each in their own order.
///
/// When a member function returns, all actors have come to rest: all effects of
/// a message are there, unless they wait for time or for a worker thread.
/// What is expected and is not there is waited for, because another thread may
/// send it: see `world::patience`.
/// Thread rule: the thread of the test, as long as the world lives.
class client {
public:
  client(virtual_system& on, std::shared_ptr<virtual_socket> socket);

  // -- what the client does ---------------------------------------------------

  /// Sends a message.
  /// @param route the route of the handler, with its query if it has one; empty
  ///        for the root handler.
  /// @param arguments the other keys of the message, among them a `request_id`.
  /// Errors: throws `failure` if the connection has been closed.
  sent_message push(std::string_view route, std::string_view action,
                    const json::object& arguments = {}) const;

  /// Sends a text as it is, for messages that `push` cannot make.
  sent_message push_text(std::string text,
                         frame_type type = frame_type::text) const;

  /// Closes the connection. What was sent before is answered first. With
  /// close_code::none the connection is lost at once.
  void disconnect(close_code code = close_code::normal) const;

  /// Stops answering pings, like a machine that has lost its network.
  void fall_silent() const;

  // -- what the client hears --------------------------------------------------

  /// Takes the next reply, whatever it is.
  /// @returns the envelope.
  json::object reply() const;
  /// Takes the next reply, which must have this status.
  json::object expect_reply(int status) const;
  /// Takes the next reply, which must have this status and this data.
  json::object expect_reply(int status, const json::value& data) const;
  /// Takes the next reply, which must have this status and these errors.
  json::object expect_errors(int status, const json::array& errors) const;

  /// Takes the next event, whatever it is: `{"type","data","status"}`.
  json::object event() const;
  /// Takes the next event, which must have this type.
  json::object expect_event(std::string_view type) const;
  /// Takes the next event, which must have this type and this data.
  json::object expect_event(std::string_view type,
                            const json::value& data) const;

  /// Takes the next message of the server, a reply or an event.
  /// @returns its text, byte by byte as it was sent.
  [[nodiscard]] std::string text() const;

  /// Checks that the test has taken all messages, and that the connection is
  /// open.
  void expect_nothing() const;

  /// Checks that the server closes the connection, or has closed it.
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
