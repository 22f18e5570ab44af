#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "key_history.hpp"
#include "raw_client.hpp"

namespace stagedoor::test {

/// Clients of the example with rooms that ask for all rooms in turn, and
/// connect again when that fails.
class room_visitors {
public:
  static constexpr std::size_t rooms = 6;
  /// At each address.
  static constexpr std::size_t clients = 2;

  room_visitors() = default;
  ~room_visitors() { stop(); }

  room_visitors(const room_visitors&) = delete;
  room_visitors& operator=(const room_visitors&) = delete;

  /// Lets clients in that connect so.
  void add(const std::function<websocket_client()>& connect);

  /// Waits until each room has been visited again from now on, for three times
  /// the patience at most, and prints how long that took.
  void await_all(const std::string& when);

  /// Ends the load, and checks that no room was open twice.
  void check_history();

private:
  void visit_all(const std::function<websocket_client()>& connect);
  void visit(websocket_client& client, std::size_t room);
  void stop();

  key_history history_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

} // namespace stagedoor::test
