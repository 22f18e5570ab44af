#pragma once

// Signs tokens for tests, also such as no issuer would sign.

#include "stagedoor/protocol/base64url.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor::test {

inline std::string hmac_sha256(std::string_view secret, std::string_view text) {
  std::string result(32, '\0');
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(result.data()), nullptr);
  return result;
}

/// A private key, or a secret, with its algorithm.
class jwt_signer {
public:
  static jwt_signer with_secret(std::string secret) {
    jwt_signer result;
    result.algorithm_ = "HS256";
    result.secret_ = std::move(secret);
    return result;
  }

  static jwt_signer with_rsa(unsigned bits = 2048) {
    jwt_signer result;
    result.algorithm_ = "RS256";
    result.key_.reset(EVP_RSA_gen(bits), EVP_PKEY_free);
    return result;
  }

  static jwt_signer with_curve(const char* name = "P-256") {
    jwt_signer result;
    result.algorithm_ = "ES256";
    result.key_.reset(EVP_EC_gen(name), EVP_PKEY_free);
    return result;
  }

  [[nodiscard]] const std::string& algorithm() const { return algorithm_; }

  /// The key as a file of its own has it.
  [[nodiscard]] std::string key_text() const {
    if (!key_)
      return secret_;
    return read(
        [&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key_.get()); });
  }

  [[nodiscard]] std::string private_pem() const {
    return read([&](BIO* bio) {
      return PEM_write_bio_PKCS8PrivateKey(bio, key_.get(), nullptr, nullptr, 0,
                                           nullptr, nullptr);
    });
  }

  [[nodiscard]] std::string public_der() const {
    return read([&](BIO* bio) { return i2d_PUBKEY_bio(bio, key_.get()); });
  }

  /// The key as an entry of a JWKS.
  [[nodiscard]] json::object jwk(std::string_view kid = {}) const {
    json::object result;
    if (!key_)
      result = {{"kty", "oct"}, {"k", encode_base64url(secret_)}};
    else if (algorithm_ == "RS256")
      result = {{"kty", "RSA"},
                {"n", number(OSSL_PKEY_PARAM_RSA_N, 0)},
                {"e", number(OSSL_PKEY_PARAM_RSA_E, 0)}};
    else
      result = {{"kty", "EC"},
                {"crv", "P-256"},
                {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, 32)},
                {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, 32)}};
    if (!kid.empty())
      result["kid"] = kid;
    return result;
  }

  /// The bytes of a signature.
  [[nodiscard]] std::string sign(std::string_view text) const {
    if (!key_)
      return hmac_sha256(secret_, text);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{
        EVP_MD_CTX_new(), EVP_MD_CTX_free};
    std::string result(1024, '\0');
    std::size_t size = result.size();
    if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr,
                           key_.get())
            != 1
        || EVP_DigestSign(
               context.get(), reinterpret_cast<unsigned char*>(result.data()),
               &size, reinterpret_cast<const unsigned char*>(text.data()),
               text.size())
               != 1)
      throw std::runtime_error("cannot sign");
    result.resize(size);
    return algorithm_ == "ES256" ? without_asn1(result) : result;
  }

  /// A token with that header and these claims, both as text.
  [[nodiscard]] std::string token_with(std::string_view header,
                                       std::string_view claims) const {
    const auto text = encode_base64url(header) + "." + encode_base64url(claims);
    return text + "." + encode_base64url(sign(text));
  }

  /// A token as an issuer makes it.
  [[nodiscard]] std::string token(std::string_view claims,
                                  std::string_view kid = {}) const {
    json::object header{{"alg", algorithm_}, {"typ", "JWT"}};
    if (!kid.empty())
      header["kid"] = kid;
    return token_with(to_json(header), claims);
  }

private:
  template <class Write>
  static std::string read(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio{
        BIO_new(BIO_s_mem()), BIO_free_all};
    if (write(bio.get()) != 1)
      throw std::runtime_error("cannot write a key");
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  /// Of at least `bytes` bytes.
  [[nodiscard]] std::string number(const char* name, int bytes) const {
    BIGNUM* value = nullptr;
    if (EVP_PKEY_get_bn_param(key_.get(), name, &value) != 1)
      throw std::runtime_error("no such number");
    const int size = std::max(bytes, BN_num_bytes(value));
    std::string result(static_cast<std::size_t>(size), '\0');
    BN_bn2binpad(value, reinterpret_cast<unsigned char*>(result.data()), size);
    BN_free(value);
    return encode_base64url(result);
  }

  static std::string without_asn1(const std::string& signature) {
    const auto* in = reinterpret_cast<const unsigned char*>(signature.data());
    const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair{
        d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(signature.size())),
        ECDSA_SIG_free};
    const auto* r = ECDSA_SIG_get0_r(pair.get());
    const auto* s = ECDSA_SIG_get0_s(pair.get());
    const int half =
        std::max({32, BN_num_bytes(r), BN_num_bytes(s)}); // More on P-384.
    std::string result(2 * static_cast<std::size_t>(half), '\0');
    auto* out = reinterpret_cast<unsigned char*>(result.data());
    BN_bn2binpad(r, out, half);
    BN_bn2binpad(s, out + half, half);
    return result;
  }

  std::string algorithm_;
  std::string secret_;
  std::shared_ptr<EVP_PKEY> key_;
};

/// Signers that all cases share: an RSA key takes its time to make.
inline const jwt_signer& secret_signer() {
  static const auto result =
      jwt_signer::with_secret("a-secret-that-is-32-bytes-long!!");
  return result;
}

inline const jwt_signer& rsa_signer() {
  static const auto result = jwt_signer::with_rsa();
  return result;
}

inline const jwt_signer& curve_signer() {
  static const auto result = jwt_signer::with_curve();
  return result;
}

/// The text of a JWKS.
inline std::string jwks_of(json::array keys) {
  return to_json(json::object{{"keys", std::move(keys)}});
}

} // namespace stagedoor::test
