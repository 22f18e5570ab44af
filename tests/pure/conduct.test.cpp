#include "stagedoor/actors/connections/conduct.hpp"

#include <boost/test/unit_test.hpp>

namespace conduct_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

struct conduct_fixture {
  static limits small() {
    limits result;
    result.message_rate_max = 2;
    result.message_burst_max = 3;
    result.malformed_in_row_max = 2;
    result.throttled_in_row_max = 3;
    return result;
  }

  const limits bounds = small();
  const stagedoor::conduct::clock::time_point begin{};
  stagedoor::conduct subject{bounds, begin};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(conduct, conduct_fixture)

BOOST_AUTO_TEST_CASE(a_message_behind_the_burst_has_to_wait) {
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(subject.arrived(begin).count() == 0);
  BOOST_TEST(subject.arrived(begin).count() == 1);
  BOOST_TEST(subject.arrived(begin + 500ms).count() == 0);
}

BOOST_AUTO_TEST_CASE(malformed_messages_in_a_row_are_bounded) {
  BOOST_TEST(subject.refused(errc::malformed_message) == "");
  BOOST_TEST(subject.refused(errc::malformed_message)
             == "only malformed messages");
}

BOOST_AUTO_TEST_CASE(throttled_messages_in_a_row_are_bounded) {
  BOOST_TEST(subject.refused(errc::throttled) == "");
  BOOST_TEST(subject.refused(errc::throttled) == "");
  BOOST_TEST(subject.refused(errc::throttled) == "over the message rate");
}

BOOST_AUTO_TEST_CASE(a_good_message_forgives_both_kinds) {
  BOOST_TEST(subject.refused(errc::malformed_message) == "");
  BOOST_TEST(subject.refused(errc::throttled) == "");
  BOOST_TEST(subject.refused(errc::throttled) == "");
  subject.forgive();
  BOOST_TEST(subject.refused(errc::malformed_message) == "");
  BOOST_TEST(subject.refused(errc::throttled) == "");
}

BOOST_AUTO_TEST_CASE(neither_kind_forgives_the_other) {
  BOOST_TEST(subject.refused(errc::malformed_message) == "");
  BOOST_TEST(subject.refused(errc::throttled) == "");
  BOOST_TEST(subject.refused(errc::malformed_message)
             == "only malformed messages");
}

BOOST_AUTO_TEST_CASE(a_message_without_an_action_forgives_as_well) {
  BOOST_TEST(subject.refused(errc::malformed_message) == "");
  BOOST_TEST(subject.refused(errc::action_missing) == "");
  BOOST_TEST(subject.refused(errc::malformed_message) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace conduct_suite
