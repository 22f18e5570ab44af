#pragma once

#include <csignal>
#include <optional>

namespace stagedoor {

/// SIGINT, SIGTERM and SIGHUP, which ask a program to end. From its
/// construction on they no longer end the program; `server::run_until` waits
/// for them. A SIGHUP that is ignored, as under nohup, stays so. Make it
/// before the actor system: only threads that start afterwards leave the
/// signals to it. Meanwhile SIGPIPE is ignored, so that the program outlives
/// the reader of its log. `run_server` makes one of its own.
/// Thread rule: made and destroyed by one thread, used by any.
class termination_signals {
public:
  termination_signals();

  /// Drops the signals that nobody has taken. The next ones do what they did
  /// before.
  ~termination_signals();

  termination_signals(const termination_signals&) = delete;
  termination_signals& operator=(const termination_signals&) = delete;

  /// Waits for the next signal.
  /// @returns its number: SIGINT, SIGTERM or SIGHUP.
  int wait();

  /// Takes the next signal if it has come already.
  std::optional<int> take();

private:
  sigset_t taken_{};
  sigset_t blocked_before_{};
  struct sigaction pipe_action_before_ {};
};

} // namespace stagedoor
