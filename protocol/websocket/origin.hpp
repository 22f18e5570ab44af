#pragma once

#include "stagedoor/protocol/scope.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The origins that an endpoint allows.
struct origin_policy {
  /// Origins such as `https://example.org`, with an optional port,
  /// `https://*.example.org` for every subdomain but not the domain itself, or
  /// `*` for every origin. Scheme, host and port are compared; the default port
  /// of the scheme is the same as none, and one slash at the end is dropped. An
  /// empty list allows the request's own host: host and port are compared with
  /// the header `Host`, with the scheme that the origin has.
  std::vector<std::string> allowed;
  /// Whether a request without `Origin`, which no browser sends, is allowed.
  bool absent_allowed = true;

  /// Returns whether a request with these headers is allowed.
  [[nodiscard]] bool allows(const fields& headers) const;
};

/// @returns an empty text if `origin` is a valid entry of `allowed`, otherwise
///          the reason why it is not.
std::string check_origin_entry(std::string_view origin);

} // namespace stagedoor
