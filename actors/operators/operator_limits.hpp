#pragma once

#include <chrono>
#include <cstddef>

namespace stagedoor {

/// The limits of what operators read. No option changes them.
struct operator_limits {
  /// Requests that the admin endpoint serves at once. More wait in the kernel.
  static constexpr std::size_t admin_requests_max = 16;
  /// Time for one request to the endpoint of the metrics. One that takes longer
  /// is dropped.
  static constexpr std::chrono::seconds metrics_request_timeout{5};
  /// Requests to the endpoint of the metrics that are open at once. One more
  /// ends the oldest.
  static constexpr std::size_t metrics_requests_max = 64;
  /// Bytes of the head of such a request.
  static constexpr std::size_t metrics_head_bytes_max = 8192;
  /// Time to wait after a socket could not be accepted.
  static constexpr std::chrono::milliseconds accept_pause{100};
  /// Time after a line about a slow message in which a route of a unit logs no
  /// other one.
  static constexpr std::chrono::seconds slow_line_pause{1};
};

} // namespace stagedoor
