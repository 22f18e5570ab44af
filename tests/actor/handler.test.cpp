#include "stagedoor/actors/handlers/handler.hpp"

#include "stagedoor/actors/handlers/router.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "support/handler_fixture.hpp"

namespace handler_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const auto server_error = text(errc::server_error);
const auto unavailable = text(errc::unavailable);
const auto timed_out = text(errc::timed_out);

} // namespace

BOOST_FIXTURE_TEST_SUITE(handler, handler_fixture)

// -- permission ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_runner_is_spawned_only_after_the_allow) {
  auto number = send("count");
  BOOST_TEST(pool.count() == 1u);
  BOOST_TEST(runners() == 0u);
  BOOST_TEST(client.answer(number) == "");
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(runners() == 1u);
  BOOST_TEST(client.answer(number) == R"(200 {"n":1})");
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(asks_with_the_message_and_the_list_of_its_action) {
  send("count");
  BOOST_TEST((pool.last().asked == question::has_permission));
  BOOST_TEST(pool.last().about->about().action() == "count");
  BOOST_TEST(pool.last().about->about().scope().connection_id == 1u);
  BOOST_TEST(pool.last().about->guard() == routes->root().guard);
  send("guarded");
  BOOST_TEST(pool.last().about->guard() == routes->root().guard_of("guarded"));
  BOOST_TEST(pool.last().about->guard() != routes->root().guard);
  send("unknown");
  BOOST_TEST(pool.last().about->guard() == routes->root().guard);
}

BOOST_AUTO_TEST_CASE(asks_for_every_message_anew) {
  run("count");
  run("count");
  BOOST_TEST(pool.count() == 2u);
}

BOOST_AUTO_TEST_CASE(permissions_that_allow_the_user_anyway_are_not_asked) {
  const auto tree =
      tree_of(endpoint("/ws/", backstage_.build("root")
                                   .permissions(allow_any())
                                   .action(
                                       "members", [] { return ok(); },
                                       guarded_by(is_authenticated()))));
  subject =
      home.spawn(route_handler,
                 handler_setup{world.shared(), tree, 0, pool.handle(), {}, {}});
  BOOST_TEST(client.answer(send("count")) == R"(200 {"n":1})");
  BOOST_TEST(client.answer(send("unknown"))
             == text(to_reply(errc::action_not_allowed, "unknown")));
  BOOST_TEST(pool.count() == 0u);
  const auto& counted = world.metrics().decisions(1).verdicts;
  BOOST_TEST(
      counted.at(static_cast<std::size_t>(decision::verdict::allow)).value()
      == 2u);
  // The client is nobody. What does not allow is asked, as ever.
  send("members");
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_denied_message_runs_nothing) {
  auto number = send("count");
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::permission_denied));
  number = send("count");
  pool.answer_last(deny("members only"));
  world.settle();
  BOOST_TEST(client.answer(number) == R"(403 ["members only"])");
  number = send("count");
  pool.answer_last(deny({}, 401));
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::not_authenticated));
  BOOST_TEST(runners() == 0u);
}

BOOST_AUTO_TEST_CASE(a_denied_message_does_not_tell_whether_the_action_exists) {
  auto number = send("unknown");
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::permission_denied));
}

BOOST_AUTO_TEST_CASE(a_permission_that_fails_is_a_500_and_its_cause_is_logged) {
  auto number = send("count");
  pool.answer_last(decision_error("the database is away"));
  world.settle();
  BOOST_TEST(client.answer(number) == server_error);
  BOOST_TEST(world.logged("error handler \"subject\": a permission failed: "
                          "the database is away"));
  BOOST_TEST(runners() == 0u);
}

BOOST_AUTO_TEST_CASE(a_pool_that_cannot_answer_is_a_503) {
  auto number = send("count");
  pool.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(client.answer(number) == unavailable);
  BOOST_TEST(runners() == 0u);
}

BOOST_AUTO_TEST_CASE(a_pool_that_is_dead_is_a_503) {
  world.kill(pool.handle());
  auto number = send("count");
  BOOST_TEST(client.answer(number) == unavailable);
}

BOOST_AUTO_TEST_CASE(a_permission_has_its_timeout_and_no_more) {
  auto number = send("count");
  world.advance(world.bounds().permission_timeout - 1ms);
  BOOST_TEST(client.answer(number) == "");
  world.advance(1ms);
  BOOST_TEST(client.answer(number) == timed_out);
}

BOOST_AUTO_TEST_CASE(an_allow_after_the_deadline_runs_nothing) {
  auto number = send("count");
  world.advance(world.bounds().permission_timeout);
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(client.answer(number) == timed_out);
  BOOST_TEST(client.responses() == 1u);
  BOOST_TEST(runners() == 0u);
  BOOST_TEST(run("count") == R"(200 {"n":1})");
}

