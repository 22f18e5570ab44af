#include "stagedoor/actors/sockets/frame_writer.hpp"

#include "stagedoor/actors/units/epoll_loop.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace frame_writer_suite {

using namespace stagedoor;
using namespace std::string_literals;

namespace {

struct writer_fixture {
  static limits small() {
    limits result;
    result.outbound_messages_max = 2;
    return result;
  }

  /// The socket takes so many bytes, or all.
  std::string take(std::size_t count = std::string::npos) {
    const std::string result{subject.unsent().substr(0, count)};
    subject.sent(result.size());
    return result;
  }

  caf::actor_system_config config;
  caf::actor_system system{config};
  // Without its thread.
  io_unit home{system, 0, std::make_unique<epoll_loop>(), 1,
               io_unit::clock::duration{0}};
  const limits bounds = small();
  stagedoor::frame_writer subject{home, bounds};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(frame_writer, writer_fixture)

BOOST_AUTO_TEST_CASE(gives_all_that_is_queued_at_once) {
  subject.add_message("a", false);
  subject.add_message("bc", true);
  subject.add_ping();
  subject.add_pong("p");
  BOOST_TEST(!subject.is_empty());
  BOOST_TEST(take()
             == "\x81\x01"
                "a\xC1\x02"
                "bc\x89\0\x8A\x01p"s);
  BOOST_TEST(subject.is_empty());
  BOOST_TEST(subject.unsent() == "");
}

BOOST_AUTO_TEST_CASE(says_once_that_it_has_drained) {
  subject.add_message("a", false);
  BOOST_TEST(!subject.is_full());
  subject.add_message("b", false);
  BOOST_TEST(subject.is_full());
  BOOST_TEST(!subject.has_drained());
  take();
  BOOST_TEST(!subject.is_full());
  BOOST_TEST(subject.has_drained());
  BOOST_TEST(!subject.has_drained());
}

BOOST_AUTO_TEST_CASE(gives_nothing_while_the_socket_takes_nothing) {
  subject.add_message("abc", false);
  const std::string all{subject.unsent()};
  BOOST_TEST(take(2) == all.substr(0, 2));
  subject.block();
  BOOST_TEST(subject.unsent() == "");
  BOOST_TEST(!subject.is_empty());
  subject.add_message("d", false);
  BOOST_TEST(subject.unsent() == "");
  subject.unblock();
  BOOST_TEST(take() == all.substr(2) + "\x81\x01" + "d");
  BOOST_TEST(subject.is_empty());
}

BOOST_AUTO_TEST_CASE(of_the_pongs_that_have_to_wait_the_last_is_sent) {
  subject.add_message("a", false);
  const auto first = take(1);
  subject.block();
  subject.add_pong("first");
  subject.add_pong("last");
  subject.unblock();
  BOOST_TEST(first + take()
             == "\x81\x01"
                "a\x8A\x04last"s);
}

BOOST_AUTO_TEST_CASE(sends_no_pong_behind_the_close) {
  subject.block();
  subject.add_pong("late");
  subject.add_close(close_code::normal, "bye");
  subject.unblock();
  BOOST_TEST(take()
             == "\x88\x05\x03\xE8"
                "bye"s);
}

BOOST_AUTO_TEST_CASE(drops_what_is_queued) {
  subject.add_message("a", false);
  subject.drop();
  BOOST_TEST(subject.is_empty());
}

BOOST_AUTO_TEST_CASE(uses_the_storage_of_what_was_sent_again) {
  subject.add_message(std::string(1000, 'a'), false);
  take();
  const auto spare = home.take_text();
  BOOST_TEST(spare.empty());
  BOOST_TEST(spare.capacity() >= 1000u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace frame_writer_suite
