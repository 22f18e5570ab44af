#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "load/worker.hpp"

namespace stagedoor::load {

/// A thread whose connections are opened, upgraded and closed, again and again.
/// The latency is from the connect to the 101.
class handshake_worker : public worker {
public:
  handshake_worker(const plan& shared, std::size_t number);

  bool prepare() override { return true; }
  void run(const window& when) override;

protected:
  void opened(connection& from, time_point now) override;
  void message(connection& from, std::string_view text,
               time_point now) override;
  void read_done(connection& from, time_point now) override;
  void writable(connection& from, time_point now) override;
  void lost(connection& from, const std::string& why) override;

private:
  /// Whether one more may begin; it counts as begun.
  bool take(time_point now);

  window window_{};
  std::uint64_t left_;
  /// Connections that are somewhere between connect and close.
  std::size_t busy_ = 0;
  /// Closed connections that are to be opened again.
  std::vector<connection*> again_;
};

} // namespace stagedoor::load
