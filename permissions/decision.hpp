#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/reply.hpp"

#include "caf/error.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace stagedoor {

/// The answer of a permission to one question: allow, deny, or error. An error
/// denies as well.
struct decision {
  enum class verdict : std::uint8_t { allow, deny, error };

  /// A decision is an error until a permission has made it.
  verdict answer = verdict::error;
  /// The status that the client gets. For a denial 403, unless the permission
  /// names another one. For an error 500, or 503 if the actor or thread that
  /// should answer is gone, or 504 if it is late.
  std::uint16_t status = 0;
  /// The text of a denial for the client; empty for the default text.
  std::string message;
  /// The word of a denial in an HTTP refusal; empty for the default word.
  std::string code;
  /// The reason for logs and explanations. Clients never see it, but it must
  /// hold no secrets.
  std::string reason;

  [[nodiscard]] bool is_allowed() const { return answer == verdict::allow; }

  /// Returns whether this is an allow without any text, like that of `allow()`.
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

/// The same `allow()` for all who keep a pointer to their answer.
const decision& plain_allow();

/// Returns a denial with the default status, text and word, or with the
/// permission's own. A status that is not from 400 to 599, or a text or word
/// that is not UTF-8, is a mistake: it still denies, but as an error, and the
/// log names the permission.
inline decision deny(std::string message = {}, std::uint16_t status = 403,
                     std::string code = {}) {
  return {
      decision::verdict::deny, status, std::move(message), std::move(code), {}};
}

/// Returns an error: the permission could not decide. `cause` goes to the log
/// only.
inline decision decision_error(std::string cause, std::uint16_t status = 500) {
  return {decision::verdict::error, status, {}, {}, std::move(cause)};
}

/// Returns the reply to a message that was not allowed.
reply to_reply(const decision& denial);

/// The verdict that another node has sent. One of a newer node that is not
/// known must never allow.
inline decision::verdict verdict_from_wire(std::uint64_t answer) {
  return answer == 0   ? decision::verdict::allow
         : answer == 1 ? decision::verdict::deny
                       : decision::verdict::error;
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, decision& x) {
  auto answer = static_cast<std::uint8_t>(x.answer);
  auto load = [&]() -> caf::error {
    x.answer = verdict_from_wire(answer);
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::decision", load, answer,
                                 x.status, x.message, x.code, x.reason);
}

} // namespace stagedoor
