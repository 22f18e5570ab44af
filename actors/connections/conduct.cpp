#include "stagedoor/actors/connections/conduct.hpp"

namespace stagedoor {

std::string_view conduct::refused(errc error) {
  if (error == errc::malformed_message)
    ++malformed_in_row_;
  else if (error == errc::throttled)
    ++throttled_in_row_;
  else
    forgive();
  if (malformed_in_row_ >= bounds_.malformed_in_row_max)
    return "only malformed messages";
  if (throttled_in_row_ >= bounds_.throttled_in_row_max)
    return "over the message rate";
  return {};
}

} // namespace stagedoor
