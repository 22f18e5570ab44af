#include "stagedoor/actors/handlers/relay.hpp"

#include "stagedoor/actors/handlers/router.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "support/answering_node.hpp"
#include "support/elsewhere_fixture.hpp"
#include "support/fake_cluster.hpp"
#include "support/foreign_proxy.hpp"
#include "support/message_tallies.hpp"

namespace relay_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using builder = handler_builder<stateless>;

/// A relay of a node that runs no handlers; two other nodes run them.
struct relay_fixture : elsewhere_fixture<answering_node> {
  relay_fixture() {
    world.services().set("near", {{"handlers", a.actor()}});
    world.services().set("yonder", {{"handlers", b.actor()}});
    start(handler("relayed"));
  }

  void start(builder spec) {
    spec.action("work", [] {})
        .action(
            "again", [] {}, idempotent)
        .action(
            "beside", [] {}, concurrent)
        .action(
            "loud", [] {}, broadcasts("room.{room}"))
        .action(
            "hushed", [] {}, broadcasts("room.{room}"), no_reply);
    start_relay(spec, service("handlers"));
  }

  /// Where the last message went.
  answering_node& last_asked() { return a.count() > seen_by_a ? a : b; }

  std::size_t seen_by_a = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(relay, relay_fixture)

BOOST_AUTO_TEST_CASE(what_a_turn_has_for_a_node_is_one_message) {
  client.ask(subject, client.message("work"));
  client.ask(subject, client.message("work"));
  world.settle();
  BOOST_TEST((a.sizes() == std::vector<std::size_t>{2}
              || b.sizes() == std::vector<std::size_t>{2}));
}

BOOST_AUTO_TEST_CASE(permissions_are_asked_where_the_handler_runs) {
  auto number = send("work");
  BOOST_TEST(pool.count() == 0u);
  answer(last_asked(), to_reply(errc::permission_denied));
  BOOST_TEST(client.answer(number).starts_with("403"));
}

BOOST_AUTO_TEST_CASE(messages_of_one_connection_stay_together) {
  for (int i = 0; i < 10; ++i)
    send("work");
  BOOST_TEST(a.count() * b.count() == 0u);
}

BOOST_AUTO_TEST_CASE(they_stay_where_they_are_when_a_node_comes) {
  send("work");
  auto& first = last_asked();
  for (int i = 0; i < 20; ++i) {
    answering_node newcomer{world.system()};
    world.services().set("new" + std::to_string(i),
                         {{"handlers", newcomer.actor()}});
    send("work");
    BOOST_TEST(newcomer.count() == 0u);
  }
  BOOST_TEST(first.count() == 21u);
}

BOOST_AUTO_TEST_CASE(a_node_that_goes_answers_503_and_the_next_one_serves) {
  auto number = send("work");
  auto& first = last_asked();
  auto& second = &first == &a ? b : a;
  world.kill(first.handle());
  BOOST_TEST(client.answer(number).starts_with("503"));
  number = send("work");
  answer(second, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_CASE(an_idempotent_action_is_begun_on_another_node) {
  auto number = send("again");
  auto& first = last_asked();
  auto& second = &first == &a ? b : a;
  world.kill(first.handle());
  answer(second, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_CASE(a_node_that_is_about_to_go_is_asked_once) {
  auto number = send("again");
  auto& first = last_asked();
  auto& second = &first == &a ? b : a;
  first.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(first.count() == 1u);
  BOOST_REQUIRE(second.count() == 1u);
  answer(second, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_CASE(each_message_is_counted_by_the_node_that_answers_it) {
  send("work");
  answer(last_asked(), ok());
  BOOST_TEST(messages(world.metrics()).empty());
  send("work");
  world.advance(world.bounds().permission_timeout
                + world.bounds().action_timeout + 10ms);
  const std::string late = R"(|(?P<room>\w+)/$|work|504: 1)";
  BOOST_TEST(messages(world.metrics()) == late + '\n');
  send("work");
  world.kill(last_asked().handle());
  BOOST_TEST(messages(world.metrics())
             == R"(|(?P<room>\w+)/$|work|503: 1)"
                "\n" + late
                    + '\n');
}

BOOST_AUTO_TEST_CASE(what_json_could_not_express_is_told_to_no_group) {
  auto number = send("hushed");
  answer(last_asked(), reply::flawed(not_json_text));
  BOOST_TEST(client.answer(number) == "0 null");
  BOOST_TEST(told.empty());
  number = send("loud");
  answer(last_asked(), reply::flawed(not_json_text));
  BOOST_TEST(client.answer(number) == text(errc::server_error));
  BOOST_TEST(told.empty());
  send("hushed");
  answer(last_asked(), ok(1));
  BOOST_TEST(told.size() == 1u);
}

BOOST_AUTO_TEST_CASE(whose_client_goes_is_counted_by_the_node_that_has_it) {
  send("work");
  world.kill(client.handle());
  BOOST_TEST(messages(world.metrics()).empty());
}

BOOST_AUTO_TEST_CASE(a_lost_node_is_not_taken_for_the_client_of_equal_id) {
  const auto far = foreign_proxy(world.system(), client.handle().id());
  world.services().set("near", {});
  world.services().set("yonder", {{"handlers", far}});
  auto number = send("work");
  client_probe other{home, 2};
  auto number_of_other = other.ask(subject, request{other.data("work")});
  world.settle();
  BOOST_TEST(other.answer(number_of_other) == "");
  lose(far);
  world.settle();
  BOOST_TEST(client.answer(number).starts_with("503"));
  BOOST_TEST(other.answer(number_of_other).starts_with("503"));
  world.services().set("yonder", {});
}

BOOST_AUTO_TEST_CASE(the_deadline_is_that_of_permission_and_action) {
  auto number = send("work");
  world.advance(world.bounds().permission_timeout
                + world.bounds().action_timeout - 10ms);
  BOOST_TEST(client.answer(number) == "");
  world.advance(20ms);
  BOOST_TEST(client.answer(number).starts_with("504"));
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_frees_the_queue_here) {
  auto number = send("beside");
  BOOST_TEST(client.answer(number).starts_with("102"));
  answer(last_asked(), ok("done"));
  BOOST_TEST(client.late() == (std::vector<std::string>{"1: 200 \"done\""}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_too_many_is_refused_by_the_other_node) {
  auto number = send("beside", "a", false);
  BOOST_TEST(client.answer(number) == "");
  answer(last_asked(), to_reply(errc::throttled, "10"));
  BOOST_TEST(client.answer(number).starts_with("429"));
}

BOOST_AUTO_TEST_CASE(success_is_told_to_the_group_behind_the_reply) {
  send("loud", "b");
  answer(last_asked(), ok(1));
  BOOST_TEST(told == (std::vector<std::string>{"room.b general.broadcast 1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_of_the_server_is_at_one_place_for_all) {
  start(handler("relayed").lives_for(lifetime::server));
  client_probe other{home, 2};
  for (std::uint64_t i = 3; i < 20; ++i) {
    client_probe one{home, i};
    one.ask(subject, one.message("work"));
    world.settle();
  }
  BOOST_TEST(a.count() * b.count() == 0u);
}

BOOST_AUTO_TEST_CASE(without_such_a_node_it_is_a_503) {
  world.services().set("near", {});
  world.services().set("yonder", {});
  auto number = send("work");
  BOOST_TEST(client.answer(number).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(an_opening_goes_where_the_messages_will_go) {
  for (std::uint64_t id = 2; id < 12; ++id) {
    client_probe one{home, id};
    const auto at_a = a.opened().size();
    const auto sent_to_a = a.count();
    caf::anon_send(subject, one.opened());
    one.ask(subject, one.message("work"));
    world.settle();
    BOOST_TEST((a.opened().size() > at_a) == (a.count() > sent_to_a));
  }
  BOOST_TEST(a.opened().size() + b.opened().size() == 10u);
  BOOST_TEST(a.opened().size() * b.opened().size() > 0u);
}

BOOST_AUTO_TEST_CASE(a_message_of_a_client_that_has_gone_is_a_503_right_here) {
  client_probe gone{home, 2};
  auto message = gone.message("work");
  world.kill(gone.handle());
  auto number = client.ask(subject, std::move(message));
  world.settle();
  BOOST_TEST(a.count() + b.count() == 0u);
  BOOST_TEST(client.answer(number).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(a_relay_that_is_killed_answers_for_all_it_has) {
  auto number = send("work");
  auto& asked = last_asked();
  world.kill(subject);
  BOOST_TEST(client.answer(number).starts_with("500"));
  answer(asked, ok());
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(a_route_that_nothing_matches_is_relayed_by_the_root) {
  const auto router = home.spawn(
      stagedoor::router,
      router_setup{world.shared(),
                   routes_to(handler("relayed").action("work", [] {})),
                   pool.handle(),
                   hub,
                   service("handlers"),
                   {},
                   {},
                   false});
  auto data = client.data("work", "no/such/route");
  auto number = client.ask(router, request_draft{std::move(data)});
  world.settle();
  // The other node asks the permissions before it says 404.
  BOOST_TEST(pool.count() == 0u);
  answer(last_asked(), to_reply(errc::route_not_found));
  BOOST_TEST(client.answer(number) == text(errc::route_not_found));
}

BOOST_AUTO_TEST_CASE(handlers_of_the_same_node_get_each_message_alone) {
  elsewhere_fixture<mounted_probe> here{std::make_shared<fake_cluster>()};
  here.world.services().set("a", {{"handlers", here.a.actor()}});
  here.start_relay(handler("relayed").action("work", [] {}),
                   service("handlers"));
  auto number = here.send("work");
  here.answer(here.a, ok());
  BOOST_TEST(here.client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace relay_suite
