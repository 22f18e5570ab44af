#pragma once

#include "stagedoor/actors/server/make_socket_loops.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

namespace stagedoor::test {

/// What units run on in tests: epoll, and io_uring with the environment
/// variable `STAGEDOOR_TEST_IO=uring`, as far as the machine has it.
inline io_choice tested_io() {
  const auto* const name = std::getenv("STAGEDOOR_TEST_IO");
  if (name == nullptr || std::string_view{name} != "uring")
    return io_choice::epoll;
  const auto made = make_socket_loops(io_choice::uring, 1);
  if (made.are_uring)
    return io_choice::uring;
  BOOST_TEST_MESSAGE(
      "skipped: no io_uring, epoll is tested in its place: " << made.fault);
  return io_choice::epoll;
}

/// A loop of that kind.
inline std::unique_ptr<socket_loop> make_tested_loop() {
  return std::move(make_socket_loops(tested_io(), 1).loops.front());
}

} // namespace stagedoor::test
