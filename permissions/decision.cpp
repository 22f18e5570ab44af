#include "stagedoor/permissions/decision.hpp"

#include "stagedoor/protocol/errors.hpp"

namespace stagedoor {

const decision& plain_allow() {
  static const decision allowed = allow();
  return allowed;
}

namespace {

/// What the client sees of an error.
reply to_error_reply(std::uint16_t status) {
  switch (status) {
  case 503:
    return to_reply(errc::unavailable);
  case 504:
    return to_reply(errc::timed_out);
  default:
    return to_reply(errc::server_error);
  }
}

} // namespace

reply to_reply(const decision& denial) {
  if (denial.answer != decision::verdict::deny)
    return to_error_reply(denial.status);
  const auto& message = denial.message;
  switch (denial.status) {
  case 0:
  case 403:
    return to_reply(errc::permission_denied, message);
  case 401:
    return to_reply(errc::not_authenticated, message);
  case 404:
    // Hides the object: as if there were none.
    if (message.empty())
      return to_reply(errc::object_not_found);
    break;
  case 429:
    if (message.empty())
      return to_reply(errc::throttled);
    break;
  default:
    break;
  }
  auto result = to_reply(errc::permission_denied, message);
  result.status = denial.status;
  return result;
}

} // namespace stagedoor
