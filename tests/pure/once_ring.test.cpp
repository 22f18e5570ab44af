#include "stagedoor/actors/keeping/once_ring.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace once_ring_suite {

using namespace stagedoor;
using namespace std::chrono_literals;

namespace {

using lives = std::vector<std::string>;
using ring_type = once_ring;
using places = once_ring::places;
constexpr auto promise = cluster_limits::key_promise;
constexpr auto lease = cluster_limits::key_lease;

once_key key(int number) {
  return {"=1", "key " + std::to_string(number)};
}

/// The ring of node a, and what other nodes say.
struct ring_fixture {
  ring_fixture() { now += promise; }

  void hear(const std::string& node, std::uint64_t life = 1) {
    ring.met(node, now);
    ring.heard(once_ring::life_of(node, life), now);
  }

  void sync(const std::string& node, std::optional<int> since_s = 0,
            bool was_out = false) {
    std::optional<once_ring::time_point> since;
    if (since_s)
      since = once_ring::time_point{std::chrono::seconds{*since_s}};
    ring.tells(once_ring::life_of(node, 1), since, false);
    ring.synced(once_ring::life_of(node, 1), ring.lives(), was_out, now);
  }

  void agree(const std::string& node) { ring.agreed(node, ring.lives(), now); }

  /// Hears nobody else for the time of a promise.
  void silence_all_but(const std::string& node) {
    now += promise - 1s;
    if (!node.empty()) {
      ring.heard(once_ring::life_of(node, 1), now);
      agree(node);
    }
    now += 1s;
    ring.drop_silent(now);
  }

  [[nodiscard]] int since_s() const {
    return static_cast<int>(std::chrono::duration_cast<std::chrono::seconds>(
                                ring.since().value().time_since_epoch())
                                .count());
  }

  once_ring::time_point now{100s};
  once_ring ring{"a/1", now};
};

struct three_nodes : ring_fixture {
  three_nodes() {
    hear("b");
    hear("c");
  }

