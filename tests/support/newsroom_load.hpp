#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace stagedoor::test {

/// What clients were answered.
struct load_result {
  std::size_t sent = 0;
  /// By status.
  std::map<int, std::size_t> answers;
  /// Messages that were under way at `newsroom_load::note_fault` and got
  /// another status than 200.
  std::size_t lost = 0;
  /// The longest time from a message's turn to a status other than 200. Its
  /// turn comes when those before it have been answered, concurrent ones aside.
  std::chrono::milliseconds longest_failure{0};
  /// What must not be: a second answer, one to nothing, none at all.
  std::vector<std::string> faults;

  load_result& operator+=(const load_result& other);
};

/// All of it in one line.
std::string summary_of(const load_result& result);

/// Clients of a newsroom that keep several messages in flight each, to most
/// kinds of routes, from the first to the last moment of the object.
/// Thread rule: one owner; each client is a thread.
class newsroom_load {
public:
  /// Messages in flight of one client.
  static constexpr std::size_t window = 8;

  newsroom_load(std::uint16_t port, std::size_t clients);
  ~newsroom_load();

  newsroom_load(const newsroom_load&) = delete;
  newsroom_load& operator=(const newsroom_load&) = delete;

  /// How many messages have been answered with 200, and how many otherwise.
  [[nodiscard]] std::size_t served() const { return served_; }
  [[nodiscard]] std::size_t failed() const { return failed_; }

  /// Now a node is made to fail.
  void note_fault() { fault_at_ = clock::now(); }

  /// Sends nothing more, and waits for the answers to all that was sent.
  load_result stop();

private:
  using clock = std::chrono::steady_clock;
  class client;

  std::atomic<bool> stopping_ = false;
  std::atomic<std::size_t> served_ = 0;
  std::atomic<std::size_t> failed_ = 0;
  std::atomic<clock::time_point> fault_at_ = clock::time_point::max();
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<std::thread> threads_;
};

} // namespace stagedoor::test
