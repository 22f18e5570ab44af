#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "load/latency_histogram.hpp"

namespace stagedoor::load {

/// What a run has counted. One per thread; they are added up.
struct tally {
  using time_point = std::chrono::steady_clock::time_point;

  /// Replies in the measured time (or handshakes; or events, once for each
  /// member that heard them; or, where nothing is read, messages sent; or
  /// connections that idle).
  std::uint64_t messages = 0;
  /// Replies at any time that were not as expected.
  std::uint64_t wrong = 0;
  /// Messages at any time that got no reply.
  std::uint64_t missing = 0;
  /// Of the messages that were due in the measured time.
  latency_histogram latencies;
  /// In an open loop: how late messages were handed to the socket.
  latency_histogram delays;
  /// When the last reply came.
  time_point last{};
  /// The first thing that went wrong, as a sentence.
  std::string problem;

  void report(std::string what) {
    if (problem.empty())
      problem = std::move(what);
  }

  tally& operator+=(const tally& other) {
    messages += other.messages;
    wrong += other.wrong;
    missing += other.missing;
    latencies += other.latencies;
    delays += other.delays;
    last = std::max(last, other.last);
    report(other.problem);
    return *this;
  }

  [[nodiscard]] bool good() const {
    return wrong == 0 && missing == 0 && problem.empty();
  }
};

} // namespace stagedoor::load
