// A node actor alone, in virtual time: when it tries which address, and whom it
// believes.

#include "stagedoor/actors/cluster/cluster_node.hpp"

#include "stagedoor/actors/caf_api/actors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/foreign_node.hpp"

namespace cluster_node_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using std::chrono::milliseconds;
using limits_of_node = cluster_limits;

/// CAF's middleman as far as a node actor knows it.
caf::behavior opens_ports() {
  return {[](caf::publish_atom, std::uint16_t, const caf::strong_actor_ptr&,
             const std::set<std::string>&, const std::string&,
             bool) { return std::uint16_t{4501}; },
          [](caf::close_atom, std::uint16_t) { return caf::unit; }};
}

/// Node a, at 127.0.0.1:4501. Who is at which address, the test says.
struct fixture {
  fixture() : board(std::make_shared<cluster_board>("a")) {}

  ~fixture() {
    for (const auto& actor : actors)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    world.settle();
  }

  template <class... Arguments>
  caf::actor spawn(Arguments&&... arguments) {
    actors.push_back(
        world.system().spawn(std::forward<Arguments>(arguments)...));
    return actors.back();
  }

  void start(std::vector<std::string> seeds) {
    cluster_node_setup setup;
    setup.options.name = "a";
    setup.options.seeds = std::move(seeds);
    setup.self = node_hello::of_this_process(setup.options);
    setup.board = board;
    setup.publisher = spawn(opens_ports);
    setup.log = world.shared()->log;
    setup.spawn_dialler = [this] {
      return world.system().spawn([this](caf::event_based_actor* self) {
        return caf::behavior{
            [this,
             self](caf::connect_atom, const std::string& host,
                   std::uint16_t port) -> caf::result<caf::strong_actor_ptr> {
              self->quit();
              return dialled(host + ':' + std::to_string(port));
            }};
      });
    };
    node = spawn(cluster_node, std::move(setup));
    caf::anon_send(node, caf::publish_atom_v);
    world.settle();
  }

  caf::result<caf::strong_actor_ptr> dialled(const std::string& address) {
    dials[address].push_back(now);
    auto who = listening.find(address);
    if (who == listening.end())
      return caf::sec::cannot_connect_to_node;
    return caf::actor_cast<caf::strong_actor_ptr>(who->second);
  }

  /// Another node, at an address.
  caf::actor add_node(const std::string& name, const std::string& address,
                      const std::string& refusal = {}) {
    return listening[address] =
               spawn(answers_with, hello_of(name, address), refusal);
  }

  /// Lets time pass in steps.
  void pass(milliseconds time, milliseconds step = 5ms) {
    for (const auto end = now + time; now < end; now += step)
      world.advance(step);
  }

  [[nodiscard]] std::size_t count_of(const std::string& text) const {
    std::size_t result = 0;
    const auto all = world.log();
    for (auto at = all.find(text); at != std::string::npos;
         at = all.find(text, at + 1))
      ++result;
    return result;
  }

  actor_world world;
  std::shared_ptr<cluster_board> board;
  std::map<std::string, caf::actor> listening;
  /// When each address was tried.
  std::map<std::string, std::vector<milliseconds>> dials;
  milliseconds now{0};
  caf::actor node;
  std::vector<caf::actor> actors;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cluster_node, fixture)

// -- when it tries what -------------------------------------------------------

BOOST_AUTO_TEST_CASE(tries_again_after_random_times_with_a_doubling_bound) {
  start({"b:4502"});
  pass(120s);
  const auto& tries = dials["b:4502"];
  BOOST_REQUIRE(tries.size() > 12u);
  milliseconds longest{0};
  for (std::size_t i = 1; i < tries.size(); ++i) {
    const auto gap = tries[i] - tries[i - 1];
    const auto bound =
        limits_of_node::backoff_min * (1U << std::min<std::size_t>(i - 1, 8));
    BOOST_TEST(gap.count() <= (std::min<milliseconds>(
                                   bound, limits_of_node::backoff_unknown_max)
                               + 5ms)
                                  .count());
    longest = std::max(longest, gap);
  }
  BOOST_TEST(longest.count() > 1000);
  BOOST_TEST(count_of("b:4502 cannot be reached") == 1u); // Said once.
}

BOOST_AUTO_TEST_CASE(leaves_a_head_start_to_the_smaller_address) {
  start({"127.0.0.1:4500", "127.0.0.1:4502"});
  pass(150ms);
  BOOST_TEST(!dials["127.0.0.1:4502"].empty());
  BOOST_TEST(dials["127.0.0.1:4500"].empty());
  pass(200ms);
  BOOST_TEST(!dials["127.0.0.1:4500"].empty());
}

