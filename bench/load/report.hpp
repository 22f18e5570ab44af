#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "load/options.hpp"
#include "load/process_usage.hpp"
#include "load/tally.hpp"

namespace stagedoor::load {

/// What a process used over the measured time.
struct usage_span {
  process_usage begin;
  process_usage end;

  [[nodiscard]] std::chrono::duration<double> cpu() const {
    return end.cpu - begin.cpu;
  }
  [[nodiscard]] std::chrono::duration<double> kernel() const {
    return end.kernel - begin.kernel;
  }
};

/// The outcome of a run.
struct report {
  tally counted;
  /// The measured time.
  std::chrono::duration<double> seconds{0};
  std::optional<usage_span> server;
  /// The load generator itself: it must have had time to spare.
  std::optional<usage_span> load;
};

/// For programs: one JSON object.
std::string to_json(const report& from, const options& opts);

/// For people: a few lines.
std::string to_text(const report& from, const options& opts);

} // namespace stagedoor::load
