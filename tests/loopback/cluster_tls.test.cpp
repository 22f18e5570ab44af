// Links between nodes over TLS: who has a certificate of the same authority is
// a peer, and nobody else.

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/cluster/cluster_limits.hpp>
#include <stagedoor/stagedoor.hpp>

#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/raw_client.hpp"
#include "support/silent_strangers.hpp"
#include "support/test_authority.hpp"
#include "support/test_node.hpp"

namespace cluster_tls_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

cluster_options with_tls(cluster_options options, const test_authority& trusted,
                         const test_certificate& own) {
  options.tls = cluster_tls{own.path(), own.key_path(), trusted.path(), {}};
  return options;
}

/// What a command line is refused with.
std::string refusal_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"newsroom", "--node=a"});
  std::vector<char*> argv;
  for (auto& argument : arguments)
    argv.push_back(argument.data());
  config cfg;
  auto error =
      cfg.parse_command_line(static_cast<int>(argv.size()), argv.data());
  return error != caf::none ? text_of(error) : "";
}

std::string option(const std::string& name, const std::string& value) {
  return "--cluster-" + name + '=' + value;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_tls)

BOOST_AUTO_TEST_CASE(nodes_of_one_authority_link) {
  const test_authority authority;
  const auto first = authority.issue("a");
  const auto second = authority.issue("b");
  const auto third = authority.issue("c");
  test_node a{with_tls(node_named("a"), authority, *first)};
  test_node b{with_tls(node_named("b", {a.address()}), authority, *second)};
  test_node c{with_tls(node_named("c", {a.address()}), authority, *third)};
  BOOST_TEST(a.sees("b"));
  BOOST_TEST(a.sees("c"));
  BOOST_TEST(b.sees("c"));
  BOOST_TEST(c.sees("b"));
  BOOST_TEST(a.logs("(front, handlers, TLS)"));
  const auto actor = a.system().spawn(
      [](caf::event_based_actor*) { return caf::behavior{[](int) {}}; });
  a->offer("sum", actor);
  BOOST_TEST(c.finds("sum", 1));
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
  BOOST_TEST(c.finds("sum", 0));
  b.leave();
  BOOST_TEST(c.sees("b", false));
}

BOOST_AUTO_TEST_CASE(another_authority_is_refused_by_both_sides) {
  const test_authority ours("ours");
  const test_authority theirs("theirs");
  const auto good = ours.issue("a");
  const auto bad = theirs.issue("b");
  test_node a{with_tls(node_named("a"), ours, *good)};
  // One that does not trust us, and one that would.
  test_node b{with_tls(node_named("b", {a.address()}), theirs, *bad)};
  test_node c{with_tls(node_named("c", {a.address()}), ours, *bad)};
  const auto refused = "W " + a.address()
                       + " closed the connection in the handshake: it is no "
                         "node, or one with other TLS";
  BOOST_TEST(b.logs(refused));
  BOOST_TEST(c.logs(refused));
  BOOST_TEST(a->peers().empty());
  BOOST_TEST(b->peers().empty());
  BOOST_TEST(c->peers().empty());
  // And a that asks b.
  const auto again = ours.issue("d");
  test_node d{with_tls(node_named("d", {b.address()}), ours, *again)};
  BOOST_TEST(d.logs("W " + b.address() + " closed the connection"));
  BOOST_TEST(b->peers().empty());
  // Nothing of it keeps a good one out.
  BOOST_TEST(a.log().find("is up") == std::string::npos);
  test_node e{with_tls(node_named("e", {a.address()}), ours, *again)};
  BOOST_TEST(a.sees("e"));
}

