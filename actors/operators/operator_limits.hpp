#pragma once

#include <chrono>
#include <cstddef>

namespace stagedoor {

/// The limits of the endpoints for operators. No option changes them.
struct operator_limits {
  /// Requests that the admin endpoint serves at once. More wait in the kernel.
  static constexpr std::size_t admin_requests_max = 16;
  /// Time for one request to the endpoint of the metrics. One that takes longer
  /// is dropped.
  static constexpr std::chrono::seconds metrics_request_timeout{5};
};

} // namespace stagedoor
