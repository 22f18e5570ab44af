#pragma once

#include "stagedoor/protocol/json.hpp"

#include "caf/error.hpp"
#include "caf/meta/load_callback.hpp"
#include "caf/meta/type_name.hpp"

#include <cstdint>
#include <string>

namespace stagedoor {

/// What the server sends without being asked: PROTOCOL.md, section 4.
struct event {
  std::string type = "general.broadcast";
  json::value data;
  std::uint16_t status = 200;
};

/// Reads the JSON text that `inspect` carries back into `x`.
caf::error load_event(event& x, const std::string& data);

/// JSON travels between nodes as text.
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, event& x) {
  std::string data;
  if constexpr (Inspector::reads_state)
    data = to_json(x.data);
  auto load = [&]() -> caf::error { return load_event(x, data); };
  return f(caf::meta::type_name("stagedoor::event"), x.type, data, x.status,
           caf::meta::load_callback(load));
}

} // namespace stagedoor
