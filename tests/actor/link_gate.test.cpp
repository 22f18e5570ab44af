#include "stagedoor/actors/groups/link_gate.hpp"

#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

#include "support/fake_cluster.hpp"
#include "support/hub_fixture.hpp"

namespace link_gate_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Plays the listener of this node: keeps the orders to invalidate.
struct order_keeper {
  caf::typed_response_promise<void> promise;
  int count = 0;
};

/// One hub, in whose groups `vault.…` nobody is without the guard.
struct gate_fixture {
  gate_fixture() {
    listener = home.spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           order_keeper* kept) -> caf::behavior {
          return {[=](caf::put_atom, invalidate_atom, const std::string& id) {
            BOOST_TEST(id == "");
            ++kept->count;
            kept->promise = self->make_response_promise<void>();
            return kept->promise;
          }};
        },
        &orders);
    world.services().set(
        "a", {{world.shared()->server_name + std::string(listeners_service),
               listener}});
    hub = home.spawn(group_hub, group_hub_setup{world.shared(), endpoints});
    link();
    caf::anon_send(hub, std::vector<caf::actor>{hub_handle()});
    world.settle();
  }

  [[nodiscard]] caf::actor hub_handle() const {
    return caf::actor_cast<caf::actor>(hub);
  }

  /// The hub of another node sends an event.
  void arrives(const std::string& text) {
    caf::anon_send(other_hub, text);
    world.settle();
  }

  /// The other node is linked, anew if it was before.
  void link() {
    other_hub = home.spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           group_hub_actor to) -> caf::behavior {
          return {[=](const std::string& text) {
            self->request(
                    to, caf::infinite, caf::put_atom_v,
                    group_batch{{{"vault.a",
                                  std::make_shared<const std::string>(text)}}})
                .then([] {});
          }};
        },
        hub);
  }

  void asked() {
    caf_api::deliver_done(orders.promise);
    world.settle();
  }

  actor_world world{limits{}, 1, std::make_shared<fake_cluster>()};
  manual_unit& home = world.home();
  endpoint_table_ptr endpoints = *compile_endpoints(
      {endpoint("/ws/").group(R"(vault\..*)", guarded_by(is_authenticated()))});
  order_keeper orders;
  caf::actor listener;
  group_hub_actor hub;
  caf::actor other_hub;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(link_gate, gate_fixture)

BOOST_AUTO_TEST_CASE(what_comes_over_a_new_link_waits_for_the_guards) {
  member_probe a{home, 1};
  caf::anon_send(hub, a.joins("vault.a"));
  world.settle();
  arrives("1");
  arrives("2");
  BOOST_TEST(a.take() == "");
  BOOST_TEST(orders.count == 1);
  asked();
  BOOST_TEST(a.take() == "1\n2\n");
  arrives("3");
  BOOST_TEST(a.take() == "3\n");
  BOOST_TEST(orders.count == 1);
}

BOOST_AUTO_TEST_CASE(a_new_link_alone_has_the_guards_asked) {
  world.services().set(
      "b",
      {{world.shared()->server_name + std::string(groups_service), other_hub}});
  world.advance(1s);
  BOOST_TEST(orders.count == 1);
  member_probe a{home, 1};
  caf::anon_send(hub, a.joins("vault.a"));
  arrives("1");
  BOOST_TEST(orders.count == 1);
  BOOST_TEST(a.take() == "");
  asked();
  BOOST_TEST(a.take() == "1\n");
  world.services().set("b", {});
}

BOOST_AUTO_TEST_CASE(a_link_that_was_lost_is_a_new_one) {
  member_probe a{home, 1};
  caf::anon_send(hub, a.joins("vault.a"));
  arrives("1");
  asked();
  BOOST_TEST(a.take() == "1\n");
  world.kill(other_hub);
  link();
  arrives("2");
  BOOST_TEST(orders.count == 2);
  BOOST_TEST(a.take() == "");
  world.kill(other_hub);
  asked(); // What has come is handed out all the same.
  BOOST_TEST(a.take() == "2\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace link_gate_suite
