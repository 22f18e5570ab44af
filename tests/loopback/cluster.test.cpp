// Nodes of a cluster, each with an actor system of its own in this process:
// they find each other, refuse what does not fit, and share their offers.

#include <caf/event_based_actor.hpp>
#include <caf/io/middleman.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/caf_api/configuration.hpp>
#include <stagedoor/actors/messages.hpp>
#include <stagedoor/stagedoor.hpp>

#include <future>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "support/command_line.hpp"
#include "support/conversation.hpp"
#include "support/foreign_node.hpp"
#include "support/free_port.hpp"
#include "support/held_lines.hpp"
#include "support/http_texts.hpp"
#include "support/test_node.hpp"
#include "support/test_server.hpp"

namespace cluster_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using strings = std::vector<std::string>;

caf::behavior adds(caf::event_based_actor* self, int summand) {
  self->set_default_handler(caf::drop);
  return {[summand](int number) { return number + summand; }};
}

/// What an actor answers to 1.
int answer_of(caf::actor_system& sys, const caf::actor& who) {
  caf::scoped_actor self{sys};
  int result = 0;
  self->request(who, patience, 1)
      .receive([&](int number) { result = number; }, [](const caf::error&) {});
  return result;
}

void end(const caf::actor& who) {
  caf::anon_send_exit(who, caf::exit_reason::user_shutdown);
}

/// An actor system with a middleman that is no node.
class foreign_system {
public:
  foreign_system() : config_(with_middleman()), system_(config_) {}

  caf::actor_system& operator*() { return system_; }
  caf::actor_system* operator->() { return &system_; }

  /// Publishes an actor until the object goes.
  std::string publish(const caf::actor& whom, std::uint16_t port = 0) {
    published_.push_back(whom);
    auto opened = system_.middleman().publish(whom, port, "127.0.0.1", true);
    BOOST_REQUIRE(opened);
    return "127.0.0.1:" + std::to_string(*opened);
  }

  ~foreign_system() {
    for (const auto& whom : published_)
      caf::anon_send_exit(whom, caf::exit_reason::kill);
  }
  foreign_system(const foreign_system&) = delete;
  foreign_system& operator=(const foreign_system&) = delete;

private:
  struct with_middleman : config {
    with_middleman() { caf_api::load<caf::io::middleman>(*this); }
  };

