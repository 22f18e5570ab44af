#pragma once

#include "stagedoor/protocol/scope.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// Which `Origin` an endpoint lets in.
struct origin_policy {
  /// Origins such as `https://example.org`, with an optional port, or
  /// `https://*.example.org` (any subdomain, not the domain itself), or `*`.
  /// Empty: the request's own host.
  std::vector<std::string> allowed;
  /// Whether a request without `Origin` (not a browser) is let in.
  bool absent_allowed = true;

  /// Whether a request with these headers may go on.
  [[nodiscard]] bool allows(const fields& headers) const;
};

/// @returns an empty text, or why `origin` is no valid entry of `allowed`.
std::string check_origin_entry(std::string_view origin);

} // namespace stagedoor
