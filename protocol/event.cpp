#include "stagedoor/protocol/event.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/utf8.hpp"

#include <utility>

namespace stagedoor {

std::uint16_t save_event(const event& x, std::string& data) {
  if (append_json(data, x.data) && is_utf8(x.type))
    return x.status;
  data.clear();
  append_json(data, not_json_text);
  return event::not_json_status;
}

caf::error load_event(event& x, const std::string& data) {
  auto parsed = parse_json(data, wire_depth_max);
  if (!parsed)
    return std::move(parsed.error());
  x.data = std::move(*parsed);
  return caf::none;
}

} // namespace stagedoor
