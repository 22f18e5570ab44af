#include "stagedoor/actors/cluster_tls.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace stagedoor {

namespace {

using context_ptr = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// Gives OpenSSL the passphrase; without one it must not ask the terminal.
int give_passphrase(char* buffer, int size, int, void* passphrase) {
  const auto& text = *static_cast<const std::string*>(passphrase);
  if (text.empty() || text.size() >= static_cast<std::size_t>(size))
    return -1;
  return static_cast<int>(text.copy(buffer, text.size()));
}

caf::error invalid(const std::string& text) {
  ERR_clear_error();
  return make_error(errc::invalid_option, text);
}

} // namespace

caf::error check_files(const cluster_tls& tls) {
  context_ptr context{SSL_CTX_new(TLS_method()), SSL_CTX_free};
  if (!context)
    return invalid("cluster-certificate: OpenSSL cannot be used");
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str())
      != 1)
    return invalid("cluster-certificate: " + tls.certificate
                   + " is no file with a certificate in PEM");
  auto passphrase = tls.passphrase;
  SSL_CTX_set_default_passwd_cb(context.get(), give_passphrase);
  SSL_CTX_set_default_passwd_cb_userdata(context.get(), &passphrase);
  if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(),
                                  SSL_FILETYPE_PEM)
      != 1)
    return invalid("cluster-key: " + tls.key
                   + " is no file with the certificate's private key in PEM"
                   + (passphrase.empty()
                          ? ", or cluster-passphrase-file is missing"
                          : ", or the passphrase is wrong"));
  if (SSL_CTX_load_verify_locations(context.get(), tls.ca.c_str(), nullptr)
      != 1)
    return invalid("cluster-ca: " + tls.ca
                   + " is no file with a certificate in PEM");
  return caf::none;
}

} // namespace stagedoor
