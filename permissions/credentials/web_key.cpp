#include "stagedoor/permissions/credentials/web_key.hpp"

#include "stagedoor/permissions/credentials/credential_limits.hpp"
#include "stagedoor/protocol/base64url.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

/// Bytes of a number of P-256.
constexpr std::size_t p256_bytes = 32;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

template <class T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

using number_ptr = owned<BIGNUM, BN_free>;
using public_key = std::shared_ptr<EVP_PKEY>;

public_key own(EVP_PKEY* key) {
  return {key, EVP_PKEY_free};
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

number_ptr number_of(std::string_view bytes) {
  return number_ptr{
      BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
}

/// Forgets what OpenSSL has noted about a failure: the next one to look at the
/// thread's queue, for instance a TLS connection, would take it for its own.
struct clean_error_queue {
  clean_error_queue() = default;
  clean_error_queue(const clean_error_queue&) = delete;
  clean_error_queue& operator=(const clean_error_queue&) = delete;
  ~clean_error_queue() { ERR_clear_error(); }
};

// -- what a key must be -------------------------------------------------------

bool is_on_p256(const EVP_PKEY* key) {
  std::array<char, 32> name{};
  return EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr) == 1
         && std::string_view(name.data()) == SN_X9_62_prime256v1;
}

/// Whether the numbers of a key make sense: the point is on the curve, the
/// exponent is odd and greater than one, and so on.
bool is_sound(EVP_PKEY* key) {
  const owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context{
      EVP_PKEY_CTX_new(key, nullptr)};
  return context && EVP_PKEY_public_check(context.get()) == 1;
}

complaint check_key(EVP_PKEY* key, signature_algorithm& algorithm) {
  if (EVP_PKEY_is_a(key, "RSA") == 1) {
    algorithm = signature_algorithm::rs256;
    const int bits = EVP_PKEY_get_bits(key);
    if (bits < credential_limits::rsa_bits_min
        || bits > credential_limits::rsa_bits_max)
      return "an RSA key must have "
             + std::to_string(credential_limits::rsa_bits_min) + " to "
             + std::to_string(credential_limits::rsa_bits_max) + " bits";
  } else if (EVP_PKEY_is_a(key, "EC") == 1) {
    algorithm = signature_algorithm::es256;
    if (!is_on_p256(key))
      return "an elliptic key must be on P-256";
  } else {
    return "must be an RSA or an elliptic key";
  }
  return is_sound(key) ? complaint{} : "is not a sound public key";
}

bool is_der(const unsigned char* bytes, std::size_t size) {
  return own(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(size))) != nullptr;
}

/// Whether a text is a public key, though not in PEM: everyone can sign with
/// such a "secret".
bool is_public(std::string_view text) {
  if (is_der(bytes_of(text), text.size()))
    return true;
  std::vector<unsigned char> bytes(text.size() + 1);
  const owned<EVP_ENCODE_CTX, EVP_ENCODE_CTX_free> context{
      EVP_ENCODE_CTX_new()};
  int size = 0;
  EVP_DecodeInit(context.get());
  return EVP_DecodeUpdate(context.get(), bytes.data(), &size, bytes_of(text),
                          static_cast<int>(text.size()))
             >= 0
         && is_der(bytes.data(), static_cast<std::size_t>(size));
}

// -- JWKS entries -------------------------------------------------------------

complaint read_bytes(const json::object& entry, std::string_view name,
                     std::string& out) {
  const auto* value = entry.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  auto bytes = text == nullptr ? std::nullopt : decode_base64url(*text);
  if (!bytes || bytes->empty())
    return about(name, "must be text in base64url");
  out = std::move(*bytes);
  return {};
}

/// Builds a public key from the parameters in `builder`.
public_key build(const char* type, OSSL_PARAM_BLD* builder) {
  const owned<OSSL_PARAM, OSSL_PARAM_free> parameters{
      OSSL_PARAM_BLD_to_param(builder)};
  const owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context{
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1
      || EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY,
                           parameters.get())
             != 1)
    return nullptr;
  return own(key);
}

