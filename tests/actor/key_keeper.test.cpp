#include "stagedoor/actors/handlers/key_keeper.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/keeper_nodes.hpp"

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using numbers = std::vector<std::uint64_t>;

struct one_node {
  one_node() { nodes.start("a"); }

  actor_world world;
  keeper_nodes nodes{world};
};

struct two_nodes : one_node {
  two_nodes() {
    nodes.start("b");
    nodes.link("a", "b");
  }
};

struct three_nodes : two_nodes {
  three_nodes() {
    nodes.start("c");
    nodes.link("a", "c");
    nodes.link("b", "c");
  }

  /// Node a hears nobody, and nobody hears it.
  void silence_a() {
    nodes.silence("a", "b");
    nodes.silence("a", "c");
  }

  /// Node a dies, and begins again; nobody sees it yet.
  void restart_a() {
    silence_a();
    nodes.notice_loss("a", "b");
    nodes.notice_loss("a", "c");
    nodes.start("a");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(key_keeper, three_nodes)

BOOST_FIXTURE_TEST_CASE(a_node_alone_may_have_all_keys_for_ever, one_node) {
  BOOST_TEST(*nodes.claim("a", "k"));
  world.advance(24h);
  BOOST_TEST(nodes.may_keep("a", "k"));
  nodes.release("a", "k");
  BOOST_TEST(!nodes.may_keep("a", "k"));
}

BOOST_AUTO_TEST_CASE(a_key_that_one_node_has_no_other_one_gets) {
  BOOST_TEST(*nodes.claim("a", "k"));
  BOOST_TEST(!*nodes.claim("b", "k"));
  BOOST_TEST(!*nodes.claim("c", "k"));
  BOOST_TEST(nodes.board("b").holder("k") == "a");
  BOOST_TEST(*nodes.claim("b", "other"));
  // As long as it is there.
  world.advance(1h);
  BOOST_TEST(nodes.may_keep("a", "k"));
  BOOST_TEST(!*nodes.claim("b", "k"));
}

BOOST_AUTO_TEST_CASE(a_key_that_was_given_back_is_for_any_node) {
  BOOST_TEST(*nodes.claim("a", "k"));
  nodes.release("a", "k");
  BOOST_TEST(nodes.board("c").holder("k").empty());
  BOOST_TEST(*nodes.claim("b", "k"));
}

BOOST_AUTO_TEST_CASE(a_node_that_comes_learns_who_has_which_key) {
  BOOST_TEST(*nodes.claim("a", "k"));
  nodes.start("d");
  nodes.link("d", "a");
  BOOST_TEST(nodes.board("d").holder("k") == "a");
  nodes.link("d", "b");
  nodes.link("d", "c");
  BOOST_TEST(!*nodes.claim("d", "k"));
  BOOST_TEST(*nodes.claim("d", "other"));
}

BOOST_AUTO_TEST_CASE(a_lease_ends_that_no_majority_renews) {
  BOOST_TEST(*nodes.claim("a", "k", 7));
  silence_a();
  world.advance(cluster_limits::key_lease - cluster_limits::key_beat);
  BOOST_TEST(nodes.may_keep("a", "k"));
  BOOST_TEST(nodes.told("a").empty());
  world.advance(cluster_limits::key_beat);
  BOOST_TEST(!nodes.may_keep("a", "k"));
  BOOST_TEST(nodes.told("a") == numbers{7}, boost::test_tools::per_element());
  BOOST_TEST(world.logged("does not see a majority of 3 nodes"));
}

BOOST_AUTO_TEST_CASE(one_of_two_others_is_enough_for_a_lease) {
  BOOST_TEST(*nodes.claim("a", "k"));
  nodes.silence("a", "b");
  world.advance(1min);
  BOOST_TEST(nodes.may_keep("a", "k"));
}

BOOST_AUTO_TEST_CASE(the_others_wait_for_longer_than_the_lease) {
  BOOST_TEST(*nodes.claim("a", "k"));
  nodes.beat();
  silence_a();
  nodes.notice_loss("a", "b");
  nodes.notice_loss("a", "c");
  BOOST_TEST(!*nodes.claim("b", "k"));
  // Two beats are over.
  world.advance(cluster_limits::key_promise - 2 * cluster_limits::key_beat
                - 1ms);
  BOOST_TEST(!*nodes.claim("b", "k"));
  BOOST_TEST(!nodes.may_keep("a", "k"));
  world.advance(1ms);
  BOOST_TEST(*nodes.claim("b", "k"));
  BOOST_TEST(nodes.may_keep("b", "k"));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_cut_off_begins_nothing) {
  silence_a();
  // Nobody answers; the claim is given up in time.
  const auto answer = nodes.claim("a", "k");
  BOOST_TEST(!answer.has_value());
  world.advance(cluster_limits::key_claim_timeout + cluster_limits::key_beat);
  BOOST_TEST(!nodes.may_keep("a", "k"));
  nodes.notice_loss("a", "b");
  nodes.notice_loss("a", "c");
  BOOST_TEST(!*nodes.claim("a", "k"));
  BOOST_TEST(*nodes.claim("c", "k"));
}

BOOST_FIXTURE_TEST_CASE(one_of_two_is_no_majority, two_nodes) {
  BOOST_TEST(*nodes.claim("a", "k"));
  nodes.silence("a", "b");
  nodes.notice_loss("a", "b");
  world.advance(1min);
  BOOST_TEST(!nodes.may_keep("a", "k"));
  BOOST_TEST(!*nodes.claim("a", "other"));
  BOOST_TEST(!*nodes.claim("b", "k"));
  // They see each other again.
  nodes.link("a", "b");
  nodes.beat();
  BOOST_TEST(*nodes.claim("a", "other"));
}

BOOST_FIXTURE_TEST_CASE(a_node_that_says_farewell_leaves_its_keys, two_nodes) {
  BOOST_TEST(*nodes.claim("a", "k"));
  BOOST_TEST(*nodes.claim("b", "other"));
  caf::anon_send(nodes.keeper("a"), caf::close_atom_v);
  world.settle();
  BOOST_TEST(!nodes.may_keep("a", "k"));
  // Also while the directory names it.
  nodes.beat();
  BOOST_TEST(*nodes.claim("b", "k"));
  nodes.notice_loss("a", "b");
  world.advance(1h);
  BOOST_TEST(nodes.may_keep("b", "other"));
  BOOST_TEST(!*nodes.claim("a", "late"));
}

BOOST_AUTO_TEST_CASE(a_node_that_drains_ends_its_states_and_begins_none) {
  BOOST_TEST(*nodes.claim("a", "k", 3));
  caf::anon_send(nodes.keeper("a"), drain_atom_v);
  world.settle();
  BOOST_TEST(nodes.told("a") == numbers{3}, boost::test_tools::per_element());
  BOOST_TEST(nodes.board("a").is_draining());
  // What it has it keeps until the state has ended.
  BOOST_TEST(nodes.may_keep("a", "k"));
  BOOST_TEST(!*nodes.claim("a", "other"));
}

BOOST_AUTO_TEST_CASE(
    a_node_that_has_died_and_comes_back_does_not_vote_at_once) {
  BOOST_TEST(*nodes.claim("b", "k"));
  // Its next life is not heard of by the node that has the key.
  restart_a();
  nodes.link("a", "c");
  // Node c would have to agree with a, which has forgotten what it promised.
  nodes.silence("b", "c");
  nodes.notice_loss("b", "c");
  world.advance(cluster_limits::key_promise - 4 * cluster_limits::key_beat);
  BOOST_TEST(!nodes.claim("a", "other").value_or(false));
  world.advance(cluster_limits::key_promise);
  BOOST_TEST(nodes.claim("a", "other").value_or(false));
}

BOOST_AUTO_TEST_CASE(a_node_that_has_no_vote_yet_needs_all_others) {
  restart_a();
  nodes.link("a", "b");
  nodes.link("a", "c");
  // It has forgotten what it had promised, and the others have not.
  BOOST_TEST(nodes.claim("a", "k").value_or(false));
  nodes.silence("a", "c");
  BOOST_TEST(!nodes.claim("a", "other").value_or(false));
}

BOOST_FIXTURE_TEST_CASE(of_two_nodes_apart_the_smaller_name_keeps_a_key,
                        one_node) {
  nodes.start("b");
  BOOST_TEST(*nodes.claim("a", "k", 1));
  BOOST_TEST(*nodes.claim("b", "k", 2));
  nodes.link("a", "b");
  nodes.beat();
  BOOST_TEST(nodes.told("b") == numbers{2}, boost::test_tools::per_element());
  BOOST_TEST(nodes.told("a").empty());
  BOOST_TEST(nodes.may_keep("a", "k"));
  BOOST_TEST(!nodes.may_keep("b", "k"));
  BOOST_TEST(world.logged("two nodes have had the state of one key"));
}

BOOST_AUTO_TEST_SUITE_END()
