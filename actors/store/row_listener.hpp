#pragma once

#include "stagedoor/actors/description/subscription.hpp"
#include "stagedoor/actors/store/change_assembler.hpp"
#include "stagedoor/actors/store/listening_connection.hpp"
#include "stagedoor/actors/store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace stagedoor {

/// Tells watchers of the changes of tables, whoever has made them, in the order
/// of the commits; see `make_row_triggers`. It has a thread with a connection,
/// from the first table on. A connection that is lost is made again; then
/// watchers hear that changes were missed.
/// Thread rule: any thread.
class row_listener {
public:
  struct setup {
    /// A connection string of libpq.
    std::string connection;
    /// See `store::identity`.
    std::string identity;
    std::shared_ptr<spdlog::logger> log;
  };

  /// How long it waits at first until it connects again. Each further wait is
  /// twice as long, up to `pause_max`.
  static constexpr std::chrono::milliseconds pause_min{50};
  static constexpr std::chrono::milliseconds pause_max{5000};

  explicit row_listener(setup parts);
  ~row_listener();

  row_listener(const row_listener&) = delete;
  row_listener& operator=(const row_listener&) = delete;

  /// Begins to listen to a table, and waits for that.
  /// @param key the column by which its rows are told apart.
  /// @returns why it cannot; empty if it does.
  std::string add(const std::string& table, const std::string& key,
                  std::chrono::milliseconds timeout);

  /// Whether changes of a table are told here.
  [[nodiscard]] bool tells_of(std::string_view table) const;
  /// Whether it hears of changes right now.
  [[nodiscard]] bool hears_of(std::string_view table) const;

  /// Has a watcher hear of the changes of a table that was added. The data of
  /// an event is one of `change_assembler::take_changes`, and its type the
  /// table's `rows_group`.
  /// @returns what ends that when it is destroyed, which is to be before the
  ///          listener.
  std::shared_ptr<void> watch(std::string_view table, change_watcher watcher);

private:
  struct listened_table {
    explicit listened_table(const std::string& key) : changes(key) {}

    change_assembler changes;
    std::map<std::uint64_t, change_watcher> watchers;
    /// Empty while nothing is heard.
    std::string channel;
    /// Whether it was listened to before.
    bool is_known = false;
    /// Whether the connection has not found it. The next one looks again.
    bool is_absent = false;
    /// Why nothing is heard.
    std::string fault;
  };

  using tables = std::map<std::string, listened_table, std::less<>>;

  void run();
  void listen();
  void lose(const std::string& why);
  void listen_to_new();
  void hear(const listening_connection::notification& told);
  void tell(const std::string& table, listened_table& heard);
  void unwatch(std::string_view table, std::uint64_t watcher);
  void notice(const std::string& text);

  const setup setup_;
  listening_connection connection_;
  std::chrono::milliseconds pause_ = pause_min;
  store::clock::time_point next_notice_ = store::clock::time_point::min();

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  tables tables_;
  std::uint64_t last_watcher_ = 0;
  std::thread thread_;
};

} // namespace stagedoor
