#pragma once

#include <functional>
#include <string>

namespace stagedoor {

/// A question of `/readyz` to the application: whether newcomers are welcome.
struct health_check {
  /// The `status` that `/readyz` answers with 503 if the check says no, such as
  /// `database`.
  std::string name;
  /// Returns whether all is well. It runs on the thread of a unit, so it must
  /// not wait: let it look at a flag. One that throws says no.
  std::function<bool()> passes;
};

} // namespace stagedoor
