#include "stagedoor/protocol/websocket/origin.hpp"

#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <boost/url/authority_view.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <charconv>

namespace stagedoor {

namespace urls = boost::urls;

namespace {

/// An origin, or an entry of `origin_policy::allowed` other than `*`.
struct origin_parts {
  std::string scheme;
  /// In lower case; for an entry with a wildcard, what follows `*.`.
  std::string host;
  /// 0 where the scheme has no default and none is given.
  unsigned port = 0;
  bool any_subdomain = false;
};

unsigned default_port(std::string_view scheme) {
  const bool is_secure = scheme == "https" || scheme == "wss";
  return is_secure ? 443 : scheme == "http" || scheme == "ws" ? 80 : 0;
}

bool is_host_name(std::string_view host) {
  const auto is_valid = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'
           || c == '_' || c == '.';
  };
  return !host.empty() && host.front() != '.'
         && host.find("..") == std::string_view::npos
         && std::all_of(host.begin(), host.end(), is_valid);
}

/// Reads host and port; the default port is that of `out.scheme`.
/// @returns an empty text, or what is wrong.
std::string read_authority(const urls::authority_view& authority,
                           origin_parts& out) {
  if (authority.has_userinfo())
    return "a user is not allowed";
  out.host = lower_case(std::string_view(authority.encoded_host()));
  if (out.host.starts_with("*.")) {
    out.any_subdomain = true;
    out.host.erase(0, 2);
  }
  // An address with a zone is a host for some versions of Boost.URL only.
  if (authority.host_type() == urls::host_type::ipv6
          ? out.host.find('%') != std::string::npos
          : !is_host_name(out.host))
    return "the host is not valid";
  out.port = default_port(out.scheme);
  if (!authority.has_port())
    return {};
  const std::string_view port = authority.port();
  const auto* end = port.data() + port.size();
  const auto [stop, error] = std::from_chars(port.data(), end, out.port);
  if (error != std::errc{} || stop != end || out.port < 1 || out.port > 65'535)
    return "the port is not a number from 1 to 65535";
  return {};
}

/// @returns an empty text, or what is wrong.
std::string read_origin(std::string_view text, origin_parts& out) {
  const auto parsed = urls::parse_uri(text);
  if (!parsed || !parsed->has_authority())
    return "it does not have the form scheme://host[:port]";
  // Some clients, and people who copy an address, write a slash at the end.
  const std::string_view path = parsed->encoded_path();
  if ((!path.empty() && path != "/") || parsed->has_query()
      || parsed->has_fragment())
    return "nothing may follow the host and the port";
  out.scheme = lower_case(std::string_view(parsed->scheme()));
  return read_authority(parsed->authority(), out);
}

bool matches(const origin_parts& entry, const origin_parts& origin) {
  if (entry.scheme != origin.scheme || entry.port != origin.port)
    return false;
  if (!entry.any_subdomain)
    return entry.host == origin.host;
  // Whole labels only, of which is_host_name lets none be empty.
  return origin.host.ends_with("." + entry.host);
}

bool is_own_host(const fields& headers, const origin_parts& origin) {
  // Only the web's schemes name a host that can be this server; the host of
  // another one (an extension's id) is from a different name space.
  if (origin.scheme != "http" && origin.scheme != "https")
    return false;
  const auto hosts = header_values(headers, "host");
  if (hosts.size() != 1)
    return false;
  const auto authority = urls::parse_authority(hosts.front());
  origin_parts own{origin.scheme, {}, 0, false};
  return authority && read_authority(*authority, own).empty()
         && !own.any_subdomain && matches(own, origin);
}

} // namespace

bool origin_policy::allows(const fields& headers) const {
  const auto origins = header_values(headers, "origin");
  if (origins.empty())
    return absent_allowed;
  if (std::find(allowed.begin(), allowed.end(), "*") != allowed.end())
    return true;
  origin_parts origin;
  // `null` is no origin in the form that is read here. One that claims to be a
  // wildcard would match the entry that it copies.
  if (origins.size() != 1 || !read_origin(origins.front(), origin).empty()
      || origin.any_subdomain)
    return false;
  if (allowed.empty())
    return is_own_host(headers, origin);
  return std::any_of(allowed.begin(), allowed.end(), [&](const auto& text) {
    origin_parts entry;
    return read_origin(text, entry).empty() && matches(entry, origin);
  });
}

std::string check_origin_entry(std::string_view origin) {
  origin_parts parts;
  const auto wrong = origin == "*" ? "" : read_origin(origin, parts);
  if (wrong.empty())
    return {};
  return std::string("origin \"").append(origin).append("\": ").append(wrong);
}

} // namespace stagedoor
