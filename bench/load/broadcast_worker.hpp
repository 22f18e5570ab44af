#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "load/worker.hpp"

namespace stagedoor::load {

/// A thread whose connections are members of a group (`--join-message`), and
/// one more, which is none and sends to it through the first target:
/// `--in-flight` events at most are on their way, and an event is so until the
/// last member has it.
///
/// Each member must hear each event, as `--event` spells it. What is counted
/// are deliveries: one event at one member. The latency is that of the last
/// member.
class broadcast_worker : public worker {
public:
  broadcast_worker(const plan& shared, std::size_t number);

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
  struct member {
    bool joined = false;
    /// How many events it has heard.
    std::uint64_t heard = 0;
  };

  /// An event that has been sent.
  struct spreading_event {
    bool measured;
    /// Members that have not heard it.
    std::size_t missing;
  };

  /// The first connection; the others are members.
  [[nodiscard]] connection& sender() { return *connections_.front(); }
  [[nodiscard]] member& member_at(const connection& which) {
    return members_[which.index - 1];
  }
  /// Whether nothing more is to be sent.
  [[nodiscard]] bool sent_enough(time_point now) const;
  [[nodiscard]] bool finished(time_point now) const;
  /// Sends as many events as may be on their way.
  void send(time_point now);
  void take_join_reply(connection& from, std::string_view text, time_point now);
  void take_event(member& who, std::string_view text, time_point now);
  void all_heard_first(time_point now);
  void report_wrong(const std::string& what, std::string_view text);

  window window_{};
  /// Events of the measured time that may still be sent.
  std::uint64_t left_;
  std::vector<member> members_;
  std::deque<spreading_event> spreading_;
  /// Events that all members have heard.
  std::uint64_t heard_by_all_ = 0;
  bool lost_one_ = false;
};

} // namespace stagedoor::load
