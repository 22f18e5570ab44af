#include "stagedoor/actors/handlers/forwarder.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/elsewhere_fixture.hpp"
#include "support/message_tallies.hpp"
#include "support/owner_probe.hpp"

namespace forwarder_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using builder = handler_builder<stateless>;

/// What most tests mount: two actors, some actions of which are declared.
struct mount_fixture : elsewhere_fixture<> {
  mount_fixture() { start(describe()); }

  [[nodiscard]] builder describe() const {
    return handler("mounted")
        .mounts(replicas{std::vector{a.actor(), b.actor()}})
        .forwards("again", idempotent)
        .forwards("beside", concurrent)
        .forwards("quiet", no_reply)
        .forwards("loud", broadcasts("room.{room}", "told"));
  }

  void start(const handler_spec& spec) { start_handler(spec); }
};

/// A forwarder without a handler.
struct direct_fixture : elsewhere_fixture<> {
  /// @param otherwise how it picks one of the two actors.
  void start(placement otherwise, const builder& spec = describe()) {
    routes = routes_to(spec);
    const auto& route = routes->all()[1];
    messages.emplace(owner.self(), world.shared(), route, "/ws/", hub);
    forwards.emplace(
        owner.self(), *messages,
        forwarder_setup{world.shared(), route.handler,
                        replicas{std::vector{a.actor(), b.actor()}},
                        otherwise});
    owner.on_request([this](request& message, answer_promise<reply> promise) {
      auto [id, pending] = messages->add(message, std::move(promise));
      messages->count(pending, true);
      pending.begin(route_action(pending));
      forwards->send(id, pending);
    });
    owner.on_death([this](const caf::down_msg& down) {
      if (auto connection_id = forwards->connection_died(down.source))
        ended.push_back(*connection_id);
      else
        forwards->replica_died(down);
    });
    subject = owner.handle();
  }

  [[nodiscard]] static builder describe() {
    return handler("behind")
        .action("work", [] {})
        .action(
            "again", [] {}, idempotent);
  }

  [[nodiscard]] const action_definition&
  route_action(const pending_message& pending) const {
    return routes->all()[1].handler->actions.at(pending.message().action());
  }

  std::size_t send_of(client_probe& sender, const std::string& action) {
    auto number = sender.ask(subject, sender.message(action));
    world.settle();
    return number;
  }

  owner_probe owner{home};
  route_tree_ptr routes;
  std::optional<open_messages> messages;
  std::optional<stagedoor::forwarder> forwards;
  /// The connections whose end it knew of.
  std::vector<std::uint64_t> ended;
};

} // namespace

BOOST_AUTO_TEST_SUITE(forwarder)

BOOST_FIXTURE_TEST_SUITE(mounted, mount_fixture)

BOOST_AUTO_TEST_CASE(the_actor_gets_the_request_and_its_reply_is_the_clients) {
  auto number = allowed("anything");
  BOOST_TEST(a.count() + b.count() == 1u);
  auto& asked = a.count() == 1 ? a : b;
  BOOST_TEST(asked.last().action() == "anything");
  BOOST_TEST(*asked.last().capture("room") == "a");
  answer(asked, ok("done", 201));
  BOOST_TEST(client.answer(number) == "201 \"done\"");
}

BOOST_AUTO_TEST_CASE(the_actor_gets_nothing_that_is_not_permitted) {
  auto number = send("anything");
  BOOST_TEST(a.count() + b.count() == 0u);
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(a.count() + b.count() == 0u);
  BOOST_TEST(client.answer(number).starts_with("403"));
}

BOOST_AUTO_TEST_CASE(replicas_share_the_work) {
  allowed("1");
  allowed("2");
  BOOST_TEST(a.count() == 1u);
  BOOST_TEST(b.count() == 1u);
  answer(b, ok());
  allowed("3");
  BOOST_TEST(b.count() == 2u);
}

