#pragma once

#include <chrono>
#include <functional>
#include <string>

namespace stagedoor::testing {

/// Runs several virtual systems that share one virtual time, in place of each
/// of them alone.
/// Thread rule: the thread of the test.
class conductor {
public:
  /// Runs everything until there is nothing to do now.
  virtual void settle() = 0;

  /// The same, with all that is on its way between the systems, until
  /// `holds()`.
  /// @returns whether it came true.
  virtual bool settle_until(const std::function<bool()>& holds) = 0;

  /// Lets time pass everywhere.
  virtual void advance(std::chrono::nanoseconds by) = 0;

  /// What a failure says besides.
  [[nodiscard]] virtual std::string note() const = 0;

protected:
  ~conductor() = default;
};

} // namespace stagedoor::testing
