#include "stagedoor/protocol/fingerprint.hpp"

#include "stagedoor/protocol/assert.hpp"
#include "stagedoor/protocol/packed.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

namespace stagedoor {

namespace {

// What a value begins with.
constexpr std::uint64_t null_sign = 0;
constexpr std::uint64_t true_sign = 1;
constexpr std::uint64_t false_sign = 2;
constexpr std::uint64_t positive_sign = 3;
constexpr std::uint64_t negative_sign = 4;
constexpr std::uint64_t fraction_sign = 5;
constexpr std::uint64_t text_sign = 6;
constexpr std::uint64_t array_sign = 7;
constexpr std::uint64_t object_sign = 8;

void add(packer& to, std::int64_t number) {
  to.number(number < 0 ? negative_sign : positive_sign);
  const auto bits = static_cast<std::uint64_t>(number);
  to.number(number < 0 ? ~bits : bits);
}

void add(packer& to, std::uint64_t number) {
  to.number(positive_sign);
  to.number(number);
}

/// Adds a whole number as an integer would be added, if one holds it.
void add(packer& to, double number) {
  constexpr double least_int64 = -9223372036854775808.0;
  constexpr double beyond_uint64 = 18446744073709551616.0;
  if (std::trunc(number) != number || number < least_int64
      || number >= beyond_uint64) {
    to.number(fraction_sign);
    to.number(std::bit_cast<std::uint64_t>(number));
  } else if (number < 0) {
    add(to, static_cast<std::int64_t>(number));
  } else {
    add(to, static_cast<std::uint64_t>(number));
  }
}

void add(packer& to, const json::value& value);

void add(packer& to, const json::object& object) {
  std::vector<const json::key_value_pair*> members;
  members.reserve(object.size());
  for (const auto& member : object)
    members.push_back(&member);
  std::sort(members.begin(), members.end(),
            [](const auto* x, const auto* y) { return x->key() < y->key(); });
  to.number(object_sign);
  to.number(members.size());
  for (const auto* member : members) {
    to.text(member->key());
    add(to, member->value());
  }
}

/// As deep as the value, which the codec bounds.
void add(packer& to, const json::value& value) {
  switch (value.kind()) {
  case json::kind::null:
    to.number(null_sign);
    break;
  case json::kind::bool_:
    to.number(value.get_bool() ? true_sign : false_sign);
    break;
  case json::kind::int64:
    add(to, value.get_int64());
    break;
  case json::kind::uint64:
    add(to, value.get_uint64());
    break;
  case json::kind::double_:
    add(to, value.get_double());
    break;
  case json::kind::string:
    to.number(text_sign);
    to.text(value.get_string());
    break;
  case json::kind::array:
    to.number(array_sign);
    to.number(value.get_array().size());
    for (const auto& element : value.get_array())
      add(to, element);
    break;
  case json::kind::object:
    add(to, value.get_object());
    break;
  }
}

} // namespace

std::string fingerprint_of(const client_message& message) {
  packer parts;
  parts.text(message.head.route);
  parts.text(*message.head.action);
  add(parts, message.arguments);
  const auto text = parts.take();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  const auto is_made = EVP_Digest(text.data(), text.size(), digest.data(),
                                  &size, EVP_sha256(), nullptr)
                       == 1;
  STAGEDOOR_ASSERT(is_made);
  return {digest.begin(), digest.begin() + size};
}

} // namespace stagedoor
