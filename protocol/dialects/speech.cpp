#include "stagedoor/protocol/dialects/speech.hpp"

#include "stagedoor/protocol/dialects/dcrf_envelope.hpp"
#include "stagedoor/protocol/dialects/dcrf_message.hpp"
#include "stagedoor/protocol/envelope.hpp"

#include <utility>

namespace stagedoor {

decoding speech::decode(std::string_view payload, frame_type type,
                        const limits& limits, client_message& out) const {
  if (spoken == dialect::stagedoor)
    return decode_message(payload, type, limits, out);
  auto result = decode_dcrf_message(payload, type, limits);
  out = std::move(result.message);
  return result;
}

bool speech::append(std::string& out, const message_head& head,
                    const reply& reply) const {
  return spoken == dialect::dcrf ? append_dcrf_envelope(out, head, reply)
                                 : append_envelope(out, head, reply);
}

bool speech::append(std::string& out, const event& event) const {
  if (spoken == dialect::stagedoor)
    return append_event(out, event);
  std::string encoded;
  return append_event(encoded, event)
         && append_dcrf_event(out, encoded, has_streams);
}

std::string_view speech::say(std::string_view encoded,
                             std::string& room) const {
  if (spoken == dialect::stagedoor)
    return encoded;
  room.clear();
  if (!append_dcrf_event(room, encoded, has_streams))
    room.clear();
  return room;
}

} // namespace stagedoor
