#include "stagedoor/actors/cluster/peer_table.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/actor_world.hpp"
#include "support/foreign_node.hpp"
#include "support/foreign_proxy.hpp"

namespace peer_table_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// The peers of node a, at a:1.
struct fixture {
  actor_world world;
  node_hello self = hello_of("a", "a:1");
  node_hello b = hello_of("b", "b:1");
  caf::actor actor = foreign_proxy(world.system(), 7);
  stagedoor::peer_table peers;
};

/// The hello of the same node after it was started anew.
node_hello restarted(node_hello before) {
  ++before.incarnation;
  return before;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(peer_table, fixture)

// -- who is refused -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_node_of_another_name_is_welcome) {
  BOOST_TEST(peers.refusal_of(self, b) == "");
}

BOOST_AUTO_TEST_CASE(itself_is_not_refused) {
  BOOST_TEST(peers.refusal_of(self, self) == "");
}

BOOST_AUTO_TEST_CASE(a_node_of_its_own_name_is_refused) {
  auto other = restarted(self);
  other.address = "c:1";
  BOOST_TEST(peers.refusal_of(self, other)
             == "node a at c:1 has the name of node a at a:1");
}

BOOST_AUTO_TEST_CASE(a_node_of_another_protocol_is_refused) {
  b.protocol = 9;
  BOOST_TEST(peers.refusal_of(self, b)
             == "node b at b:1 speaks protocol 9, this one 5");
}

BOOST_AUTO_TEST_CASE(a_node_of_the_name_of_a_peer_is_refused) {
  peers.admit(b, actor);
  auto other = restarted(b);
  other.address = "c:1";
  BOOST_TEST(peers.refusal_of(self, other)
             == "node b at c:1 has the name of node b at b:1");
}

BOOST_AUTO_TEST_CASE(a_peer_that_was_started_anew_is_welcome) {
  peers.admit(b, actor);
  BOOST_TEST(peers.refusal_of(self, restarted(b)) == "");
}

BOOST_AUTO_TEST_CASE(the_name_of_a_peer_that_is_down_is_free) {
  peers.admit(b, actor);
  peers.find(actor.address())->handle = nullptr;
  auto other = restarted(b);
  other.address = "c:1";
  BOOST_TEST(peers.refusal_of(self, other) == "");
}

// -- who is there -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(says_what_was_known_before) {
  BOOST_TEST(peers.admit(b, actor).about.name == "");
  const auto before = peers.admit(restarted(b), actor);
  BOOST_TEST(before.about.incarnation == b.incarnation);
  BOOST_TEST((before.handle == actor));
}

BOOST_AUTO_TEST_CASE(a_lost_peer_is_lost_until_it_says_what_it_offers) {
  const auto is_lost = [this] { return peers.views().front().is_lost; };
  peers.admit(b, actor);
  BOOST_TEST(!is_lost());
  peers.find(actor.address())->went_down(true);
  BOOST_TEST(is_lost());
  peers.admit(restarted(b), actor);
  BOOST_TEST(is_lost());
  peers.find(actor.address())->is_lost = false;
  BOOST_TEST(!is_lost());
  peers.find(actor.address())->went_down(false);
  BOOST_TEST(!is_lost());
}

BOOST_AUTO_TEST_CASE(finds_a_peer_by_exactly_its_actor) {
  peers.admit(b, actor);
  BOOST_REQUIRE(peers.find(actor.address()) != nullptr);
  BOOST_TEST(peers.find(actor.address())->about.name == "b");
  // Equal, but not the same.
  const auto equal = foreign_proxy(world.system(), actor.id());
  BOOST_REQUIRE((equal.address() == actor.address()));
  BOOST_TEST(peers.find(equal.address()) == nullptr);
  BOOST_TEST(peers.find({}) == nullptr);
}

BOOST_AUTO_TEST_CASE(lists_who_is_up_and_who_was) {
  peers.admit(b, actor);
  auto other = hello_of("c", "c:1");
  const auto down = foreign_proxy(world.system(), 8);
  peers.admit(other, down);
  peers.find(down.address())->handle = nullptr;
  BOOST_REQUIRE(peers.up().size() == 1u);
  BOOST_TEST(peers.up()[0]->about.name == "b");
  const auto views = peers.views();
  BOOST_REQUIRE(views.size() == 2u);
  BOOST_TEST(views[0].name == "b");
  BOOST_TEST(views[0].is_up);
  BOOST_TEST(views[1].address == "c:1");
  BOOST_TEST(!views[1].is_up);
}

BOOST_AUTO_TEST_CASE(a_node_may_come_back_under_another_name) {
  peers.admit(b, actor);
  peers.find(actor.address())->handle = nullptr;
  peers.admit(hello_of("c", "b:1"), actor);
  const auto views = peers.views();
  BOOST_REQUIRE(views.size() == 1u);
  BOOST_TEST(views[0].name == "c");
}

BOOST_AUTO_TEST_CASE(forgets_only_who_is_down) {
  peers.admit(b, actor);
  BOOST_TEST(!peers.forget("b"));
  peers.find(actor.address())->handle = nullptr;
  BOOST_TEST(peers.forget("b"));
  BOOST_TEST(peers.views().empty());
  BOOST_TEST(!peers.forget("b"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace peer_table_suite
