#include "stagedoor/protocol/handshake.hpp"

#include "stagedoor/protocol/json.hpp"

#include <boost/url/authority_view.hpp>
#include <boost/url/grammar/ci_string.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>

namespace stagedoor {

namespace urls = boost::urls;

namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (auto& c : result)
    c = urls::grammar::to_lower(c);
  return result;
}

/// Calls `visit` with every trimmed item of `text` between `separator`s.
template <class Visit>
void split(std::string_view text, char separator, Visit visit) {
  while (true) {
    const auto end = text.find(separator);
    visit(trim(text.substr(0, end)));
    if (end == std::string_view::npos)
      return;
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string_view> values_of(const fields& headers,
                                        std::string_view name) {
  std::vector<std::string_view> result;
  for (const auto& [key, value] : headers)
    if (key == name)
      result.push_back(trim(value));
  return result;
}

/// Whether decoded text may go on: JSON carries UTF-8 only, and a NUL ends
/// strings early in too many libraries. Overlong forms, surrogates and what is
/// past U+10FFFF are no UTF-8.
bool is_clean(std::string_view text) {
  // By length; the 1 keeps the NUL out.
  constexpr std::array<char32_t, 5> least{0, 1, 0x80, 0x800, 0x10000};
  while (!text.empty()) {
    const auto lead = static_cast<unsigned char>(text.front());
    const std::size_t length = lead < 0x80           ? 1
                               : (lead >> 5) == 0x06 ? 2
                               : (lead >> 4) == 0x0E ? 3
                               : (lead >> 3) == 0x1E ? 4
                                                     : 0;
    if (length == 0 || text.size() < length)
      return false;
    char32_t code = length == 1 ? lead : lead & (0x7FU >> length);
    for (const char next : text.substr(1, length - 1)) {
      if ((next & 0xC0) != 0x80)
        return false;
      code = (code << 6) | (next & 0x3FU);
    }
    if (code < least[length] || code > 0x10FFFF
        || (code >= 0xD800 && code <= 0xDFFF))
      return false;
    text.remove_prefix(length);
  }
  return true;
}

struct answer_text {
  unsigned status;
  std::string_view detail;
  std::string_view code;
};

/// In the order of `refusal`.
constexpr std::array answer_texts{
    answer_text{431, "Request head too large", "head_too_large"},
    answer_text{408, "Request timed out", "timeout"},
    answer_text{400, "Bad request", "bad_request"},
    answer_text{503, "Service unavailable", "unavailable"},
    answer_text{404, "Not found", "not_found"},
    answer_text{426, "WebSocket upgrade required", "upgrade_required"},
    answer_text{426, "WebSocket version 13 required", "upgrade_required"},
    answer_text{400, "Bad WebSocket handshake", "bad_handshake"},
    answer_text{403, "Origin not allowed", "origin_not_allowed"},
    answer_text{401, "Invalid credentials", "bad_credentials"},
    answer_text{403, "Permission denied", "permission_denied"},
    answer_text{500, "A server error occurred", "server_error"},
};
static_assert(answer_texts.size()
              == static_cast<std::size_t>(refusal::server_error) + 1);

const answer_text& text_of(refusal reason) {
  return answer_texts.at(static_cast<std::size_t>(reason));
}

/// What a permission's status says where the permission itself says nothing.
answer_text text_of(unsigned status) {
  switch (status) {
  case 401:
    return {status, "Authentication credentials were not provided",
            "not_authenticated"};
  case 403:
    return text_of(refusal::permission_denied);
  case 429:
    return {status, "Request was throttled", "throttled"};
  case 504:
    return {status, "Request timed out", "timeout"};
  }
  for (const auto& row : answer_texts)
    if (row.status == status)
      return row;
  return text_of(status < 500 ? refusal::bad_request : refusal::server_error);
}

http_answer make_answer(unsigned status, std::string_view detail,
                        std::string_view code) {
  http_answer result;
  result.status = status;
  result.body = R"({"detail":)";
  append_json(result.body, detail);
  result.body += R"(,"code":)";
  append_json(result.body, code);
  result.body += '}';
  if (status == 401)
    result.headers.emplace_back("WWW-Authenticate", "Bearer");
  return result;
}

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
  if (authority.host_type() != urls::host_type::ipv6 && !is_host_name(out.host))
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
  if (!parsed->encoded_path().empty() || parsed->has_query()
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
  const auto hosts = values_of(headers, "host");
  if (hosts.size() != 1)
    return false;
  const auto authority = urls::parse_authority(hosts.front());
  origin_parts own{origin.scheme, {}, 0, false};
  return authority && read_authority(*authority, own).empty()
         && !own.any_subdomain && matches(own, origin);
}

bool list_contains(const fields& headers, std::string_view name,
                   std::string_view token) {
  const auto items = parse_list(headers, name);
  return std::any_of(items.begin(), items.end(), [&](const auto& item) {
    return urls::grammar::ci_is_equal(item, token);
  });
}

/// Whether `key` is 16 bytes in base64, as an encoder writes them: 22 digits,
/// of which the last one carries two bits only, and the padding.
bool is_websocket_key(std::string_view key) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr std::string_view two_bit_digits = "AQgw";
  return key.size() == 24 && key.ends_with("==")
         && key.substr(0, 22).find_first_not_of(digits)
                == std::string_view::npos
         && two_bit_digits.find(key[21]) != std::string_view::npos;
}

} // namespace

