#include "stagedoor/permissions/decision.hpp"

#include "stagedoor/protocol/errors.hpp"

namespace stagedoor {

reply to_reply(const decision& denial) {
  if (denial.answer != decision::verdict::deny)
    switch (denial.status) {
    case 503:
      return to_reply(errc::unavailable);
    case 504:
      return to_reply(errc::timed_out);
    default:
      return to_reply(errc::server_error);
    }
  switch (denial.status) {
  case 0:
  case 403:
    return to_reply(errc::permission_denied, denial.message);
  case 401:
    return to_reply(errc::not_authenticated, denial.message);
  default: {
    auto text = denial.message.empty()
                    ? to_reply(errc::permission_denied).errors
                    : json::array{json::string(denial.message)};
    return fail(denial.status, std::move(text));
  }
  }
}

} // namespace stagedoor
