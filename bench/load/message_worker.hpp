#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "load/schedule.hpp"
#include "load/worker.hpp"

namespace stagedoor::load {

/// A thread whose connections are opened first and then send messages, in one
/// of these ways:
///
/// - closed loop: each reply is followed by the next message;
/// - open loop (`--rate`): a schedule says when a message is due, and
/// connections
///   take turns, however many replies they wait for;
/// - flood: all that the socket takes;
/// - idle: none.
class message_worker : public worker {
public:
  message_worker(const plan& shared, std::size_t number);

  bool prepare() override { return open_all(); }
  void run(const window& when) override;

protected:
  void opened(connection& from, time_point now) override;
  void message(connection& from, std::string_view text,
               time_point now) override;
  void read_done(connection& from, time_point now) override;
  void writable(connection& from, time_point now) override;
  void lost(connection& from, const std::string& why) override;

private:
  enum class pacing { closed, scheduled, flood, none };

  void begin(const window& when);
  /// Whether nothing more is to be sent.
  [[nodiscard]] bool sent_enough(time_point now) const;
  [[nodiscard]] bool finished(time_point now) const;
  /// Has a connection owe so many messages, as far as any are left to send.
  /// @returns whether it owes one more.
  bool owe(connection& to, std::uint64_t count, time_point due);
  /// Has connections owe what is due by now.
  void take_due(time_point now);
  [[nodiscard]] time_point next_wake(time_point now) const;
  void count_reply(time_point due, time_point now);

  pacing pacing_;
  /// Whether replies are read.
  bool reads_;
  window window_{};
  std::optional<schedule> schedule_;
  /// Messages of the measured time that may still be sent.
  std::uint64_t left_;
  /// Messages without a reply.
  std::uint64_t outstanding_ = 0;
  std::size_t alive_ = 0;
  std::size_t turn_ = 0;
  /// Replies of the read that is being taken.
  std::size_t freed_ = 0;
};

} // namespace stagedoor::load
