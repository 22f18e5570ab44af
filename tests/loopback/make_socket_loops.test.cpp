// Which loop the units of a server get.

#include "stagedoor/actors/server/make_socket_loops.hpp"

#include <boost/test/unit_test.hpp>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/test_server.hpp"

namespace make_socket_loops_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// Has the system refuse io_uring to this thread and to those that it starts,
/// as most containers do.
void forbid_uring() {
  std::array<sock_filter, 4> rules{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                           offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{rules.size(), rules.data()};
  BOOST_REQUIRE(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  BOOST_REQUIRE(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

/// Runs a function where io_uring is forbidden.
template <class Function>
void without_uring(Function run) {
  std::thread thread{[&] {
    forbid_uring();
    run();
  }};
  thread.join();
}

constexpr auto forbidden = "io_uring_setup: Operation not permitted";

} // namespace

BOOST_AUTO_TEST_SUITE(make_socket_loops)

BOOST_AUTO_TEST_CASE(takes_epoll_if_it_is_told_to) {
  const auto made = stagedoor::make_socket_loops(io_choice::epoll, 3);
  BOOST_TEST(made.loops.size() == 3u);
  BOOST_TEST(!made.are_uring);
  BOOST_TEST(made.text() == "epoll");
}

BOOST_AUTO_TEST_CASE(takes_uring_where_the_system_has_it) {
  for (const auto choice : {io_choice::automatic, io_choice::uring}) {
    const auto made = stagedoor::make_socket_loops(choice, 3);
    if (!made.are_uring) {
      BOOST_TEST_MESSAGE("skipped: no io_uring: " << made.fault);
      continue;
    }
    BOOST_TEST(made.loops.size() == 3u);
    BOOST_TEST(made.fault == "");
    BOOST_TEST(made.text() == "io_uring");
  }
}

BOOST_AUTO_TEST_CASE(says_why_it_falls_back_to_epoll) {
  without_uring([] {
    const auto made = stagedoor::make_socket_loops(io_choice::automatic, 3);
    BOOST_TEST(made.loops.size() == 3u);
    BOOST_TEST(!made.are_uring);
    BOOST_TEST(made.text()
               == std::string("epoll, as io_uring is not available: ")
                      + forbidden);
  });
}

BOOST_AUTO_TEST_CASE(takes_epoll_under_valgrind) {
  // What Valgrind has a program load. The test has loaded its libraries.
  setenv("LD_PRELOAD", "/usr/libexec/valgrind/vgpreload_core-amd64-linux.so",
         1);
  const auto made = stagedoor::make_socket_loops(io_choice::automatic, 3);
  unsetenv("LD_PRELOAD");
  BOOST_TEST(made.text()
             == "epoll, as io_uring is not available: Valgrind runs this "
                "process");
}

BOOST_AUTO_TEST_CASE(makes_nothing_where_only_uring_will_do) {
  without_uring([] {
    const auto made = stagedoor::make_socket_loops(io_choice::uring, 3);
    BOOST_TEST(made.loops.empty());
    BOOST_TEST(made.fault == forbidden);
  });
}

BOOST_AUTO_TEST_CASE(a_server_says_what_it_runs_on) {
  without_uring([] {
    const test_server server{newsroom::endpoints(), [](auto& options) {
                               options.io = io_choice::automatic;
                             }};
    BOOST_TEST(server.logs("I/O: epoll, as io_uring is not available: "));
  });
}

BOOST_AUTO_TEST_CASE(a_server_does_not_start_without_the_uring_that_it_needs) {
  without_uring([] {
    std::string error;
    try {
      const test_server server{newsroom::endpoints(), [](auto& options) {
                                 options.io = io_choice::uring;
                               }};
    } catch (const std::runtime_error& caught) {
      error = caught.what();
    }
    BOOST_TEST(error
               == std::string("test_server: io: uring is not available: ")
                      + forbidden);
  });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace make_socket_loops_suite
