#pragma once

#include <stagedoor/protocol/json/json.hpp>
#include <stagedoor/protocol/limits.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "raw_client.hpp"

namespace stagedoor::test {

/// A client that keeps the events that come before an answer.
class event_keeper {
public:
  event_keeper(std::uint16_t port, const std::string& token)
      : client_(port, "/ws/?token=" + token) {}

  /// Sends a message and reads up to its answer.
  /// @returns status, and errors or data.
  std::string ask(const std::string& message) {
    client_.send_text(message);
    while (true) {
      const auto got = client_.read_text();
      if (got.starts_with(R"({"type")")) {
        events_.push_back(got);
        continue;
      }
      const auto parts = parse_json(got, wire_depth_max)->as_object();
      const auto& errors = parts.at("errors").as_array();
      return to_json(parts.at("status")) + ' '
             + to_json(errors.empty() ? parts.at("data") : json::value(errors));
    }
  }

  /// The next event as it is.
  std::string event() {
    if (events_.empty())
      return client_.read_text();
    auto result = events_.front();
    events_.erase(events_.begin());
    return result;
  }

  [[nodiscard]] bool has_events() const { return !events_.empty(); }

  websocket_client& socket() { return client_; }

private:
  websocket_client client_;
  std::vector<std::string> events_;
};

} // namespace stagedoor::test