BOOST_AUTO_TEST_CASE(an_unmatched_route_is_a_404_once_it_is_allowed) {
  auto number = client.ask(subject, unmatched_atom_v, client.message("count"));
  world.settle();
  BOOST_TEST(client.answer(number) == "");
  BOOST_TEST(pool.last().about->guard() == routes->root().guard);
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::route_not_found));
  BOOST_TEST(runners() == 0u);
}

BOOST_AUTO_TEST_CASE(an_unmatched_route_is_a_403_if_it_is_denied) {
  auto number =
      client.ask(subject, unmatched_atom_v, client.message("guarded"));
  world.settle();
  // Not the action's own list: no action is meant.
  BOOST_TEST(pool.last().about->guard() == routes->root().guard);
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::permission_denied));
}

// -- actions ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_unknown_action_is_a_405_and_spawns_nothing) {
  BOOST_TEST(run("nope") == text(errc::action_not_allowed, "nope"));
  BOOST_TEST(runners() == 0u);
}

BOOST_AUTO_TEST_CASE(arguments_are_checked_behind_the_permission) {
  auto number = send("needs");
  BOOST_TEST(client.answer(number) == "");
  pool.answer_last(allow());
  world.settle();
  BOOST_TEST(client.answer(number)
             == R"(400 [{"pk":["This field is required."]}])");
  BOOST_TEST(run("needs", {{"pk", 7}}) == R"(200 {"pk":7})");
}

BOOST_AUTO_TEST_CASE(a_throw_is_a_500_and_keeps_the_state) {
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  BOOST_TEST(run("throw") == server_error);
  BOOST_TEST(run("count") == R"(200 {"n":2})");
  BOOST_TEST(world.logged(
      "error action \"throw\" of handler \"subject\" threw: oh (route "));
}

BOOST_AUTO_TEST_CASE(an_action_has_its_timeout_from_the_allow_on) {
  auto number = send("later", {{"name", "a"}});
  world.advance(1500ms);
  pool.answer_last(allow());
  world.settle();
  world.advance(world.bounds().action_timeout - 1ms);
  BOOST_TEST(client.answer(number) == "");
  world.advance(1ms);
  BOOST_TEST(client.answer(number) == timed_out);
}

BOOST_AUTO_TEST_CASE(an_answer_just_in_time_is_not_late) {
  auto number = allowed("later", {{"name", "a"}});
  world.advance(world.bounds().action_timeout - 1ms);
  answer_later("a", ok("just"));
  BOOST_TEST(client.answer(number) == R"(200 "just")");
  world.advance(1min);
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(an_answer_after_the_deadline_is_dropped) {
  auto number = allowed("later", {{"name", "a"}});
  world.advance(world.bounds().action_timeout);
  answer_later("a", ok("too late"));
  BOOST_TEST(client.answer(number) == timed_out);
  BOOST_TEST(client.responses() == 1u);
  BOOST_TEST(client.late().empty());
  // The runner lives on, and its state.
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  BOOST_TEST(runners() == 1u);
}

BOOST_AUTO_TEST_CASE(without_reply_success_is_silent_and_failure_is_not) {
  BOOST_TEST(run("mute") == text(reply::silent()));
  BOOST_TEST(run("mute_failure") == text(not_found()));
}

// -- concurrent actions -------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_concurrent_action_frees_the_queue_and_answers_late) {
  auto number = allowed("beside", {{"name", "a"}});
  BOOST_TEST(client.answer(number) == text(reply::interim()));
  BOOST_TEST(client.late().empty());
  answer_later("a", ok(7));
  BOOST_TEST(client.late() == std::vector<std::string>{"1: 200 7"});
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(concurrent_actions_answer_in_the_order_they_are_done) {
  allowed("beside", {{"name", "a"}});
  allowed("beside", {{"name", "b"}});
  allowed("at_once");
  answer_later("b", ok("b"));
  answer_later("a", ok("a"));
  BOOST_TEST(client.late()
             == (std::vector<std::string>{R"(3: 200 "done")", R"(2: 200 "b")",
                                          R"(1: 200 "a")"}));
}

BOOST_AUTO_TEST_CASE(a_late_concurrent_action_is_a_504_once) {
  allowed("beside", {{"name", "a"}});
  world.advance(world.bounds().action_timeout - 1ms);
  BOOST_TEST(client.late().empty());
  world.advance(1ms);
  answer_later("a");
  BOOST_TEST(client.late() == std::vector<std::string>{"1: " + timed_out});
}

BOOST_AUTO_TEST_CASE(a_denied_concurrent_action_answers_in_the_queue) {
  auto number = send("beside", {{"name", "a"}});
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::permission_denied));
  BOOST_TEST(client.late().empty());
}

BOOST_AUTO_TEST_CASE(over_the_concurrent_actions_it_is_a_429) {
  auto data = client.data("beside", {}, {{"name", "a"}});
  data.concurrent_allowed = false;
  auto number = client.ask(subject, request{data});
  data.message.head.action = "count";
  auto ordinary = client.ask(subject, request{data});
  world.settle();
  pool.answer(0, allow());
  pool.answer(1, allow());
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::throttled, "10"));
  BOOST_TEST(client.answer(ordinary) == R"(200 {"n":1})");
  BOOST_TEST(backstage_.later.empty());
}

