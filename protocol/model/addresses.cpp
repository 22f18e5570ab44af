#include "stagedoor/protocol/model/addresses.hpp"

#include "stagedoor/protocol/json/spelling.hpp"

#include <arpa/inet.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <vector>

namespace stagedoor {

namespace {

using re2::StringPiece;

StringPiece piece_to_match(std::string_view text) {
  return {text.data(), text.size()};
}

using groups = std::array<unsigned, 8>;

std::optional<groups> read_ipv6(std::string_view text) {
  // With a scope, as long as an address without one may be.
  constexpr std::size_t bytes_max = 39;
  if (text.size() > bytes_max)
    return std::nullopt;
  if (const auto percent = text.find('%'); percent != std::string_view::npos) {
    const auto scope = text.substr(percent + 1);
    if (scope.empty() || scope.find('%') != std::string_view::npos)
      return std::nullopt;
    text = text.substr(0, percent);
  }
  std::array<unsigned char, 16> bytes{};
  if (text.find('\0') != std::string_view::npos
      || inet_pton(AF_INET6, std::string(text).c_str(), bytes.data()) != 1)
    return std::nullopt;
  groups result{};
  for (std::size_t i = 0; i < result.size(); ++i)
    result[i] = bytes[2 * i] * 256U + bytes[2 * i + 1];
  return result;
}

std::string ipv4_text(unsigned high, unsigned low) {
  return std::to_string(high / 256) + '.' + std::to_string(high % 256) + '.'
         + std::to_string(low / 256) + '.' + std::to_string(low % 256);
}

/// Where the longest run of two or more zeros is; the first one of several.
struct zero_run {
  explicit zero_run(const groups& all) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::size_t end = i;
      while (end < all.size() && all[end] == 0)
        ++end;
      if (end - i > 1 && end - i > size) {
        begin = i;
        size = end - i;
      }
    }
  }
  std::size_t begin = 0;
  std::size_t size = 0;
};

std::string ipv6_text(const groups& all) {
  const zero_run zeros{all};
  std::string text;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (zeros.size > 0 && i == zeros.begin) {
      text += "::";
      i += zeros.size - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':')
      text += ':';
    std::array<char, 8> group{};
    std::snprintf(group.data(), group.size(), "%x", all[i]);
    text += group.data();
  }
  return text;
}

/// Whether an address is one of version 4, as version 6 maps them.
bool is_mapped(const groups& all) {
  return all[5] == 0xFFFF
         && std::all_of(all.begin(), all.begin() + 5,
                        [](unsigned group) { return group == 0; });
}

/// One label of a host name.
struct host_label {
  explicit host_label(std::string_view label)
      : text(label),
        is_ascii(std::all_of(label.begin(), label.end(), [](char c) {
          return static_cast<unsigned char>(c) < 0x80;
        })) {}

  /// Whether it has letters, digits and hyphens, and no hyphen at its ends.
  [[nodiscard]] bool is_good() const {
    static const RE2 good{
        R"((?i)[a-z0-9\x{a1}-\x{10ffff}](?:[a-z0-9\x{a1}-\x{10ffff}-]*)"
        R"([a-z0-9\x{a1}-\x{10ffff}])?)"};
    return RE2::FullMatch(piece_to_match(text), good)
           && count_characters(text) <= characters_max;
  }

  /// The same for a label that is written in ASCII if it is in another script:
  /// it is longer then, and begins and ends with other characters.
  [[nodiscard]] bool is_good_in_ascii() const {
    static const RE2 any_script{R"([a-zA-Z0-9\x{a1}-\x{10ffff}-]+)"};
    if (is_ascii)
      return is_good();
    return RE2::FullMatch(piece_to_match(text), any_script)
           && count_characters(text) + 4 <= characters_max;
  }

  static constexpr std::size_t characters_max = 63;

  std::string_view text;
  bool is_ascii;
};

std::vector<host_label> labels_of(std::string_view host) {
  std::vector<host_label> labels;
  for (;;) {
    const auto dot = host.find('.');
    labels.emplace_back(host.substr(0, dot));
    if (dot == std::string_view::npos)
      return labels;
    host.remove_prefix(dot + 1);
  }
}

