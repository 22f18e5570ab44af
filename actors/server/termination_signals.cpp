#include "stagedoor/actors/server/termination_signals.hpp"

#include <cerrno>
#include <ctime>

namespace stagedoor {

termination_signals::termination_signals() {
  sigemptyset(&taken_);
  sigaddset(&taken_, SIGINT);
  sigaddset(&taken_, SIGTERM);
  struct sigaction at_hangup {};
  sigaction(SIGHUP, nullptr, &at_hangup);
  if (at_hangup.sa_handler != SIG_IGN)
    sigaddset(&taken_, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &taken_, &blocked_before_);
  struct sigaction ignoring {};
  ignoring.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignoring, &pipe_action_before_);
}

termination_signals::~termination_signals() {
  while (take())
    continue;
  sigaction(SIGPIPE, &pipe_action_before_, nullptr);
  pthread_sigmask(SIG_SETMASK, &blocked_before_, nullptr);
}

int termination_signals::wait() {
  int signal = 0;
  sigwait(&taken_, &signal);
  return signal;
}

std::optional<int> termination_signals::take() {
  const timespec no_time{};
  int signal = -1;
  do
    signal = sigtimedwait(&taken_, nullptr, &no_time);
  while (signal < 0 && errno == EINTR);
  return signal > 0 ? std::optional{signal} : std::nullopt;
}

} // namespace stagedoor
