#include "stagedoor/protocol/utf8.hpp"

#include <boost/locale/utf.hpp>

#include <cstdint>
#include <cstring>

namespace stagedoor {

namespace {

/// What stands behind ASCII at the front.
std::string_view skip_ascii(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080;
  std::uint64_t part = 0;
  while (text.size() >= sizeof(part)) {
    std::memcpy(&part, text.data(), sizeof(part));
    if ((part & high_bits) != 0)
      return text;
    text.remove_prefix(sizeof(part));
  }
  while (!text.empty() && static_cast<unsigned char>(text.front()) < 0x80)
    text.remove_prefix(1);
  return text;
}

} // namespace

bool is_utf8(std::string_view text) {
  namespace utf = boost::locale::utf;
  text = skip_ascii(text);
  const auto* next = text.data();
  const auto* end = next + text.size();
  while (next != end)
    if (!utf::is_valid_codepoint(utf::utf_traits<char>::decode(next, end)))
      return false;
  return true;
}

} // namespace stagedoor
