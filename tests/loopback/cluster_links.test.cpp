// What may arrive at the port of a node, from strangers and from nodes.

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/cluster/cluster_limits.hpp>
#include <stagedoor/stagedoor.hpp>
#include <sys/resource.h>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/child_process.hpp"
#include "support/free_port.hpp"
#include "support/link_bytes.hpp"
#include "support/raw_client.hpp"
#include "support/silent_strangers.hpp"
#include "support/test_node.hpp"

namespace cluster_links_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// The checks of the sanitizers need file descriptors themselves.
bool needs_all_descriptors() {
#ifdef __SANITIZE_ADDRESS__
  BOOST_TEST_MESSAGE("skipped: a sanitizer needs file descriptors itself");
  return true;
#else
  return false;
#endif
}

using boost::asio::ip::tcp;

constexpr std::size_t header_bytes = 32;

/// Listens where a node would, and takes what another node says to it.
class false_node {
public:
  [[nodiscard]] std::string address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
  }

  /// Accepts the connection of a node, which first looks whether anybody is
  /// there at all.
  tcp::socket accept() {
    acceptor_.accept();
    return acceptor_.accept();
  }

private:
  boost::asio::io_context context_;
  tcp::acceptor acceptor_{context_,
                          {boost::asio::ip::address_v4::loopback(), 0}};
};

std::string read_from(tcp::socket& socket, std::size_t bytes) {
  std::string result(bytes, '\0');
  boost::asio::read(socket, boost::asio::buffer(result));
  return result;
}

/// The payload of the handshake with which a node greets: its identity.
std::string payload_of_a_greeting() {
  false_node listening;
  test_node greets{node_named("greets", {listening.address()})};
  auto socket = listening.accept();
  const auto header = read_from(socket, header_bytes);
  const auto length = static_cast<unsigned char>(header[7]);
  BOOST_TEST(header
             == link_header({.data = own_link_version(), .payload = length}));
  return read_from(socket, length);
}

/// Reads a header and its payload.
void read_message(raw_client& client) {
  const auto header = client.read_bytes(header_bytes);
  std::size_t length = 0;
  for (std::size_t i = 4; i < 8; ++i)
    length = length << 8U | static_cast<unsigned char>(header[i]);
  client.read_bytes(length);
}

