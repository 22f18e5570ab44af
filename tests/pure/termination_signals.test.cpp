#include "stagedoor/actors/server/termination_signals.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <optional>
#include <thread>

namespace termination_signals_suite {

namespace {

/// Whether this thread leaves a signal to others.
bool blocks(int signal) {
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return sigismember(&blocked, signal) == 1;
}

/// Whoever runs the tests may ignore SIGHUP.
class hangup_action {
public:
  explicit hangup_action(void (*action)(int))
      : before_(std::signal(SIGHUP, action)) {}
  ~hangup_action() { std::signal(SIGHUP, before_); }

  hangup_action(const hangup_action&) = delete;
  hangup_action& operator=(const hangup_action&) = delete;

private:
  void (*before_)(int);
};

} // namespace

BOOST_AUTO_TEST_SUITE(termination_signals)

BOOST_AUTO_TEST_CASE(takes_each_signal_that_asks_a_program_to_end) {
  const hangup_action is_default{SIG_DFL};
  stagedoor::termination_signals signals;
  for (const auto signal : {SIGINT, SIGTERM, SIGHUP}) {
    std::raise(signal);
    BOOST_TEST(signals.wait() == signal);
    BOOST_TEST(!signals.take().has_value());
    std::raise(signal);
    BOOST_TEST(signals.take().value_or(0) == signal);
  }
}

BOOST_AUTO_TEST_CASE(a_thread_that_starts_later_leaves_the_signals_to_it) {
  const hangup_action is_default{SIG_DFL};
  const stagedoor::termination_signals signals;
  bool are_blocked = false;
  std::thread{[&] {
    are_blocked = blocks(SIGINT) && blocks(SIGTERM) && blocks(SIGHUP);
  }}.join();
  BOOST_TEST(are_blocked);
  BOOST_TEST(!blocks(SIGQUIT));
}

BOOST_AUTO_TEST_CASE(a_hangup_that_is_ignored_stays_so) {
  const hangup_action is_ignored{SIG_IGN};
  stagedoor::termination_signals signals;
  BOOST_TEST(!blocks(SIGHUP));
  std::raise(SIGHUP);
  BOOST_TEST(!signals.take().has_value());
}

BOOST_AUTO_TEST_CASE(its_end_drops_what_has_come_and_gives_the_signals_back) {
  {
    const stagedoor::termination_signals signals;
    std::raise(SIGTERM);
    std::raise(SIGINT);
  }
  BOOST_TEST(!blocks(SIGINT));
  BOOST_TEST(!blocks(SIGTERM));
}

BOOST_AUTO_TEST_CASE(one_within_another_gives_back_what_was_there) {
  const stagedoor::termination_signals outer;
  { const stagedoor::termination_signals inner; }
  BOOST_TEST(blocks(SIGINT));
  BOOST_TEST(blocks(SIGTERM));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace termination_signals_suite
