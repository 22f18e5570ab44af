#include "stagedoor/actors/handlers/key_keeper.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/keeper_nodes.hpp"

namespace key_keeper_suite {

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

BOOST_AUTO_TEST_CASE(a_lease_that_was_over_is_no_lease_for_what_was_there) {
  BOOST_TEST(*nodes.claim("a", "k", 7));
  silence_a();
  world.advance(cluster_limits::key_promise + cluster_limits::key_beat);
  BOOST_TEST(*nodes.claim("c", "k"));
  BOOST_TEST(nodes.told("a").size() == 1U);
  // Node a comes back before its handler has looked.
  nodes.link("a", "b");
  world.advance(1s);
  BOOST_TEST(nodes.board("a").is_held(world.home().now()));
  BOOST_TEST(!nodes.may_keep("a", "k"));
  BOOST_TEST(nodes.may_keep("c", "k"));
  BOOST_TEST(nodes.board("b").holder("k") == "c");
  BOOST_TEST(*nodes.claim("a", "other"));
}

BOOST_AUTO_TEST_CASE(a_node_that_one_meets_again_has_forgotten_its_vote) {
  nodes.silence("a", "c");
  nodes.notice_loss("a", "b");
  BOOST_TEST(*nodes.claim("c", "k"));
  // Node c does not answer.
  const auto first = nodes.begin_claim("a", "k");
  BOOST_TEST(!first->has_value());
  nodes.link("a", "b");
  BOOST_TEST(!first->value());
  BOOST_TEST(nodes.board("b").holder("k") == "c");
  const auto second = nodes.begin_claim("a", "k");
  world.advance(cluster_limits::key_claim_timeout);
  BOOST_TEST(!second->value());
  BOOST_TEST(nodes.may_keep("c", "k"));
  BOOST_TEST(!nodes.may_keep("a", "k"));
}

BOOST_AUTO_TEST_CASE(a_vote_for_an_earlier_claim_of_a_key_does_not_count) {
  nodes.hold_votes("b", "a");
  nodes.silence("a", "c");
  const auto first = nodes.begin_claim("a", "k", 1);
  BOOST_TEST(!first->has_value());
  // Its handler has died, and another node gets the key.
  nodes.release("a", "k");
  BOOST_TEST(!first->value());
  BOOST_TEST(*nodes.claim("c", "k"));
  const auto second = nodes.begin_claim("a", "k", 2);
  nodes.pass_vote("b", "a");
  BOOST_TEST(!second->has_value());
  BOOST_TEST(nodes.board("b").holder("k") == "c");
  nodes.pass_vote("b", "a");
  world.advance(cluster_limits::key_claim_timeout);
  BOOST_TEST(!second->value());
  BOOST_TEST(!nodes.may_keep("a", "k"));
  BOOST_TEST(nodes.may_keep("c", "k"));
}

BOOST_AUTO_TEST_CASE(a_later_claim_of_a_key_takes_the_place_of_an_open_one) {
  nodes.hold_votes("b", "a");
  nodes.silence("a", "c");
  const auto first = nodes.begin_claim("a", "k", 1);
  const auto second = nodes.begin_claim("a", "k", 2);
  BOOST_TEST(!first->value());
  nodes.pass_vote("b", "a");
  BOOST_TEST(!second->has_value());
  nodes.pass_vote("b", "a");
  BOOST_TEST(second->value());
  BOOST_TEST(nodes.may_keep("a", "k"));
  nodes.board("a").hold_until({});
  nodes.beat();
  BOOST_TEST(nodes.told("a") == numbers{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_list_takes_no_key_from_a_node_that_is_there) {
  BOOST_TEST(*nodes.claim("b", "k"));
  // Two nodes that have been a cluster of their own.
  nodes.start("d");
  BOOST_TEST(*nodes.claim("d", "k"));
  nodes.link("c", "d");
  BOOST_TEST(nodes.board("c").holder("k") == "b");
  nodes.link("b", "d");
  nodes.link("a", "d");
  BOOST_TEST(nodes.may_keep("b", "k"));
  BOOST_TEST(!nodes.may_keep("d", "k"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace key_keeper_suite
