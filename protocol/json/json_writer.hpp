#pragma once

#include "stagedoor/protocol/json/json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace stagedoor {

/// Appends compact JSON to a text, piece by piece. The pieces gather in a small
/// buffer first, so that the text grows once for all of them and not for each:
/// it is complete after `finish`.
///
/// What JSON cannot express is replaced, so that the text is JSON in any case:
/// bytes of a text or key that are not UTF-8 by U+FFFD, and a number that is
/// not finite by null. `finish` tells whether that happened.
class json_writer {
public:
  explicit json_writer(std::string& out) : out_(out) {}
  json_writer(const json_writer&) = delete;
  json_writer& operator=(const json_writer&) = delete;

  /// Appends what is JSON already: brackets, keys of ours.
  template <std::size_t N>
  void raw(const char (&literal)[N]) {
    static_assert(N <= buffer_bytes);
    // The size is constant: a few moves instead of a call.
    std::memcpy(room(N - 1), literal, N - 1);
    at_ += N - 1;
  }

  /// The same, however long it is.
  void raw(std::string_view json);

  /// Appends `text` with quotes and escapes.
  void text(std::string_view text);

  void integer(std::int64_t number);
  void integer(std::uint64_t number);

  /// Writes a double as JavaScript does.
  void number(double number);

  void boolean(bool x) {
    if (x)
      raw("true");
    else
      raw("false");
  }

  void value(const json::value& value);
  void array(const json::array& items);
  void object(const json::object& members);

  /// Appends what was written before.
  void copy(const json_text& written) {
    raw(written.view());
    is_exact_ = is_exact_ && written.is_exact();
  }

  /// Moves what is in the buffer behind the text.
  /// @returns whether nothing had to be replaced.
  bool finish() {
    flush();
    return is_exact_;
  }

private:
  /// The size of a buffer, no bound on what is written.
  static constexpr std::size_t buffer_bytes = 512;

  /// Where `size` more bytes may be written, at most `buffer_bytes`.
  char* room(std::size_t size) {
    if (static_cast<std::size_t>(buffer_ + buffer_bytes - at_) < size)
        [[unlikely]]
      flush();
    return at_;
  }

  void flush();
  void any_text(std::string_view text);

  std::string& out_;
  bool is_exact_ = true;
  char* at_ = buffer_;
  char buffer_[buffer_bytes];
};

} // namespace stagedoor
