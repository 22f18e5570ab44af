#include "stagedoor/actors/sockets/frame_intake.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <type_traits>

namespace frame_intake_suite {

using namespace stagedoor;

namespace {

/// A short message of a client, with a mask that changes nothing.
std::string frame(const std::string& text) {
  return std::string{'\x81'} + static_cast<char>(0x80 | text.size())
         + std::string(4, '\0') + text;
}

struct intake_fixture {
  stagedoor::frame_intake subject{frame_reader{1000}};
  /// The messages that were taken, a line each.
  std::string taken;

  /// Takes at most so many messages.
  /// @returns whether more bytes are needed.
  bool take(std::string bytes,
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
  BOOST_TEST(take(frame("a") + frame("b")));
  BOOST_TEST(!subject.is_delivering());
  BOOST_TEST(taken == "a\nb\n");
  BOOST_TEST(!subject.has_unread());
}

BOOST_AUTO_TEST_CASE(keeps_messages_that_are_not_wanted_yet) {
  BOOST_TEST(!take(frame("a") + frame("b") + frame("c"), 1));
  BOOST_TEST(taken == "a\n");
  BOOST_TEST(subject.has_unread());
  BOOST_TEST(!take({}, 1));
  BOOST_TEST(taken == "a\nb\n");
  BOOST_TEST(take(frame("d")));
  BOOST_TEST(taken == "a\nb\nc\nd\n");
  BOOST_TEST(!subject.has_unread());
}

BOOST_AUTO_TEST_CASE(puts_a_message_together_that_comes_in_parts) {
  const auto whole = frame("message");
  BOOST_TEST(take(whole.substr(0, 9)));
  BOOST_TEST(taken == "");
  BOOST_TEST(subject.has_unread());
  BOOST_TEST(take(whole.substr(9)));
  BOOST_TEST(taken == "message\n");
}

BOOST_AUTO_TEST_CASE(begins_with_the_bytes_behind_the_head) {
  subject.begin(frame("early"), frame_reader{1000});
  BOOST_TEST(subject.has_unread());
  BOOST_TEST(take({}));
  BOOST_TEST(taken == "early\n");
}

BOOST_AUTO_TEST_CASE(drops_unread_bytes) {
  take(frame("a"), 0);
  BOOST_TEST(subject.has_unread());
  subject.drop_unread();
  BOOST_TEST(!subject.has_unread());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace frame_intake_suite
