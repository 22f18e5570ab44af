#pragma once

#include "stagedoor/actors/sockets/acceptor.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace stagedoor::testing {

/// A listening socket without a network: the test brings the clients.
/// Thread rule: the thread of the test.
class virtual_acceptor final : public acceptor {
public:
  /// A client connects.
  void bring(std::shared_ptr<transport> socket) {
    waiting_.push_back(std::move(socket));
  }

  /// Lets the listener accept one client who waits, while no actor runs.
  /// @returns false if none waits, or the listener accepts none.
  bool work() {
    if (waiting_.empty() || !accepted_)
      return false;
    auto socket = std::move(waiting_.front());
    waiting_.pop_front();
    // The listener waits for the next one while it is called.
    std::exchange(accepted_, {})({std::move(socket), unit_});
    return true;
  }

  void accept(std::size_t unit_index, sink accepted, failure_sink) override {
    unit_ = unit_index;
    accepted_ = std::move(accepted);
  }

  void close() override { accepted_ = {}; }

private:
  std::deque<std::shared_ptr<transport>> waiting_;
  std::size_t unit_ = 0;
  /// Empty while the listener accepts none.
  sink accepted_;
};

} // namespace stagedoor::testing
