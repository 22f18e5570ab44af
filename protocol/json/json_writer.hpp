#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace stagedoor {

/// Appends compact JSON to a text, piece by piece. The pieces gather in a small
/// buffer first, so that the text grows once for all of them and not for each:
/// it is complete after `finish`.
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

  /// Appends `text` with quotes and escapes. It must be UTF-8.
  void text(std::string_view text);

  void integer(std::int64_t number);
  void integer(std::uint64_t number);

  /// Writes a double as JavaScript does, and null for what is not finite.
  void number(double number);

  void value(const json::value& value);
  void array(const json::array& items);

  /// Moves what is in the buffer behind the text.
  void finish();

private:
  /// The size of a buffer, no bound on what is written.
  static constexpr std::size_t buffer_bytes = 512;

  /// Where `size` more bytes may be written, at most `buffer_bytes`.
  char* room(std::size_t size) {
    if (static_cast<std::size_t>(buffer_ + buffer_bytes - at_) < size)
        [[unlikely]]
      finish();
    return at_;
  }

  void long_text(std::string_view text);
  void object(const json::object& members);

  std::string& out_;
  char* at_ = buffer_;
  char buffer_[buffer_bytes];
};

} // namespace stagedoor
