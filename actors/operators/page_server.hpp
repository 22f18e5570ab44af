#pragma once

#include "stagedoor/actors/operators/operator_limits.hpp"

#include "caf/expected.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace stagedoor {

/// Serves one page over HTTP, on an address and a thread of its own. Requests
/// stand beside each other: one that comes slowly, or in part, holds up no
/// other one. Each gets one answer, and then its socket is closed. Destroying
/// the server ends it.
/// Limits: `metrics_request_timeout`, `metrics_requests_max`,
/// `metrics_head_bytes_max`.
/// Thread rule: any thread, one at a time.
class page_server {
public:
  /// Makes the page, on the thread of the server.
  using content = std::function<std::string()>;

  virtual ~page_server() = default;

  /// Starts to answer.
  /// @param address a numeric one.
  /// @param port 0 lets the system choose one.
  /// @param path where the page is; all else is not found.
  /// @param request_timeout the time for one request, to its end.
  /// @returns errc::cannot_listen with the reason of the system.
  static caf::expected<std::unique_ptr<page_server>>
  listen(const std::string& address, std::uint16_t port, std::string path,
         content page,
         std::chrono::milliseconds request_timeout =
             operator_limits::metrics_request_timeout);

  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

} // namespace stagedoor
