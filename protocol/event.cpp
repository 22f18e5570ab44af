#include "stagedoor/protocol/event.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/utf8.hpp"

#include <utility>

namespace stagedoor {

std::uint16_t save_event(const event& x, std::string& data) {
  data = x.data.view();
  if (x.data.is_exact() && is_utf8(x.type))
    return x.status;
  data.clear();
  append_json(data, not_json_text);
  return event::not_json_status;
}

caf::error load_event(event& x, const std::string& data) {
  if (auto error = check_json(data, wire_depth_max))
    return error;
  x.data = json_text::of(data);
  return caf::none;
}

} // namespace stagedoor