http_answer answer_of(refusal reason, limits::duration retry_after) {
  const auto text = text_of(reason);
  auto result = make_answer(text.status, text.detail, text.code);
  if (reason == refusal::unavailable) {
    // The header counts whole seconds, and 0 would ask for a busy loop.
    const auto whole = std::chrono::ceil<std::chrono::seconds>(retry_after);
    const auto seconds = std::max(whole, std::chrono::seconds{1}).count();
    result.headers.emplace_back("Retry-After", std::to_string(seconds));
  } else if (reason == refusal::upgrade_required) {
    result.headers.emplace_back("Upgrade", "websocket");
  } else if (reason == refusal::wrong_version) {
    result.headers.emplace_back("Sec-WebSocket-Version", "13");
  }
  return result;
}

http_answer answer_of(unsigned status, std::string_view detail,
                      std::string_view code) {
  // A refusal is never a success, a redirection to nowhere or an upgrade.
  if (status < 400 || status > 599)
    status = 403;
  const auto text = text_of(status);
  return make_answer(status, detail.empty() ? text.detail : detail,
                     code.empty() ? text.code : code);
}

bool parse_target(std::string_view target, std::string& path, fields& query) {
  const auto parsed = urls::parse_origin_form(target);
  if (!parsed)
    return false;
  std::string decoded_path = parsed->path();
  if (!is_clean(decoded_path))
    return false;
  urls::encoding_opts options;
  options.space_as_plus = true;
  fields decoded_query;
  for (const auto& param : parsed->params(options)) {
    if (!is_clean(param.key) || !is_clean(param.value))
      return false;
    // Nothing stands between two separators, or behind a lone question mark.
    if (param.key.empty() && !param.has_value)
      continue;
    decoded_query.emplace_back(param.key, param.value);
  }
  path = std::move(decoded_path);
  query = std::move(decoded_query);
  return true;
}

fields parse_cookies(const fields& headers) {
  fields result;
  for (const auto& header : values_of(headers, "cookie"))
    split(header, ';', [&](std::string_view pair) {
      const auto equals = pair.find('=');
      if (equals == std::string_view::npos)
        return;
      const auto name = trim(pair.substr(0, equals));
      auto value = trim(pair.substr(equals + 1));
      if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
        value = value.substr(1, value.size() - 2);
      if (!name.empty())
        result.emplace_back(name, value);
    });
  return result;
}

std::vector<std::string> parse_list(const fields& headers,
                                    std::string_view name) {
  std::vector<std::string> result;
  for (const auto& header : values_of(headers, name))
    split(header, ',', [&](std::string_view item) {
      if (!item.empty())
        result.emplace_back(item);
    });
  return result;
}

std::optional<refusal> check_upgrade(const opening_request& request) {
  const auto& headers = request.headers;
  if (request.method != "GET"
      || !list_contains(headers, "connection", "upgrade")
      || !list_contains(headers, "upgrade", "websocket"))
    return refusal::upgrade_required;
  const auto versions = values_of(headers, "sec-websocket-version");
  for (const auto& version : versions)
    if (version != "13")
      return refusal::wrong_version;
  const auto keys = values_of(headers, "sec-websocket-key");
  // RFC 6455, section 11.3, allows each of the two once.
  if (versions.size() != 1 || keys.size() != 1
      || !is_websocket_key(keys.front()))
    return refusal::bad_handshake;
  return std::nullopt;
}

bool origin_policy::allows(const opening_request& request) const {
  const auto origins = values_of(request.headers, "origin");
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
    return is_own_host(request.headers, origin);
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

bearer_token take_token(const fields& headers, fields& query) {
  bearer_token result;
  for (const auto& value : values_of(headers, "authorization")) {
    const auto end = value.find_first_of(" \t");
    if (!urls::grammar::ci_is_equal(value.substr(0, end), "bearer"))
      continue;
    result.from = bearer_token::source::header;
    if (end != std::string_view::npos)
      result.token = trim(value.substr(end));
    break;
  }
  if (const auto* token = find_field(query, "token");
      token != nullptr && result.from == bearer_token::source::none) {
    result.from = bearer_token::source::query;
    result.token = *token;
  }
  std::erase_if(query,
                [](const auto& field) { return field.first == "token"; });
  return result;
}

} // namespace stagedoor
