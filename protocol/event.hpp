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
  /// The status that stands for an event on its way between two nodes if JSON
  /// cannot express the event. No client gets such an event.
  static constexpr std::uint16_t not_json_status = 1;

  std::string type = "general.broadcast";
  json_text data;
  std::uint16_t status = 200;
};

/// Writes the JSON text that `inspect` carries.
/// @returns the status that it carries.
std::uint16_t save_event(const event& x, std::string& data);

/// Parses the JSON text that `inspect` carries into `x`.
caf::error load_event(event& x, const std::string& data);

/// The data travels between nodes as JSON text.
template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, event& x) {
  std::string data;
  auto status = x.status;
  if constexpr (caf_api::reads_object<Inspector>)
    status = save_event(x, data);
  auto load = [&]() -> caf::error {
    x.status = status;
    return load_event(x, data);
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::event", load, x.type, data,
                                 status);
}

} // namespace stagedoor