  with_middleman config_;
  caf::actor_system system_;
  std::vector<caf::actor> published_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(cluster)

// -- finding each other -------------------------------------------------------

BOOST_AUTO_TEST_CASE(three_nodes_find_each_other_from_one_seed) {
  test_node a{node_named("a")};
  test_node b{node_named("b", {a.address()})};
  test_node c{node_named("c", {a.address()})};
  for (auto* node : {&a, &b, &c})
    for (const auto* other : {"a", "b", "c"})
      if ((*node)->name() != other)
        BOOST_TEST(node->sees(other));
  BOOST_TEST(b.peer("c")->address == c.address());
  BOOST_TEST(c->peers().size() == 2u);
  BOOST_TEST(c->peers()[0].name == "a");
  BOOST_TEST(c->peers()[1].name == "b");
  BOOST_TEST(a.logs("I node b at " + b.address() + " is up (front, handlers)"));
}

BOOST_AUTO_TEST_CASE(a_node_that_has_left_lets_its_actor_system_end) {
  test_node stays{node_named("stays")};
  caf::actor_system_config cfg;
  const auto options_of_node = node_named("leaves", {stays.address()});
  configure(cfg);
  BOOST_REQUIRE(configure_cluster(cfg, options_of_node) == caf::none);
  caf::actor_system sys{cfg};
  auto node = join_cluster(sys, options_of_node);
  BOOST_REQUIRE(node);
  // Two copies of the pointer go on to live: in the server and in its options.
  server_options options;
  options.port = 0;
  options.threads = 1;
  options.cluster = *node;
  auto running = serve(sys, options, newsroom::endpoints());
  BOOST_REQUIRE(running);
  BOOST_TEST(stays.sees("leaves"));
  running->stop();
  BOOST_TEST(stays.is_up("leaves"));
  (*node)->leave();
  BOOST_TEST(stays.sees("leaves", false));
  BOOST_TEST(eventually([&] { return sys.registry().running() == 0; }));
  (*node)->leave();
}

BOOST_AUTO_TEST_CASE(a_seed_may_start_later) {
  auto later = node_named("b");
  later.port = free_port();
  const auto address = "127.0.0.1:" + std::to_string(later.port);
  test_node a{node_named("a", {address})};
  BOOST_TEST(a.logs("W " + address + " cannot be reached"));
  test_node b{later};
  BOOST_TEST(a.sees("b"));
  BOOST_TEST(b.sees("a"));
  BOOST_TEST(a.times_logged("cannot be reached") == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_among_its_own_seeds_is_passed_over) {
  auto options = node_named("a");
  options.port = free_port();
  const auto port = std::to_string(options.port);
  options.seeds = {"127.0.0.1:" + port, "localhost:" + port};
  test_node a{options};
  test_node b{node_named("b", {a.address()})};
  BOOST_TEST(a.logs("I localhost:" + port + " is this node itself"));
  BOOST_TEST(eventually([&] { return a->has_joined(); }));
  BOOST_TEST(a.sees("b"));
  BOOST_TEST(b.sees("a"));
  BOOST_TEST(a->peers().size() == 1u);
  BOOST_TEST(b->peers().size() == 1u);
}

BOOST_AUTO_TEST_CASE(nodes_that_seed_each_other_link_once) {
  auto first = node_named("a");
  auto second = node_named("b");
  first.port = free_port();
  second.port = free_port();
  first.seeds = {"127.0.0.1:" + std::to_string(second.port)};
  second.seeds = {"127.0.0.1:" + std::to_string(first.port)};
  test_node a{first};
  test_node b{second};
  BOOST_TEST(a.sees("b"));
  BOOST_TEST(b.sees("a"));
  BOOST_TEST(a.times_logged("is up") == 1u);
  BOOST_TEST(a.times_logged("is down") == 0u);
}

BOOST_AUTO_TEST_CASE(roles_are_told) {
  auto options = node_named("a");
  options.roles = {false, true};
  test_node a{options};
  test_node b{node_named("b", {a.address()})};
  BOOST_REQUIRE(b.sees("a"));
  BOOST_TEST((b.peer("a")->roles == node_roles{false, true}));
  BOOST_REQUIRE(a.sees("b"));
  BOOST_TEST((a.peer("b")->roles == node_roles{true, true}));
}

BOOST_AUTO_TEST_CASE(health_tells_whom_a_node_sees) {
  test_node b{node_named("b")};
  test_node a{node_named("a", {b.address()})};
  BOOST_REQUIRE(a.sees("b"));
  const test_server server(newsroom::endpoints(), [&](server_options& options) {
    options.cluster = a.shared();
  });
  const auto ask = [&] {
    raw_client client(server.port());
    client.send_bytes("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto answer = client.read_http_answer();
    return answer.substr(answer.find("\r\n\r\n") + 4);
  };
  const auto text = [&](const std::string& up) {
    return R"({"status":"ok","node":"a","nodes":[{"name":"b","address":")"
           + b.address() + R"(","roles":["front","handlers"],"up":)" + up
           + "}]}";
  };
  BOOST_TEST(ask() == text("true"));
  const auto gone = text("false");
  b.leave();
  BOOST_TEST(a.sees("b", false));
  BOOST_TEST(ask() == gone);
}

BOOST_AUTO_TEST_CASE(the_options_of_a_configuration_make_a_node) {
  test_node b{node_named("b")};
  parsed_command_line<server_options> given(
      {"--node=a", "--port=0", "--threads=1", "--join=" + b.address()});
  BOOST_REQUIRE((given.error == caf::none));
  caf::actor_system sys{given.cfg};
  {
    auto running = serve(sys, endpoint("/ws/"));
    BOOST_REQUIRE(running);
    BOOST_TEST(b.sees("a"));
    BOOST_TEST(b.finds("stagedoor.handlers/ws/", 1));
  }
  BOOST_TEST(b.sees("a", false));
}

// -- leaving and coming back --------------------------------------------------

BOOST_AUTO_TEST_CASE(a_node_that_leaves_is_down_at_once) {
  test_node a{node_named("a")};
  test_node b{node_named("b", {a.address()})};
  b->offer("sum", b.system().spawn(adds, 1));
  BOOST_REQUIRE(a.finds("sum", 1));
  const auto handle = b.offers("sum").front().handle;
  b.leave();
  BOOST_TEST(a.sees("b", false));
  BOOST_TEST(a.finds("sum", 0));
  BOOST_TEST(a.logs("I node b at "));
  BOOST_TEST(a.logs(" has left"));
  end(handle);
}

BOOST_AUTO_TEST_CASE(a_node_may_come_back_at_another_address) {
  test_node a{node_named("a")};
  auto elsewhere = node_named("b", {a.address()});
  std::string before;
  {
    test_node b{node_named("b", {a.address()})};
    before = b.address();
    elsewhere.port = free_port();
    BOOST_REQUIRE(a.sees("b"));
  }
  BOOST_REQUIRE(a.sees("b", false));
  test_node b{elsewhere};
  BOOST_TEST(a.sees("b"));
  BOOST_TEST(b.address() != before);
  BOOST_TEST(a.peer("b")->address == b.address());
  BOOST_TEST(a->peers().size() == 1u);
}

// -- what does not fit --------------------------------------------------------

BOOST_AUTO_TEST_CASE(both_sides_refuse_another_protocol) {
  foreign_system foreign;
  const auto port = free_port();
  auto hello = hello_of("b", "127.0.0.1:" + std::to_string(port));
  hello.protocol = cluster_protocol + 1;
  const auto address =
      foreign.publish(foreign->spawn(answers_with, hello, ""), port);
  const auto line =
      "W node b at " + address + " speaks protocol 6, this one 5: refused";
  test_node asks{node_named("a", {address})};
  BOOST_TEST(asks.logs(line));
  BOOST_TEST(asks->peers().empty());

  // The same the other way round.
  test_node is_asked{node_named("a")};
  auto node = foreign->middleman().remote_actor("127.0.0.1", is_asked->port());
  BOOST_REQUIRE(node);
  caf::scoped_actor self{*foreign};
  std::string refusal;
  const auto greet = [&](auto&&... values) {
    self->request(*node, patience, values...)
        .receive(
            [&](const std::string&, std::uint16_t protocol, const std::string&,
                const std::string&, std::uint64_t, const std::string&,
                std::uint8_t, const std::string& why) {
              BOOST_TEST(protocol == cluster_protocol);
              refusal = why;
            },
            [](const caf::error& error) { BOOST_FAIL(text_of(error)); });
  };
  for (int i = 0; i < 3; ++i)
    std::apply(greet, hello.to_wire());
  BOOST_TEST(refusal
             == "node b at " + address + " speaks protocol 6, this one 5");
  BOOST_TEST(is_asked.logs(line));
  BOOST_TEST(is_asked.times_logged("refused") == 1u);
  BOOST_TEST(is_asked->peers().empty());
}

BOOST_AUTO_TEST_CASE(another_version_is_refused) {
  foreign_system foreign;
  auto hello = hello_of("b", "127.0.0.1:1");
  const auto own = hello.version;
  hello.version = "99.1.0";
  const auto address = foreign.publish(foreign->spawn(answers_with, hello, ""));
  test_node a{node_named("a", {address})};
  BOOST_TEST(a.logs("W node b at 127.0.0.1:1 is of version 99.1.0, this one of "
                    + own + ": refused"));
  BOOST_TEST(a->peers().empty());
}

BOOST_AUTO_TEST_CASE(a_name_that_is_taken_is_refused_until_it_is_free) {
  test_node a{node_named("a")};
  test_node first{node_named("b", {a.address()})};
  BOOST_REQUIRE(a.sees("b"));
  test_node second{node_named("b", {a.address()})};
  BOOST_TEST(a.logs("W node b at " + second.address()
                    + " has the name of node b at " + first.address()
                    + ": refused"));
  BOOST_TEST(second.logs("W " + a.address() + " refuses this node: node b at "
                         + second.address() + " has the name of node b at "
                         + first.address()));
  BOOST_TEST(a.peer("b")->address == first.address());
  const auto own = node_named("a", {a.address()});
  test_node same{own};
  BOOST_TEST(same.logs("has the name of"));
  BOOST_TEST(!same.is_up("a"));
  first.leave();
  BOOST_TEST(at_last([&] {
    return a.is_up("b") && a.peer("b")->address == second.address();
  }));
}

BOOST_AUTO_TEST_CASE(what_is_no_node_is_said_so) {
  foreign_system foreign;
  const auto actor = foreign.publish(foreign->spawn(adds, 1));
  test_node a{node_named("a", {actor})};
  BOOST_TEST(a.logs("W " + actor + " is not a Stagedoor node"));

  // No actor framework at all.
  boost::asio::io_context context;
  using boost::asio::ip::tcp;
  tcp::acceptor acceptor{context, {boost::asio::ip::address_v4::loopback(), 0}};
  const auto web =
      "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  test_node b{node_named("b", {web})};
  // A node first looks whether anybody is there at all.
  const auto looked = acceptor.accept();
  auto socket = acceptor.accept();
  boost::asio::write(socket, boost::asio::buffer(std::string(72, 'x')));
  BOOST_TEST(b.logs("W " + web + " is not a Stagedoor node"));
  BOOST_TEST(b->peers().empty());
}

BOOST_AUTO_TEST_CASE(a_node_of_its_own_kind_offers_only_its_own_actors) {
  test_node c{node_named("c")};
  const auto third = c.system().spawn(adds, 3);
  auto port = c.system().middleman().publish(third, 0, "127.0.0.1");
  BOOST_REQUIRE(port);
  test_node a{node_named("a")};
  foreign_system foreign;
  auto far = foreign->middleman().remote_actor("127.0.0.1", *port);
  auto node = foreign->middleman().remote_actor("127.0.0.1", a->port());
  BOOST_REQUIRE(far);
  BOOST_REQUIRE(node);
  const auto own = foreign->spawn(adds, 1);
  const auto greeter = foreign->spawn([&](caf::event_based_actor* self) {
    const auto greet = [&](auto&&... values) {
      self->request(*node, patience, values...)
          .then([=, handle = *node, other = *far](
                    const std::string&, std::uint16_t, const std::string&,
                    const std::string&, std::uint64_t, const std::string&,
                    std::uint8_t, const std::string&) {
            self->send(handle,
                       node_news{{{"sum", own}, {"sum", other}, {"sum", {}}},
                                 {"nonsense"}});
          });
    };
    std::apply(greet, hello_of("b", "127.0.0.1:1").to_wire());
    self->set_default_handler(caf::drop);
    return caf::behavior{[](int) {}};
  });
  BOOST_TEST(a.finds("sum", 1));
  BOOST_TEST(a.offers("sum").front().node == "b");
  BOOST_TEST(answer_of(a.system(), a.offers("sum").front().handle) == 2);
  end(greeter);
  end(own);
  end(third);
}

BOOST_AUTO_TEST_CASE(an_address_that_swallows_everything_holds_nobody_up) {
  // Where nobody accepts and the queue is full the kernel drops what comes.
  boost::asio::io_context context;
  using boost::asio::ip::tcp;
  tcp::acceptor acceptor{context};
  acceptor.open(tcp::v4());
  acceptor.bind({boost::asio::ip::address_v4::loopback(), 0});
  acceptor.listen(0);
  const auto endpoint = acceptor.local_endpoint();
  tcp::socket first{context};
  first.connect(endpoint);
  const auto black_hole = "127.0.0.1:" + std::to_string(endpoint.port());
  test_node a{node_named("a")};
  test_node b{node_named("b", {black_hole, a.address()})};
  BOOST_TEST(b.sees("a"));
  BOOST_TEST(b.logs("W " + black_hole + " cannot be reached"));
}

// -- offers -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(offers_and_withdrawals_are_seen_on_all_nodes) {
  test_node a{node_named("a")};
  const auto early = a.system().spawn(adds, 1);
  a->offer("sum", early);
  BOOST_REQUIRE(a.offers("sum").size() == 1u); // At once.
  BOOST_TEST(a.offers("sum").front().node == "a");
  test_node b{node_named("b", {a.address()})};
  test_node c{node_named("c", {b.address()})};
  BOOST_TEST(b.finds("sum", 1));
  BOOST_TEST(c.finds("sum", 1));
  const auto late = b.system().spawn(adds, 10);
  b->offer("sum", late);
  b->offer("sum", late);
  b->offer("other", late);
  for (auto* node : {&a, &b, &c}) {
    BOOST_REQUIRE(node->finds("sum", 2));
    BOOST_TEST(node->finds("other", 1));
    BOOST_TEST(answer_of(node->system(), node->offers("sum")[0].handle) == 2);
    BOOST_TEST(answer_of(node->system(), node->offers("sum")[1].handle) == 11);
  }
  b->withdraw("sum", late);
  b->withdraw("sum", early); // Not its own.
  BOOST_TEST(b.offers("sum").size() == 1u);
  for (auto* node : {&a, &c}) {
    BOOST_TEST(node->finds("sum", 1));
    BOOST_TEST(node->offers("sum").front().node == "a");
    BOOST_TEST(node->offers("other").size() == 1u);
  }
  end(early);
  end(late);
}

