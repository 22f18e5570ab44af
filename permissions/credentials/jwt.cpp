#include "stagedoor/permissions/credentials/jwt.hpp"

#include "stagedoor/permissions/credentials/attribute_claims.hpp"
#include "stagedoor/permissions/credentials/credential_limits.hpp"
#include "stagedoor/permissions/credentials/json_fields.hpp"
#include "stagedoor/permissions/credentials/key_file.hpp"
#include "stagedoor/protocol/base64url.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string_view>
#include <utility>

namespace stagedoor {

namespace {

using time_point = std::chrono::system_clock::time_point;

/// A token by its parts, still encoded.
struct token_parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  /// What is signed: header and claims with their dot.
  std::string_view text;
};

std::optional<token_parts> split(std::string_view token) {
  const auto first = token.find('.');
  const auto last = token.rfind('.');
  // One more dot would be in the claims, where base64url has none.
  if (first == std::string_view::npos || first == last)
    return std::nullopt;
  return token_parts{token.substr(0, first),
                     token.substr(first + 1, last - first - 1),
                     token.substr(last + 1), token.substr(0, last)};
}

std::optional<json::object> decode_object(std::string_view part) {
  const auto text = decode_base64url(part);
  if (!text)
    return std::nullopt;
  auto value = parse_json(*text, credential_limits::token_depth_max);
  if (!value || !value->is_object())
    return std::nullopt;
  return std::move(value->get_object());
}

/// What a header says that we listen to.
struct token_header {
  std::string algorithm;
  std::optional<std::string> key_name;
};

std::optional<token_header> read_header(std::string_view part) {
  const auto object = decode_object(part);
  // Whatever `crit` lists, we know none of it.
  if (!object || object->contains("crit"))
    return std::nullopt;
  token_header result;
  const auto* algorithm = object->if_contains("alg");
  if (algorithm == nullptr || !algorithm->is_string())
    return std::nullopt;
  result.algorithm = algorithm->get_string();
  if (const auto* name = object->if_contains("kid")) {
    if (!name->is_string())
      return std::nullopt;
    result.key_name = name->get_string();
  }
  return result;
}

/// Reads a date in seconds since 1970 if the claim is there.
/// @returns false if it is no number.
bool read_date(const json::object& claims, std::string_view name,
               std::optional<time_point>& out) {
  const auto* value = claims.if_contains(name);
  if (value == nullptr)
    return true;
  if (!value->is_number())
    return false;
  const auto seconds = std::clamp(value->to_number<double>(),
                                  -credential_limits::date_seconds_max,
                                  credential_limits::date_seconds_max);
  out.emplace(std::chrono::duration_cast<time_point::duration>(
      std::chrono::duration<double>(seconds)));
  return true;
}

bool is_text(const json::value& value, std::string_view text) {
  const auto* found = value.if_string();
  return found != nullptr && *found == text;
}

/// Whether the claim is `wanted` or a list of strings with `wanted`.
bool is_for(const json::value& audience, std::string_view wanted) {
  const auto* list = audience.if_array();
  if (list == nullptr)
    return is_text(audience, wanted);
  return std::ranges::all_of(*list, [](const auto& x) { return x.is_string(); })
         && std::ranges::any_of(
             *list, [&](const auto& x) { return is_text(x, wanted); });
}

/// Reads an optional claim of the user.
template <class T>
bool read_claim(const json::object& claims, std::string_view name,
                complaint (*read)(std::string_view, const json::value&, T&),
                T& out) {
  const auto* value = claims.if_contains(name);
  return value == nullptr || read(name, *value, out).empty();
}

/// Reads the user of a token.
/// @returns nothing if a claim is missing or has the wrong type.
std::optional<user> read_user(const json::object& claims) {
  user result;
  const auto* subject = claims.if_contains("sub");
  if (subject == nullptr || !read_id("sub", *subject, result.id).empty())
    return std::nullopt;
  result.username = spell_id(result.id);
  // The later name wins.
  for (const std::string_view name : {"username", "preferred_username"})
    if (!read_claim(claims, name, read_text, result.username))
      return std::nullopt;
  if (!read_claim(claims, "is_active", read_flag, result.is_active)
      || !read_claim(claims, "is_staff", read_flag, result.is_staff)
      || !read_claim(claims, "is_superuser", read_flag, result.is_superuser)
      || !read_claim(claims, "roles", read_texts, result.roles)
      || !read_claim(claims, "groups", read_texts, result.groups)
      || !read_claim(claims, "permissions", read_texts, result.permissions))
    return std::nullopt;
  return result;
}

/// Asks a key file about tokens. Why not libjwt (1.10): the algorithm is the
/// one that the token names, so that RS256's public key is taken as a secret
/// for HS256, and P-384 for ES256; nothing looks at dates, `kid` or a JWKS; it
/// reads the PEM anew for each token. Why not cpp-jwt (1.4): neither `kid` nor
/// JWKS nor lists in `aud`; the algorithm is the token's choice from a list; a
/// JSON parser of its own. What would be left of either is one call of OpenSSL.
class jwt_authenticator : public authenticator {
public:
  jwt_authenticator(jwt_options options, std::shared_ptr<key_file> keys)
      : options_(std::move(options)), keys_(std::move(keys)) {}

  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override {
    std::string ignored;
    return examine(token, ignored);
  }

