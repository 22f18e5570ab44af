#include "stagedoor/protocol/websocket/bearer_token.hpp"

#include "stagedoor/protocol/base64url.hpp"
#include "stagedoor/protocol/utf8.hpp"
#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

using source = bearer_token::source;

constexpr std::string_view subprotocol_header = "sec-websocket-protocol";

/// What an offered subprotocol that is a credential begins with, in any case:
/// the name of a scheme has none.
constexpr std::string_view plain_prefix = "bearer.";
constexpr std::string_view encoded_prefix = "base64url.bearer.";

bool has_prefix(std::string_view text, std::string_view prefix) {
  return lower_case(text.substr(0, prefix.size())) == prefix;
}

/// The scheme of an `Authorization` as the log may name it. A single word may
/// be the secret itself, which somebody has sent without a scheme.
std::string name_of(std::string_view scheme, std::string_view value) {
  constexpr std::size_t name_bytes_max = 32;
  const auto is_name_character = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
           || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  if (value.empty() || scheme.size() > name_bytes_max
      || !std::all_of(scheme.begin(), scheme.end(), is_name_character))
    return "no scheme that is known";
  return "the scheme " + std::string(scheme);
}

/// What of `Authorization` is a credential. All lines are the same one.
void read_authorization(const fields& headers, bearer_token& out) {
  const auto lines = header_values(headers, "authorization");
  if (lines.empty() || lines.front().empty())
    return;
  const auto line = lines.front();
  const auto end = std::min(line.find_first_of(" \t"), line.size());
  const auto scheme = lower_case(line.substr(0, end));
  const auto value = trim(line.substr(end));
  if (scheme == "basic") {
    out.basic_ignored = true;
    return;
  }
  out.from = source::header;
  if (scheme == "bearer" || scheme == "token")
    out.token = value;
  else
    out.fault = "Authorization has " + name_of(line.substr(0, end), value);
}

bool is_token_name(std::string_view name) {
  return name == "token" || name == "access_token";
}

void take_out_of_query(fields& query, bearer_token& out) {
  for (const auto& [name, value] : query)
    if (out.from == source::none && is_token_name(name) && !value.empty()) {
      out.from = source::query;
      out.token = value;
    }
  std::erase_if(query,
                [](const auto& field) { return is_token_name(field.first); });
}

void use_subprotocol(std::string_view offered, bearer_token& out) {
  out.in_subprotocols = true;
  if (out.from != source::none)
    return;
  out.from = source::subprotocol;
  if (has_prefix(offered, plain_prefix)) {
    out.token = offered.substr(plain_prefix.size());
    return;
  }
  auto decoded = decode_base64url(offered.substr(encoded_prefix.size()));
  if (decoded && is_utf8(*decoded) && decoded->find('\0') == std::string::npos)
    out.token = std::move(*decoded);
  else
    out.fault = "the token among the subprotocols is no text in base64url";
}

/// Writes the lists of such headers anew, without the credentials in them; a
/// header of which nothing is left goes.
void take_out_of_subprotocols(fields& headers, bearer_token& out) {
  fields kept;
  for (auto& header : headers) {
    const auto offered = header.first == subprotocol_header
                             ? parse_list({header}, subprotocol_header)
                             : std::vector<std::string>{};
    if (std::none_of(offered.begin(), offered.end(), is_credential)) {
      kept.push_back(std::move(header));
      continue;
    }
    std::string rest;
    for (const auto& name : offered)
      if (is_credential(name))
        use_subprotocol(name, out);
      else
        rest += (rest.empty() ? "" : ", ") + name;
    if (!rest.empty())
      kept.emplace_back(header.first, std::move(rest));
  }
  headers = std::move(kept);
}

} // namespace

bool is_credential(std::string_view subprotocol) {
  return has_prefix(subprotocol, plain_prefix)
         || has_prefix(subprotocol, encoded_prefix);
}

bool has_two_authorizations(const fields& headers) {
  const auto lines = header_values(headers, "authorization");
  return std::adjacent_find(lines.begin(), lines.end(), std::not_equal_to<>{})
         != lines.end();
}

bearer_token take_token(fields& headers, fields& query, const fields& cookies,
                        std::string_view cookie) {
  bearer_token result;
  read_authorization(headers, result);
  take_out_of_query(query, result);
  take_out_of_subprotocols(headers, result);
  const auto* value = cookie.empty() ? nullptr : find_field(cookies, cookie);
  if (result.from == source::none && value != nullptr && !value->empty()) {
    result.from = source::cookie;
    result.token = *value;
  }
  return result;
}

} // namespace stagedoor
