#include "stagedoor/actors/cluster/node_hello.hpp"

#include "stagedoor/actors/cluster/node_address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <tuple>

namespace node_hello_suite {

using namespace stagedoor;

namespace {

node_hello some_hello() {
  cluster_options options;
  options.name = "a";
  auto result = node_hello::of_this_process(options);
  result.address = "127.0.0.1:4501";
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(node_hello)

BOOST_AUTO_TEST_CASE(comes_back_from_the_wire) {
  for (const auto roles : {node_roles{true, true}, node_roles{true, false},
                           node_roles{false, true}, node_roles{false, false}}) {
    auto hello = some_hello();
    hello.roles = roles;
    stagedoor::node_hello read;
    BOOST_TEST(read.from_wire(hello.to_wire()));
    BOOST_TEST(read.protocol == cluster_protocol);
    BOOST_TEST(read.version == hello.version);
    BOOST_TEST(read.name == "a");
    BOOST_TEST(read.incarnation == hello.incarnation);
    BOOST_TEST(read.address == "127.0.0.1:4501");
    BOOST_TEST((read.roles == roles));
  }
}

BOOST_AUTO_TEST_CASE(needs_the_magic_word) {
  auto wire = some_hello().to_wire();
  BOOST_TEST(std::get<0>(wire) == "stagedoor");
  for (const std::string word : {"", "Stagedoor", "stagedoor2"}) {
    std::get<0>(wire) = word;
    stagedoor::node_hello read;
    BOOST_TEST(!read.from_wire(wire));
  }
}

BOOST_AUTO_TEST_CASE(each_process_has_an_incarnation) {
  BOOST_TEST(some_hello().incarnation != some_hello().incarnation);
}

BOOST_AUTO_TEST_CASE(protocols_must_be_the_same) {
  const auto mine = some_hello();
  auto other = mine;
  BOOST_TEST(mine.mismatch(other).empty());
  other.protocol = cluster_protocol + 1;
  other.version = "99.0.0"; // The protocol is told first.
  BOOST_TEST(mine.mismatch(other) == "speaks protocol 6, this one 5");
}

BOOST_AUTO_TEST_CASE(versions_must_agree_but_for_the_patch) {
  auto mine = some_hello();
  auto other = mine;
  mine.version = "1.12.0";
  for (const auto* version : {"1.12.0", "1.12.7", "1.12", "1.12.0-beta"}) {
    other.version = version;
    BOOST_TEST(mine.mismatch(other).empty(), version);
  }
  for (const auto* version : {"1.1.0", "1.13.0", "2.12.0", "1", "", "1.120"}) {
    other.version = version;
    BOOST_TEST(mine.mismatch(other)
               == "is of version " + other.version + ", this one of 1.12.0");
  }
}

BOOST_AUTO_TEST_CASE(addresses_are_a_host_and_a_port) {
  struct row {
    std::string text;
    std::string host;
    std::uint16_t port;
  };
  for (const auto& [text, host, port] :
       {row{"127.0.0.1:4501", "127.0.0.1", 4501},
        row{"a.example:0", "a.example", 0}, row{"[::1]:65535", "::1", 65535}}) {
    const auto address = node_address::parse(text);
    BOOST_REQUIRE(address);
    BOOST_TEST(address->host == host);
    BOOST_TEST(address->port == port);
    BOOST_TEST(address->text() == text);
  }
  BOOST_TEST(node_address::parse("a:0042")->text() == "a:42");
  for (const auto* text : {"", ":", "a", "a:", ":1", "a:65536", "a:-1", "a:+1",
                           "a:1x", "a: 1", "::1:1", "[]:1", "[::1]", "[::1]1"})
    BOOST_TEST(!node_address::parse(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace node_hello_suite
