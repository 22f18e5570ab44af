#include "load/frame_reader.hpp"

#include <cstddef>
#include <cstdint>

#include "load/frame.hpp"

namespace stagedoor::load {

namespace {

constexpr unsigned bits_per_byte = 8;
constexpr std::size_t control_bytes_max = 125;
/// More than any test sends; a length beyond it is a broken frame.
constexpr std::uint64_t payload_bytes_max = 1U << 30U;

unsigned byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

frame_event broken(std::string_view why) {
  return {frame_event::kind::broken, why};
}

/// Where the payload of a frame lies.
struct extent {
  std::size_t begin;
  std::uint64_t size;
};

/// @returns nullopt if the head of the frame is not all there.
std::optional<extent> payload_extent(std::string_view bytes) {
  constexpr unsigned length_bits = 0x7F;
  constexpr unsigned two_bytes = 126;
  constexpr unsigned eight_bytes = 127;
  constexpr std::size_t short_head = 2;
  if (bytes.size() < short_head)
    return std::nullopt;
  auto length = byte_at(bytes, 1) & length_bits;
  if (length < two_bytes)
    return extent{short_head, length};
  auto head = short_head + (length == eight_bytes ? 8U : 2U);
  if (bytes.size() < head)
    return std::nullopt;
  std::uint64_t size = 0;
  for (auto i = short_head; i < head; ++i)
    size = size << bits_per_byte | byte_at(bytes, i);
  return extent{head, size};
}

} // namespace

std::optional<frame_event> frame_reader::next(std::string_view& bytes) {
  constexpr unsigned final_bit = 0x80;
  constexpr unsigned reserved_bits = 0x70;
  constexpr unsigned opcode_bits = 0x0F;
  constexpr unsigned control_bit = 0x08;
  constexpr unsigned mask_bit = 0x80;
  while (true) {
    auto where = payload_extent(bytes);
    if (!where)
      return std::nullopt;
    auto first = byte_at(bytes, 0);
    if ((first & reserved_bits) != 0)
      return broken("a frame with reserved bits");
    if ((byte_at(bytes, 1) & mask_bit) != 0)
      return broken("a frame that is masked");
    if (where->size > payload_bytes_max)
      return broken("a frame that is too long");
    if (bytes.size() - where->begin < where->size)
      return std::nullopt;
    auto payload = bytes.substr(where->begin, where->size);
    bytes.remove_prefix(where->begin + payload.size());
    auto final = (first & final_bit) != 0;
    auto kind = first & opcode_bits;
    auto event = (kind & control_bit) != 0 ? take_control(kind, final, payload)
                                           : take_data(kind, final, payload);
    if (event)
      return event;
  }
}

std::optional<frame_event>
frame_reader::take_control(unsigned kind, bool final,
                           std::string_view payload) {
  if (!final || payload.size() > control_bytes_max)
    return broken("a control frame that is fragmented or too long");
  switch (static_cast<opcode>(kind)) {
  case opcode::close:
    return frame_event{frame_event::kind::close, payload};
  case opcode::ping:
    return frame_event{frame_event::kind::ping, payload};
  case opcode::pong:
    return frame_event{frame_event::kind::pong, payload};
  default:
    return broken("a frame with a reserved opcode");
  }
}

/// @returns nullopt if the message has more frames.
std::optional<frame_event> frame_reader::take_data(unsigned kind, bool final,
                                                   std::string_view payload) {
  auto continues = static_cast<opcode>(kind) == opcode::continuation;
  if (kind > static_cast<unsigned>(opcode::binary))
    return broken("a frame with a reserved opcode");
  if (continues != open_)
    return broken("a frame that is out of its message");
  open_ = !final;
  if (!continues && final)
    return frame_event{frame_event::kind::message, payload};
  if (!continues)
    fragments_.clear();
  fragments_ += payload;
  if (!final)
    return std::nullopt;
  return frame_event{frame_event::kind::message, fragments_};
}

std::string close_text(std::string_view payload) {
  constexpr std::size_t code_bytes = 2;
  if (payload.size() < code_bytes)
    return "no code";
  auto result = std::to_string(byte_at(payload, 0) << bits_per_byte
                               | byte_at(payload, 1));
  if (payload.size() > code_bytes)
    result += " (" + std::string{payload.substr(code_bytes)} + ")";
  return result;
}

} // namespace stagedoor::load
