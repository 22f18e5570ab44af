#include "stagedoor/actors/keeping/once_keeper.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/once_cluster.hpp"

namespace once_keeper_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;
constexpr auto promise = cluster_limits::key_promise;

struct three_nodes {
  three_nodes() {
    for (const auto* name : {"a", "b", "c"})
      nodes.start(name);
    nodes.link("a", "b");
    nodes.link("a", "c");
    nodes.link("b", "c");
    nodes.advance(2 * promise);
    const auto order = once_cluster::order_of("k", {"a", "b", "c"});
    keeper = order[0];
    copy = order[1];
    third = order[2];
  }

  /// The number of the run that a message has begun; 0 if it has not.
  std::uint64_t run(const once_cluster::verdict_ptr& asked) {
    nodes.arrive();
    return *asked && (*asked)->runs ? (*asked)->number : 0;
  }
  std::uint64_t run(const std::string& name) {
    return run(nodes.claim(name, "k"));
  }

  /// The status that a message has got; 0 if it waits or runs.
  std::uint16_t status(const once_cluster::verdict_ptr& asked) {
    nodes.arrive();
    return *asked && !(*asked)->runs ? (*asked)->answer.status : 0;
  }
  std::uint16_t status(const std::string& name,
                       std::chrono::milliseconds age = {}) {
    return status(nodes.claim(name, "k", age));
  }

  void answer(const std::string& name, std::uint64_t number) {
    nodes.end(name, number, once_ending::answered, ok(7));
    nodes.arrive();
  }

  /// Has a node die, and the others notice.
  void lose(const std::string& name) {
    nodes.crash(name);
    for (const auto& other : names{"a", "b", "c"})
      if (other != name)
        nodes.notice_loss(other, name);
  }

  void link_all(const std::string& name) {
    for (const auto& other : names{"a", "b", "c"})
      if (other != name)
        nodes.link(name, other);
  }

