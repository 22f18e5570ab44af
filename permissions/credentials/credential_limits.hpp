#pragma once

#include <cstddef>

namespace stagedoor {

/// The limits of users files, keys and JSON Web Tokens. No option changes them;
/// those that an application sets are in `jwt_options`.
struct credential_limits {
  // -- a users file -----------------------------------------------------------

  /// Bytes of a users file.
  static constexpr std::size_t users_file_bytes_max = 16 * 1024 * 1024;
  /// Levels of nesting of a users file: of `attributes`, with the three levels
  /// around them.
  static constexpr std::size_t users_depth_max = 32;

  // -- a file of keys ---------------------------------------------------------

  /// Bytes of a key file. A JWKS has a few thousand.
  static constexpr std::size_t key_file_bytes_max = 1024 * 1024;
  /// Levels of nesting of a JWKS.
  static constexpr std::size_t jwks_depth_max = 16;
  /// Bytes of a secret, which must be as long as the hash: RFC 7518, section
  /// 3.2.
  static constexpr std::size_t secret_bytes_min = 32;
  /// Bits of an RSA key.
  static constexpr int rsa_bits_min = 2048;
  /// Bits of an RSA key that OpenSSL still verifies with.
  static constexpr int rsa_bits_max = 16384;

  // -- a JSON Web Token -------------------------------------------------------

  /// Levels of nesting of the header and of the claims of a token.
  static constexpr std::size_t token_depth_max = 32;
  /// Seconds since 1970 of the latest date in a token, which is 2200-01-01. A
  /// later one counts as that: what our clock can hold ends soon after, and
  /// some issuers write the year 9999.
  static constexpr double date_seconds_max = 7'258'118'400;
  /// Claims that become attributes of users.
  static constexpr std::size_t attribute_claims_max = 16;
  /// Bytes of the name of such a claim, with the names around it.
  static constexpr std::size_t attribute_name_bytes_max = 128;
  /// Bytes of such a claim, if it is a string.
  static constexpr std::size_t attribute_bytes_max = 1024;
};

} // namespace stagedoor
