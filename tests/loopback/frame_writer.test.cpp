#include "stagedoor/actors/sockets/frame_writer.hpp"

#include <boost/asio/error.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <utility>

#include "support/socket_pair.hpp"

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::string_literals;

namespace {

const boost::system::error_code none;

struct writer_fixture : socket_pair {
  static limits small() {
    limits result;
    result.outbound_messages_max = 2;
    return result;
  }

  const limits bounds = small();
  stagedoor::frame_writer subject{home, server, bounds};

  /// Queues so much that the socket does not take it all.
  /// @returns how much that is.
  std::size_t block() {
    std::size_t bytes = 0;
    const std::string payload(60'000, 'x');
    boost::system::error_code error;
    while (!error) {
      subject.add_message(payload, false);
      bytes += payload.size() + 4;
      error = subject.write();
    }
    BOOST_TEST((error == boost::asio::error::would_block));
    return bytes;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(frame_writer, writer_fixture)

BOOST_AUTO_TEST_CASE(writes_all_that_is_queued_at_once) {
  subject.add_message("a", false);
  subject.add_message("bc", true);
  subject.add_ping();
  subject.add_pong("p");
  BOOST_TEST(!subject.is_empty());
  BOOST_TEST((subject.write() == none));
  BOOST_TEST(subject.is_empty());
  BOOST_TEST(receive()
             == "\x81\x01"
                "a\xC1\x02"
                "bc\x89\0\x8A\x01p"s);
}

BOOST_AUTO_TEST_CASE(says_once_that_it_has_drained) {
  subject.add_message("a", false);
  BOOST_TEST(!subject.is_full());
  subject.add_message("b", false);
  BOOST_TEST(subject.is_full());
  BOOST_TEST(!subject.has_drained());
  BOOST_TEST((subject.write() == none));
  BOOST_TEST(!subject.is_full());
  BOOST_TEST(subject.has_drained());
  BOOST_TEST(!subject.has_drained());
}

BOOST_AUTO_TEST_CASE(waits_for_a_socket_that_takes_nothing) {
  const auto expected = block();
  bool is_writable = false;
  subject.wait_writable([&] { is_writable = true; });
  // Nothing is tried until then.
  BOOST_TEST((subject.write() == none));
  BOOST_TEST(!subject.is_empty());
  std::size_t received = 0;
  while (received < expected) {
    received += receive().size();
    if (home.io().restart(), home.io().poll_one() == 0)
      continue;
    BOOST_TEST(is_writable);
    is_writable = false;
    if (subject.write() == boost::asio::error::would_block)
      subject.wait_writable([&] { is_writable = true; });
  }
  BOOST_TEST(received == expected);
  BOOST_TEST(subject.is_empty());
}

BOOST_AUTO_TEST_CASE(of_the_pongs_that_have_to_wait_the_last_is_sent) {
  block();
  bool is_writable = false;
  subject.wait_writable([&] { is_writable = true; });
  subject.add_pong("first");
  subject.add_pong("last");
  std::string received;
  while (!received.ends_with("last")) {
    received += receive();
    BOOST_REQUIRE(received.find("\x8A\x05"
                                "first")
                  == std::string::npos);
    home.io().restart();
    home.io().poll();
    if (std::exchange(is_writable, false)
        && subject.write() == boost::asio::error::would_block)
      subject.wait_writable([&] { is_writable = true; });
  }
  BOOST_TEST(received.ends_with("\x8A\x04last"));
}

BOOST_AUTO_TEST_CASE(sends_no_pong_behind_the_close) {
  block();
  bool is_writable = false;
  subject.wait_writable([&] { is_writable = true; });
  subject.add_pong("late");
  subject.add_close(close_code::normal, "bye");
  std::string received;
  while (!subject.is_empty()) {
    received += receive();
    home.io().restart();
    home.io().poll();
    if (std::exchange(is_writable, false)
        && subject.write() == boost::asio::error::would_block)
      subject.wait_writable([&] { is_writable = true; });
  }
  server.close();
  for (auto part = receive(); !part.empty(); part = receive())
    received += part;
  BOOST_TEST(received.ends_with("bye"));
}

BOOST_AUTO_TEST_CASE(drops_what_is_queued) {
  subject.add_message("a", false);
  subject.drop();
  BOOST_TEST(subject.is_empty());
}

BOOST_AUTO_TEST_SUITE_END()
