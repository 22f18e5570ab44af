#include "stagedoor/protocol/model/text_fields.hpp"

#include "stagedoor/protocol/json/spelling.hpp"
#include "stagedoor/protocol/model/addresses.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace stagedoor {

namespace {

constexpr const char* not_a_string = "Not a valid string.";
constexpr const char* not_a_slug =
    "Enter a valid \"slug\" consisting of letters, numbers, underscores or "
    "hyphens.";
constexpr const char* not_a_slug_of_any_language =
    "Enter a valid \"slug\" consisting of Unicode letters, numbers, "
    "underscores, or hyphens.";
constexpr const char* not_matching =
    "This value does not match the required pattern.";
constexpr const char* not_an_email = "Enter a valid email address.";
constexpr const char* not_a_url = "Enter a valid URL.";
constexpr const char* not_an_ip_address = "Enter a valid IPv4 or IPv6 address.";

/// What a value is told that is no text at all.
const char* wrong_type_text(field_kind kind) {
  switch (kind) {
  case field_kind::slug:
    return not_a_slug;
  case field_kind::regex:
    return not_matching;
  case field_kind::email:
    return not_an_email;
  case field_kind::url:
    return not_a_url;
  case field_kind::ip_address:
    return not_an_ip_address;
  default:
    return not_a_string;
  }
}

bool matches(std::string_view text, const RE2& pattern) {
  return RE2::PartialMatch({text.data(), text.size()}, pattern);
}

bool is_slug(std::string_view text, bool any_language) {
  static const RE2 ascii{R"(^[-a-zA-Z0-9_]+$)"};
  static const RE2 unicode{R"(^[-\p{L}\p{N}_]+$)"};
  return matches(text, any_language ? unicode : ascii);
}

const char* form_error(const field_rules& rules, std::string_view text) {
  switch (rules.kind) {
  case field_kind::slug:
    if (is_slug(text, rules.any_language))
      return nullptr;
    return rules.any_language ? not_a_slug_of_any_language : not_a_slug;
  case field_kind::regex:
    return matches(text, *rules.pattern) ? nullptr : not_matching;
  case field_kind::email:
    return is_email_address(text) ? nullptr : not_an_email;
  case field_kind::url:
    return is_url(text) ? nullptr : not_a_url;
  case field_kind::ip_address:
    break;
  default:
    return nullptr;
  }
  const bool is_v6 = short_ipv6_address(text, false).has_value();
  switch (rules.version) {
  case ip_version::v4:
    return is_ipv4_address(text) ? nullptr : "Enter a valid IPv4 address.";
  case ip_version::v6:
    return is_v6 ? nullptr : "Enter a valid IPv6 address.";
  case ip_version::any:
    break;
  }
  return is_v6 || is_ipv4_address(text) ? nullptr : not_an_ip_address;
}

/// Takes a word away wherever it stands.
void remove_all(std::string& text, std::string_view word) {
  for (auto at = text.find(word); at != std::string::npos;
       at = text.find(word, at))
    text.erase(at, word.size());
}

constexpr std::size_t uuid_digits = 32;

std::optional<uuid_bytes> uuid_from_text(std::string text) {
  remove_all(text, "urn:");
  remove_all(text, "uuid:");
  text.erase(0, std::min(text.find_first_not_of("{}"), text.size()));
  text.erase(text.find_last_not_of("{}") + 1);
  std::erase(text, '-');
  uuid_bytes bytes{};
  if (text.size() != uuid_digits)
    return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const char* begin = text.data() + 2 * i;
    const auto read = std::from_chars(begin, begin + 2, bytes[i], 16);
    if (read.ec != std::errc{} || read.ptr != begin + 2)
      return std::nullopt;
  }
  return bytes;
}

/// Divides the number that the bytes are by ten.
/// @returns the remainder.
unsigned divide_by_ten(uuid_bytes& bytes) {
  unsigned rest = 0;
  for (auto& byte : bytes) {
    rest = rest * 256 + byte;
    byte = static_cast<std::uint8_t>(rest / 10);
    rest %= 10;
  }
  return rest;
}

json::value uuid_as_integer(uuid_bytes bytes) {
  std::string text;
  while (bytes != uuid_bytes{})
    text += static_cast<char>('0' + divide_by_ten(bytes));
  std::reverse(text.begin(), text.end());
  std::uint64_t number = 0;
  const auto read =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec == std::errc::result_out_of_range)
    return json::string(text);
  return number;
}

} // namespace

validation_result to_canonical_text(const field_rules& rules,
                                    const json::value& value) {
  const auto* given = value.if_string();
  const bool is_address = rules.kind == field_kind::ip_address;
  if (!given && (is_address || !value.is_number()))
    return validation_result::error(wrong_type_text(rules.kind));
  if (is_address && given->find(':') != json::string::npos
      && rules.version != ip_version::v4) {
    const auto address =
        short_ipv6_address(*given, rules.version == ip_version::any);
    return address ? validation_result::valid(json::string(*address))
                   : validation_result::error(not_an_ip_address);
  }
  const auto text = spelled(value);
  return validation_result::valid(json::string(
      rules.keeps_whitespace ? std::string_view{text} : trimmed(text)));
}

void check_text(const field_rules& rules, std::string_view text,
                json::array& errors) {
  const auto size = count_characters(text);
  if (rules.size_max && size > *rules.size_max)
    errors.emplace_back(json::string("Ensure this field has no more than "
                                     + std::to_string(*rules.size_max)
                                     + " characters."));
  if (rules.size_min && size < *rules.size_min)
    errors.emplace_back(json::string("Ensure this field has at least "
                                     + std::to_string(*rules.size_min)
                                     + " characters."));
  if (text.find('\0') != std::string_view::npos)
    errors.emplace_back("Null characters are not allowed.");
  if (const auto* error = form_error(rules, text))
    errors.emplace_back(error);
}

std::optional<uuid_bytes> read_uuid(const json::value& value) {
  if (const auto* text = value.if_string())
    return uuid_from_text(std::string(*text));
  std::uint64_t number = 0;
  if (const auto* truth = value.if_bool())
    number = *truth ? 1 : 0;
  else if (const auto* wide = value.if_uint64())
    number = *wide;
  else if (const auto* integer = value.if_int64(); integer && *integer >= 0)
    number = static_cast<std::uint64_t>(*integer);
  else
    return std::nullopt;
  uuid_bytes bytes{};
  for (std::size_t i = bytes.size(); number > 0; number >>= 8U)
    bytes[--i] = static_cast<std::uint8_t>(number & 0xFFU);
  return bytes;
}

std::string write_uuid(const uuid_bytes& bytes) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    if (text.size() == 8 || text.size() == 13 || text.size() == 18
        || text.size() == 23)
      text += '-';
    text += hex[byte >> 4U];
    text += hex[byte & 0xFU];
  }
  return text;
}

json::value shown_uuid(uuid_form form, std::string_view canonical) {
  std::string text(canonical);
  switch (form) {
  case uuid_form::dashes:
    break;
  case uuid_form::digits:
    std::erase(text, '-');
    break;
  case uuid_form::urn:
    text.insert(0, "urn:uuid:");
    break;
  case uuid_form::integer:
    return uuid_as_integer(uuid_from_text(std::move(text)).value());
  }
  return json::string(text);
}

} // namespace stagedoor
