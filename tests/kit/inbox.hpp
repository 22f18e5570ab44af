#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor::testing {

/// What a client has sent and what came back, until the test takes it. A reply
/// belongs to the first message without one that it echoes: with the same
/// action, route and request_id.
class inbox {
public:
  /// One text message of the server.
  struct entry {
    std::string text;
    json::object content;
    /// Else it is an event.
    bool is_reply = false;
    /// The number of the message that it replies to.
    std::optional<std::size_t> replies_to;
    bool is_taken = false;
  };

  /// Notes a message of the client.
  /// @returns its number, from 0.
  std::size_t sent(message_head head, std::string text);

  /// Notes a text message of the server.
  void received(std::string_view text);

  /// The oldest that has not been taken: of all, of replies, of events. Null if
  /// there is none. Valid until something is received.
  [[nodiscard]] entry* oldest();
  [[nodiscard]] entry* oldest_reply();
  [[nodiscard]] entry* oldest_event();

  /// The reply to a message, taken or not; null if none has come.
  [[nodiscard]] entry* reply_to(std::size_t number);

  /// What the client sent under a number.
  [[nodiscard]] const std::string& text_of(std::size_t number) const {
    return sent_.at(number).text;
  }

  /// What has not been taken, a line each, for failures.
  [[nodiscard]] std::string not_taken() const;

private:
  struct sent_entry {
    message_head head;
    std::string text;
    bool has_reply = false;
  };

  template <class Predicate>
  entry* oldest_of(Predicate wanted);

  std::vector<sent_entry> sent_;
  std::vector<entry> received_;
};

} // namespace stagedoor::testing