complaint read_rsa(const json::object& entry, public_key& out) {
  std::string n;
  std::string e;
  if (auto wrong = read_bytes(entry, "n", n); !wrong.empty())
    return wrong;
  if (auto wrong = read_bytes(entry, "e", e); !wrong.empty())
    return wrong;
  const auto modulus = number_of(n);
  const auto exponent = number_of(e);
  const owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder{
      OSSL_PARAM_BLD_new()};
  if (builder && modulus && exponent
      && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N,
                                modulus.get())
             == 1
      && OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E,
                                exponent.get())
             == 1)
    out = build("RSA", builder.get());
  return {};
}

complaint read_elliptic(const json::object& entry, public_key& out) {
  std::string point(1, '\x04'); // Both coordinates follow, as they are.
  for (const std::string_view name : {"x", "y"}) {
    std::string number;
    if (auto wrong = read_bytes(entry, name, number); !wrong.empty())
      return wrong;
    if (number.size() != p256_bytes)
      return about(name, "must have 32 bytes");
    point += number;
  }
  const owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> builder{
      OSSL_PARAM_BLD_new()};
  if (builder
      && OSSL_PARAM_BLD_push_utf8_string(
             builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0)
             == 1
      && OSSL_PARAM_BLD_push_octet_string(
             builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size())
             == 1)
    out = build("EC", builder.get());
  return {};
}

/// Whether a text member is absent or has the value that we serve.
bool is_ours(const json::object& entry, std::string_view name,
             std::string_view ours) {
  const auto* value = entry.if_contains(name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return value == nullptr || (text != nullptr && *text == ours);
}

bool may_verify(const json::object& entry) {
  const auto* value = entry.if_contains("key_ops");
  if (value == nullptr)
    return true;
  const auto* list = value->if_array();
  return list != nullptr
         && std::ranges::find(*list, json::value("verify")) != list->end();
}

/// The algorithm of an entry, or nothing if it is not for us.
std::optional<signature_algorithm> algorithm_of(const json::object& entry,
                                                std::string_view type) {
  using enum signature_algorithm;
  std::optional<signature_algorithm> result;
  if (type == "oct")
    result = hs256;
  else if (type == "RSA")
    result = rs256;
  else if (type == "EC" && entry.contains("crv")
           && is_ours(entry, "crv", "P-256"))
    result = es256;
  if (!result || !is_ours(entry, "use", "sig") || !may_verify(entry)
      || !is_ours(entry, "alg", name_of(*result)))
    return std::nullopt;
  return result;
}

// -- signatures ---------------------------------------------------------------

bool verify_hmac(std::string_view secret, std::string_view text,
                 std::string_view signature) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected{};
  unsigned size = 0;
  if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           bytes_of(text), text.size(), expected.data(), &size)
      == nullptr)
    return false;
  return signature.size() == size
         && CRYPTO_memcmp(signature.data(), expected.data(), size) == 0;
}

/// OpenSSL wants the two numbers of an ES256 signature in ASN.1.
std::vector<unsigned char> asn1_of(std::string_view signature) {
  std::vector<unsigned char> result;
  if (signature.size() != 2 * p256_bytes)
    return result;
  const owned<ECDSA_SIG, ECDSA_SIG_free> pair{ECDSA_SIG_new()};
  auto r = number_of(signature.substr(0, p256_bytes));
  auto s = number_of(signature.substr(p256_bytes));
  if (!pair || !r || !s || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1)
    return result;
  // The pair has both now.
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0)
    return result;
  result.resize(static_cast<std::size_t>(size));
  auto* out = result.data();
  if (i2d_ECDSA_SIG(pair.get(), &out) != size)
    result.clear();
  return result;
}

