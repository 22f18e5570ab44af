#include "stagedoor/actors/cluster/link_greeting.hpp"

#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/cluster/cluster_limits.hpp>

#include <ostream>
#include <span>
#include <string>

#include "support/link_bytes.hpp"

namespace link_greeting_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using side = stagedoor::link_greeting::side;
using verdict = stagedoor::link_greeting::verdict;

/// One side of a connection, and what it says of what arrives.
struct fixture {
  bool is(verdict expected, const std::string& message) {
    return greeting.take(std::as_bytes(std::span{message})) == expected;
  }

  stagedoor::link_greeting greeting{side::accepts};
};

constexpr auto least = cluster_limits::greeting_bytes_min;
constexpr auto most = cluster_limits::greeting_bytes_max;

} // namespace

BOOST_FIXTURE_TEST_SUITE(link_greeting, fixture)

BOOST_AUTO_TEST_CASE(it_is_over_behind_the_payload_of_the_handshake) {
  BOOST_TEST(is(verdict::fine, link_header({.payload = 9})));
  BOOST_TEST(!greeting.is_over());
  BOOST_TEST(is(verdict::fine, "some node"));
  BOOST_TEST(greeting.is_over());
}

BOOST_AUTO_TEST_CASE(each_side_expects_the_handshake_of_the_other) {
  BOOST_TEST(is(verdict::refused, link_header({.operation = server_handshake,
                                               .data = own_link_version(),
                                               .payload = 9})));
  greeting = stagedoor::link_greeting{side::connects};
  BOOST_TEST(is(verdict::refused, link_header({.payload = 9})));
  BOOST_TEST(is(verdict::fine, link_header({.operation = server_handshake,
                                            .data = own_link_version(),
                                            .payload = 9})));
}

BOOST_AUTO_TEST_CASE(nothing_else_comes_before_the_handshake) {
  for (const auto operation : {direct_message, heartbeat, std::uint8_t{0x47}})
    BOOST_TEST(is(verdict::refused,
                  link_header({.operation = operation, .payload = 9})));
  BOOST_TEST(is(verdict::refused, "less than a header"));
}

BOOST_AUTO_TEST_CASE(a_handshake_is_not_long) {
  BOOST_TEST(is(verdict::refused, link_header({.payload = most + 1})));
  BOOST_TEST(is(verdict::fine, link_header({.payload = most})));
  BOOST_TEST(is(verdict::fine, std::string(most, 'x')));
  // What follows it may be.
  BOOST_TEST(is(verdict::fine, link_header({.operation = direct_message,
                                            .payload = 0x40000000})));
}

BOOST_AUTO_TEST_CASE(a_handshake_is_not_short) {
  BOOST_TEST(is(verdict::refused, link_header({.payload = least - 1})));
  BOOST_TEST(is(verdict::fine, link_header({.payload = least})));
  BOOST_TEST(is(verdict::fine, std::string(least, 'x')));
  // Nor is a second one.
  for (const auto operation : {client_handshake, server_handshake})
    BOOST_TEST(is(verdict::refused,
                  link_header({.operation = operation, .payload = least - 1})));
  BOOST_TEST(is(verdict::fine, link_header({.operation = heartbeat})));
}

BOOST_AUTO_TEST_CASE(another_version_of_the_protocol_is_told) {
  const auto other = own_link_version() + 1;
  BOOST_TEST(
      is(verdict::other_version, link_header({.data = other, .payload = 9})));
  BOOST_TEST(greeting.version() == other);
  greeting = stagedoor::link_greeting{side::connects};
  BOOST_TEST(
      is(verdict::other_version,
         link_header(
             {.operation = server_handshake, .data = other, .payload = 9})));
  BOOST_TEST(greeting.version() == other);
}

BOOST_AUTO_TEST_CASE(a_node_says_its_version_where_caf_says_none) {
  auto written = link_header({.payload = 9}) + "some node";
  stagedoor::link_greeting::say_version(
      std::as_writable_bytes(std::span{written}));
  BOOST_TEST(written
             == link_header({.data = own_link_version(), .payload = 9})
                    + "some node");
  // Only there.
  for (const auto& other :
       {link_header({.operation = server_handshake, .payload = 9}),
        link_header({}).substr(1), std::string{}}) {
    auto same = other;
    stagedoor::link_greeting::say_version(
        std::as_writable_bytes(std::span{same}));
    BOOST_TEST(same == other);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace link_greeting_suite
