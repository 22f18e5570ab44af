#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "load/due_times.hpp"
#include "load/frame_reader.hpp"
#include "load/frame_stream.hpp"

namespace stagedoor::load {

/// One client: a socket that never blocks, what is still to be sent on it, and
/// what has come of a frame that is not whole yet.
class connection {
public:
  using time_point = std::chrono::steady_clock::time_point;

  enum class stage { closed, connecting, upgrading, open };
  enum class flow { done, blocked, failed };

  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() { close(); }

  /// Begins to connect, and has an epoll watch it.
  /// @returns false if that failed: `errno`.
  bool connect(const sockaddr_in& to, in_addr source, int epoll);

  /// Sends the opening request if it is connected, as it is at once on
  /// loopback; else the epoll will say when.
  /// @returns what went wrong, or nothing.
  std::string upgrade(std::string_view request);

  /// Gives the socket up, without the TIME_WAIT that would use up the ports.
  void close();

  /// One more message to send.
  void owe(time_point due, const frame_stream& frames) {
    due_.push(due);
    unsent_ += frames.frame_size();
  }

  /// Sends a pong or a close before the next message.
  void interject(const std::string& frame) { control_ += frame; }

  /// Writes what the socket takes. What it does not take, an epoll will ask
  /// for.
  flow flush(const frame_stream& frames);

  /// Reads once: what was left over, and what is new.
  /// @returns all that is there; empty if the socket has nothing, nullopt if it
  /// has failed or ended.
  std::optional<std::string_view> receive(std::vector<char>& buffer);

  /// Leaves for the next time what is no whole frame.
  void keep(std::string_view rest) { kept_.assign(rest); }

  /// What the epoll is asked to tell.
  void watch(std::uint32_t events);

  stage at = stage::closed;
  /// Which one of the run.
  std::size_t index = 0;
  time_point began;
  frame_reader reader;

  /// Messages that have no reply yet.
  [[nodiscard]] std::size_t outstanding() const { return due_.size(); }
  [[nodiscard]] bool sent_all() const { return unsent_ == 0; }
  time_point answered() { return due_.pop(); }
  [[nodiscard]] bool waits_to_write() const { return waits_; }
  void wait_to_write(bool waits) { waits_ = waits; }

private:
  int socket_ = -1;
  int epoll_ = -1;
  std::uint32_t watched_ = 0;
  bool waits_ = false;
  due_times due_;
  /// Bytes of whole and begun messages that are not written.
  std::size_t unsent_ = 0;
  /// How much of the next one is.
  std::size_t offset_ = 0;
  std::string control_;
  std::string kept_;
};

} // namespace stagedoor::load
