#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include "caf/expected.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <string>
#include <string_view>
#include <variant>

namespace stagedoor {

/// Parses one JSON text strictly by RFC 8259: UTF-8 without a byte-order mark,
/// no lone surrogates, and nothing behind the value. Integers have 64 bits and
/// may be signed or unsigned; every other number becomes the nearest double. If
/// a key comes twice, the last one wins.
/// @param depth_max the most levels of objects and arrays; the outermost is
///        level 1.
/// @returns errc::malformed_message for any other text, and for a number that
///          no double can hold finitely.
caf::expected<json::value> parse_json(std::string_view text,
                                      std::size_t depth_max);

/// Whether a text is JSON that `parse_json` takes.
/// @returns its error; nothing if it is.
caf::error check_json(std::string_view text, std::size_t depth_max);

/// The most levels of JSON from another node. It is above the largest
/// `json_depth_max`, so that every node accepts what another node has accepted.
inline constexpr std::size_t wire_depth_max = 512;

/// Says of a value, in a log, that it has something that JSON cannot express.
inline constexpr std::string_view not_json_text =
    "text that is not UTF-8, or a number that is not finite";

/// Appends `value` as compact JSON. Doubles are written as JavaScript writes
/// them, in the shortest form that reads back the same. Bytes of a text or key
/// that are not UTF-8 are replaced by U+FFFD, and a number that is not finite
/// by null.
/// @returns whether nothing had to be replaced.
bool append_json(std::string& out, const json::value& value);

/// The same for `text`, which becomes a JSON string with its quotes.
bool append_json(std::string& out, std::string_view text);

/// Returns `value` as compact JSON, with the same replacements.
std::string to_json(const json::value& value);

/// Returns `text` as a JSON string with its quotes: UTF-8 on one line, whatever
/// is in `text`.
std::string to_json_string(std::string_view text);

class json_text;
class json_writer;

/// What can be written as JSON: a text, whatever converts to a value of
/// Boost.JSON, and what has been written before.
template <class T>
concept json_writable = std::same_as<T, json_text> || std::convertible_to<
    const T&, std::string_view> || std::convertible_to<const T&, json::value>;

/// What stands between the brackets of `json_text{...}`. It refers to what it
/// was made of, and is used up in the expression that makes it.
class json_part {
public:
  json_part(std::nullptr_t) {}

  /// Pairs of a text and something are an object, and all else is an array. An
  /// object keeps the first of the members with one key.
  json_part(std::initializer_list<json_part> list) : what_(list) {}

  template <json_writable T>
  json_part(const T& x) : what_(refer_to(x)) {}

  void write_to(json_writer& out) const;

private:
  using parts = std::initializer_list<json_part>;

  /// Something that is made a value when it is written.
  struct convertible {
    const void* what;
    json::value (*convert)(const void* what);
  };

  using reference =
      std::variant<std::nullptr_t, bool, std::int64_t, std::uint64_t, double,
                   std::string_view, const json::value*, const json::object*,
                   const json::array*, const json_text*, parts, convertible>;

  template <class T>
  static reference refer_to(const T& x) {
    if constexpr (std::same_as<T, bool>)
      return x;
    else if constexpr (std::signed_integral<T>)
      return std::int64_t{x};
    else if constexpr (std::unsigned_integral<T>)
      return std::uint64_t{x};
    else if constexpr (std::floating_point<T>)
      return static_cast<double>(x);
    else if constexpr (std::convertible_to<const T&, std::string_view>)
      return std::string_view{x};
    else if constexpr (std::constructible_from<reference, const T*>)
      return &x;
    else
      return convertible{&x, [](const void* what) -> json::value {
                           return *static_cast<const T*>(what);
                         }};
  }

  /// The key of a member; null if this is no pair of a text and something.
  [[nodiscard]] const std::string_view* key() const;

  static void write(json_writer& out, parts list);
  static void write_members(json_writer& out, parts list);

  reference what_;
};

/// A JSON value as its compact text, as it travels. It is written once, where
/// it is made: `json_text{{"id", 1}, {"tags", {"a", "b"}}}` has the brackets of
/// a `json::value`, and makes none. What JSON cannot express is replaced, as
/// `append_json` does.
/// Thread rule: a value.
class json_text {
public:
  /// Null.
  json_text() = default;
  json_text(std::initializer_list<json_part> parts) { write(json_part(parts)); }
  template <json_writable T>
  requires(!std::same_as<T, json_text>) json_text(const T& x) {
    write(json_part(x));
  }

  /// Takes the compact text of a value over.
  static json_text of(std::string written);

  [[nodiscard]] std::string_view view() const {
    return is_null() ? std::string_view{"null"} : written_;
  }

  /// Parses the text. A double without a fraction has become an integer.
  [[nodiscard]] json::value value() const;

  [[nodiscard]] bool is_null() const { return written_.empty(); }
  [[nodiscard]] bool is_array() const { return written_.starts_with('['); }

  /// Whether nothing had to be replaced.
  [[nodiscard]] bool is_exact() const { return is_exact_; }

  friend bool operator==(const json_text&, const json_text&) = default;
  friend std::ostream& operator<<(std::ostream& out, const json_text& x);

private:
  void write(const json_part& part);

  /// Empty if it is null.
  std::string written_;
  bool is_exact_ = true;
};

} // namespace stagedoor
