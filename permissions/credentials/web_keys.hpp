#pragma once

#include "stagedoor/permissions/credentials/web_key.hpp"

#include "caf/expected.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// What a key file holds. A file must not turn into another form while a server
/// runs: an error page in the place of a JWKS would else be a secret that
/// everyone knows.
enum class key_file_form : std::uint8_t { secret, pem, jwks };

/// The keys of one file, which never change.
/// Thread rule: any thread, at the same time.
class web_keys {
public:
  web_keys(key_file_form form, std::vector<web_key> keys);

  [[nodiscard]] key_file_form form() const { return form_; }

  /// The key for a token. In a JWKS it is the key that the token names by its
  /// `kid`; for a token without one the only key with its algorithm. A PEM or a
  /// secret has no name: it is the key for every token.
  /// @returns null if there is no such key, if there are several, or if it is
  ///          not for `algorithm`.
  [[nodiscard]] const web_key* find(const std::optional<std::string>& name,
                                    std::string_view algorithm) const;

private:
  key_file_form form_;
  std::vector<web_key> keys_;
};

/// Reads keys from the text of a key file, which is one of three:
/// - a JWKS (RFC 7517) if it begins with `{` or `[`: `{"keys":[…]}`. Entries
///   that are not for us are left out (see `web_key::from_jwk`), one must
///   remain; a bad one, or a `kid` that is there twice, is an error;
/// - a public key in PEM if `-----BEGIN ` is in it;
/// - else a secret for HS256, without the newline at its end.
/// So what is public, such as a JWKS that is cut off, is not taken for a
/// secret.
/// @param origin names the file in errors.
/// @returns errc::invalid_key_file with a line that names the file.
caf::expected<web_keys> parse_web_keys(std::string_view text,
                                       std::string_view origin);

/// Reads a key file of at most 1 MiB; see `parse_web_keys`.
caf::expected<web_keys> read_web_keys(const std::string& path);

} // namespace stagedoor
