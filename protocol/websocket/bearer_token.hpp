#pragma once

#include "stagedoor/protocol/scope.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace stagedoor {

/// The credentials of an opening request.
struct bearer_token {
  enum class source : std::uint8_t {
    none,
    header,
    query,
    subprotocol,
    cookie,
  };
  source from = source::none;
  std::string token;
  /// Why no authenticator can know these credentials, for the log; empty if one
  /// has to be asked. Never a part of the credentials.
  std::string fault;
  /// The header `Authorization` has the scheme Basic, which is a proxy's.
  bool basic_ignored = false;
  /// A token is among the offered subprotocols, also if another source counts.
  bool in_subprotocols = false;
};

/// Finds the credentials of an opening request, in this order: the header
/// `Authorization` with the scheme `Bearer` or `Token`, the query under `token`
/// or `access_token`, an offered subprotocol `bearer.<token>` or
/// `base64url.bearer.<token in base64url>`, the cookie of that name.
///
/// An empty token counts as a token in the header and in a subprotocol. It does
/// not in the query and in a cookie, because applications end a session with
/// an empty one. The scheme `Basic` is ignored. Any other scheme has a fault.
///
/// Removes all credentials from the query and from the `sec-websocket-protocol`
/// headers, also where another source wins. The list of subprotocols is made
/// from those headers afterwards.
/// @param cookie the name of a cookie that may hold a token; empty for none.
bearer_token take_token(fields& headers, fields& query, const fields& cookies,
                        std::string_view cookie);

/// Whether an offered subprotocol is a token, which begins with `bearer.` or
/// `base64url.bearer.` in any case.
bool is_credential(std::string_view subprotocol);

/// Whether the request has two lines `Authorization` that differ. Nobody can
/// tell which of them the client means.
bool has_two_authorizations(const fields& headers);

} // namespace stagedoor
