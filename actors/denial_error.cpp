#include "stagedoor/actors/denial_error.hpp"

#include "stagedoor/actors/messages.hpp"
#include "stagedoor/protocol/caf_api/errors.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/message.hpp"

#include <utility>

namespace stagedoor {

namespace {

errc code_of_denial(const decision& denial) {
  switch (to_reply(denial).status) {
  case 401:
    return errc::not_authenticated;
  case 403:
    return errc::permission_denied;
  case 503:
    return errc::unavailable;
  case 504:
    return errc::timed_out;
  default:
    return denial.answer == decision::verdict::deny ? errc::permission_denied
                                                    : errc::server_error;
  }
}

} // namespace

caf::error to_error(decision denial) {
  const auto code = code_of_denial(denial);
  return caf_api::error_of(code, caf::make_message(std::move(denial)));
}

reply to_reply(const caf::error& error) {
  if (error != caf::none && error.context().match_elements<decision>())
    return to_reply(error.context().get_as<decision>(0));
  return to_reply(code_of(error));
}

} // namespace stagedoor