/// Whether the node takes the connection.
bool is_greeted(raw_client& client) {
  try {
    read_message(client);
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

/// Waits for the end of the connection, in whichever way.
/// @returns whether it comes before any other byte.
bool is_ended(raw_client& client) {
  client.receive_rest();
  return !client.has_unread();
}

/// Whether a node ends the connection of who says this, and answers nothing.
bool is_refused(std::uint16_t port, const std::string& bytes) {
  raw_client stranger(port);
  read_message(stranger);
  stranger.send_bytes(bytes);
  return is_ended(stranger);
}

/// A stranger that greets a node as one of its kind.
std::unique_ptr<raw_client> greet(std::uint16_t port,
                                  const std::string& payload) {
  auto result = std::make_unique<raw_client>(port);
  read_message(*result);
  result->send_bytes(link_header({.payload = payload.size()}) + payload);
  // The node has a question: it has taken up the new one.
  read_message(*result);
  return result;
}

/// What a node logs of one with another version of CAF's protocol.
std::string complaint_about(std::uint64_t version) {
  return "speaks version " + std::to_string(version)
         + " of CAF's protocol, this node version "
         + std::to_string(own_link_version())
         + ": build both with the same CAF\n";
}

/// The example as a node, once it listens to clients.
std::unique_ptr<child_process>
start_newsroom(std::uint16_t port, const std::string& seed = "127.0.0.1:1") {
  auto result = std::make_unique<child_process>(std::vector<std::string>{
      STAGEDOOR_NEWSROOM, "--port=0", "--threads=1", "--node=b",
      "--cluster-bind=127.0.0.1:" + std::to_string(port), "--join=" + seed});
  result->wait_for_line("newsroom listens");
  return result;
}

/// How many bytes of addresses a process uses.
rlim_t address_space_of(const child_process& child) {
  std::ifstream in{"/proc/" + std::to_string(child.pid()) + "/statm"};
  rlim_t pages = 0;
  in >> pages;
  return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

/// A limit on file descriptors that a process has almost reached: only some
/// small gaps between its own ones are free.
rlim_t descriptors_of(const child_process& child) {
  constexpr rlim_t gap = 8;
  const std::filesystem::path open =
      "/proc/" + std::to_string(child.pid()) + "/fd";
  rlim_t result = 0;
  for (rlim_t number = 0; number < result + gap; ++number)
    if (std::filesystem::is_symlink(open / std::to_string(number)))
      result = number + 1;
  return result;
}

/// Sets a soft limit of a process.
/// @returns the one before.
rlim_t limit(const child_process& child, __rlimit_resource which, rlim_t most) {
  rlimit bounds{};
  BOOST_REQUIRE(prlimit(child.pid(), which, nullptr, &bounds) == 0);
  const auto before = std::exchange(bounds.rlim_cur, most);
  BOOST_REQUIRE(prlimit(child.pid(), which, &bounds, nullptr) == 0);
  return before;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_links)

// -- what a stranger may say --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_handshake_that_announces_too_much_ends_the_connection) {
  const auto most = cluster_limits::greeting_bytes_max;
  auto payload = payload_of_a_greeting();
  payload.resize(most, 'x');
  test_node a{node_named("a")};
  greet(a->port(), payload);
  payload += 'x';
  BOOST_TEST(is_refused(a->port(),
                        link_header({.payload = payload.size()}) + payload));
  test_node b{node_named("b", {a.address()})};
  BOOST_TEST(b.sees("a"));
}

BOOST_AUTO_TEST_CASE(who_has_not_greeted_may_say_nothing_else) {
  const auto payload = payload_of_a_greeting();
  const auto greeting = link_header({.payload = payload.size()}) + payload;
  test_node a{node_named("a")};
  BOOST_TEST(
      is_refused(a->port(), link_header({.operation = heartbeat}) + greeting));
  greet(a->port(), payload);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_is_too_short_ends_the_connection_only) {
  constexpr auto most = cluster_limits::greeting_bytes_min - 1;
  const auto payload = payload_of_a_greeting();
  const auto too_short =
      link_header({.payload = most}) + std::string(most, 'x');
  test_node a{node_named("a")};
  BOOST_TEST(is_refused(a->port(), too_short));
  const auto greeted = greet(a->port(), payload);
  greeted->send_bytes(too_short);
  greeted->receive_rest();
  test_node b{node_named("b", {a.address()})};
  BOOST_TEST(b.sees("a")); // It is still there.
}

BOOST_AUTO_TEST_CASE(what_is_announced_takes_no_memory_before_it_arrives) {
  const auto payload = payload_of_a_greeting();
  const auto port = free_port();
  const auto child = start_newsroom(port);
  const auto greeted = greet(port, payload);
  constexpr rlim_t spare = rlim_t{512} * 1024 * 1024;
  limit(*child, RLIMIT_AS, address_space_of(*child) + spare);
  greeted->send_bytes(link_header(
      {.operation = direct_message, .payload = 0x40000000, .receiver = 1}));
  // A node that could not take the memory would be gone.
  test_node a{node_named("a", {"127.0.0.1:" + std::to_string(port)})};
  BOOST_TEST(a.sees("b"));
  BOOST_TEST(!child->has_ended());
}

BOOST_AUTO_TEST_CASE(strangers_that_say_nothing_make_room_for_nodes) {
  test_node a{node_named("a")};
  const auto strangers = take_all_places(a);
  // Everybody was greeted.
  for (const auto& stranger : strangers)
    read_message(*stranger);
  std::this_thread::sleep_for(cluster_limits::handshake_timeout);
  test_node b{node_named("b", {a.address()})};
  BOOST_TEST(b.sees("a"));
  BOOST_TEST(a.sees("b"));
  for (const auto& stranger : strangers)
    BOOST_TEST(stranger->expect_eof());
  // Links take no place.
  BOOST_TEST(a.times_logged("is down") == 0u);
}

BOOST_AUTO_TEST_CASE(without_file_descriptors_who_comes_is_let_go_at_once) {
  if (needs_all_descriptors())
    return;
  const auto port = free_port();
  const auto child = start_newsroom(port);
  const auto before = limit(*child, RLIMIT_NOFILE, descriptors_of(*child));
  // These fill the gaps.
  std::vector<std::unique_ptr<raw_client>> strangers;
  do
    strangers.push_back(std::make_unique<raw_client>(port));
  while (is_greeted(*strangers.back()));
  BOOST_TEST(strangers.size() < cluster_limits::handshakes_max);
  for (int i = 0; i < 3; ++i) {
    raw_client one_more(port);
    BOOST_TEST(is_ended(one_more));
  }
  child->wait_for_line("no file descriptor is left for connections at the "
                       "nodes' port: closing them");
  limit(*child, RLIMIT_NOFILE, before);
  test_node a{node_named("a", {"127.0.0.1:" + std::to_string(port)})};
  BOOST_TEST(a.sees("b"));
}

BOOST_AUTO_TEST_CASE(a_node_without_file_descriptors_tries_others_again) {
  if (needs_all_descriptors())
    return;
  auto later = node_named("a");
  later.port = free_port();
  const auto seed = "127.0.0.1:" + std::to_string(later.port);
  const auto child = start_newsroom(free_port(), seed);
  const auto before = limit(*child, RLIMIT_NOFILE, 3);
  child->wait_for_line(seed + " was not asked: Too many open files");
  limit(*child, RLIMIT_NOFILE, before);
  test_node a{later};
  BOOST_TEST(a.sees("b"));
}

// -- other versions of CAF ----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_node_that_is_dialled_by_another_caf_says_so) {
  const auto payload = payload_of_a_greeting();
  const auto other = own_link_version() + 5;
  test_node a{node_named("a")};
  BOOST_TEST(is_refused(a->port(),
                        link_header({.data = other, .payload = payload.size()})
                            + payload));
  BOOST_TEST(a.logs("W a node at 127.0.0.1 " + complaint_about(other)));
  // CAF itself does not say which one it is.
  greet(a->port(), payload);
  BOOST_TEST(a.times_logged("of CAF's protocol") == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_dials_another_caf_says_so) {
  const auto other = own_link_version() + 5;
  false_node listening;
  test_node a{node_named("a", {listening.address()})};
  for (int i = 0; i < 2; ++i) {
    auto socket = listening.accept();
    boost::asio::write(
        socket, boost::asio::buffer(link_header({.operation = server_handshake,
                                                 .data = other,
                                                 .payload = 9})
                                    + "some node"));
    BOOST_TEST(
        a.logs("W " + listening.address() + ' ' + complaint_about(other)));
  }
  BOOST_TEST(a.times_logged(listening.address()) == 1u);
}

// -- what nodes say -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(messages_may_be_larger_than_what_is_read_at_once) {
  test_node a{node_named("a")};
  test_node b{node_named("b", {a.address()})};
  const auto counts = a.system().spawn([](caf::event_based_actor*) {
    return caf::behavior{[](const std::string& text) {
      return std::count(text.begin(), text.end(), 'x');
    }};
  });
  a->offer("count", counts);
  BOOST_REQUIRE(b.finds("count", 1));
  const auto handle = b.offers("count").front().handle;
  caf::scoped_actor self{b.system()};
  const auto arrives = [&](std::size_t bytes) {
    auto result = false;
    self->request(handle, patience, std::string(bytes, 'x'))
        .receive(
            [&](std::ptrdiff_t counted) {
              result = counted == static_cast<std::ptrdiff_t>(bytes);
            },
            [](const caf::error&) {});
    return result;
  };
  const auto most = cluster_limits::announced_bytes_max;
  // CAF writes some bytes around the text: one of these is the limit.
  constexpr std::size_t around = 64;
  for (auto bytes = most - around; bytes <= most + 1; ++bytes)
    BOOST_REQUIRE(arrives(bytes));
  for (const auto pieces : {2U, 3U, 9U})
    BOOST_TEST(arrives(pieces * most + 1));
  BOOST_TEST(arrives(1));
  caf::anon_send_exit(counts, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_links_suite
