#pragma once

#include "stagedoor/protocol/model/field.hpp"

#include <re2/re2.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

enum class field_kind : std::uint8_t {
  text,
  slug,
  regex,
  email,
  url,
  ip_address,
  uuid,
  integer,
  floating,
  decimal,
  boolean,
  date,
  time,
  date_time,
  duration,
  choice,
  multiple_choice,
  list,
  dictionary,
  json,
  json_text,
  anything,
  reference,
  object
};

/// What a field has been told. The rules that do not concern its kind have no
/// effect.
struct field_rules {
  field_kind kind = field_kind::anything;

  bool required = true;
  bool nullable = false;
  bool may_be_blank = false;
  bool read_only = false;
  bool write_only = false;
  bool unique = false;
  std::optional<server_value> filled_with = std::nullopt;
  std::optional<json::value> default_value = std::nullopt;
  std::vector<field_check> checks = {};

  /// Of texts.
  bool keeps_whitespace = false;
  bool any_language = false;
  std::shared_ptr<const RE2> pattern = nullptr;
  ip_version version = ip_version::any;
  uuid_form form = uuid_form::dashes;

  /// The least and the greatest number of characters or items.
  std::optional<std::size_t> size_min = std::nullopt;
  std::optional<std::size_t> size_max = std::nullopt;
  bool may_be_empty = true;

  /// Of numbers and durations; null where there is no bound.
  json::value least = nullptr;
  json::value most = nullptr;
  integer_width width = integer_width::any;
  std::optional<std::size_t> digits_max = std::nullopt;
  std::optional<std::size_t> places = std::nullopt;
  bool as_number = false;
  std::chrono::minutes zone{0};

  /// Of collections: null if the children are anything.
  std::vector<json::value> choices = {};
  std::shared_ptr<const field> child = nullptr;

  /// Of references and objects.
  std::string model = {};
  std::string by = "pk";
  key_type key = key_type::integer;
  bool many = false;
  std::shared_ptr<const object_description> object = nullptr;
};

/// Converts a value that is not null to its canonical form, without checking
/// its bounds.
validation_result to_canonical(const field_rules& rules,
                               const json::value& value,
                               const validation_context& context);

} // namespace stagedoor
