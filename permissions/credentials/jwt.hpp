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

namespace stagedoor {

/// The most that `jwt_options::leeway` may be.
inline constexpr std::chrono::hours jwt_leeway_max{1};

/// How JSON Web Tokens (RFC 7519) are taken.
struct jwt_options {
  /// A JWKS, a public key in PEM or a secret: see `parse_web_keys`.
  std::string key_file;
  /// What the claim `iss` must be; absent: anything. Not empty.
  std::optional<std::string> issuer;
  /// What the claim `aud` must be or have in its list; absent: anything. To be
  /// set wherever the issuer signs for other services too. Not empty.
  std::optional<std::string> audience;
  /// How far the clocks of issuer and server may differ; up to
  /// `jwt_leeway_max`.
  std::chrono::milliseconds leeway{30'000};
  /// Whether a token without `exp` is refused; else it never expires.
  bool expiry_required = false;
  /// Bytes of a token; a longer one is refused unread.
  std::size_t token_bytes_max = 8192;
  /// What a user's `groups` give; other groups give nothing.
  group_table groups;
  /// Time between two looks at the key file.
  std::chrono::milliseconds key_check_interval{5'000};
  /// The same while tokens come with a key that is not in it.
  std::chrono::milliseconds missing_key_interval{1'000};
  /// Hears of a key file that has become bad, on any thread that asks the
  /// authenticator; the keys that it had go on.
  std::function<void(const caf::error&)> on_reload_error;
  /// The time; empty: that of the system.
  std::function<std::chrono::system_clock::time_point()> clock;
};

/// Takes JSON Web Tokens that are signed with HS256, RS256 or ES256. The key
/// says which of them, never the token. A token is refused if
/// - it is not three parts in strict base64url, or too long;
/// - its header has `crit`, an `alg` other than the key's, or a `kid` that is
///   not in the JWKS (a key that a header carries or points to is not used);
/// - its signature is not the key's;
/// - it is later than `exp` or earlier than `nbf`, by more than the leeway (the
///   bounds themselves are in), or these are no numbers; fractions count;
/// - `iss` or `aud` are not what the options say;
/// - a claim that we read has the wrong type, or `is_active` is false.
///
/// `sub`, an integer or a string, becomes the user's id (a string stays one);
/// the name is `preferred_username`, else `username`, else `sub`; `roles`,
/// `groups` and `permissions` are lists of strings, `is_staff` and
/// `is_superuser` booleans. No other claim goes anywhere; `iat` is not looked
/// at, as a token says by `nbf` from when it holds.
///
/// The identity expires at `exp` and the leeway. Nothing of a token is kept,
/// logged or told.
/// @returns errc::invalid_key_file with a line that names the file, or
///          errc::invalid_option.
caf::expected<authenticator_ptr> make_jwt_authenticator(jwt_options options);

} // namespace stagedoor