  /// All is well.
  void settle() {
    sync("b");
    sync("c");
    agree("b");
    agree("c");
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(once_ring, three_nodes)

BOOST_AUTO_TEST_CASE(keys_are_spread_over_the_nodes_with_a_copy_each) {
  std::map<std::string, int> kept;
  for (int i = 0; i < 3000; ++i) {
    const auto places = ring.places_of(key(i));
    BOOST_TEST(places.keeper != places.copy);
    ++kept[places.keeper];
    ++kept[places.copy];
  }
  BOOST_TEST(kept.size() == 3U);
  for (const auto& [life, count] : kept)
    BOOST_TEST((count > 1800 && count < 2200), life << ": " << count);
}

BOOST_AUTO_TEST_CASE(a_copy_is_first_where_its_keeper_goes) {
  std::vector<places> before;
  for (int i = 0; i < 300; ++i)
    before.push_back(ring.places_of(key(i)));
  ring.forget("b");
  for (int i = 0; i < 300; ++i) {
    const auto now_at = ring.places_of(key(i));
    const auto& was_at = before[static_cast<std::size_t>(i)];
    BOOST_TEST(now_at.keeper
               == (was_at.keeper == "b/1" ? was_at.copy : was_at.keeper));
    BOOST_TEST(now_at.keeper == ring.places_of(key(i), "b/1").keeper);
  }
}

BOOST_FIXTURE_TEST_CASE(a_node_alone_has_no_copy, ring_fixture) {
  BOOST_TEST(ring.places_of(key(1)).keeper == "a/1");
  BOOST_TEST(ring.places_of(key(1)).copy.empty());
}

BOOST_AUTO_TEST_CASE(a_lease_needs_a_majority_that_agrees_now) {
  BOOST_TEST(!ring.has_lease(now));
  agree("b");
  BOOST_TEST(ring.has_lease(now + lease - 1ms));
  BOOST_TEST(!ring.has_lease(now + lease));
  // To the ring as it was.
  now += lease;
  const auto before = ring.lives();
  hear("d");
  ring.agreed("b", before, now);
  BOOST_TEST(!ring.has_lease(now));
  agree("b");
  BOOST_TEST(!ring.has_lease(now));
  agree("c");
  BOOST_TEST(ring.has_lease(now));
}

BOOST_AUTO_TEST_CASE(a_node_does_not_agree_for_a_while_after_its_begin) {
  auto young = ring_type{"d/1", now};
  young.met("a", now);
  young.heard("a/1", now);
  const lives all{"a/1", "d/1"};
  BOOST_TEST(!young.agrees("a/1", all, now + promise - 1ms));
  BOOST_TEST(young.agrees("a/1", all, now + promise));
}

BOOST_AUTO_TEST_CASE(a_node_does_not_agree_to_a_ring_that_lacks_another_one) {
  BOOST_TEST(ring.agrees("b/1", {"a/1", "b/1", "c/1"}, now));
  BOOST_TEST(ring.agrees("b/1", {"a/1", "b/1", "c/1", "d/1"}, now));
  BOOST_TEST(!ring.agrees("b/1", {"a/1", "b/1"}, now));
  BOOST_TEST(!ring.agrees("b/1", {"b/1", "c/1"}, now));
  BOOST_TEST(!ring.agrees("b/1", {"a/1", "b/1", "c/2"}, now));
}

BOOST_AUTO_TEST_CASE(
    who_agrees_to_a_ring_without_a_node_agrees_not_to_its_own) {
  now += promise;
  ring.heard("b/1", now);
  BOOST_TEST(ring.drop_silent(now) == lives{"c/1"},
             boost::test_tools::per_element());
  BOOST_TEST(ring.agrees("b/1", {"a/1", "b/1"}, now));
  // It is back.
  ring.heard("c/1", now);
  const lives all{"a/1", "b/1", "c/1"};
  BOOST_TEST(!ring.agrees("b/1", {"a/1", "b/1"}, now));
  BOOST_TEST(!ring.agrees("c/1", all, now + promise - 1ms));
  BOOST_TEST(ring.agrees("b/1", all, now));
  BOOST_TEST(ring.agrees("c/1", all, now + promise));
}

BOOST_AUTO_TEST_CASE(a_node_is_dropped_when_it_was_silent_for_the_promise) {
  now += promise - 1ms;
  BOOST_TEST(ring.drop_silent(now).empty());
  ring.heard("b/1", now);
  now += 1ms;
  BOOST_TEST(ring.drop_silent(now) == lives{"c/1"},
             boost::test_tools::per_element());
  BOOST_TEST(ring.lives() == (lives{"a/1", "b/1"}),
             boost::test_tools::per_element());
  // It still counts.
  BOOST_TEST(ring.count() == 3U);
  ring.forget("c");
  BOOST_TEST(ring.count() == 2U);
}

BOOST_AUTO_TEST_CASE(a_ring_is_settled_when_all_have_told_their_keys_for_it) {
  BOOST_TEST(!ring.is_settled());
  sync("b");
  BOOST_TEST(!ring.is_settled());
  sync("c");
  BOOST_TEST(ring.is_settled());
  hear("d");
  BOOST_TEST(!ring.is_settled());
  sync("b");
  sync("c");
  sync("d");
  BOOST_TEST(ring.is_settled());
  // What was told for a ring does not count when it comes back.
  const auto four = ring.lives();
  ring.forget("d");
  hear("d");
  BOOST_TEST(ring.lives() == four, boost::test_tools::per_element());
  BOOST_TEST(!ring.is_settled());
}

BOOST_AUTO_TEST_CASE(what_is_told_before_the_ring_is_seen_counts) {
  const lives four{"a/1", "b/1", "c/1", "d/1"};
  ring.synced("b/1", four, false, now);
  ring.synced("c/1", four, false, now);
  hear("d");
  BOOST_TEST(!ring.is_settled());
  ring.synced("d/1", four, false, now);
  BOOST_TEST(ring.is_settled());
}

BOOST_AUTO_TEST_CASE(another_life_of_a_node_takes_its_place) {
  settle();
  BOOST_TEST(ring.heard("b/2", now) == "b/1");
  BOOST_TEST(ring.lives() == (lives{"a/1", "b/2", "c/1"}),
             boost::test_tools::per_element());
  BOOST_TEST(!ring.is_there("b/1"));
  BOOST_TEST(ring.is_there("b/2"));
  BOOST_TEST(!ring.is_settled());
  ring.lost("b");
  BOOST_TEST(!ring.is_there("b/2"));
  BOOST_TEST(ring.is_there("a/1"));
}

BOOST_AUTO_TEST_CASE(a_new_node_learns_from_the_others_since_when_all_is_kept) {
  BOOST_TEST(!ring.since());
  sync("b", 10);
  BOOST_TEST(!ring.since());
  sync("c", 20);
  BOOST_TEST(since_s() == 20);
}

BOOST_AUTO_TEST_CASE(new_nodes_begin_now) {
  sync("b", std::nullopt);
  sync("c", std::nullopt);
  BOOST_TEST((ring.since() == now));
}

BOOST_AUTO_TEST_CASE(the_loss_of_one_node_loses_no_key) {
  settle();
  silence_all_but("b");
  BOOST_TEST(since_s() == 0);
  // But the loss of another one may, before all is settled.
  ring.heard("b/2", now);
  BOOST_TEST((ring.since() == now));
}

BOOST_AUTO_TEST_CASE(who_takes_the_place_of_a_node_knows_as_little) {
  settle();
  ring.tells("c/1", ring_type::time_point{50s}, true);
  silence_all_but("b");
  BOOST_TEST(since_s() == 50);
  sync("b");
  // This one had just begun.
  ring.tells("b/1", std::nullopt, false);
  ring.heard("b/2", now);
  BOOST_TEST((ring.since() == now));
}

BOOST_AUTO_TEST_CASE(the_loss_of_two_nodes_at_once_may_lose_keys) {
  hear("d");
  hear("e");
  settle();
  sync("d");
  sync("e");
  now += promise - 1s;
  for (const auto* node : {"b", "c"}) {
    ring.heard(ring_type::life_of(node, 1), now);
    agree(node);
  }
  now += 1s;
  BOOST_TEST(ring.drop_silent(now).size() == 2U);
  BOOST_TEST((ring.since() == now));
}

BOOST_AUTO_TEST_CASE(what_a_new_node_sees_counts_for_it_too) {
  sync("b", 10);
  ring.heard("c/2", now);
  BOOST_TEST(!ring.since());
  sync("b", 10);
  ring.tells("c/2", ring_type::time_point{10s}, false);
  ring.synced("c/2", ring.lives(), false, now);
  BOOST_TEST((ring.since() == now));
}

BOOST_AUTO_TEST_CASE(a_node_that_was_cut_off_learns_what_others_have_seen) {
  settle();
  silence_all_but("");
  BOOST_TEST((ring.since() == now));
  hear("b");
  hear("c");
  sync("b", 30, true);
  sync("c", 10, true);
  BOOST_TEST(since_s() == 30);
}

BOOST_AUTO_TEST_CASE(a_node_that_others_have_not_missed_has_to_know) {
  settle();
  silence_all_but("");
  const auto then = now;
  hear("b");
  hear("c");
  sync("b", 30, true);
  sync("c", 10, false);
  BOOST_TEST((ring.since() == then));
}

BOOST_AUTO_TEST_CASE(a_node_knows_whom_it_has_taken_out) {
  settle();
  silence_all_but("b");
  BOOST_TEST(!ring.was_out("b/1"));
  BOOST_TEST(ring.was_out("c/1"));
  hear("c");
  ring.tells("c/1", {}, false);
  BOOST_TEST(ring.was_out("c/1"));
  ring.tells("c/1", {}, true);
  BOOST_TEST(!ring.was_out("c/1"));
}

BOOST_AUTO_TEST_CASE(a_node_that_leaves_loses_what_it_has_lost) {
  settle();
  ring.left("b", ring_type::time_point{}, now);
  BOOST_TEST(ring.life_at("b").empty());
  BOOST_TEST(since_s() == 0);
  ring.left("c", ring_type::time_point{20s}, now);
  BOOST_TEST(since_s() == 20);
}

BOOST_AUTO_TEST_CASE(keys_are_handed_over_for_one_ring) {
  BOOST_TEST(!ring.has_handed_over());
  ring.handed_to("b/1");
  ring.handed_to("c/1");
  BOOST_TEST(ring.has_handed_over());
  hear("d");
  BOOST_TEST(!ring.has_handed_over());
}

BOOST_AUTO_TEST_CASE(the_name_of_a_node_may_have_a_slash) {
  BOOST_TEST(ring_type::node_of(ring_type::life_of("x/y", 12)) == "x/y");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace once_ring_suite
