#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"

#include "caf/error.hpp"
#include "caf/expected.hpp"

#include <memory>

// OpenSSL's, which an embedder needs not compile.
struct ssl_ctx_st;

namespace stagedoor {

struct tls_context_deleter {
  void operator()(ssl_ctx_st* context) const;
};

/// What OpenSSL makes links with.
using tls_context = std::unique_ptr<ssl_ctx_st, tls_context_deleter>;

/// Loads the files for a link: both sides show a certificate of the authority.
/// @returns errc::invalid_option with a line that names the option.
caf::expected<tls_context> load_files(const cluster_tls& tls);

/// Tries to load the files.
/// @returns errc::invalid_option with a line that names the option.
caf::error check_files(const cluster_tls& tls);

} // namespace stagedoor