BOOST_AUTO_TEST_CASE(an_offered_actor_that_ends_is_withdrawn_everywhere) {
  test_node a{node_named("a")};
  test_node b{node_named("b", {a.address()})};
  const auto one = a.system().spawn(adds, 1);
  const auto two = a.system().spawn(adds, 2);
  a->offer("sum", one);
  a->offer("sum", two);
  BOOST_REQUIRE(b.finds("sum", 2));
  end(one);
  BOOST_TEST(a.finds("sum", 1));
  BOOST_TEST(b.finds("sum", 1));
  BOOST_TEST(answer_of(b.system(), b.offers("sum").front().handle) == 3);
  // One that has ended before it is offered.
  a->offer("late", one);
  BOOST_TEST(a.finds("late", 0));
  end(two);
  BOOST_TEST(b.finds("sum", 0));
}

BOOST_AUTO_TEST_CASE(offers_of_many_threads_all_arrive) {
  constexpr int threads = 4;
  constexpr int each = 50;
  test_node a{node_named("a")};
  test_node b{node_named("b", {a.address()})};
  const auto actor = a.system().spawn(adds, 1);
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i)
    running.emplace_back([&, i] {
      for (int k = 0; k < each; ++k) {
        const auto service = std::to_string(i) + '-' + std::to_string(k);
        a->offer(service, actor);
        if (k % 2 == 0)
          a->withdraw(service, actor);
      }
    });
  for (auto& thread : running)
    thread.join();
  const std::size_t left = threads * each / 2;
  // Beside what the other node has of its own.
  const auto offered = [](test_node& at) {
    const auto table = at->services()->table();
    return table->size() - table->count("stagedoor.queries");
  };
  BOOST_TEST(offered(a) == left);
  BOOST_TEST(eventually([&] { return offered(b) == left; }));
  end(actor);
}

