#include "stagedoor/protocol/websocket/request_target.hpp"

#include "stagedoor/protocol/query.hpp"
#include "stagedoor/protocol/utf8.hpp"
#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace stagedoor {

namespace {

bool is_one_of(char c, std::string_view characters) {
  return characters.find(c) != std::string_view::npos;
}

/// Whether a path may have this character: those of RFC 3986, section 3.3, and
/// brackets, bar and circumflex, which browsers do not escape there.
bool is_path_character(char c) {
  return c > ' ' && c <= '~' && !is_one_of(c, R"("#<>?\`{})");
}

/// Whether a query may have this character: all that are not in the query
/// percent-encode set of the URL standard, so that browsers do not escape them.
bool is_query_character(char c) {
  return c > ' ' && c <= '~' && !is_one_of(c, R"("#<>)");
}

/// Whether a decoded text is one that a scope may have: JSON carries UTF-8
/// only, and a NUL ends strings early in too many libraries.
bool is_clean(std::string_view decoded) {
  return is_utf8(decoded) && decoded.find('\0') == std::string_view::npos;
}

std::optional<std::string> decode_path(std::string_view text) {
  std::string result;
  for (; !text.empty(); text.remove_prefix(1)) {
    const auto byte = escaped_byte(text);
    if (!is_path_character(text.front()) || (text.front() == '%' && byte < 0))
      return std::nullopt;
    result += byte < 0 ? text.front() : static_cast<char>(byte);
    if (byte >= 0)
      text.remove_prefix(2);
  }
  if (!is_clean(result))
    return std::nullopt;
  return result;
}

/// @returns nothing if the query is malformed.
std::optional<fields> read_query(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_query_character))
    return std::nullopt;
  auto result = decode_query(text);
  for (const auto& [name, value] : result)
    if (!is_clean(name) || !is_clean(value))
      return std::nullopt;
  return result;
}

/// The text before the authority of a target in absolute form, such as
/// `http://`; empty if the target is in another form.
std::string_view scheme_of(std::string_view target) {
  const auto end = target.find("://");
  if (target.starts_with('/') || end == std::string_view::npos)
    return {};
  const auto scheme = lower_case(target.substr(0, end));
  // Those that lead to this server.
  const auto is_known = scheme == "http" || scheme == "https" || scheme == "ws"
                        || scheme == "wss";
  return is_known ? target.substr(0, end + 3) : std::string_view{};
}

} // namespace

bool is_host(std::string_view text) {
  // Some versions of Boost.URL take an IPv6 address with a zone, which means
  // something on the client's machine only.
  const auto has_zone =
      text.starts_with('[') && text.find('%') != std::string_view::npos;
  const auto parsed = boost::urls::parse_authority(text);
  return !has_zone && parsed && !parsed->has_userinfo();
}

std::string_view authority_of(std::string_view target) {
  const auto scheme = scheme_of(target);
  if (scheme.empty())
    return {};
  target.remove_prefix(scheme.size());
  return target.substr(0, target.find_first_of("/?"));
}

bool parse_target(std::string_view target, std::string& path, fields& query) {
  if (const auto scheme = scheme_of(target); !scheme.empty()) {
    const auto authority = authority_of(target);
    if (authority.empty() || authority.starts_with(':') || !is_host(authority))
      return false;
    target.remove_prefix(scheme.size() + authority.size());
  } else if (!target.starts_with('/')) {
    return false;
  }
  const auto end = std::min(target.find('?'), target.size());
  auto decoded_path = decode_path(end == 0 ? "/" : target.substr(0, end));
  target.remove_prefix(std::min(end + 1, target.size()));
  auto decoded_query = read_query(target);
  if (!decoded_path || !decoded_query)
    return false;
  path = std::move(*decoded_path);
  query = std::move(*decoded_query);
  return true;
}

} // namespace stagedoor
