#include "stagedoor/actors/sockets/tcp_acceptor.hpp"

#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/tcp_pair.hpp"
#include "support/test_io.hpp"

namespace tcp_acceptor_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using acceptor_type = stagedoor::tcp_acceptor;

/// Two units without threads: the test waits on the loop of the first one.
struct acceptor_fixture {
  std::shared_ptr<acceptor_type> listen(const std::string& address,
                                        std::uint16_t port = 0) {
    auto result =
        acceptor_type::listen({&first, &second}, address, port, bounds);
    if (!result) {
      failure = text_of(result.error());
      return nullptr;
    }
    return std::move(*result);
  }

  void accept(acceptor_type& subject, std::size_t unit_index) {
    subject.accept(
        unit_index,
        [this](socket_accepted event) { accepted = std::move(event); },
        [this](const accept_failed& event) { failure = event.reason; });
  }

  /// Waits for something of a client, or to accept one.
  void wait() { first.loop().wait(io_unit::clock::now() + 10s, 64); }

  limits bounds;
  caf::actor_system_config config;
  caf::actor_system system{config};
  io_unit first{system, 0, make_tested_loop(), 1, io_unit::clock::duration{0}};
  io_unit second{system, 1, make_tested_loop(), 1, io_unit::clock::duration{0}};
  std::optional<socket_accepted> accepted;
  std::string failure;
};

/// A client of 127.0.0.1.
descriptor connect_to(std::uint16_t port) {
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  place.sin_port = htons(port);
  descriptor result{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (connect(result.number(), reinterpret_cast<sockaddr*>(&place),
              sizeof(place))
      != 0)
    result.close();
  return result;
}

std::string address_of(const descriptor& client) {
  sockaddr_in place{};
  socklen_t size = sizeof(place);
  getsockname(client.number(), reinterpret_cast<sockaddr*>(&place), &size);
  return "127.0.0.1:" + std::to_string(ntohs(place.sin_port));
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(tcp_acceptor, acceptor_fixture)

BOOST_AUTO_TEST_CASE(accepts_a_client_for_the_unit_that_was_named) {
  const auto subject = listen("127.0.0.1");
  BOOST_REQUIRE(subject);
  for (const std::size_t unit : {0u, 1u, 0u}) {
    const auto client = connect_to(subject->port());
    BOOST_REQUIRE(client.is_open());
    accept(*subject, unit);
    BOOST_TEST(!accepted);
    wait();
    BOOST_REQUIRE(accepted.has_value());
    BOOST_TEST(accepted->unit_index == unit);
    BOOST_TEST(accepted->socket->peer() == address_of(client));
    accepted.reset();
  }
  subject->close();
}

BOOST_AUTO_TEST_CASE(goes_on_after_it_lacked_descriptors) {
  const auto subject = listen("127.0.0.1");
  BOOST_REQUIRE(subject);
  const auto client = connect_to(subject->port());
  rlimit before{};
  BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{static_cast<rlim_t>(client.number()), before.rlim_max};
  accept(*subject, 0);
  BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  wait();
  BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  BOOST_TEST(failure == "Too many open files");
  BOOST_TEST(!accepted);
  accept(*subject, 0);
  wait();
  BOOST_TEST(accepted.has_value());
  subject->close();
}

BOOST_AUTO_TEST_CASE(refuses_clients_once_it_is_closed) {
  const auto subject = listen("127.0.0.1");
  BOOST_REQUIRE(subject);
  const auto port = subject->port();
  accept(*subject, 0);
  subject->close();
  BOOST_TEST(!connect_to(port).is_open());
  accept(*subject, 0);
  first.loop().wait(io_unit::clock::now() + 20ms, 64);
  BOOST_TEST(!accepted);
  BOOST_TEST(failure == "");
  subject->close();
}

BOOST_AUTO_TEST_CASE(is_kept_by_its_unit_until_it_is_closed) {
  auto subject = listen("127.0.0.1");
  BOOST_REQUIRE(subject);
  const std::weak_ptr<acceptor_type> life = subject;
  accept(*subject, 0);
  subject.reset();
  BOOST_REQUIRE(!life.expired());
  life.lock()->close();
  first.loop().wait(io_unit::clock::time_point::min(), 64);
  BOOST_TEST(life.expired());
}

BOOST_AUTO_TEST_CASE(says_where_it_cannot_listen) {
  const auto subject = listen("127.0.0.1");
  BOOST_REQUIRE(subject);
  const auto port = subject->port();
  BOOST_TEST(!listen("127.0.0.1", port));
  BOOST_TEST(failure
             == "port: cannot listen on 127.0.0.1:" + std::to_string(port)
                    + ": Address already in use");
  // Kept for documentation, so that nobody has it.
  BOOST_TEST(!listen("192.0.2.1", 1));
  BOOST_TEST(failure
             == "port: cannot listen on 192.0.2.1:1: Cannot assign requested "
                "address");
}

BOOST_AUTO_TEST_CASE(a_port_is_free_again_though_old_connections_linger) {
  auto subject = listen("127.0.0.1");
  BOOST_REQUIRE(subject);
  const auto port = subject->port();
  const auto client = connect_to(port);
  accept(*subject, 0);
  wait();
  BOOST_REQUIRE(accepted.has_value());
  // The server's end goes first, and lingers in the system.
  accepted.reset();
  subject->close();
  subject.reset();
  BOOST_TEST(listen("127.0.0.1", port) != nullptr);
  BOOST_TEST(failure == "");
}

BOOST_AUTO_TEST_CASE(takes_numeric_addresses_only) {
  for (const auto* wrong :
       {"", "localhost", "127.1", "127.0.0.1.", "127.0.0.1:80", "256.0.0.1",
        "[::1]", "::1::", "%lo", "0x7f.0.0.1"}) {
    BOOST_TEST(!listen(wrong), wrong);
    BOOST_TEST(failure
               == "bind: \"" + std::string{wrong} + "\" is not an IP address");
  }
}

BOOST_AUTO_TEST_CASE(listens_on_version_6_as_well) {
  const descriptor probe{socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in6 place{};
  place.sin6_family = AF_INET6;
  place.sin6_addr = in6addr_loopback;
  if (bind(probe.number(), reinterpret_cast<sockaddr*>(&place), sizeof(place))
      != 0) {
    BOOST_TEST_MESSAGE("skipped: this machine has no ::1");
    return;
  }
  for (const auto* address : {"::1", "0:0:0:0:0:0:0:1", "::1%lo"}) {
    const auto subject = listen(address);
    BOOST_REQUIRE_MESSAGE(subject, failure);
    place.sin6_port = htons(subject->port());
    BOOST_TEST(subject->port() != 0);
    const descriptor client{socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    BOOST_REQUIRE(connect(client.number(), reinterpret_cast<sockaddr*>(&place),
                          sizeof(place))
                  == 0);
    accept(*subject, 0);
    wait();
    BOOST_REQUIRE(accepted.has_value());
    BOOST_TEST(accepted->socket->peer().starts_with("[::1]:"));
    accepted.reset();
    subject->close();
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tcp_acceptor_suite
