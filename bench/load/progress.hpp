#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace stagedoor::load {

/// Tells on stderr how far a run is: a bar with an estimate of what is left
/// where that is a terminal, else a line every few seconds.
class progress {
public:
  using clock = std::chrono::steady_clock;

  explicit progress(bool quiet);
  progress(const progress&) = delete;
  progress& operator=(const progress&) = delete;
  ~progress() { clear(); }

  /// Begins another part of the run.
  void begin(std::string what);

  /// @param share of this part that is done, from 0 to 1.
  /// @param count of messages (or connections) until now.
  void update(double share, std::uint64_t count);

  /// Takes the bar off the terminal.
  void clear();

private:
  bool quiet_;
  bool terminal_;
  bool drawn_ = false;
  std::string what_;
  clock::time_point began_;
  clock::time_point told_;
  std::uint64_t told_count_ = 0;
};

} // namespace stagedoor::load
