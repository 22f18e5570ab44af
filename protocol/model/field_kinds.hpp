#pragma once

#include "stagedoor/protocol/json/boost_json.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

class field;
class object_description;

/// Which versions of the Internet Protocol an address may have.
enum class ip_version : std::uint8_t { any, v4, v6 };

/// Which integers a field takes: every one that has 64 bits, signed or not, or
/// only those of one type.
enum class integer_width : std::uint8_t {
  any,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64
};

/// How a reply shows a UUID: with dashes, as 32 digits, as `urn:uuid:…`, or as
/// an integer, which is a text if 64 bits cannot hold it.
enum class uuid_form : std::uint8_t { dashes, digits, urn, integer };

/// A value of a row that no client sends: its primary key, which the store
/// gives it; the id of the user who creates it; or the time when it is created,
/// or created or changed.
enum class server_value : std::uint8_t {
  primary_key,
  user_id,
  time_of_creation,
  time_of_change
};

/// What the key is by which a reference names a row.
enum class key_type : std::uint8_t { integer, text, uuid };

/// The kinds of fields. Each function makes a field that is required and may
/// not be null.
struct field_kinds {
  /// Text. White space at both ends is dropped, and numbers count as text.
  static field text();
  /// Letters, digits, hyphens and underscores.
  static field slug();
  /// Text in which RE2 finds `pattern`.
  /// @throws std::invalid_argument if RE2 does not compile it.
  static field regex(std::string_view pattern);
  static field email();
  static field url();
  static field uuid();
  static field ip_address(ip_version version = ip_version::any);

  static field integer(integer_width width = integer_width::any);
  static field floating();
  /// A number whose digits are kept. Its canonical form is a text that has all
  /// places, such as `"1.50"`.
  static field decimal(std::optional<std::size_t> digits_max,
                       std::optional<std::size_t> places);
  static field boolean();

  static field date();
  static field time();
  /// A point in time. A text without a zone is in UTC unless `in_zone` names
  /// another offset.
  static field date_time();
  static field duration();

  /// One of several values, found by its text: `"1"` chooses 1.
  static field choice(std::vector<boost::json::value> choices);
  /// A list of them, in which each counts once.
  static field multiple_choice(std::vector<boost::json::value> choices);

  static field list(field child);
  static field list();
  static field dictionary(field child);
  static field dictionary();
  /// Any JSON value.
  static field json();
  /// A text that holds JSON.
  static field json_text();
  /// Any JSON value, null too.
  static field anything();

  /// The key of a row of the model `model`.
  static field reference(std::string model, key_type key = key_type::integer);
  static field object(object_description description);
};

} // namespace stagedoor
