#include "stagedoor/actors/sockets/frame_intake.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <type_traits>

#include "support/socket_pair.hpp"

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// A short message of a client, with a mask that changes nothing.
std::string frame(const std::string& text) {
  return std::string{'\x81'} + static_cast<char>(0x80 | text.size())
         + std::string(4, '\0') + text;
}

struct intake_fixture : socket_pair {
  stagedoor::frame_intake subject{server, frame_reader{1000}};
  /// The messages that were taken, a line each.
  std::string taken;

  /// Waits for bytes.
  std::span<char> read() {
    std::span<char> result;
    subject.read([&](boost::system::error_code error, std::size_t count) {
      BOOST_TEST(!error);
      result = subject.received(count, home.read_buffer());
    });
    BOOST_TEST(subject.is_reading());
    run_one();
    BOOST_TEST(!subject.is_reading());
    return result;
  }

  /// Takes at most so many messages.
  /// @returns whether more bytes are needed.
  bool take(std::span<char> bytes,
            std::size_t count_max = std::numeric_limits<std::size_t>::max()) {
    return subject.take(
        bytes, [&] { return count_max > 0; },
        [&]<class Frame>(Frame& frame) {
          BOOST_TEST(subject.is_delivering());
          --count_max;
          if constexpr (std::is_same_v<Frame, frame_reader::message>)
            taken += std::string{frame.payload} + '\n';
        });
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(frame_intake, intake_fixture)

BOOST_AUTO_TEST_CASE(takes_all_messages_of_one_read) {
  send(frame("a") + frame("b"));
  BOOST_TEST(take(read()));
  BOOST_TEST(taken == "a\nb\n");
  BOOST_TEST(!subject.has_unread());
}

BOOST_AUTO_TEST_CASE(keeps_messages_that_are_not_wanted_yet) {
  send(frame("a") + frame("b") + frame("c"));
  BOOST_TEST(!take(read(), 1));
  BOOST_TEST(taken == "a\n");
  BOOST_TEST(subject.has_unread());
  BOOST_TEST(!take({}, 1));
  BOOST_TEST(taken == "a\nb\n");
  send(frame("d"));
  BOOST_TEST(take(read()));
  BOOST_TEST(taken == "a\nb\nc\nd\n");
}

BOOST_AUTO_TEST_CASE(puts_a_message_together_that_comes_in_parts) {
  const auto whole = frame("message");
  send(whole.substr(0, 9));
  BOOST_TEST(take(read()));
  BOOST_TEST(taken == "");
  send(whole.substr(9));
  BOOST_TEST(take(read()));
  BOOST_TEST(taken == "message\n");
}

BOOST_AUTO_TEST_CASE(reads_what_has_come_behind_the_first_bytes) {
  std::string all;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    const auto text = "message " + std::to_string(i);
    all += frame(text);
    expected += text + '\n';
  }
  send(all);
  while (taken.size() < expected.size())
    take(read());
  BOOST_TEST(taken == expected);
}

BOOST_AUTO_TEST_CASE(begins_with_the_bytes_behind_the_head) {
  subject.begin(frame("early"), frame_reader{1000});
  BOOST_TEST(subject.has_unread());
  BOOST_TEST(take({}));
  BOOST_TEST(taken == "early\n");
}

BOOST_AUTO_TEST_CASE(drops_unread_bytes) {
  send(frame("a"));
  take(read(), 0);
  BOOST_TEST(subject.has_unread());
  subject.drop_unread();
  BOOST_TEST(!subject.has_unread());
}

BOOST_AUTO_TEST_SUITE_END()
