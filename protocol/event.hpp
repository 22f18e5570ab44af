#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include "caf/error.hpp"

#include <cstdint>
#include <string>

namespace stagedoor {

/// A message that the server sends without being asked, see protocol/README.md,
/// "Events and groups".
struct event {
  std::string type = "general.broadcast";
  json::value data;
  std::uint16_t status = 200;
};

/// Parses the JSON text that `inspect` carries into `x`.
caf::error load_event(event& x, const std::string& data);

/// The data travels between nodes as JSON text.
template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, event& x) {
  std::string data;
  if constexpr (caf_api::reads_object<Inspector>)
    data = to_json(x.data);
  auto load = [&]() -> caf::error { return load_event(x, data); };
  return caf_api::inspect_loaded(f, x, "stagedoor::event", load, x.type, data,
                                 x.status);
}

} // namespace stagedoor
