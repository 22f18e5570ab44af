#pragma once

// Makes certificates for tests.

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "temporary_file.hpp"

namespace stagedoor::test {

/// A certificate with its private key, each in a file of its own.
class test_certificate {
public:
  test_certificate(const std::string& certificate, const std::string& key)
      : certificate_(certificate), key_(key) {}

  [[nodiscard]] const std::string& path() const { return certificate_.path(); }
  [[nodiscard]] const std::string& key_path() const { return key_.path(); }

private:
  temporary_file certificate_;
  temporary_file key_;
};

/// An authority that nodes trust, or do not.
class test_authority {
public:
  explicit test_authority(const std::string& name = "authority")
      : key_(new_key()), certificate_(make(name, key_, nullptr, key_)),
        file_(pem([&](BIO* bio) {
          return PEM_write_bio_X509(bio, certificate_.get());
        })) {}

  [[nodiscard]] const std::string& path() const { return file_.path(); }

  /// @param passphrase encrypts the key, unless it is empty.
  [[nodiscard]] std::unique_ptr<test_certificate>
  issue(const std::string& name, std::string passphrase = {}) const {
    const auto key = new_key();
    const auto certificate = make(name, key, certificate_.get(), key_);
    return std::make_unique<test_certificate>(
        pem([&](BIO* bio) {
          return PEM_write_bio_X509(bio, certificate.get());
        }),
        pem([&](BIO* bio) {
          return passphrase.empty()
                     ? PEM_write_bio_PKCS8PrivateKey(
                         bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr)
                     : PEM_write_bio_PKCS8PrivateKey(
                         bio, key.get(), EVP_aes_256_cbc(), passphrase.data(),
                         static_cast<int>(passphrase.size()), nullptr, nullptr);
        }));
  }

private:
  using key_ptr = std::shared_ptr<EVP_PKEY>;
  using certificate_ptr = std::shared_ptr<X509>;

  static key_ptr new_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

  /// @param issuer null: the certificate is its own issuer, an authority.
  static certificate_ptr make(const std::string& name, const key_ptr& key,
                              X509* issuer, const key_ptr& signer) {
    constexpr long day = 24 * 60 * 60;
    const certificate_ptr result{X509_new(), X509_free};
    X509_set_version(result.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(result.get()),
                     issuer == nullptr ? 1 : 2);
    X509_gmtime_adj(X509_getm_notBefore(result.get()), -day);
    X509_gmtime_adj(X509_getm_notAfter(result.get()), day);
    X509_set_pubkey(result.get(), key.get());
    auto* subject = X509_get_subject_name(result.get());
    X509_NAME_add_entry_by_txt(
        subject, "CN", MBSTRING_UTF8,
        reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(result.get(), issuer == nullptr
                                           ? subject
                                           : X509_get_subject_name(issuer));
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer == nullptr ? result.get() : issuer,
                   result.get(), nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)>
        constraint{X509V3_EXT_conf_nid(nullptr, &context, NID_basic_constraints,
                                       issuer == nullptr ? "critical,CA:TRUE"
                                                         : "CA:FALSE"),
                   X509_EXTENSION_free};
    X509_add_ext(result.get(), constraint.get(), -1);
    if (X509_sign(result.get(), signer.get(), EVP_sha256()) == 0)
      throw std::runtime_error("cannot make a certificate");
    return result;
  }

  template <class Write>
  static std::string pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free_all)> bio{
        BIO_new(BIO_s_mem()), BIO_free_all};
    if (write(bio.get()) != 1)
      throw std::runtime_error("cannot write a certificate");
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
  }

  key_ptr key_;
  certificate_ptr certificate_;
  temporary_file file_;
};

} // namespace stagedoor::test
