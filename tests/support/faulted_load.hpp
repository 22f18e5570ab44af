#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "newsroom_address.hpp"
#include "newsroom_load.hpp"

namespace stagedoor::test {

/// Load on nodes of the example, around a fault of some node.
class faulted_load {
public:
  static constexpr std::size_t clients_per_address = 10;
  /// The deadline of a message that goes to another node is that of permission
  /// and action, which these tests set to 300 and 700 ms.
  static constexpr std::chrono::milliseconds deadline{1000};
  /// What a busy machine may add: with it, a failure still comes before a
  /// silent link is given up.
  static constexpr std::chrono::milliseconds tolerance{2000};

  explicit faulted_load(const std::vector<newsroom_address>& addresses);

  /// Waits until each has got some more of these answers.
  /// @returns whether that was so in time.
  [[nodiscard]] bool more_are(std::size_t (newsroom_load::*count)() const);

  /// Now a node is made to fail.
  void note_fault();

  /// Ends the load, prints its counts, and checks that each message was
  /// answered once: with 200, or with 503 or 504 in time. Some were lost.
  void check_lost(const std::string& what);

  /// The same for a node that leaves by itself: what it has been sent it
  /// finishes.
  void check_left(const std::string& what);

  /// The same where nobody may notice the fault: all are answered with 200.
  void check_unharmed(const std::string& what);

private:
  /// Ends the load and checks what must hold in either case.
  load_result end(const std::string& what);

  std::vector<std::unique_ptr<newsroom_load>> loads_;
};

/// Whether a client at each of the addresses is served.
[[nodiscard]] bool all_serve(const std::vector<newsroom_address>& addresses);

/// Waits, for the `patience` of 5 s, until all serve again, and prints how
/// long that took.
void await_service(const std::vector<newsroom_address>& addresses,
                   const std::string& what);

} // namespace stagedoor::test