// -- blocking actions ---------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_blocking_action_leaves_the_unit, blocking_handler) {
  auto number = allowed("block");
  backstage_.door.wait_for(1);
  BOOST_TEST(client.answer(number) == "");
  BOOST_TEST(run("count") == R"(200 {"n":1})");
  backstage_.door.open();
  await_answer(number);
  BOOST_TEST(client.answer(number) == R"(200 "slept")");
}

BOOST_FIXTURE_TEST_CASE(a_blocking_action_that_throws_is_a_500,
                        blocking_handler) {
  auto number = allowed("block_throw");
  await_answer(number);
  BOOST_TEST(client.answer(number) == server_error);
  BOOST_TEST(world.logged("in a worker"));
}

BOOST_FIXTURE_TEST_CASE(past_the_blocking_queue_it_is_a_503, blocking_handler) {
  auto running = allowed("block");
  backstage_.door.wait_for(1);
  auto first = allowed("block");
  auto second = allowed("block");
  BOOST_TEST(run("block") == unavailable);
  for (auto number : {running, first, second})
    BOOST_TEST(client.answer(number) == "");
}

BOOST_FIXTURE_TEST_CASE(a_blocking_action_does_not_own_what_it_runs_on,
                        blocking_handler) {
  allowed("block");
  backstage_.door.wait_for(1);
  world.kill(subject);
  // Or a worker thread might be the one that ends all worker threads.
  BOOST_TEST(world.shared().use_count() == 1);
}

BOOST_AUTO_TEST_CASE(what_it_owes_to_another_node_is_an_error_at_the_end) {
  for (const auto is_end : {false, true}) {
    actor_world two{{}, 2};
    auto& ours = two.home(1);
    pool_probe asked{ours};
    client_probe theirs{two.home(0)};
    const auto tree =
        asked_tree_of(endpoint("/ws/", stagedoor::handler("root")));
    const auto own = ours.spawn(
        route_handler,
        handler_setup{two.shared(), tree, 0, asked.handle(), {}, {}});
    const auto& open = *two.shared()->relayed_open;
    auto message = theirs.data("work");
    message.relayed = true;
    const auto number = theirs.ask(own, request{std::move(message)});
    two.settle();
    BOOST_TEST(open == 1u);
    if (is_end)
      ours.end_members();
    else
      two.kill(own);
    two.settle();
    // The client's node may begin it again elsewhere. A crash comes again.
    BOOST_TEST(theirs.answer(number)
               == (is_end ? text(make_error(errc::unavailable))
                          : text(to_reply(errc::server_error))));
    BOOST_TEST(open == 0u);
  }
}

BOOST_AUTO_TEST_CASE(what_the_first_unit_takes_along_goes_back_to_its_node) {
  actor_world two{{}, 2};
  pool_probe asked{two.home(1)};
  client_probe theirs{two.home(1)};
  const auto tree = tree_of(
      endpoint("/ws/", backstage_.build("root").lives_for(lifetime::server)));
  const auto primary = two.home(0).spawn(
      router, router_setup{two.shared(), tree, asked.handle(), {}, {}});
  const auto own = two.home(1).spawn(route_handler,
                                     handler_setup{two.shared(),
                                                   tree,
                                                   0,
                                                   asked.handle(),
                                                   {},
                                                   {primary, router_actor{}}});
  asked.always(allow());
  const auto ask = [&] {
    auto message = theirs.data("later", {}, {{"name", "a"}});
    message.relayed = true;
    const auto number = theirs.ask(own, request{std::move(message)});
    two.settle();
    return number;
  };
  const auto begun = ask();
  two.home(0).end_members();
  two.settle();
  const auto bounced = ask();
  for (const auto number : {begun, bounced})
    BOOST_TEST(theirs.answer(number) == text(make_error(errc::unavailable)));
}

BOOST_FIXTURE_TEST_CASE(a_late_blocking_action_is_a_504_and_does_not_begin,
                        blocking_handler) {
  auto running = allowed("block");
  backstage_.door.wait_for(1);
  auto queued = allowed("block");
  world.advance(world.bounds().action_timeout - 1ms);
  BOOST_TEST(client.answer(running) == "");
  world.advance(1ms);
  BOOST_TEST(client.answer(running) == timed_out);
  BOOST_TEST(client.answer(queued) == timed_out);
  backstage_.door.open();
  // The queue has been worked off when this one is done.
  auto last = allowed("block");
  await_answer(last);
  BOOST_TEST(client.answer(last) == R"(200 "slept")");
  BOOST_TEST(backstage_.blocking_runs == 2);
  BOOST_TEST(client.responses() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace handler_suite
