#pragma once

#include "stagedoor/permissions/credentials/authenticator.hpp"
#include "stagedoor/permissions/credentials/group_table.hpp"

#include "caf/error.hpp"
#include "caf/expected.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// The largest value of `jwt_options::leeway`.
inline constexpr std::chrono::hours jwt_leeway_max{1};

/// Says which JSON Web Tokens (RFC 7519) are accepted.
struct jwt_options {
  /// The path of a JWKS, a public key in PEM or a secret, see `parse_web_keys`.
  std::string key_file;
  /// The required value of the claim `iss`; absent if any value is accepted.
  /// Must not be empty.
  std::optional<std::string> issuer;
  /// The required value of the claim `aud`, or an entry of its list; absent if
  /// any value is accepted. Set it if the issuer signs for other services too.
  /// Must not be empty.
  std::optional<std::string> audience;
  /// The most that the clocks of issuer and server may differ, up to
  /// `jwt_leeway_max`.
  std::chrono::milliseconds leeway{30'000};
  /// Whether a token without `exp` is refused. Otherwise such a token never
  /// expires.
  bool expiry_required = false;
  /// The most bytes of a token. A longer one is refused unread.
  std::size_t token_bytes_max = 8192;
  /// The claims that become attributes of the user, at the same places; dots
  /// reach into nested objects. No name may be inside another. At most
  /// `credential_limits::attribute_claims_max`.
  std::vector<std::string> attribute_claims;
  /// The codenames that groups give to their users. A group that is not in the
  /// table gives none.
  group_table groups;
  /// The time between two checks of the key file.
  std::chrono::milliseconds key_check_interval{5'000};
  /// The same while tokens come with a key that is not in the file.
  std::chrono::milliseconds missing_key_interval{1'000};
  /// Called when the key file has become bad, on any thread that asks the
  /// authenticator. The earlier keys stay in use.
  std::function<void(const caf::error&)> on_reload_error;
  /// The clock; empty for that of the system.
  std::function<std::chrono::system_clock::time_point()> clock;
};

/// Returns an authenticator for JSON Web Tokens that are signed with HS256,
/// RS256 or ES256. The key decides which of these it is, never the token. A
/// token is refused if
/// - it does not have three parts in strict base64url, or is too long;
/// - its header has `crit`, an `alg` other than the key's, or a `kid` that is
///   not in the JWKS (keys in a header, or links to keys, are never used);
/// - its signature was not made with the key;
/// - the time is later than `exp` or earlier than `nbf` by more than the
///   leeway, or these are not numbers (fractions count, and the bounds
///   themselves are still valid);
/// - `iss` or `aud` do not have the value that the options require;
/// - a claim in the list below has the wrong type, or `is_active` is false.
///
/// `sub`, an integer or a string, becomes the user's id (a string stays one);
/// the name is `preferred_username`, else `username`, else `sub`; `roles`,
/// `groups` and `permissions` are lists of strings, `is_staff` and
/// `is_superuser` booleans. Each claim of `attribute_claims` is an integer, a
/// boolean or a string of 1 to 1024 bytes. All other claims are ignored, `iat`
/// among them, because `nbf` says from when a token is valid.
///
/// The identity expires at `exp` plus the leeway. No part of a token is kept or
/// logged.
/// @returns errc::invalid_key_file with a line that names the file, or
///          errc::invalid_option.
caf::expected<authenticator_ptr> make_jwt_authenticator(jwt_options options);

} // namespace stagedoor