BOOST_AUTO_TEST_CASE(tries_a_node_that_refuses_after_the_longest_time_only) {
  add_node("b", "b:4502", "not you");
  start({"b:4502"});
  pass(30s);
  const auto& tries = dials["b:4502"];
  BOOST_REQUIRE(tries.size() > 10u);
  for (std::size_t i = 1; i < tries.size(); ++i)
    BOOST_TEST((tries[i] - tries[i - 1]).count()
               >= limits_of_node::backoff_max.count());
  BOOST_TEST(count_of("warning b:4502 refuses this node: not you") == 1u);
  BOOST_TEST(board->peers().empty());
}

BOOST_AUTO_TEST_CASE(does_not_try_who_is_a_peer) {
  add_node("b", "b:4502");
  start({"b:4502"});
  pass(60s);
  BOOST_TEST(dials["b:4502"].size() == 1u);
  BOOST_REQUIRE(board->peers().size() == 1u);
  BOOST_TEST(board->peers()[0].is_up);
}

BOOST_AUTO_TEST_CASE(a_seed_under_another_name_is_not_tried_beside) {
  listening["elsewhere:1"] = add_node("b", "b:4502");
  start({"elsewhere:1"});
  pass(60s);
  BOOST_TEST(dials["elsewhere:1"].size() == 1u);
  BOOST_TEST(dials["b:4502"].empty());
}

BOOST_AUTO_TEST_CASE(looks_for_a_lost_node_at_once) {
  const auto lost = add_node("b", "b:4502");
  start({"b:4502"});
  pass(5s);
  BOOST_REQUIRE(board->peers().at(0).is_up);
  listening.clear();
  world.kill(lost);
  BOOST_TEST(!board->peers().at(0).is_up);
  pass(100ms);
  BOOST_TEST(dials["b:4502"].size() >= 2u);
  // Back with a new incarnation.
  add_node("b", "b:4502");
  pass(limits_of_node::backoff_max);
  BOOST_TEST(board->peers().at(0).is_up);
  BOOST_TEST(count_of("node b at b:4502 is up") == 2u);
}

BOOST_AUTO_TEST_CASE(one_that_does_not_answer_a_hello_is_given_up) {
  listening["b:4502"] = spawn([](caf::event_based_actor* self) {
    self->set_default_handler(caf::skip);
    return caf::behavior{[](int) {}};
  });
  start({"b:4502"});
  pass(limits_of_node::hello_timeout / 2);
  BOOST_TEST(!world.logged("does not answer"));
  pass(limits_of_node::hello_timeout);
  BOOST_TEST(world.logged("warning b:4502 does not answer"));
  pass(10s);
  BOOST_TEST(dials["b:4502"].size() > 2u);
}

BOOST_AUTO_TEST_CASE(one_that_ends_in_the_handshake_is_tried_again) {
  caf::response_promise unanswered;
  listening["b:4502"] = spawn([&](caf::event_based_actor* self) {
    self->set_default_handler(
        [&](caf::scheduled_actor* me, auto&) -> caf_api::default_result {
          unanswered = me->make_response_promise();
          me->quit();
          return caf::delegated<caf::message>{};
        });
    return caf::behavior{[](int) {}};
  });
  start({"b:4502"});
  pass(200ms);
  BOOST_TEST(world.logged("warning b:4502 was lost in the handshake"));
}

// -- whom it knows ------------------------------------------------------------

/// What a peer tells.
struct with_peer : fixture {
  with_peer() : peer(add_node("b", "b:4502")) {
    start({"b:4502"});
    pass(200ms);
    BOOST_REQUIRE(board->peers().size() == 1u);
  }

  void tell(const caf::actor& from, node_news news) {
    caf_api::send_as(from, node, std::move(news));
    world.settle();
  }

  caf::actor peer;
};

