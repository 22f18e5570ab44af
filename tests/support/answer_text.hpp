#pragma once

#include "stagedoor/permissions/decision.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <string>

namespace stagedoor::test {

// Answers as one line each, for comparing and for reading a failure.

/// `200 {"n":1}`, `404 [{"detail":"Not found."}]`.
inline std::string text(const reply& x) {
  return std::to_string(x.status) + ' '
         + std::string{(x.has_errors() ? x.errors : x.data).view()};
}

/// `allow`, `deny 403 not you`, `error 500 it broke`.
inline std::string text(const decision& x) {
  switch (x.answer) {
  case decision::verdict::allow:
    return "allow";
  case decision::verdict::deny:
    return "deny " + std::to_string(x.status) + ' ' + x.message;
  case decision::verdict::error:
    return "error " + std::to_string(x.status) + ' ' + x.reason;
  }
  return "no verdict";
}

/// `failed: unavailable`.
inline std::string text(const caf::error& x) {
  return "failed: " + to_string(code_of(x));
}

/// What a client sees of a failure, with the status.
inline std::string text(errc x, std::string_view detail = {}) {
  return text(to_reply(x, detail));
}

} // namespace stagedoor::test