/// Whether the host of an e-mail address is a name.
bool is_email_domain(std::string_view host) {
  static const RE2 last_form{R"((?i)[a-z0-9-]{1,62}[a-z0-9])"};
  const auto labels = labels_of(host);
  const auto& last = labels.back();
  return labels.size() > 1
         && std::all_of(
             labels.begin(), labels.end() - 1,
             [](const auto& label) { return label.is_good_in_ascii(); })
         && (last.is_ascii
                 ? RE2::FullMatch(piece_to_match(last.text), last_form)
                 : last.is_good_in_ascii());
}

/// Whether the host of a URL is a name, which may end in a dot.
bool is_url_domain(std::string_view host) {
  static const RE2 ascii{R"((?i)[a-z][a-z-]*[a-z]|xn--[a-z0-9]{1,59})"};
  static const RE2 any_script{R"([^0-9]*)"};
  if (host.ends_with('.'))
    host.remove_suffix(1);
  const auto labels = labels_of(host);
  const auto& last = labels.back();
  return labels.size() > 1
         && std::all_of(labels.begin(), labels.end(),
                        [](const auto& label) { return label.is_good(); })
         && RE2::FullMatch(piece_to_match(last.text),
                           last.is_ascii ? ascii : any_script);
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::equal(
      text.begin(), text.end(), lower.begin(), lower.end(), [](char c, char l) {
        return c == l || (c >= 'A' && c <= 'Z' && c - 'A' == l - 'a');
      });
}

bool is_ip_address(std::string_view text) {
  return is_ipv4_address(text) || read_ipv6(text).has_value();
}

} // namespace

bool is_ipv4_address(std::string_view text) {
  in_addr address{};
  return text.find('\0') == std::string_view::npos
         && inet_pton(AF_INET, std::string(text).c_str(), &address) == 1;
}

std::optional<std::string> short_ipv6_address(std::string_view text,
                                              bool mapped_as_v4) {
  const auto all = read_ipv6(text);
  if (!all)
    return std::nullopt;
  if (!is_mapped(*all))
    return ipv6_text(*all);
  const auto v4 = ipv4_text((*all)[6], (*all)[7]);
  return mapped_as_v4 ? v4 : "::ffff:" + v4;
}

bool is_email_address(std::string_view text) {
  constexpr std::size_t characters_max = 320;
  // A name in quotes may hold nearly every ASCII character.
  static const RE2 name{
      R"((?i)[-!#$%&'*+/=?^_`{}|~0-9a-z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9a-z]+)*|)"
      R"("(?:[\x01-\x08\x0b\x0c\x0e-\x1f!#-\[\]-\x7f]|)"
      R"(\\[\x01-\x09\x0b\x0c\x0e-\x7f])*")"};
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || count_characters(text) > characters_max
      || !RE2::FullMatch(piece_to_match(text.substr(0, at)), name))
    return false;
  const auto host = text.substr(at + 1);
  if (host == "localhost" || is_email_domain(host))
    return true;
  return host.size() > 2 && host.front() == '[' && host.back() == ']'
         && host.find('%') == std::string_view::npos
         && is_ip_address(host.substr(1, host.size() - 2));
}

bool is_url(std::string_view text) {
  constexpr std::size_t characters_max = 2048;
  constexpr std::size_t host_characters_max = 253;
  static const RE2 form{
      R"((?i)(?:https?|ftps?)://)"
      // User and password.
      R"((?:[^\pZ\s:@/]+(?::[^\pZ\s:@/]*)?@)?)"
      // A host, which is checked below, port, path, query and fragment.
      R"((\[[^\]]*\]|[^\[\]@:/?#]+)(?::\d{2,5})?)"
      R"((?:[/?#][^\pZ\s\x1c-\x1f\x{85}]*)?)"};
  StringPiece host;
  if (count_characters(text) > characters_max
      || !RE2::FullMatch(piece_to_match(text), form, &host))
    return false;
  const std::string_view name{host.data(), host.size()};
  if (name[0] == '[')
    return name.find('%') == std::string_view::npos
           && read_ipv6(name.substr(1, name.size() - 2)).has_value();
  return equals_ignoring_case(name, "localhost") || is_ipv4_address(name)
         || (is_url_domain(name)
             && count_characters(name) <= host_characters_max);
}

} // namespace stagedoor