  actor_world world;
  once_cluster nodes{world};
  std::string keeper;
  std::string copy;
  std::string third;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(once_keeper, three_nodes)

BOOST_AUTO_TEST_CASE(a_message_runs_once_on_whatever_node) {
  for (const auto& first : names{keeper, copy, third}) {
    const auto key = "of " + first;
    const auto number = run(nodes.claim(first, key));
    BOOST_TEST(number != 0U);
    const auto second = nodes.claim(third, key);
    const auto other = nodes.claim(keeper, key);
    BOOST_TEST(status(second) == 0);
    answer(first, number);
    BOOST_TEST(status(second) == 200);
    BOOST_TEST(status(other) == 200);
    BOOST_TEST(status(nodes.claim(copy, key)) == 200);
    BOOST_TEST(status(nodes.claim(copy, key, {}, "g")) == 409);
  }
}

BOOST_AUTO_TEST_CASE(a_message_begins_only_when_the_copy_has_its_key) {
  const auto asked = nodes.claim(keeper, "k");
  BOOST_TEST(!*asked);
  nodes.arrive(keeper, copy);
  BOOST_TEST(!*asked);
  BOOST_TEST(run(asked) != 0U);
}

BOOST_AUTO_TEST_CASE(nothing_begins_without_the_copy) {
  nodes.cut(keeper, copy);
  const auto asked = nodes.claim(third, "k");
  nodes.arrive();
  BOOST_TEST(!*asked);
  nodes.advance(cluster_limits::key_claim_timeout + cluster_limits::key_beat);
  BOOST_TEST(status(asked) == 503);
}

BOOST_AUTO_TEST_CASE(a_node_alone_begins_nothing) {
  lose(copy);
  lose(third);
  nodes.advance(2 * promise);
  BOOST_TEST(status(keeper) == 503);
}

BOOST_AUTO_TEST_CASE(a_new_cluster_waits_for_the_time_of_a_promise) {
  nodes.start("d");
  nodes.start("e");
  nodes.link("d", "e");
  nodes.advance(promise - 500ms);
  BOOST_TEST(status(nodes.claim("d", "k")) == 503);
  nodes.advance(1500ms);
  BOOST_TEST(run(nodes.claim("d", "k")) != 0U);
}

BOOST_AUTO_TEST_CASE(the_copy_takes_the_place_of_a_lost_keeper) {
  const auto number = run(third);
  BOOST_TEST(number != 0U);
  lose(keeper);
  BOOST_TEST(status(copy) == 503);
  nodes.advance(promise - 1s);
  BOOST_TEST(status(third) == 503);
  nodes.advance(3s);
  const auto waits = nodes.claim(copy, "k");
  BOOST_TEST(status(waits) == 0);
  answer(third, number);
  BOOST_TEST(status(waits) == 200);
  BOOST_TEST(status(third, 1min) == 200);
}

BOOST_AUTO_TEST_CASE(an_answer_survives_its_keeper_and_then_its_copy) {
  answer(third, run(third));
  lose(keeper);
  nodes.advance(2 * promise);
  // Its new life.
  nodes.start(keeper);
  link_all(keeper);
  nodes.advance(2 * promise);
  BOOST_TEST(status(keeper) == 200);
  lose(copy);
  nodes.advance(2 * promise);
  BOOST_TEST(status(third) == 200);
  BOOST_TEST(status(keeper) == 200);
}

BOOST_AUTO_TEST_CASE(what_runs_on_a_lost_node_is_unknown_until_it_answers) {
  const auto number = run(third);
  const auto waits = nodes.claim(copy, "k");
  nodes.cut(third, keeper);
  nodes.cut(third, copy);
  for (const auto& other : {keeper, copy}) {
    nodes.notice_loss(other, third);
    nodes.notice_loss(third, other);
  }
  nodes.advance(1s);
  BOOST_TEST(status(waits) == 409);
  BOOST_TEST(status(keeper) == 409);
  answer(third, number);
  nodes.advance(promise);
  BOOST_TEST(status(keeper) == 409);
  link_all(third);
  nodes.advance(2 * promise);
  BOOST_TEST(status(keeper) == 200);
}

BOOST_AUTO_TEST_CASE(what_still_runs_on_a_node_that_is_back_is_waited_for) {
  const auto number = run(third);
  nodes.cut(third, keeper);
  nodes.notice_loss(keeper, third);
  nodes.notice_loss(third, keeper);
  nodes.advance(1s);
  BOOST_TEST(status(keeper) == 409);
  nodes.link(third, keeper);
  nodes.advance(2 * promise);
  const auto waits = nodes.claim(keeper, "k");
  BOOST_TEST(status(waits) == 0);
  answer(third, number);
  BOOST_TEST(status(waits) == 200);
}

BOOST_AUTO_TEST_CASE(a_key_that_was_given_back_is_for_another_message) {
  const auto first = run(third);
  const auto second = nodes.claim(third, "k");
  const auto other = nodes.claim(copy, "k");
  nodes.end(third, first, once_ending::given_back);
  const auto number = run(second);
  BOOST_TEST(number != 0U);
  BOOST_TEST(status(other) == 0);
  // What is said twice is heard once.
  nodes.end(third, first, once_ending::given_back);
  nodes.advance(1s);
  BOOST_TEST(!*other);
  answer(third, number);
  BOOST_TEST(status(other) == 200);
}

BOOST_AUTO_TEST_CASE(a_run_that_its_node_does_not_know_of_is_unknown) {
  // The answer of the keeper is lost.
  const auto asked = nodes.claim(third, "k");
  nodes.arrive(third, keeper);
  nodes.arrive(keeper, copy);
  nodes.arrive(copy, keeper);
  nodes.cut(third, keeper);
  nodes.link(third, keeper);
  nodes.advance(2 * promise);
  BOOST_TEST(status(asked) == 503);
  BOOST_TEST(status(keeper) == 409);
}

BOOST_AUTO_TEST_CASE(a_message_that_runs_too_late_gives_its_key_back) {
  const auto asked = nodes.claim(third, "k");
  // Its handler has given up before the keeper answers.
  nodes.advance(0ms);
  world.advance(0ms);
  const auto number = run(asked);
  nodes.end(third, number, once_ending::given_back);
  nodes.arrive();
  BOOST_TEST(run(keeper) != 0U);
}

BOOST_AUTO_TEST_CASE(a_node_that_leaves_hands_its_keys_over) {
  answer(third, run(third));
  nodes.leave(keeper);
  for (const auto& other : {copy, third})
    nodes.notice_loss(other, keeper);
  nodes.advance(1s);
  // Nobody waits for the time of a promise.
  BOOST_TEST(status(copy) == 200);
  BOOST_TEST(status(third) == 200);
  BOOST_TEST(status(keeper) == 503);
  BOOST_TEST(run(nodes.claim(copy, "another")) != 0U);
}

BOOST_AUTO_TEST_CASE(a_node_that_comes_takes_keys_over_before_it_answers) {
  for (int i = 0; i < 20; ++i) {
    const auto key = "k" + std::to_string(i);
    const auto number = run(nodes.claim("a", key));
    BOOST_TEST_REQUIRE(number != 0U);
    answer("a", number);
  }
  nodes.start("d");
  for (const auto* other : {"a", "b", "c"})
    nodes.link("d", other);
  nodes.advance(4 * promise);
  for (int i = 0; i < 20; ++i)
    for (const auto* node : {"a", "b", "c", "d"})
      BOOST_TEST(status(nodes.claim(node, "k" + std::to_string(i), 1s)) == 200);
}

BOOST_AUTO_TEST_CASE(keys_that_may_be_lost_are_unknown) {
  answer(third, run(third));
  nodes.advance(10s);
  lose(keeper);
  lose(copy);
  for (const auto& name : {keeper, copy})
    nodes.start(name);
  link_all(keeper);
  link_all(copy);
  nodes.advance(4 * promise);
  BOOST_TEST(status(third, 30s) == 409);
  BOOST_TEST(status(keeper, 30s) == 409);
  // A message that nobody has sent before runs.
  BOOST_TEST(run(third) != 0U);
}

BOOST_AUTO_TEST_CASE(the_loss_of_one_node_leaves_no_doubt) {
  nodes.advance(1min);
  lose(keeper);
  nodes.advance(2 * promise);
  BOOST_TEST(run(nodes.claim(copy, "k", 30s)) != 0U);
  nodes.start(keeper);
  link_all(keeper);
  nodes.advance(2 * promise);
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(run(nodes.claim(keeper, "new " + std::to_string(i), 30s)) != 0U);
}

BOOST_AUTO_TEST_CASE(a_node_that_is_cut_off_begins_nothing) {
  nodes.cut(keeper, copy);
  nodes.cut(keeper, third);
  const auto asked = nodes.claim(keeper, "k");
  nodes.advance(promise + 1s);
  BOOST_TEST(status(asked) == 503);
  BOOST_TEST(status(keeper) == 503);
  nodes.notice_loss(copy, keeper);
  nodes.notice_loss(third, keeper);
  nodes.advance(1s);
  BOOST_TEST(run(copy) != 0U);
}

BOOST_AUTO_TEST_CASE(of_two_nodes_that_cannot_reach_each_other_one_begins) {
  nodes.cut(keeper, copy);
  nodes.notice_loss(keeper, copy);
  nodes.notice_loss(copy, keeper);
  for (int i = 0; i < 40; ++i) {
    nodes.advance(500ms);
    const auto key = "k" + std::to_string(i);
    const auto one = run(nodes.claim(keeper, key));
    const auto other = run(nodes.claim(copy, key));
    BOOST_TEST((one == 0 || other == 0));
  }
}

BOOST_AUTO_TEST_CASE(a_key_is_forgotten_after_its_time_on_all_nodes) {
  answer(third, run(third));
  nodes.advance(world.bounds().once_kept + 1s);
  BOOST_TEST(run(third) != 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace once_keeper_suite
