#pragma once

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "raw_client.hpp"

namespace stagedoor::test {

/// Clients that create posts, one after the other each, until they are stopped
/// or lose their connection.
class creating_clients {
public:
  static constexpr std::size_t count = 16;

  creating_clients(std::uint16_t port, std::string round)
      : round_(std::move(round)) {
    for (std::size_t i = 0; i < count; ++i)
      threads_.emplace_back([this, port, i] { run(port, i); });
  }

  ~creating_clients() { stop(); }

  creating_clients(const creating_clients&) = delete;
  creating_clients& operator=(const creating_clients&) = delete;

  void stop() {
    is_stopped_ = true;
    for (auto& thread : threads_)
      if (thread.joinable())
        thread.join();
  }

  /// Waits until so many were acknowledged, or all clients have ended.
  void wait_for(std::size_t wanted) const {
    while (acknowledged() < wanted && running_ > 0)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }

  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }

  // -- after `stop` -----------------------------------------------------------

  /// Compares what the clients know with what is in the database.
  void check(const std::set<std::string>& stored) const {
    for (const auto& answer : odd_)
      BOOST_ERROR(answer);
    std::size_t lost = 0;
    for (const auto& slug : created_)
      lost += stored.contains(slug) ? 0u : 1u;
    BOOST_TEST(lost == 0u);
    std::size_t unasked = 0;
    for (const auto& slug : stored)
      unasked += created_.contains(slug) || unknown_.contains(slug) ? 0u : 1u;
    BOOST_TEST(unasked == 0u);
    BOOST_TEST_MESSAGE(acknowledged()
                       << " acknowledged, " << refused() << " refused, "
                       << unknown_.size() << " unknown, " << stored.size()
                       << " stored");
  }

  /// How many of which nothing is known.
  [[nodiscard]] std::size_t unknown() const { return unknown_.size(); }

private:
  void run(std::uint16_t port, std::size_t who) {
    std::string slug;
    try {
      websocket_client client(port, "/ws/?token=alice-token");
      for (std::size_t i = 0; !is_stopped_; ++i) {
        slug = round_ + '-' + std::to_string(who) + '-' + std::to_string(i);
        const auto answer = client.ask(
            R"({"action":"create","route":"posts/","data":{"title":"x",)"
            R"("slug":")"
            + slug + R"("}})");
        std::lock_guard lock{mutex_};
        if (answer.find(R"("status":201)") != std::string::npos) {
          created_.insert(slug);
          ++acknowledged_;
        } else if (answer.find(R"("status":503)") != std::string::npos) {
          ++refused_;
        } else if (answer.find(R"("status":504)") != std::string::npos) {
          unknown_.insert(slug);
        } else {
          odd_.push_back(answer);
        }
        slug.clear();
      }
    } catch (const std::exception&) {
      std::lock_guard lock{mutex_};
      if (!slug.empty())
        unknown_.insert(slug);
    }
    --running_;
  }

  std::string round_;
  std::atomic<bool> is_stopped_ = false;
  std::atomic<std::size_t> running_ = count;
  std::atomic<std::size_t> acknowledged_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  std::mutex mutex_;
  /// Those of which a client knows that they are there.
  std::set<std::string> created_;
  /// Those of which it knows nothing: the connection was lost, or the answer
  /// says so.
  std::set<std::string> unknown_;
  /// Other answers.
  std::vector<std::string> odd_;
  std::vector<std::thread> threads_;
};

} // namespace stagedoor::test
