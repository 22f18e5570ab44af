#pragma once

#include <csignal>

namespace stagedoor {

/// Blocks all signals for the thread that makes it, until it is destroyed. The
/// threads that are started meanwhile leave signals to the threads of the
/// application for as long as they live.
class blocked_signals {
public:
  blocked_signals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }

  ~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  blocked_signals(const blocked_signals&) = delete;
  blocked_signals& operator=(const blocked_signals&) = delete;

private:
  sigset_t before_{};
};

} // namespace stagedoor
