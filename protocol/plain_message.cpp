#include "stagedoor/protocol/plain_message.hpp"

#include "stagedoor/protocol/json/text_block.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

namespace stagedoor {

namespace {

/// All of these fit into 64 bits.
constexpr std::ptrdiff_t digits_max = 18;

/// What a text may hold: ASCII that needs no escape, and is none.
constexpr auto text_characters = [] {
  std::array<bool, 256> result{};
  for (std::size_t c = 0x20; c < 0x80; ++c)
    result[c] = c != '"' && c != '\\';
  return result;
}();

/// Skips what a text may hold.
/// @returns where the text may end, which is not behind its end.
const char* skip_text_characters(const char* at, const char* end) {
  constexpr std::ptrdiff_t block_bytes = sizeof(ascii_block);
  while (end - at >= block_bytes) {
    const auto length = first_of(find_special<ascii_block>(at));
    at += length;
    if (length < block_bytes)
      return at;
  }
  while (at != end && text_characters[static_cast<unsigned char>(*at)])
    ++at;
  return at;
}

constexpr bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Takes the parts of a message off its begin. Each function says whether there
/// was such a part.
class plain_reader {
public:
  explicit plain_reader(std::string_view payload)
      : at_(payload.data()), end_(payload.data() + payload.size()) {}

  bool sign(char which) {
    if (!sees(which))
      return false;
    ++at_;
    return true;
  }

  /// Whether that sign comes next.
  bool sees(char which) {
    while (at_ != end_ && is_blank(*at_))
      ++at_;
    return at_ != end_ && *at_ == which;
  }

  bool text(std::string_view& out) {
    if (!sign('"'))
      return false;
    const auto* begin = at_;
    at_ = skip_text_characters(at_, end_);
    out = {begin, at_};
    return at_ != end_ && *at_++ == '"';
  }

  /// Takes what is written as integers are: `-0`, `01` and `1.0` are not.
  bool integer(std::int64_t& out) {
    const auto* digits = at_ != end_ && *at_ == '-' ? at_ + 1 : at_;
    const auto* behind = digits;
    while (behind != end_ && is_digit(*behind))
      ++behind;
    const auto count = behind - digits;
    const auto is_sound = count > 0 && count <= digits_max
                          && (*digits != '0' || (count == 1 && digits == at_))
                          && behind != end_ && *behind != '.' && *behind != 'e'
                          && *behind != 'E';
    if (!is_sound)
      return false;
    std::from_chars(at_, behind, out);
    at_ = behind;
    return true;
  }

  bool end() {
    while (at_ != end_ && is_blank(*at_))
      ++at_;
    return at_ == end_;
  }

private:
  const char* at_;
  const char* end_;
};

/// Whether a key is one of the control keys that few messages have.
bool is_rare(std::string_view key) {
  return key.starts_with("once") && is_control_key(key);
}

/// Puts the parts of a message where they belong. Each function says whether
/// the part is sound, and the first of its key.
class plain_message {
public:
  plain_message(client_message& out, const limits& limits)
      : out_(out), limits_(limits) {}

  bool add(std::string_view key, std::string_view text) {
    if (key == "action") {
      if (out_.head.action)
        return false;
      out_.head.action.emplace(text);
      return true;
    }
    if (key == "route") {
      if (has_route_ || text.size() > limits_.route_bytes_max)
        return false;
      has_route_ = true;
      out_.head.route = text;
      return true;
    }
    if (key == "request_id" && text.size() > limits_.request_id_bytes_max)
      return false;
    return add_value(key, text);
  }

  bool add(std::string_view key, std::int64_t number) {
    return key != "action" && key != "route" && add_value(key, number);
  }

  [[nodiscard]] bool is_whole() const { return out_.head.action.has_value(); }

private:
  template <class T>
  bool add_value(std::string_view key, T value) {
    if (key != "request_id")
      return !is_rare(key) && out_.arguments.emplace(key, value).second;
    if (out_.head.request_id)
      return false;
    out_.head.request_id.emplace(value);
    return true;
  }

  client_message& out_;
  const limits& limits_;
  bool has_route_ = false;
};

bool read_member(plain_reader& reader, plain_message& message) {
  std::string_view key;
  if (!reader.text(key) || !reader.sign(':'))
    return false;
  if (reader.sees('"')) {
    std::string_view text;
    return reader.text(text) && message.add(key, text);
  }
  std::int64_t number = 0;
  return reader.integer(number) && message.add(key, number);
}

} // namespace

bool decode_plain_message(std::string_view payload, const limits& limits,
                          client_message& out) {
  plain_reader reader{payload};
  plain_message message{out, limits};
  if (!reader.sign('{'))
    return false;
  do
    if (!read_member(reader, message))
      return false;
  while (reader.sign(','));
  return reader.sign('}') && reader.end() && message.is_whole();
}

} // namespace stagedoor
