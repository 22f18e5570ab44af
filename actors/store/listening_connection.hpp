#pragma once

#include "stagedoor/actors/store/postgres_handles.hpp"
#include "stagedoor/actors/store/store.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// A connection to a PostgreSQL server on which it tells of what others do.
/// Thread rule: one owner at a time; `wake` and `stop` any thread.
class listening_connection {
public:
  /// What another connection has told.
  struct notification {
    std::string channel;
    std::string payload;
    /// The process of the server that has sent it.
    int sender = 0;
  };

  /// How long the server may take for an answer.
  static constexpr std::chrono::milliseconds answer_timeout{10'000};

  /// @param target a connection string of libpq.
  explicit listening_connection(std::string target);
  ~listening_connection();

  listening_connection(const listening_connection&) = delete;
  listening_connection& operator=(const listening_connection&) = delete;

  /// Connects, in place of an earlier connection.
  /// @throws sql_error if it cannot, or is stopped. So do the others.
  void connect();

  /// Listens to the channel of a table from now on, see `row_telling`.
  /// @returns the channel; nothing if there is no table with this name that has
  ///          the triggers.
  std::optional<std::string> listen(const std::string& table);

  /// Waits until something is told, it is woken, or the time is over.
  /// @returns all that is told, in the order of the commits.
  /// @throws sql_error if the connection is lost.
  std::vector<notification> wait(std::chrono::milliseconds at_most);

  /// Waits without a connection.
  void pause(std::chrono::milliseconds at_most) const;

  /// Ends `wait` or `pause`, or the next one.
  void wake() const;
  /// Ends whatever it does, for ever.
  void stop();
  [[nodiscard]] bool is_stopped() const { return is_stopped_; }

private:
  [[noreturn]] void give_up(const std::string& why);
  void check(bool succeeded);
  void wait_for(int events, store::clock::time_point deadline);
  /// Runs a statement with at most one value.
  postgres_result_ptr run(const std::string& statement,
                          const char* value = nullptr);

  const std::string target_;
  /// Readable once `wake` was called, until that was seen.
  const int waker_;
  std::atomic<bool> is_stopped_ = false;
  /// Whether it was woken while it waited for an answer.
  bool is_woken_ = false;
  postgres_connection_ptr connection_;
};

} // namespace stagedoor
