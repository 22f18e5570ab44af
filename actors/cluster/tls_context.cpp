#include "stagedoor/actors/cluster/tls_context.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string>
#include <utility>

namespace stagedoor {

namespace {

/// Gives OpenSSL the passphrase; without one it must not ask the terminal.
int give_passphrase(char* buffer, int size, int, void* passphrase) {
  const auto& text = *static_cast<const std::string*>(passphrase);
  if (text.empty() || text.size() >= static_cast<std::size_t>(size))
    return -1;
  return static_cast<int>(text.copy(buffer, text.size()));
}

caf::error invalid_file(const std::string& text) {
  ERR_clear_error();
  return invalid_option(text);
}

} // namespace

void tls_context_deleter::operator()(ssl_ctx_st* context) const {
  SSL_CTX_free(context);
}

caf::expected<tls_context> load_files(const cluster_tls& tls) {
  tls_context context{SSL_CTX_new(TLS_method())};
  if (!context)
    return invalid_file("cluster-certificate: OpenSSL cannot be used");
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str())
      != 1)
    return invalid_file("cluster-certificate: " + tls.certificate
                        + " is no file with a certificate in PEM");
  auto passphrase = tls.passphrase;
  SSL_CTX_set_default_passwd_cb(context.get(), give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), &passphrase);
  if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(),
                                  SSL_FILETYPE_PEM)
      != 1)
    return invalid_file(
        "cluster-key: " + tls.key
        + " is no file with the certificate's private key in PEM"
        + (passphrase.empty() ? ", or cluster-passphrase-file is missing"
                              : ", or the passphrase is wrong"));
  if (SSL_CTX_load_verify_locations(context.get(), tls.ca.c_str(), nullptr)
      != 1)
    return invalid_file("cluster-ca: " + tls.ca
                        + " is no file with a certificate in PEM");
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), nullptr);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context.get(),
                     SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  return context;
}

caf::error check_files(const cluster_tls& tls) {
  auto loaded = load_files(tls);
  return loaded ? caf::error{} : std::move(loaded.error());
}

} // namespace stagedoor
