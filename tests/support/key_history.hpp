#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace stagedoor::test {

/// What clients have seen of states by key, and whether it could have been if
/// each key had one state at a time.
/// Thread rule: any thread.
class key_history {
public:
  using clock = std::chrono::steady_clock;

  /// One answer.
  struct visit {
    /// Tells the lives of a key apart.
    std::int64_t life = 0;
    /// How many answers the state has given in this life, with this one.
    std::int64_t number = 0;
    clock::time_point asked;
    clock::time_point answered;
  };

  void add(std::size_t key, const visit& seen);

  /// The keys of which an answer has come to a question that was asked since.
  [[nodiscard]] std::size_t keys_since(clock::time_point since) const;

  [[nodiscard]] std::size_t visits() const;

  /// What cannot be: a number that was given twice in one life, or before a
  /// smaller one; an answer of one life before, and another one behind, that of
  /// another life.
  [[nodiscard]] std::vector<std::string> faults() const;

  /// The lives and answers of each key, in one line.
  [[nodiscard]] std::string text() const;

private:
  mutable std::mutex mutex_;
  std::map<std::size_t, std::vector<visit>> seen_;
};

} // namespace stagedoor::test
