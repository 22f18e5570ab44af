#pragma once

#include "stagedoor/permissions/credentials/json_fields.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace stagedoor {

/// How a token is signed. A key has exactly one of these, for ever.
enum class signature_algorithm : std::uint8_t { hs256, rs256, es256 };

/// The name in a token's header: `HS256`, `RS256` or `ES256`.
std::string_view name_of(signature_algorithm algorithm);

/// A key that checks signatures, with the one algorithm that it is for: the
/// token has no say in that.
/// Limits: a secret has 32 bytes at least, an RSA key 2048 to 16384 bits, an
/// elliptic key is on P-256.
/// Thread rule: any thread, at the same time.
class web_key {
public:
  /// Makes a HS256 key. A public key in DER or in bare base64 is no secret.
  static complaint from_secret(std::string_view secret,
                               std::optional<web_key>& out);

  /// Makes a RS256 or an ES256 key from `-----BEGIN PUBLIC KEY-----`.
  static complaint from_pem(std::string_view text, std::optional<web_key>& out);

  /// Makes a key from an entry of a JWKS (RFC 7517). An entry that is not for
  /// us makes none and is no error, as those who publish keys add to them
  /// without asking: another `kty`, `crv` or `alg`, a `use` other than `sig`,
  /// `key_ops` without `verify`.
  static complaint from_jwk(const json::value& entry,
                            std::optional<web_key>& out);

  [[nodiscard]] signature_algorithm algorithm() const { return algorithm_; }

  /// The `kid` of a JWKS entry.
  [[nodiscard]] const std::optional<std::string>& name() const { return name_; }

  /// Whether `signature` is this key's for `text`.
  [[nodiscard]] bool verify(std::string_view text,
                            std::string_view signature) const;

private:
  web_key(signature_algorithm algorithm, std::string secret);
  web_key(signature_algorithm algorithm, std::shared_ptr<evp_pkey_st> key);

  signature_algorithm algorithm_;
  std::optional<std::string> name_;
  /// Of HS256.
  std::string secret_;
  /// Of the others.
  std::shared_ptr<evp_pkey_st> public_key_;
};

} // namespace stagedoor