BOOST_FIXTURE_TEST_CASE(takes_up_the_addresses_that_peers_see, with_peer) {
  tell(peer, {{}, {"c:4503", "nonsense", "c:0", "127.0.0.1:4501", "b:4502"}});
  pass(1s);
  BOOST_TEST(!dials["c:4503"].empty());
  BOOST_TEST(dials["b:4502"].size() == 1u);
  BOOST_TEST(dials.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_strangers_news_are_none, with_peer) {
  const auto stranger = spawn(answers_with, hello_of("c", "c:4503"), "");
  tell(stranger, {{{"sum", stranger}}, {"d:4504"}});
  caf::anon_send(node, node_news{{{"sum", stranger}}, {"d:4504"}});
  pass(1s);
  BOOST_TEST(dials.count("d:4504") == 0u);
  BOOST_TEST(board->services()->table()->empty());
  tell(peer, {{{"sum", peer}}, {}});
  BOOST_TEST(board->services()->table()->size() == 1u);
  world.kill(peer);
  BOOST_TEST(board->services()->table()->empty());
}

BOOST_FIXTURE_TEST_CASE(learns_no_more_than_addresses_max, with_peer) {
  node_news news;
  for (std::size_t i = 0; i < limits_of_node::addresses_max + 10; ++i)
    news.addresses.push_back("x:" + std::to_string(1000 + i));
  tell(peer, std::move(news));
  pass(1s);
  // Node b is one of them.
  BOOST_TEST(dials.size() == limits_of_node::addresses_max);
  BOOST_TEST(world.logged("knows 256 addresses and learns no more"));
}

BOOST_FIXTURE_TEST_CASE(forgets_what_it_only_heard_of, with_peer) {
  const auto heard = add_node("c", "c:4503");
  tell(peer, {{}, {"c:4503"}});
  pass(200ms);
  BOOST_REQUIRE(board->peers().size() == 2u);
  listening.clear();
  world.kill(heard);
  world.kill(peer);
  pass(limits_of_node::forget_after - 5s, 100ms);
  BOOST_TEST(board->peers().size() == 2u);
  pass(10s, 100ms);
  BOOST_REQUIRE(board->peers().size() == 1u);
  BOOST_TEST(board->peers()[0].name == "b"); // A seed stays.
  const auto tries = dials["c:4503"].size();
  pass(10s, 100ms);
  BOOST_TEST(dials["c:4503"].size() == tries);
}

BOOST_FIXTURE_TEST_CASE(a_node_may_come_back_under_another_name, with_peer) {
  world.kill(peer);
  add_node("c", "b:4502");
  pass(5s);
  BOOST_REQUIRE(board->peers().size() == 1u);
  BOOST_TEST(board->peers()[0].name == "c");
  BOOST_TEST(board->peers()[0].is_up);
}

BOOST_AUTO_TEST_CASE(has_joined_when_each_seed_has_told_its_news_or_failed) {
  const auto b = add_node("b", "b:4502");
  start({"b:4502", "c:4503"});
  BOOST_TEST(board->awaited() == 2u);
  BOOST_TEST(!board->has_joined());
  pass(200ms);
  // Node b has answered, and nobody is at the other address.
  BOOST_TEST(board->peers().size() == 1u);
  BOOST_TEST(board->awaited() == 1u);
  BOOST_TEST(!board->has_joined());
  caf_api::send_as(b, node, node_news{{}, {"d:4504"}});
  world.settle();
  // What a seed tells of counts like a seed.
  BOOST_TEST(board->awaited() == 1u);
  BOOST_TEST(!board->has_joined());
  pass(200ms);
  BOOST_TEST(board->awaited() == 0u);
  BOOST_TEST(board->has_joined());
  // Later nodes are awaited, too, and it stays joined.
  caf_api::send_as(b, node, node_news{{}, {"e:4505"}});
  world.settle();
  BOOST_TEST(board->awaited() == 1u);
  BOOST_TEST(board->has_joined());
}

BOOST_AUTO_TEST_CASE(has_joined_at_once_without_seeds) {
  start({});
  BOOST_TEST(board->has_joined());
}

// -- its own actors -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(says_that_it_has_not_left_though_its_server_has_stopped) {
  const std::string told = "has no server any more";
  start({});
  const auto one = spawn(opens_ports);
  const auto offer = [&] {
    board->offer("sum", one);
    caf::anon_send(node, caf::update_atom_v);
    world.settle();
  };
  const auto withdraw = [&] {
    board->withdraw("sum", one);
    caf::anon_send(node, caf::update_atom_v);
    world.settle();
  };
  offer();
  withdraw();
  // Another server begins in time.
  pass(limits_of_node::idle_notice - 5ms);
  offer();
  pass(limits_of_node::idle_notice);
  BOOST_TEST(count_of(told) == 0u);
  withdraw();
  pass(limits_of_node::idle_notice - 5ms);
  BOOST_TEST(count_of(told) == 0u);
  pass(5ms);
  BOOST_TEST(count_of(told) == 1u);
  pass(limits_of_node::idle_notice);
  BOOST_TEST(count_of(told) == 1u);
}

BOOST_FIXTURE_TEST_CASE(withdraws_what_has_ended, with_peer) {
  const auto one = spawn(opens_ports);
  board->offer("sum", one);
  board->offer("other", one);
  caf::anon_send(node, caf::update_atom_v);
  world.settle();
  world.kill(one);
  BOOST_TEST(board->own_offers().empty());
  BOOST_TEST(board->services()->table()->empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_node_suite
