#include "stagedoor/protocol/websocket/frames.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace stagedoor {

namespace {

// The first byte of a frame.
constexpr unsigned final_bit = 0x80;
constexpr unsigned compressed_bit = 0x40;
constexpr unsigned reserved_bits = 0x30;
constexpr unsigned opcode_bits = 0x0F;
constexpr unsigned control_bit = 0x08;

// The second one. A length over 125 follows in two or in eight bytes.
constexpr unsigned mask_bit = 0x80;
constexpr unsigned length_bits = 0x7F;
constexpr unsigned two_byte_length = 126;
constexpr unsigned eight_byte_length = 127;

constexpr std::size_t mask_bytes = 4;

/// The numbers of frames have the most significant byte first.
std::uint64_t read_number(const char* from, std::size_t bytes) {
  std::uint64_t result = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    result = result << 8 | static_cast<unsigned char>(from[i]);
  return result;
}

void append_number(std::string& out, std::uint64_t number, std::size_t bytes) {
  for (auto i = bytes; i > 0; --i)
    out += static_cast<char>(number >> (8 * (i - 1)));
}

std::size_t bytes_of_length(unsigned length_field) {
  return length_field == two_byte_length     ? 2
         : length_field == eight_byte_length ? 8
                                             : 0;
}

/// Eight bytes at a time.
void unmask(char* payload, std::size_t size, const char* mask) {
  std::uint64_t wide = 0;
  std::memcpy(&wide, mask, mask_bytes);
  std::memcpy(reinterpret_cast<char*>(&wide) + mask_bytes, mask, mask_bytes);
  std::size_t i = 0;
  for (; i + sizeof(wide) <= size; i += sizeof(wide)) {
    std::uint64_t part = 0;
    std::memcpy(&part, payload + i, sizeof(part));
    part ^= wide;
    std::memcpy(payload + i, &part, sizeof(part));
  }
  for (; i < size; ++i)
    payload[i] = static_cast<char>(payload[i] ^ mask[i % mask_bytes]);
}

/// RFC 6455, section 7.4, with the codes registered since.
bool is_valid_close_code(std::uint64_t code) {
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014)
         || (code >= 3000 && code <= 4999);
}

} // namespace

void append_frame(std::string& out, opcode kind, std::string_view payload,
                  bool compressed) {
  out += static_cast<char>(final_bit | (compressed ? compressed_bit : 0U)
                           | static_cast<unsigned>(kind));
  if (payload.size() < two_byte_length) {
    out += static_cast<char>(payload.size());
  } else if (payload.size() <= 0xFFFF) {
    out += static_cast<char>(two_byte_length);
    append_number(out, payload.size(), 2);
  } else {
    out += static_cast<char>(eight_byte_length);
    append_number(out, payload.size(), 8);
  }
  out += payload;
}

void append_close(std::string& out, close_code code, std::string_view reason) {
  std::string payload;
  append_number(payload, static_cast<std::uint16_t>(code), 2);
  auto room = control_payload_bytes_max - payload.size();
  if (reason.size() > room) {
    // Cut between two characters.
    while (room > 0
           && (static_cast<unsigned char>(reason[room]) & 0xC0U) == 0x80U)
      --room;
    reason = reason.substr(0, room);
  }
  append_frame(out, opcode::close, payload += reason);
}

written_frame first_frame(std::string_view frames) {
  const unsigned first = static_cast<unsigned char>(frames[0]);
  const unsigned length_field = static_cast<unsigned char>(frames[1]);
  const auto more = bytes_of_length(length_field);
  const auto payload_bytes = static_cast<std::size_t>(
      more == 0 ? length_field : read_number(frames.data() + 2, more));
  return {2 + more + payload_bytes, payload_bytes, (first & control_bit) != 0};
}

frame_reader::violation frame_reader::violation::not_utf8() {
  return {close_code::invalid_utf8, "a text that is not UTF-8"};
}

frame_reader::violation frame_reader::violation::too_big() {
  return {close_code::message_too_big, "a message over the limit"};
}

/// The first bytes of a frame, up to its payload.
struct frame_reader::frame_header {
  bool is_final;
  bool is_compressed;
  bool has_reserved;
  bool is_masked;
  unsigned kind;
  std::uint64_t payload_bytes;
  /// Whether the length is in as few bytes as it can be.
  bool is_shortest;

  [[nodiscard]] bool is_control() const { return (kind & control_bit) != 0; }
};

/// @returns what is wrong with a header, empty if nothing is.
std::string_view frame_reader::check(const frame_header& head) const {
  if (head.has_reserved)
    return "a reserved bit";
  if (!head.is_masked)
    return "a frame without a mask";
  if (!head.is_shortest || head.payload_bytes >> 63 != 0)
    return "a bad length";
  if (head.is_control()) {
    if (head.kind > static_cast<unsigned>(opcode::pong))
      return "an unknown control frame";
    if (!head.is_final || head.is_compressed
        || head.payload_bytes > control_payload_bytes_max)
      return "a bad control frame";
    return {};
  }
  if (head.kind > static_cast<unsigned>(opcode::binary))
    return "an unknown data frame";
  const auto continues =
      head.kind == static_cast<unsigned>(opcode::continuation);
  if (continues != in_parts_)
    return continues ? "a continuation of nothing" : "a message in a message";
  if (head.is_compressed && (continues || !compression_))
    return "a compressed frame";
  return {};
}