BOOST_AUTO_TEST_CASE(who_fails_the_handshake_ends_no_link_of_others) {
  const test_authority authority;
  const auto first = authority.issue("a");
  const auto second = authority.issue("b");
  test_node a{with_tls(node_named("a"), authority, *first)};
  test_node b{with_tls(node_named("b", {a.address()}), authority, *second)};
  BOOST_TEST(a.sees("b"));
  BOOST_TEST(b.sees("a"));
  const auto actor = b.system().spawn(
      [](caf::event_based_actor*) { return caf::behavior{[](int) {}}; });
  for (std::size_t i = 1; i <= 10; ++i) {
    raw_client stranger(a->port());
    stranger.send_bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    stranger.receive_rest();
    b->offer("sum " + std::to_string(i), actor);
    BOOST_TEST(a.finds("sum " + std::to_string(i), 1));
  }
  BOOST_TEST(a.times_logged("is down") == 0u);
  BOOST_TEST(b.times_logged("is down") == 0u);
  caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(who_never_goes_on_with_a_handshake_keeps_nobody_out) {
  const test_authority authority;
  const auto first = authority.issue("a");
  const auto second = authority.issue("b");
  test_node a{with_tls(node_named("a"), authority, *first)};
  const auto strangers = take_all_places(a);
  // The next one that comes after their time takes a place.
  std::this_thread::sleep_for(cluster_limits::handshake_timeout);
  raw_client next(a->port());
  for (const auto& stranger : strangers)
    BOOST_TEST(stranger->expect_eof());
  // An empty ClientHello is answered with an alert: it was not refused.
  next.send_bytes({"\x16\x03\x01\0\x04\x01\0\0\0", 9});
  BOOST_TEST(!next.read_until_eof().empty());
  test_node b{with_tls(node_named("b", {a.address()}), authority, *second)};
  BOOST_TEST(b.sees("a"));
  BOOST_TEST(a.sees("b"));
}

BOOST_AUTO_TEST_CASE(plain_and_tls_refuse_each_other) {
  const test_authority authority;
  const auto certificate = authority.issue("a");
  test_node a{with_tls(node_named("a"), authority, *certificate)};
  test_node plain{node_named("b", {a.address()})};
  BOOST_TEST(plain.logs("W " + a.address()));
  test_node asks{
      with_tls(node_named("c", {plain.address()}), authority, *certificate)};
  BOOST_TEST(asks.logs("W " + plain.address()));
  for (auto* node : {&a, &plain, &asks})
    BOOST_TEST((*node)->peers().empty());
  test_node good{
      with_tls(node_named("d", {a.address()}), authority, *certificate)};
  BOOST_TEST(good.sees("a"));
}

BOOST_AUTO_TEST_CASE(a_key_may_be_encrypted) {
  const test_authority authority;
  const auto first = authority.issue("a", "open sesame");
  const auto second = authority.issue("b");
  auto options = with_tls(node_named("a"), authority, *first);
  options.tls->passphrase = "open sesame";
  test_node a{options};
  test_node b{with_tls(node_named("b", {a.address()}), authority, *second)};
  BOOST_TEST(a.sees("b"));
  BOOST_TEST(b.sees("a"));
}

BOOST_AUTO_TEST_CASE(files_that_go_bad_are_told_of) {
  const test_authority authority;
  const auto first = authority.issue("a");
  const auto second = authority.issue("b");
  test_node a{with_tls(node_named("a"), authority, *first)};
  std::ofstream{first->key_path()} << "nonsense";
  test_node b{with_tls(node_named("b", {a.address()}), authority, *second)};
  BOOST_TEST(a.logs("W a node was refused: cluster-key: " + first->key_path()
                    + " is no file"));
  // Whoever connects cannot fill the log with it.
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(raw_client{a->port()}.expect_eof());
  BOOST_TEST(a.times_logged("a node was refused") == 1u);
  std::ofstream{second->key_path()} << "nonsense";
  BOOST_TEST(b.logs("W " + a.address() + " was not asked: cluster-key: "
                    + second->key_path() + " is no file"));
  BOOST_TEST(a->peers().empty());
}

// -- the options --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_files_let_a_node_listen_anywhere) {
  const test_authority authority;
  const auto own = authority.issue("a", "open sesame");
  const temporary_file passphrase("open sesame\n");
  BOOST_TEST(refusal_of({option("bind", "192.0.2.1:4501"),
                         option("certificate", own->path()),
                         option("key", own->key_path()),
                         option("ca", authority.path()),
                         option("passphrase-file", passphrase.path())})
             == "");
}

BOOST_AUTO_TEST_CASE(the_files_come_together) {
  const test_authority authority;
  const auto own = authority.issue("a");
  const auto certificate = option("certificate", own->path());
  const auto key = option("key", own->key_path());
  const auto ca = option("ca", authority.path());
  BOOST_TEST(refusal_of({certificate, key})
             == "cluster-ca: is needed with cluster-key");
  BOOST_TEST(refusal_of({certificate, ca})
             == "cluster-key: is needed with cluster-ca");
  BOOST_TEST(refusal_of({key, ca})
             == "cluster-certificate: is needed with cluster-ca");
  const temporary_file passphrase("open sesame");
  BOOST_TEST(refusal_of({option("passphrase-file", passphrase.path())})
             == "cluster-passphrase-file: means nothing without cluster-key");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_used_are_refused_before_the_start) {
  const test_authority authority;
  const auto own = authority.issue("a");
  const auto other = authority.issue("b");
  const auto locked = authority.issue("c", "open sesame");
  const temporary_file nonsense("nonsense");
  const temporary_file nothing("\n");
  struct row {
    std::string certificate;
    std::string key;
    std::string ca;
    std::string passphrase_file;
    std::string line;
  };
  for (const auto& [certificate, key, ca, passphrase_file, line] : {
           row{"/nonexistent", own->key_path(), authority.path(), "",
               "cluster-certificate: /nonexistent is no file"},
           row{nonsense.path(), own->key_path(), authority.path(), "",
               "cluster-certificate: " + nonsense.path() + " is no file"},
           row{own->path(), "/nonexistent", authority.path(), "",
               "cluster-key: /nonexistent is no file"},
           row{own->path(), nonsense.path(), authority.path(), "",
               "cluster-key: " + nonsense.path() + " is no file"},
           row{own->path(), other->key_path(), authority.path(), "",
               "cluster-key: " + other->key_path() + " is no file"},
           row{locked->path(), locked->key_path(), authority.path(), "",
               "cluster-key: " + locked->key_path() + " is no file"},
           row{locked->path(), locked->key_path(), authority.path(),
               nonsense.path(),
               "cluster-key: " + locked->key_path() + " is no file"},
           row{locked->path(), locked->key_path(), authority.path(),
               "/nonexistent",
               "cluster-passphrase-file: /nonexistent cannot be read"},
           row{locked->path(), locked->key_path(), authority.path(),
               nothing.path(),
               "cluster-passphrase-file: " + nothing.path() + " is empty"},
           row{own->path(), own->key_path(), "/nonexistent", "",
               "cluster-ca: /nonexistent is no file"},
           row{own->path(), own->key_path(), nonsense.path(), "",
               "cluster-ca: " + nonsense.path() + " is no file"},
       }) {
    std::vector<std::string> arguments{option("certificate", certificate),
                                       option("key", key), option("ca", ca)};
    if (!passphrase_file.empty())
      arguments.push_back(option("passphrase-file", passphrase_file));
    const auto refusal = refusal_of(arguments);
    BOOST_TEST(refusal.starts_with(line), refusal << " is not " << line);
    BOOST_TEST(refusal.find('\n') == std::string::npos);
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_tls_suite
