#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/reply.hpp"

#include "caf/error.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace stagedoor {

/// The answer to one question to a permission: allow, deny, or error, which
/// denies as well.
struct decision {
  enum class verdict : std::uint8_t { allow, deny, error };

  /// A decision that nobody has made is an error.
  verdict answer = verdict::error;
  /// What the client sees. Deny: 403 unless the permission names another.
  /// Error: 500, 503 if whoever should answer is gone, 504 if it is late.
  std::uint16_t status = 0;
  /// Deny only: for the client; empty is the default text.
  std::string message;
  /// Deny only: the word in an HTTP refusal; empty is the default word.
  std::string code;
  /// For logs and explanations, never for the client: no secrets.
  std::string reason;

  [[nodiscard]] bool is_allowed() const { return answer == verdict::allow; }

  /// Whether it is an allow that says nothing more, as that of `allow()`.
  [[nodiscard]] bool is_plain_allow() const {
    return is_allowed() && status == 0 && message.empty() && code.empty()
           && reason.empty();
  }

  /// Adds the reason: `deny().because("the quota is used up")`.
  [[nodiscard]] decision because(std::string cause) && {
    reason = std::move(cause);
    return std::move(*this);
  }
};

inline decision allow() {
  return {decision::verdict::allow, 0, {}, {}, {}};
}

/// Denies with the default status, text and word, or with the permission's own.
inline decision deny(std::string message = {}, std::uint16_t status = 403,
                     std::string code = {}) {
  return {
      decision::verdict::deny, status, std::move(message), std::move(code), {}};
}

/// The permission could not decide; `cause` goes to the log only.
inline decision decision_error(std::string cause, std::uint16_t status = 500) {
  return {decision::verdict::error, status, {}, {}, std::move(cause)};
}

/// What the client sees of a message that was not allowed.
reply to_reply(const decision& denial);

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, decision& x) {
  auto answer = static_cast<std::uint8_t>(x.answer);
  auto load = [&]() -> caf::error {
    // An unknown verdict of a newer node must never allow.
    x.answer = answer == 0   ? decision::verdict::allow
               : answer == 1 ? decision::verdict::deny
                             : decision::verdict::error;
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::decision", load, answer,
                                 x.status, x.message, x.code, x.reason);
}

} // namespace stagedoor