// -- what keeps a node from joining -------------------------------------------

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_said_so) {
  test_node a{node_named("a")};
  auto options = node_named("b");
  options.port = a->port();
  foreign_system other;
  auto joined = join_cluster(*other, options);
  BOOST_REQUIRE(!joined);
  BOOST_TEST(text_of(joined.error())
                 .starts_with("cluster-bind: " + a.address() + ": "));
}

BOOST_AUTO_TEST_CASE(a_node_joins_although_the_log_takes_nothing) {
  const auto options = node_named("a");
  config cfg;
  BOOST_REQUIRE((configure_cluster(cfg, options) == caf::none));
  caf::actor_system sys{cfg};
  held_default_log log;
  auto joined = std::async(std::launch::async,
                           [&] { return join_cluster(sys, options); });
  BOOST_TEST((joined.wait_for(patience) == std::future_status::ready));
  log->release();
  const auto node = joined.get();
  BOOST_TEST(static_cast<bool>(node));
  BOOST_TEST(eventually([&] {
    return log->text().find("listens for nodes") != std::string::npos;
  }));
}

BOOST_AUTO_TEST_CASE(an_actor_system_that_is_not_prepared_is_refused) {
  const auto refusal = [](caf::actor_system_config& cfg) {
    caf::actor_system sys{cfg};
    auto joined = join_cluster(sys, node_named("a"));
    return joined ? "" : text_of(joined.error());
  };
  caf::actor_system_config bare;
  BOOST_TEST(refusal(bare).starts_with("stagedoor::configure was not"));
  config without_middleman;
  BOOST_TEST(refusal(without_middleman)
                 .starts_with("stagedoor::configure_cluster was not"));
  for (const std::string name :
       {"middleman.heartbeat-interval", "middleman.connection-timeout"}) {
    config blind;
    BOOST_TEST((configure_cluster(blind, node_named("a")) == caf::none));
    blind.set(caf_api::option(name), caf::timespan{0});
    BOOST_TEST(refusal(blind).starts_with(name + ": "));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_suite