  [[nodiscard]] std::optional<identity>
  examine(std::string_view token, std::string& why) const override {
    if (token.size() > options_.token_bytes_max) {
      why = "a JSON Web Token of more than "
            + std::to_string(options_.token_bytes_max) + " bytes";
      return std::nullopt;
    }
    const auto parts = split(token);
    if (!parts) {
      why = "no JSON Web Token";
      return std::nullopt;
    }
    const auto now = options_.clock();
    why = fault_of_signature(*parts, now);
    if (!why.empty())
      return std::nullopt;
    // Nothing of the claims is looked at before the signature is known.
    const auto claims = decode_object(parts->claims);
    std::optional<time_point> end;
    why = claims ? fault_of_claims(*claims, now, end)
                 : "claims that are no object";
    if (!why.empty())
      return std::nullopt;
    auto owner = read_user(*claims);
    if (!owner) {
      why = "a claim of the user is missing or has a wrong type";
      return std::nullopt;
    }
    if (!read_attributes(*claims, options_.attribute_claims,
                         owner->attributes)) {
      why = "a claim of jwt-attribute-claims has a wrong type or is too long";
      return std::nullopt;
    }
    if (!owner->is_active) {
      why = "user " + to_json(owner->id) + " is not active";
      return std::nullopt;
    }
    owner->group_permissions = codenames_of(owner->groups, options_.groups);
    identity result{std::move(*owner), std::nullopt};
    if (end)
      result.expires = *end + options_.leeway;
    return result;
  }

private:
  /// Says what is wrong with the header and the signature; empty: nothing.
  [[nodiscard]] std::string_view fault_of_signature(const token_parts& parts,
                                                    time_point now) const {
    const auto header = read_header(parts.header);
    if (!header)
      return "no JSON Web Token, or one with a header that is not understood";
    const auto signature = decode_base64url(parts.signature);
    if (!signature)
      return "a signature that is not base64url";
    auto keys = keys_->keys(now, false);
    const auto* key = keys->find(header->key_name, header->algorithm);
    if (key == nullptr) {
      keys = keys_->keys(now, true);
      key = keys->find(header->key_name, header->algorithm);
    }
    if (key == nullptr)
      return "no key has its kid and alg";
    return key->verify(parts.text, *signature) ? "" : "a wrong signature";
  }

  /// Says what is wrong with the claims, but for those of the user.
  /// @param end becomes `exp`.
  [[nodiscard]] std::string_view
  fault_of_claims(const json::object& claims, time_point now,
                  std::optional<time_point>& end) const {
    std::optional<time_point> begin;
    if (!read_date(claims, "nbf", begin) || !read_date(claims, "exp", end))
      return "nbf or exp is no number";
    if (begin && now < *begin - options_.leeway)
      return "not valid yet";
    if (end && now > *end + options_.leeway)
      return "expired";
    if (!end && options_.expiry_required)
      return "no exp";
    const auto* issuer = claims.if_contains("iss");
    if (options_.issuer
        && (issuer == nullptr || !is_text(*issuer, *options_.issuer)))
      return "another iss than jwt-issuer";
    const auto* audience = claims.if_contains("aud");
    if (options_.audience
        && (audience == nullptr || !is_for(*audience, *options_.audience)))
      return "an aud without jwt-audience";
    return {};
  }

  jwt_options options_;
  std::shared_ptr<key_file> keys_;
};

} // namespace

caf::expected<authenticator_ptr> make_jwt_authenticator(jwt_options options) {
  if (options.leeway < options.leeway.zero() || options.leeway > jwt_leeway_max)
    return make_error(errc::invalid_option, "leeway: from 0s to 1h");
  // An empty one is a variable that was not set, and would check nothing.
  if (options.issuer && options.issuer->empty())
    return make_error(errc::invalid_option, "issuer: must not be empty");
  if (options.audience && options.audience->empty())
    return make_error(errc::invalid_option, "audience: must not be empty");
  if (auto fault = fault_of_claim_names(options.attribute_claims);
      !fault.empty())
    return make_error(errc::invalid_option, "attribute_claims: " + fault);
  if (!options.clock)
    options.clock = [] { return std::chrono::system_clock::now(); };
  auto keys =
      key_file::open({options.key_file, options.key_check_interval,
                      options.missing_key_interval, options.on_reload_error},
                     options.clock());
  if (!keys)
    return std::move(keys.error());
  return std::make_shared<const jwt_authenticator>(std::move(options),
                                                   std::move(*keys));
}

} // namespace stagedoor