bool verify_digest(EVP_PKEY* key, std::string_view text,
                   const unsigned char* signature, std::size_t size) {
  const owned<EVP_MD_CTX, EVP_MD_CTX_free> context{EVP_MD_CTX_new()};
  return context
         && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr,
                                 key)
                == 1
         && EVP_DigestVerify(context.get(), signature, size, bytes_of(text),
                             text.size())
                == 1;
}

} // namespace

std::string_view name_of(signature_algorithm algorithm) {
  switch (algorithm) {
  case signature_algorithm::hs256:
    return "HS256";
  case signature_algorithm::rs256:
    return "RS256";
  case signature_algorithm::es256:
    return "ES256";
  }
  return {};
}

web_key::web_key(signature_algorithm algorithm, std::string secret)
    : algorithm_(algorithm), secret_(std::move(secret)) {}

web_key::web_key(signature_algorithm algorithm, public_key key)
    : algorithm_(algorithm), public_key_(std::move(key)) {}

complaint web_key::from_secret(std::string_view secret,
                               std::optional<web_key>& out) {
  if (secret.size() < credential_limits::secret_bytes_min)
    return "a secret must have at least "
           + std::to_string(credential_limits::secret_bytes_min) + " bytes";
  const clean_error_queue clean;
  if (is_public(secret))
    return "is a public key, but not in PEM";
  out = web_key(signature_algorithm::hs256, std::string(secret));
  return {};
}

complaint web_key::from_pem(std::string_view text,
                            std::optional<web_key>& out) {
  const clean_error_queue clean;
  const owned<BIO, BIO_free_all> bio{
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  // Without this OpenSSL would ask the terminal for a passphrase.
  auto* no_passphrase = +[](char*, int, int, void*) { return -1; };
  const auto key =
      own(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr)
              : nullptr);
  if (!key)
    return "is not a public key in PEM";
  auto algorithm = signature_algorithm::rs256;
  if (auto wrong = check_key(key.get(), algorithm); !wrong.empty())
    return wrong;
  out = web_key(algorithm, key);
  return {};
}

complaint web_key::from_jwk(const json::value& entry,
                            std::optional<web_key>& out) {
  const clean_error_queue clean;
  const auto* object = entry.if_object();
  if (object == nullptr)
    return "must be an object";
  const auto* kty = object->if_contains("kty");
  const auto* type = kty == nullptr ? nullptr : kty->if_string();
  if (type == nullptr)
    return about("kty", "must be a string");
  const auto algorithm = algorithm_of(*object, *type);
  if (!algorithm)
    return {};
  if (*algorithm == signature_algorithm::hs256) {
    std::string secret;
    if (auto wrong = read_bytes(*object, "k", secret); !wrong.empty())
      return wrong;
    if (auto wrong = from_secret(secret, out); !wrong.empty())
      return wrong;
  } else {
    public_key key;
    auto wrong = *algorithm == signature_algorithm::rs256
                     ? read_rsa(*object, key)
                     : read_elliptic(*object, key);
    if (!wrong.empty())
      return wrong;
    if (!key)
      return "is not a sound public key";
    auto found = *algorithm;
    if (wrong = check_key(key.get(), found); !wrong.empty())
      return wrong;
    out = web_key(found, std::move(key));
  }
  if (const auto* kid = object->if_contains("kid"))
    return read_text("kid", *kid, out->name_.emplace());
  return {};
}

bool web_key::verify(std::string_view text, std::string_view signature) const {
  const clean_error_queue clean;
  switch (algorithm_) {
  case signature_algorithm::hs256:
    return verify_hmac(secret_, text, signature);
  case signature_algorithm::rs256:
    return verify_digest(public_key_.get(), text, bytes_of(signature),
                         signature.size());
  case signature_algorithm::es256: {
    const auto asn1 = asn1_of(signature);
    return !asn1.empty()
           && verify_digest(public_key_.get(), text, asn1.data(), asn1.size());
  }
  }
  return false;
}

} // namespace stagedoor
