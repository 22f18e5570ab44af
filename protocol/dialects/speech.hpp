#pragma once

#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/dialects/dialect.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <string>
#include <string_view>

namespace stagedoor {

/// How an endpoint speaks with its clients: the one place where dialects
/// differ. All other parts of the server know the messages, replies and events
/// of protocol/README.md only.
struct speech {
  dialect spoken = dialect::stagedoor;
  /// Whether the endpoint has routes below its root. Clients of the dialect
  /// dcrf then expect a stream around each message.
  bool has_streams = false;
  /// Whether the pages of a list follow each other by themselves. Only the
  /// dialect dcrf has that.
  bool sends_all_pages = false;

  /// Decodes one message, see `decode_message` and `decode_dcrf_message`.
  /// @param out an empty message, which gets what was decoded.
  [[nodiscard]] decoding decode(std::string_view payload, frame_type type,
                                const limits& limits,
                                client_message& out) const;

  /// Appends the reply to a message that `decode` has decoded.
  /// @returns false if it has something that JSON cannot express. The client
  ///          must not get the text then.
  [[nodiscard]] bool append(std::string& out, const message_head& head,
                            const reply& reply) const;

  /// Appends an event.
  /// @returns false as above.
  [[nodiscard]] bool append(std::string& out, const event& event) const;

  /// Returns what the client gets in place of an event that was encoded once
  /// for many clients, as protocol/envelope.hpp encodes it.
  /// @param room where another text is written, if it is one.
  /// @returns an empty text if that was no event.
  [[nodiscard]] std::string_view say(std::string_view encoded,
                                     std::string& room) const;
};

} // namespace stagedoor