BOOST_AUTO_TEST_CASE(an_actor_that_goes_is_a_503) {
  start(handler("one").mounts(a.handle()));
  auto number = allowed("anything");
  world.kill(a.handle());
  BOOST_TEST(client.answer(number).starts_with("503"));
  BOOST_TEST(client.responses() == 1u);
  auto later = allowed("anything");
  BOOST_TEST(client.answer(later).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(an_action_that_is_not_idempotent_is_not_begun_again) {
  auto number = allowed("anything");
  auto& first = a.count() == 1 ? a : b;
  world.kill(first.handle());
  BOOST_TEST(a.count() + b.count() == 1u);
  BOOST_TEST(client.answer(number).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(an_idempotent_action_goes_to_another_replica) {
  auto number = allowed("again");
  auto& first = a.count() == 1 ? a : b;
  auto& second = a.count() == 1 ? b : a;
  world.kill(first.handle());
  BOOST_TEST(client.answer(number) == "");
  BOOST_REQUIRE(second.count() == 1u);
  answer(second, ok("done"));
  BOOST_TEST(client.answer(number) == "200 \"done\"");
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(when_all_replicas_are_gone_it_is_a_503) {
  auto number = allowed("again");
  world.kill(a.handle());
  world.kill(b.handle());
  BOOST_TEST(client.answer(number).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(a_late_actor_is_a_504_and_its_answer_is_dropped) {
  auto number = allowed("anything");
  auto& asked = a.count() == 1 ? a : b;
  world.advance(world.bounds().action_timeout - 10ms);
  BOOST_TEST(client.answer(number) == "");
  world.advance(20ms);
  BOOST_TEST(client.answer(number).starts_with("504"));
  answer(asked, ok());
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(an_actor_that_never_answers_is_not_avoided_for_ever) {
  allowed("1");
  auto& silent = a.count() == 1 ? a : b;
  auto& other = a.count() == 1 ? b : a;
  world.advance(world.bounds().action_timeout + 10ms);
  for (int i = 0; i < 4; ++i) {
    const auto before = silent.count();
    allowed("next");
    answer(silent.count() > before ? silent : other, ok());
  }
  BOOST_TEST(silent.count() == 3u);
  BOOST_TEST(other.count() == 2u);
}

BOOST_AUTO_TEST_CASE(an_actor_that_fails_is_a_500) {
  auto number = allowed("anything");
  auto& asked = a.count() == 1 ? a : b;
  asked.fail_last(caf::make_error(caf::sec::runtime_error));
  world.settle();
  BOOST_TEST(client.answer(number).starts_with("500"));
  BOOST_TEST(world.logged("the actor behind it failed"));
}

BOOST_AUTO_TEST_CASE(a_status_that_is_none_is_a_500) {
  auto number = allowed("anything");
  answer(a.count() == 1 ? a : b, reply{99, nullptr, {}});
  BOOST_TEST(client.answer(number).starts_with("500"));
}

BOOST_AUTO_TEST_CASE(an_actor_cannot_leave_a_client_without_an_answer) {
  auto number = allowed("anything");
  answer(a.count() == 1 ? a : b, reply::silent());
  BOOST_TEST(client.answer(number).starts_with("500"));
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_frees_the_queue_and_answers_later) {
  auto number = allowed("beside");
  BOOST_TEST(client.answer(number).starts_with("102"));
  answer(a.count() == 1 ? a : b, ok("done"));
  BOOST_TEST(client.late() == (std::vector<std::string>{"1: 200 \"done\""}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_whose_actor_goes_is_answered) {
  allowed("beside");
  world.kill((a.count() == 1 ? a : b).handle());
  BOOST_REQUIRE(client.late().size() == 1u);
  BOOST_TEST(client.late().front().starts_with("1: 503"));
}

BOOST_AUTO_TEST_CASE(success_is_not_answered_where_nobody_asked_for_it) {
  auto number = allowed("quiet");
  answer(a.count() == 1 ? a : b, ok("unheard"));
  BOOST_TEST(client.answer(number).starts_with("0 "));
}

BOOST_AUTO_TEST_CASE(success_is_told_to_a_group) {
  allowed("loud", "b");
  auto& asked = a.count() == 1 ? a : b;
  answer(asked, ok({{"x", 1}}));
  BOOST_TEST(told == (std::vector<std::string>{R"(room.b told {"x":1})"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(failure_is_told_to_nobody) {
  allowed("loud");
  answer(a.count() == 1 ? a : b, not_found());
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(a_capture_places_messages) {
  start(describe().placed_by("room"));
  for (int i = 0; i < 5; ++i)
    allowed("anything", "7");
  BOOST_TEST(a.count() * b.count() == 0u);
  for (int i = 0; i < 20; ++i)
    allowed("anything", std::to_string(i));
  BOOST_TEST(a.count() > 0u);
  BOOST_TEST(b.count() > 0u);
}

BOOST_AUTO_TEST_CASE(a_service_is_resolved_again) {
  start(handler("named").mounts(service("orders")));
  BOOST_TEST(client.answer(allowed("anything")).starts_with("503"));
  world.services().set("x", {{"orders", a.actor()}});
  auto number = allowed("anything");
  world.kill(a.handle());
  BOOST_TEST(client.answer(number).starts_with("503"));
  world.services().set("x", {{"orders", b.actor()}});
  number = allowed("anything");
  answer(b, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(direct, direct_fixture)

BOOST_AUTO_TEST_CASE(a_message_is_elsewhere_until_the_actor_answers) {
  start(placement::fewest_waiting);
  auto number = send("work");
  auto& asked = a.count() == 1 ? a : b;
  auto held = messages->held_by(asked.actor().address());
  BOOST_REQUIRE(held.size() == 1u);
  BOOST_TEST(
      (messages->find(held.front())->stage() == message_stage::elsewhere));
  answer(asked, ok("done"));
  BOOST_TEST(client.answer(number) == "200 \"done\"");
  BOOST_TEST(messages->held_by(asked.actor().address()).empty());
}

BOOST_AUTO_TEST_CASE(all_messages_go_to_one_actor_while_it_lives) {
  start(placement::all_together);
  client_probe other{home, 2};
  for (int i = 0; i < 5; ++i) {
    send("work");
    send_of(other, "work");
  }
  BOOST_TEST(a.count() + b.count() == 10u);
  BOOST_TEST(a.count() * b.count() == 0u);
  auto& second = a.count() == 0 ? a : b;
  world.kill((a.count() == 0 ? b : a).handle());
  send("work");
  BOOST_TEST(second.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_connection_is_placed_where_its_messages_go) {
  start(placement::by_connection);
  auto placed = forwards->place(client.opened());
  send("work");
  auto& asked = a.count() == 1 ? a : b;
  BOOST_TEST((placed == asked.actor()));
  // For as long as that actor lives.
  world.kill(asked.handle());
  BOOST_TEST((forwards->place(client.opened()) != placed));
}

BOOST_AUTO_TEST_CASE(nothing_is_kept_of_a_connection_that_has_ended) {
  start(placement::by_connection);
  send("work");
  world.kill(client.handle());
  BOOST_TEST(ended == std::vector<std::uint64_t>{1});
  BOOST_TEST(!forwards->connection_died(client.handle().address()).has_value());
}

BOOST_AUTO_TEST_CASE(no_actor_gets_a_message_twice) {
  start(placement::fewest_waiting);
  auto number = send("again");
  auto& first = a.count() == 1 ? a : b;
  auto& second = a.count() == 1 ? b : a;
  first.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_REQUIRE(second.count() == 1u);
  second.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(first.count() == 1u);
  BOOST_TEST(second.count() == 1u);
  BOOST_TEST(client.answer(number).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(what_an_actor_of_the_application_answers_is_counted) {
  start(placement::fewest_waiting);
  send("work");
  answer(a.count() == 1 ? a : b, ok());
  BOOST_TEST(!stagedoor::test::messages(world.metrics()).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()

} // namespace forwarder_suite
