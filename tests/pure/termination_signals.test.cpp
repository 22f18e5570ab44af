#include "stagedoor/actors/server/termination_signals.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <optional>
#include <thread>

namespace {

/// Whether this thread leaves a signal to others.
bool blocks(int signal) {
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return sigismember(&blocked, signal) == 1;
}

} // namespace

BOOST_AUTO_TEST_SUITE(termination_signals)

BOOST_AUTO_TEST_CASE(takes_each_signal_that_asks_a_program_to_end) {
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
  const stagedoor::termination_signals signals;
  bool are_blocked = false;
  std::thread{[&] {
    are_blocked = blocks(SIGINT) && blocks(SIGTERM) && blocks(SIGHUP);
  }}.join();
  BOOST_TEST(are_blocked);
  BOOST_TEST(!blocks(SIGQUIT));
}

BOOST_AUTO_TEST_CASE(a_hangup_that_is_ignored_stays_so) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    stagedoor::termination_signals signals;
    BOOST_TEST(!blocks(SIGHUP));
    std::raise(SIGHUP);
    BOOST_TEST(!signals.take().has_value());
  }
  std::signal(SIGHUP, before);
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
