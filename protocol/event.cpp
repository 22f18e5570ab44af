#include "stagedoor/protocol/event.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

caf::error load_event(event& x, const std::string& data) {
  auto parsed = parse_json(data, wire_depth_max);
  if (!parsed)
    return std::move(parsed.error());
  x.data = std::move(*parsed);
  return caf::none;
}

} // namespace stagedoor
