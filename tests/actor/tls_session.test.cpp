// TLS on a pair of sockets in this thread: who shakes hands, and what fails.

#include "stagedoor/actors/cluster/tls_session.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <sys/socket.h>

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "support/test_authority.hpp"

namespace tls_session_suite {

using stagedoor::tls_context;
using stagedoor::test::test_authority;
using stagedoor::test::test_certificate;

namespace {

using session = stagedoor::tls_session;
using rw_state = session::rw_state;

tls_context load(const test_authority& authority, const test_certificate& own) {
  auto result =
      stagedoor::load_files({own.path(), own.key_path(), authority.path(), {}});
  if (!result)
    throw std::runtime_error("the files cannot be loaded");
  return std::move(*result);
}

/// One end of the pair, and what its last step has moved.
struct endpoint {
  endpoint(const test_authority& authority, int descriptor, bool is_server)
      : endpoint(load(authority, *authority.issue("end")), descriptor,
                 is_server) {}
  endpoint(tls_context loaded, int descriptor, bool is_server)
      : socket(descriptor), context(std::move(loaded)),
        tls(context.get(), descriptor, is_server) {}

  ~endpoint() { leave(); }
  endpoint(const endpoint&) = delete;
  endpoint& operator=(const endpoint&) = delete;

  rw_state write(std::string_view what) {
    return tls.write_some(count, what.data(), what.size());
  }

  rw_state read(std::size_t most = 100) {
    text.resize(most);
    const auto result = tls.read_some(count, text.data(), most);
    text.resize(count);
    return result;
  }

  void leave() {
    if (socket >= 0)
      ::close(std::exchange(socket, -1));
  }

  int socket;
  tls_context context;
  session tls;
  std::size_t count = 0;
  std::string text;
};

std::array<int, 2> make_pair_of_sockets() {
  std::array<int, 2> result;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, result.data()) != 0)
    throw std::system_error(errno, std::generic_category(), "socketpair");
  return result;
}

struct two_ends {
  void open() {
    for (int i = 0; i < 5; ++i) {
      BOOST_REQUIRE(client.write("") == rw_state::success);
      BOOST_REQUIRE(server.write("") == rw_state::success);
    }
    BOOST_REQUIRE(client.tls.is_open());
    BOOST_REQUIRE(server.tls.is_open());
  }

  const test_authority authority;
  const std::array<int, 2> sockets = make_pair_of_sockets();
  endpoint client{authority, sockets[0], false};
  endpoint server{authority, sockets[1], true};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tls_session, two_ends)

BOOST_AUTO_TEST_CASE(what_one_end_writes_the_other_reads) {
  open();
  BOOST_CHECK(client.write("hello") == rw_state::success);
  BOOST_TEST(client.count == 5u);
  BOOST_CHECK(server.read() == rw_state::success);
  BOOST_TEST(server.text == "hello");
  BOOST_CHECK(server.write("you") == rw_state::success);
  BOOST_CHECK(client.read() == rw_state::success);
  BOOST_TEST(client.text == "you");
  BOOST_CHECK(client.read() == rw_state::success);
  BOOST_TEST(client.text == "");
}

BOOST_AUTO_TEST_CASE(nothing_is_written_before_the_handshake_is_over) {
  BOOST_CHECK(server.write("early") == rw_state::success);
  BOOST_TEST(server.count == 0u);
  BOOST_CHECK(client.write("early") == rw_state::success);
  BOOST_TEST(client.count == 0u);
  BOOST_TEST(!server.tls.is_open());
  open();
  BOOST_CHECK(server.read() == rw_state::success);
  BOOST_TEST(server.text == "");
}

BOOST_AUTO_TEST_CASE(what_was_received_but_not_read_is_told) {
  open();
  BOOST_CHECK(client.write("0123456789") == rw_state::success);
  BOOST_CHECK(server.read(4) == rw_state::success);
  BOOST_TEST(server.text == "0123");
  BOOST_TEST(server.tls.has_unread(6));
  BOOST_TEST(!server.tls.has_unread(7));
}

BOOST_AUTO_TEST_CASE(an_error_of_another_connection_is_not_its_own) {
  ERR_raise(ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER);
  BOOST_CHECK(server.read() == rw_state::success);
  open();
  ERR_raise(ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER);
  BOOST_CHECK(server.read() == rw_state::success);
  BOOST_TEST(server.count == 0u);
  // Until it has to wait.
  const std::string much(1024 * 1024, 'x');
  do
    BOOST_REQUIRE(server.write(much) == rw_state::success);
  while (server.count > 0);
  ERR_raise(ERR_LIB_SSL, SSL_R_WRONG_VERSION_NUMBER);
  BOOST_CHECK(server.write(much) == rw_state::success);
}

BOOST_AUTO_TEST_CASE(who_speaks_no_tls_is_a_failure) {
  constexpr std::string_view text = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  BOOST_REQUIRE(::write(sockets[0], text.data(), text.size()) > 0);
  BOOST_CHECK(server.read() == rw_state::failure);
  BOOST_TEST(!server.tls.is_open());
}

BOOST_AUTO_TEST_CASE(who_shows_no_certificate_is_a_failure) {
  const auto pair = make_pair_of_sockets();
  // It trusts everybody, and has nothing to show.
  endpoint stranger{tls_context{SSL_CTX_new(TLS_method())}, pair[0], false};
  endpoint asked{authority, pair[1], true};
  auto state = rw_state::success;
  for (int i = 0; i < 5 && state == rw_state::success; ++i) {
    stranger.write("");
    state = asked.write("");
  }
  BOOST_CHECK(state == rw_state::failure);
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_gone_is_a_failure_and_no_signal) {
  open();
  client.leave();
  BOOST_CHECK(server.write("anybody?") == rw_state::failure);
  BOOST_CHECK(server.read() == rw_state::failure);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tls_session_suite
