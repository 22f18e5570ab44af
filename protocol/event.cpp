#include "stagedoor/protocol/event.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <utility>

namespace stagedoor {

namespace {

/// Actions may nest what a client sent, so this is above the largest
/// `json_depth_max`.
constexpr std::size_t wire_depth_max = 512;

} // namespace

caf::error load_event(event& x, const std::string& data) {
  auto parsed = parse_json(data, wire_depth_max);
  if (!parsed)
    return std::move(parsed.error());
  x.data = std::move(*parsed);
  return caf::none;
}

} // namespace stagedoor
