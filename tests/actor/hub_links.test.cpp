#include "stagedoor/actors/groups/hub_links.hpp"

#include "stagedoor/actors/cluster/address_book.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/fake_cluster.hpp"
#include "support/foreign_proxy.hpp"
#include "support/hub_parts.hpp"
#include "support/node_probe.hpp"

namespace hub_links_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

limits narrow_link() {
  limits result;
  result.link_bytes_max = 2;
  return result;
}

/// The links of an actor to a node b.
struct fixture {
  /// @param is_known whether the links know the server's own hub.
  explicit fixture(bool is_known = true, const limits& bounds = {},
                   std::shared_ptr<const cluster> node = {})
      : world(bounds, 1, std::move(node)), owner(world) {
    if (is_known)
      name_own_hub();
  }

  void name_own_hub() {
    caf::anon_send(owner.handle(), std::vector{own_hub()});
    world.settle();
  }

  [[nodiscard]] caf::actor own_hub() const {
    return caf::actor_cast<caf::actor>(owner.handle());
  }

  /// Has node b offer a hub.
  void offer(const caf::actor& hub) {
    world.services().set("b", {{"stagedoor.groups", hub}});
  }

  void withdraw() { world.services().set("b", {}); }

  /// Sends an event with that text.
  void send(const std::string& text) {
    caf::anon_send(owner.handle(), group_broadcast{"g", event{text, {}}});
    world.settle();
  }

  void look_for_nodes() {
    caf::anon_send(owner.handle(), expired_atom_v, std::uint64_t{0});
    world.settle();
  }

  [[nodiscard]] std::uint64_t dropped(drop_reason why) const {
    return world.metrics().drops(why).value();
  }

  actor_world world;
  hub_parts owner;
  node_probe far{world.home()};
};

struct unknown_fixture : fixture {
  unknown_fixture() : fixture(false) {}
};

struct narrow_fixture : fixture {
  narrow_fixture() : fixture(true, narrow_link()) {}
};

struct joining_fixture : fixture {
  joining_fixture() : joining_fixture(std::make_shared<fake_cluster>(2)) {}
  explicit joining_fixture(std::shared_ptr<fake_cluster> joining)
      : fixture(true, {}, joining), node(std::move(joining)) {}

  std::shared_ptr<fake_cluster> node;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(hub_links, fixture)

// -- where they lead ----------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(there_are_none_until_the_own_hub_is_known,
                        unknown_fixture) {
  offer(far.handle());
  send("1");
  BOOST_TEST(far.take() == "");
  name_own_hub();
  send("2");
  BOOST_TEST(far.take() == "[g 2 ]");
}

BOOST_AUTO_TEST_CASE(the_own_hub_is_no_other_node) {
  offer(own_hub());
  send("1");
  send("2");
  withdraw();
  send("3");
  BOOST_TEST(dropped(drop_reason::node_down) == 0u);
  BOOST_TEST(owner.changes() == 0u);
}

BOOST_AUTO_TEST_CASE(a_node_that_comes_for_the_first_time_changes_nothing) {
  offer(far.handle());
  look_for_nodes();
  BOOST_TEST(owner.changes() == 0u);
}

// -- batches ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_batch_is_on_its_way_at_a_time) {
  offer(far.handle());
  send("1");
  send("2");
  send("3");
  BOOST_TEST(far.take() == "[g 1 ]");
  far.acknowledge();
  world.settle();
  BOOST_TEST(far.take() == "[g 2 g 3 ]");
  far.acknowledge();
  world.settle();
  BOOST_TEST(far.take() == "");
}

BOOST_FIXTURE_TEST_CASE(what_exceeds_the_bound_is_dropped_and_counted,
                        narrow_fixture) {
  offer(far.handle());
  for (const auto* text : {"0", "1", "2", "3", "4"})
    send(text);
  BOOST_TEST(far.take() == "[g 0 ]");
  BOOST_TEST(dropped(drop_reason::link_full) == 0u);
  far.acknowledge();
  world.settle();
  BOOST_TEST(far.take() == "[g 1 g 2 ]");
  BOOST_TEST(dropped(drop_reason::link_full) == 2u);
  // There is room again.
  send("5");
  far.acknowledge();
  world.settle();
  BOOST_TEST(far.take() == "[g 5 ]");
}

// -- nodes that go and come ---------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_under_way_to_a_node_that_ends_is_lost) {
  offer(far.handle());
  send("1");
  send("2");
  world.kill(far.handle());
  BOOST_TEST(dropped(drop_reason::node_down) == 2u);
  BOOST_TEST(owner.changes() == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_under_way_to_a_hub_that_is_withdrawn_is_lost) {
  offer(far.handle());
  send("1");
  withdraw();
  send("2");
  BOOST_TEST(dropped(drop_reason::node_down) == 1u);
}

BOOST_AUTO_TEST_CASE(a_lost_node_misses_events_until_it_is_back) {
  const auto lost = foreign_proxy(world.system(), 7);
  offer(lost);
  send("1");
  withdraw();
  lose(lost);
  world.settle();
  BOOST_TEST(owner.changes() == 1u);
  send("2");
  BOOST_TEST(dropped(drop_reason::node_down) == 2u);
  offer(far.handle());
  send("3");
  BOOST_TEST(owner.changes() == 2u);
  BOOST_TEST(dropped(drop_reason::node_down) == 2u);
  BOOST_TEST(far.take() == "[g 3 ]");
}

BOOST_FIXTURE_TEST_CASE(nodes_not_heard_of_yet_miss_events_from_the_first_on,
                        joining_fixture) {
  send("1");
  BOOST_TEST(dropped(drop_reason::node_down) == 2u);
  BOOST_TEST(world.logged(
      "events do not reach up to 2 nodes that have not answered yet"));
  send("2");
  BOOST_TEST(dropped(drop_reason::node_down) == 4u);
  offer(far.handle());
  node->hear();
  send("3");
  BOOST_TEST(far.take() == "[g 3 ]");
  BOOST_TEST(dropped(drop_reason::node_down) == 4u);
}

BOOST_AUTO_TEST_CASE(a_node_that_stays_away_is_forgotten) {
  const auto lost = foreign_proxy(world.system(), 7);
  offer(lost);
  send("1");
  withdraw();
  lose(lost);
  world.settle();
  world.advance(cluster_limits::forget_after - 1s);
  look_for_nodes();
  send("2");
  BOOST_TEST(dropped(drop_reason::node_down) == 2u);
  world.advance(2s);
  look_for_nodes();
  send("3");
  BOOST_TEST(dropped(drop_reason::node_down) == 2u);
  // It comes as one that was never there.
  offer(far.handle());
  look_for_nodes();
  BOOST_TEST(owner.changes() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace hub_links_suite
