#pragma once

#include <string>

namespace stagedoor::test {

/// A network namespace of the kernel. A socket belongs for ever to the one that
/// its thread was in when it was made.
class network_namespace {
public:
  /// The one that `ip netns` has given this name; throws if there is none.
  explicit network_namespace(const std::string& name);
  ~network_namespace();

  network_namespace(const network_namespace&) = delete;
  network_namespace& operator=(const network_namespace&) = delete;

  /// While it lives the calling thread is inside; threads that it starts stay
  /// there. Needs root.
  class visit {
  public:
    /// @param where null: the thread stays where it is.
    explicit visit(const network_namespace* where);
    ~visit();

    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;

  private:
    /// Negative if there is no way back to go.
    int home_ = -1;
  };

private:
  int descriptor_ = -1;
};

} // namespace stagedoor::test
