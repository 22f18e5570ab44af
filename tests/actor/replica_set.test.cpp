#include "stagedoor/actors/cluster/replica_set.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/sec.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/foreign_proxy.hpp"

namespace replica_set_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct replica_fixture {
  actor_world world;

  // The directory knows them until the end.
  ~replica_fixture() {
    for (const auto& handle : spawned)
      caf::anon_send_exit(handle, caf::exit_reason::kill);
  }

  caf::actor one() {
    spawned.push_back(
        world.system().spawn([] { return caf::behavior{[](int) {}}; }));
    return spawned.back();
  }

  std::vector<caf::actor> spawned;

  std::shared_ptr<const service_directory> directory() {
    return world.shared()->services;
  }

  replica_set of_service() { return {service("orders"), directory()}; }

  void offer(const std::string& node, const std::vector<caf::actor>& handles) {
    std::vector<std::pair<std::string, caf::actor>> offered;
    for (const auto& handle : handles)
      offered.emplace_back("orders", handle);
    world.services().set(node, offered);
  }
};

/// Which of `all` is picked for each of a hundred keys.
std::map<std::uint64_t, caf::actor> picks(replica_set& from) {
  std::map<std::uint64_t, caf::actor> result;
  for (std::uint64_t i = 0; i < 100; ++i) {
    auto key = stable_hash(std::to_string(i));
    result.emplace(key, from.pick(key, {})->handle);
  }
  return result;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(replica_set, replica_fixture)

BOOST_AUTO_TEST_CASE(a_handle_is_a_replica_and_is_told_of_once) {
  auto a = one();
  stagedoor::replica_set set{a, directory()};
  BOOST_TEST(set.refresh().size() == 1u);
  BOOST_TEST(set.refresh().empty());
  BOOST_TEST((set.pick(std::nullopt, {})->handle == a));
}

BOOST_AUTO_TEST_CASE(the_one_with_the_fewest_waiting_is_picked) {
  auto a = one();
  auto b = one();
  stagedoor::replica_set set{stagedoor::replicas{std::vector{a, b}},
                             directory()};
  set.refresh();
  set.find(a.address())->waiting = 2;
  set.find(b.address())->waiting = 1;
  BOOST_TEST((set.pick(std::nullopt, {})->handle == b));
  BOOST_TEST((set.pick(std::nullopt, {})->handle == b));
}

BOOST_AUTO_TEST_CASE(equals_take_turns) {
  auto a = one();
  auto b = one();
  stagedoor::replica_set set{stagedoor::replicas{std::vector{a, b}},
                             directory()};
  set.refresh();
  auto first = set.pick(std::nullopt, {})->handle;
  auto second = set.pick(std::nullopt, {})->handle;
  BOOST_TEST((first != second));
}

BOOST_AUTO_TEST_CASE(the_dead_and_the_tried_are_not_picked) {
  auto a = one();
  auto b = one();
  stagedoor::replica_set set{stagedoor::replicas{std::vector{a, b}},
                             directory()};
  set.refresh();
  set.died(a.address());
  BOOST_TEST((set.pick(std::nullopt, {})->handle == b));
  BOOST_TEST((set.pick(std::nullopt, {b.address()}) == nullptr));
}

BOOST_AUTO_TEST_CASE(a_service_without_a_node_has_nobody) {
  auto set = of_service();
  BOOST_TEST(set.refresh().empty());
  BOOST_TEST((set.pick(std::nullopt, {}) == nullptr));
}

BOOST_AUTO_TEST_CASE(a_service_is_found_again_when_its_node_comes_back) {
  auto set = of_service();
  auto before = one();
  offer("b", {before});
  BOOST_TEST(set.refresh().size() == 1u);
  set.died(before.address());
  BOOST_TEST((set.pick(std::nullopt, {}) == nullptr));
  auto after = one();
  offer("b", {after});
  BOOST_TEST(set.refresh().size() == 1u);
  BOOST_TEST((set.pick(std::nullopt, {})->handle == after));
}

BOOST_AUTO_TEST_CASE(the_proxy_that_replaces_a_lost_one_is_another_replica) {
  auto set = of_service();
  const auto lost = foreign_proxy(world.system(), 7);
  const auto next = foreign_proxy(world.system(), 7);
  BOOST_REQUIRE((lost == next));
  offer("b", {lost});
  BOOST_TEST(set.refresh().size() == 1u);
  set.died(lost.address());
  // It is back before anybody looks again.
  offer("b", {});
  offer("b", {next});
  BOOST_TEST(set.refresh().size() == 1u);
  auto* picked = set.pick(std::nullopt, {lost.address()});
  BOOST_REQUIRE(picked != nullptr);
  BOOST_TEST(are_same(picked->handle.address(), next.address()));
  // The death of the one before may be heard of late.
  set.died(lost.address());
  BOOST_TEST((set.find(lost.address()) == nullptr));
  BOOST_TEST((set.pick(std::nullopt, {}) == picked));
}

BOOST_AUTO_TEST_CASE(what_stays_keeps_its_count) {
  auto set = of_service();
  auto a = one();
  offer("a", {a});
  set.refresh();
  set.pick(std::nullopt, {})->waiting = 7;
  offer("b", {one()});
  BOOST_TEST(set.refresh().size() == 1u);
  BOOST_TEST(set.find(a.address())->waiting == 7u);
}

BOOST_AUTO_TEST_CASE(a_key_lands_on_the_same_replica_in_all_processes) {
  auto here = of_service();
  auto there = of_service();
  offer("b", {one(), one()});
  offer("a", {one()});
  here.refresh();
  there.refresh();
  BOOST_TEST((picks(here) == picks(there)));
}

BOOST_AUTO_TEST_CASE(a_replica_that_replaces_another_shares_no_place) {
  auto old = of_service();
  auto a = one();
  auto b = one();
  offer("m", {one()});
  offer("n", {a, b});
  old.refresh();
  const auto check_agreement = [&] {
    old.refresh();
    auto fresh = of_service();
    fresh.refresh();
    const auto first = picks(old);
    BOOST_TEST((picks(old) == first));
    BOOST_TEST((picks(fresh) == first));
  };
  offer("n", {b});
  check_agreement();
  offer("n", {b, one()});
  check_agreement();
}

BOOST_AUTO_TEST_CASE(a_key_moves_only_if_its_replica_goes) {
  auto set = of_service();
  auto a = one();
  auto b = one();
  auto c = one();
  offer("a", {a});
  offer("b", {b});
  offer("c", {c});
  set.refresh();
  auto before = picks(set);
  std::map<caf::actor, int> shares;
  for (const auto& [key, handle] : before)
    ++shares[handle];
  for (const auto& handle : {a, b, c})
    BOOST_TEST(shares[handle] > 10);
  world.services().set("b", {});
  set.refresh();
  for (const auto& [key, handle] : picks(set))
    BOOST_TEST((before.at(key) == b || before.at(key) == handle));
}

BOOST_AUTO_TEST_CASE(the_hash_is_the_one_that_other_nodes_compute) {
  BOOST_TEST(stable_hash("") == 0xf52a15e9a9b5e89bu);
  BOOST_TEST(stable_hash("7") == 0x7aedddb772826587u);
}

BOOST_AUTO_TEST_CASE(reads_why_an_actor_has_not_answered) {
  BOOST_TEST((reason_of(caf::sec::request_receiver_down) == errc::unavailable));
  BOOST_TEST((reason_of(caf::exit_reason::kill) == errc::unavailable));
  BOOST_TEST((reason_of(make_error(errc::unavailable)) == errc::unavailable));
  BOOST_TEST((reason_of(make_error(errc::timed_out)) == errc::timed_out));
  BOOST_TEST((reason_of(caf::sec::request_timeout) == errc::timed_out));
  BOOST_TEST((reason_of(caf::sec::unexpected_message) == errc::server_error));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace replica_set_suite