frame_reader::result frame_reader::next(std::span<char>& bytes) {
  if (!in_parts_ && !parts_.empty())
    std::string{}.swap(parts_); // The message before has been used.
  while (bytes.size() >= 2) {
    const auto first = static_cast<unsigned char>(bytes[0]);
    const auto second = static_cast<unsigned char>(bytes[1]);
    const unsigned length_field = second & length_bits;
    const auto more = bytes_of_length(length_field);
    const auto mask_at = 2 + more;
    if (bytes.size() < mask_at)
      return need_more{};
    const auto size =
        more == 0 ? length_field : read_number(bytes.data() + 2, more);
    const frame_header head{(first & final_bit) != 0,
                            (first & compressed_bit) != 0,
                            (first & reserved_bits) != 0,
                            (second & mask_bit) != 0,
                            first & opcode_bits,
                            size,
                            more == 0 || size > (more == 2 ? 125U : 0xFFFFU)};
    if (auto why = check(head); !why.empty())
      return violation{close_code::protocol_error, why};
    // Before the payload has come: it need not be kept.
    if (!head.is_control() && size > message_bytes_max_ - parts_.size())
      return violation::too_big();
    if (!head.is_control() && !in_parts_)
      begin_message(head);
    const auto payload_at = mask_at + mask_bytes;
    if (bytes.size() < payload_at)
      return need_more{};
    if (bytes.size() - payload_at < size) {
      const auto* mask = bytes.data() + mask_at;
      if (!head.is_control() && is_plain_text()
          && !check_early({mask + mask_bytes, bytes.size() - payload_at}, mask))
        return violation::not_utf8();
      return need_more{};
    }
    auto* payload = bytes.data() + payload_at;
    const auto payload_bytes = static_cast<std::size_t>(size);
    unmask(payload, payload_bytes, bytes.data() + mask_at);
    bytes = bytes.subspan(payload_at + payload_bytes);
    auto event = head.is_control() ? control(head, {payload, payload_bytes})
                                   : data(head, {payload, payload_bytes});
    if (!std::holds_alternative<need_more>(event))
      return event;
  }
  return need_more{};
}

frame_reader::result frame_reader::control(const frame_header& head,
                                           std::string_view payload) const {
  switch (static_cast<opcode>(head.kind)) {
  case opcode::ping:
    return ping{payload};
  case opcode::pong:
    return pong{};
  default:
    break;
  }
  if (payload.empty())
    return close{close_code::no_status, {}};
  const auto code = payload.size() < 2 ? 0 : read_number(payload.data(), 2);
  if (!is_valid_close_code(code))
    return violation{close_code::protocol_error, "a bad close code"};
  const auto reason = payload.substr(2);
  if (!is_utf8(reason))
    return violation{close_code::invalid_utf8, "a reason that is not UTF-8"};
  return close{static_cast<close_code>(code), reason};
}

void frame_reader::begin_message(const frame_header& head) {
  type_ = head.kind == static_cast<unsigned>(opcode::binary)
              ? frame_type::binary
              : frame_type::text;
  is_compressed_ = head.is_compressed;
}

/// Checks what has come of a text in a frame that is not whole.
/// @param masked the payload so far, which stays as it is.
bool frame_reader::check_early(std::string_view masked, const char* mask) {
  std::array<char, 256> part;
  while (checked_bytes_ < masked.size()) {
    const auto piece = masked.substr(checked_bytes_, part.size());
    std::array<char, mask_bytes> turned;
    for (std::size_t i = 0; i < mask_bytes; ++i)
      turned[i] = mask[(checked_bytes_ + i) % mask_bytes];
    std::copy(piece.begin(), piece.end(), part.begin());
    unmask(part.data(), piece.size(), turned.data());
    if (!text_.take({part.data(), piece.size()}))
      return false;
    checked_bytes_ += piece.size();
  }
  return true;
}

frame_reader::result frame_reader::data(const frame_header& head,
                                        std::string_view payload) {
  if (is_plain_text()
      && (!text_.take(payload.substr(std::exchange(checked_bytes_, 0)))
          || (head.is_final && !text_.is_whole())))
    return violation::not_utf8();
  auto whole = payload;
  if (in_parts_ || !head.is_final) {
    parts_ += payload;
    in_parts_ = !head.is_final;
    if (in_parts_)
      return need_more{};
    whole = parts_;
  }
  return message{whole, type_, is_compressed_};
}

} // namespace stagedoor
