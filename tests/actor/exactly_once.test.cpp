// protocol/README.md, "Exactly once", for one server in virtual time: what
// happens to each message, and how often its action runs.

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/channel.hpp"

namespace exactly_once_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

struct parcel {
  std::int64_t id = 0;
  std::int64_t author_id = 0;
};

void tag_invoke(json::value_from_tag, json::value& out, const parcel& from) {
  out = {{"id", from.id}, {"author_id", from.author_id}};
}

reply pay(std::int64_t amount) {
  return ok({{"paid", amount}});
}

// README: begin orders
handler_spec orders() {
  return handler("orders").action(
      "pay", [](arg<"amount", std::int64_t> amount) { return pay(*amount); },
      exactly_once, blocking);
}
// README: end orders

/// What the actions have done.
struct warehouse {
  int runs = 0;
  int loads = 0;
  bool is_open = true;
  std::map<std::int64_t, parcel> parcels{{1, {1, 1}}, {2, {2, 2}}};
  std::vector<deferred> later;
  std::atomic<int> blocking_runs = 0;
  test::gate door;

  reply work() { return ok({{"run", ++runs}}); }

  endpoint_spec build() {
    auto put_off = [this](const context& ctx) {
      ++runs;
      later.push_back(ctx.defer());
      return later.back();
    };
    auto open = [this](const request&) { return is_open; };
    return endpoint("/ws/",
                    handler("root")
                        .permissions(open)
                        .action(
                            "work",
                            [this](arg<"n", std::optional<std::int64_t>>) {
                              return work();
                            },
                            exactly_once)
                        .action("plain", [this] { return work(); })
                        .action("later", put_off, exactly_once)
                        .action("beside", put_off, exactly_once, concurrent)
                        .action(
                            "sleep",
                            [this](const context& ctx) -> task<reply> {
                              ++runs;
                              co_await ctx.sleep(1min);
                              co_return ok();
                            },
                            exactly_once)
                        .action(
                            "throw",
                            [this]() -> reply {
                              ++runs;
                              throw std::runtime_error("oh");
                            },
                            exactly_once)
                        .action(
                            "block",
                            [this] {
                              ++blocking_runs;
                              door.pass();
                              return ok("slept");
                            },
                            exactly_once, blocking)
                        .action(
                            "tell", [this] { return work(); }, exactly_once,
                            broadcasts("news", "told"))
                        .action("hear",
                                [](const context& ctx) {
                                  return ctx.join("news", ok());
                                }))
        .route(R"(parcels/(?P<pk>\d+)/$)",
               handler("parcel")
                   .permissions(is_owner("author_id"))
                   .loads([this](arg<"pk", std::int64_t> pk) {
                     ++loads;
                     const auto found = parcels.find(*pk);
                     return found == parcels.end()
                                ? std::nullopt
                                : std::optional{found->second};
                   })
                   .action(
                       "send",
                       [this](loaded<parcel>, arg<"to", std::string>) {
                         return work();
                       },
                       exactly_once));
  }
};

server_options bounded(const std::function<void(limits&)>& change) {
  server_options result;
  change(result.limits);
  return result;
}

struct stage_fixture {
  explicit stage_fixture(const std::function<void(limits&)>& change =
                             [](limits&) {})
      : stage(house.build(), bounded(change)) {}

  client visit() { return stage.connect("/ws/", user_named("alice", 1)); }

  warehouse house;
  world stage;
  client alice = visit();
};

json::object key(std::string_view name) {
  return {{"once", name}};
}

json::object aged(std::string_view name, std::chrono::milliseconds age) {
  return {{"once", name}, {"once_age", age.count()}};
}

json::array text(std::string_view said) {
  return {json::string(said)};
}

json::array detail(std::string_view said) {
  return {json::object{{"detail", said}}};
}

const auto unknown = text("The outcome of this message is unknown.");
const auto used = text("This key was used for another message.");
const auto late = detail("Request timed out.");

struct few_keys : stage_fixture {
  few_keys()
      : stage_fixture([](limits& bounds) {
          bounds.once_kept_max = 2;
          bounds.once_waiting_max = 1;
        }) {}
};

struct few_bytes : stage_fixture {
  few_bytes()
      : stage_fixture([](limits& bounds) { bounds.once_kept_bytes_max = 1; }) {}
};

struct one_worker : stage_fixture {
  one_worker()
      : stage_fixture([](limits& bounds) {
          bounds.blocking_workers = 1;
          bounds.blocking_queue_max = 1;
        }) {}
};

/// A mounted actor that answers when the test says so.
struct shop {
  std::vector<caf::typed_response_promise<reply>> orders;
  std::optional<caf::actor> handle;

  static mounted_actor::behavior_type behave(mounted_actor::pointer self,
                                             shop* all) {
    return {[=](const request&) {
      all->orders.push_back(self->make_response_promise<reply>());
      return all->orders.back();
    }};
  }
};

struct mount_fixture {
  mount_fixture() {
    counter = stage.system().spawn(shop::behave, &behind);
    stage.serve(
        {endpoint("/ws/", handler("shop")
                              .mounts(caf::actor_cast<caf::actor>(counter))
                              .action("buy", takes<arg<"item", std::string>>{},
                                      exactly_once))});
    alice.emplace(stage.connect("/ws/", user_named("alice", 1)));
  }

  ~mount_fixture() { behind.orders.clear(); }

  sent_message buy(int id) {
    return alice->push("", "buy",
                       {{"once", "k"}, {"item", "tea"}, {"request_id", id}});
  }

  shop behind;
  world stage;
  mounted_actor counter;
  std::optional<client> alice;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(exactly_once, stage_fixture)

BOOST_AUTO_TEST_CASE(the_first_message_runs_and_the_others_get_its_answer) {
  auto again = key("k");
  again["request_id"] = 9;
  alice.push("", "work", key("k")).expect_reply(200, {{"run", 1}});
  BOOST_TEST(alice.push("", "work", again).expect_reply(200, {{"run", 1}})
             == (json::object{{"errors", json::array{}},
                              {"data", {{"run", 1}}},
                              {"action", "work"},
                              {"route", ""},
                              {"status", 200},
                              {"request_id", 9}}));
  visit().push("", "work", key("k")).expect_reply(200, {{"run", 1}});
  alice.push("", "work", key("other")).expect_reply(200, {{"run", 2}});
  alice.push("", "work").expect_reply(200, {{"run", 3}});
  stage.connect("/ws/", user_named("bob", 2))
      .push("", "work", key("k"))
      .expect_reply(200, {{"run", 4}});
}

BOOST_AUTO_TEST_CASE(another_message_under_the_key_is_refused) {
  alice.push("", "work", {{"once", "k"}, {"n", 1}}).expect_reply(200);
  alice.push("", "work", {{"once", "k"}, {"n", 2}}).expect_errors(409, used);
  alice.push("", "work", key("k")).expect_errors(409, used);
  alice.push("", "throw", {{"once", "k"}, {"n", 1}}).expect_errors(409, used);
  alice.push("?n=1", "work", key("k")).expect_errors(409, used);
  alice.push_text(R"({"n":1,"once_age":0,"once":"k","action":"work"})")
      .expect_reply(200, {{"run", 1}});
}

BOOST_AUTO_TEST_CASE(others_wait_for_the_answer_of_the_one_that_runs) {
  const auto first = alice.push("", "later", key("k"));
  auto phone = visit();
  const auto second = phone.push("", "later", key("k"));
  BOOST_TEST(house.runs == 1);
  second.expect_no_reply();
  house.later[0].answer(ok("done"));
  first.expect_reply(200, "done");
  second.expect_reply(200, "done");
  BOOST_TEST(house.runs == 1);
}

BOOST_AUTO_TEST_CASE(a_504_is_not_the_end) {
  const auto first = alice.push("", "later", key("k"));
  stage.advance(10s);
  first.expect_errors(504, late);
  auto phone = visit();
  const auto second = phone.push("", "later", key("k"));
  stage.advance(10s);
  second.expect_errors(504, late);
  const auto third = alice.push("", "later", key("k"));
  house.later[0].answer(ok("at last"));
  third.expect_reply(200, "at last");
  phone.push("", "later", key("k")).expect_reply(200, "at last");
  BOOST_TEST(house.runs == 1);
  alice.expect_nothing();
}

BOOST_AUTO_TEST_CASE(a_coroutine_that_is_late_has_an_unknown_outcome) {
  const auto first = alice.push("", "sleep", key("k"));
  stage.advance(10s);
  first.expect_errors(504, late);
  alice.push("", "sleep", key("k")).expect_errors(409, unknown);
  BOOST_TEST(house.runs == 1);
}

BOOST_AUTO_TEST_CASE(concurrent_actions_run_once_too) {
  const auto first = alice.push("", "beside", key("k"));
  auto again = key("k");
  again["request_id"] = 2;
  const auto second = alice.push("", "beside", again);
  first.expect_no_reply();
  house.later[0].answer(ok(5));
  first.expect_reply(200, 5);
  second.expect_reply(200, 5);
  BOOST_TEST(house.runs == 1);
}

BOOST_AUTO_TEST_CASE(the_death_of_an_action_is_kept) {
  const auto broken = detail("A server error occurred.");
  alice.push("", "throw", key("k")).expect_errors(500, broken);
  alice.push("", "throw", key("k")).expect_errors(500, broken);
  BOOST_TEST(house.runs == 1);
}

BOOST_AUTO_TEST_CASE(what_blocks_runs_to_its_end_without_its_client) {
  alice.push("", "block", key("k"));
  alice.disconnect(close_code::none);
  stage.settle();
  auto phone = visit();
  const auto again = phone.push("", "block", key("k"));
  house.door.open();
  again.expect_reply(200, "slept");
  phone.push("", "block", key("k")).expect_reply(200, "slept");
  BOOST_TEST(house.blocking_runs == 1);
}

BOOST_FIXTURE_TEST_CASE(what_has_not_begun_may_run_later, one_worker) {
  stage.wait_for_workers(false);
  auto phone = visit();
  auto tablet = visit();
  alice.push("", "block", key("a"));
  BOOST_TEST(test::eventually([&] { return house.blocking_runs == 1; }));
  phone.push("", "block", key("b"));
  // The queue is full.
  tablet.push("", "block", key("c"))
      .expect_errors(503, detail("Service unavailable."));
  house.door.open();
  stage.wait_for_workers(true);
  stage.settle();
  tablet.push("", "block", key("c")).expect_reply(200, "slept");
  BOOST_TEST(house.blocking_runs == 3);
}

BOOST_AUTO_TEST_CASE(what_a_client_has_deferred_ends_with_it) {
  alice.push("", "later", key("k"));
  alice.disconnect(close_code::none);
  stage.settle();
  auto phone = visit();
  phone.push("", "later", key("k")).expect_errors(409, unknown);
  BOOST_TEST(house.runs == 1);
}

BOOST_AUTO_TEST_CASE(permissions_are_asked_each_time) {
  alice.push("", "work", key("k")).expect_reply(200);
  house.is_open = false;
  alice.push("", "work", key("k")).expect_reply(403);
  alice.push("", "work", key("new")).expect_reply(403);
  house.is_open = true;
  alice.push("", "work", key("k")).expect_reply(200, {{"run", 1}});
  alice.push("", "work", key("new")).expect_reply(200, {{"run", 2}});
}

BOOST_AUTO_TEST_CASE(a_kept_answer_needs_no_object) {
  const json::object sent{{"once", "k"}, {"to", "x"}};
  alice.push("parcels/1/", "send", sent).expect_reply(200, {{"run", 1}});
  BOOST_TEST(house.loads == 1);
  house.parcels.clear();
  alice.push("parcels/1/", "send", sent).expect_reply(200, {{"run", 1}});
  BOOST_TEST(house.loads == 1);
}

BOOST_AUTO_TEST_CASE(refusals_before_the_action_are_not_kept) {
  const json::object sent{{"once", "k"}, {"to", "x"}};
  alice.push("parcels/3/", "send", sent)
      .expect_errors(404, detail("Not found."));
  house.parcels[3] = {3, 2};
  alice.push("parcels/3/", "send", sent).expect_reply(403);
  house.parcels[3] = {3, 1};
  alice.push("parcels/3/", "send", sent).expect_reply(200, {{"run", 1}});
  // Arguments come before the key.
  alice.push("parcels/1/", "send", {{"once", "k"}}).expect_reply(400);
  alice.push("parcels/1/", "send", {{"once", "new"}, {"to", json::array{}}})
      .expect_reply(400);
  alice.push("parcels/1/", "send", {{"once", "new"}, {"to", "x"}})
      .expect_reply(200, {{"run", 2}});
}

BOOST_AUTO_TEST_CASE(a_kept_answer_is_not_broadcast_again) {
  auto bob = stage.connect("/ws/", user_named("bob", 2));
  bob.push("", "hear").expect_reply(200);
  alice.push("", "tell", key("k")).expect_reply(200, {{"run", 1}});
  bob.expect_event("told", {{"run", 1}});
  alice.push("", "tell", key("k")).expect_reply(200, {{"run", 1}});
  bob.expect_nothing();
}

BOOST_AUTO_TEST_CASE(a_question_what_is_allowed_claims_nothing) {
  alice.push("$can/", "check", {{"of", {{{"action", "work"}}}}})
      .expect_reply(200, {{"allowed", {true}}});
  BOOST_TEST(house.runs == 0);
  alice.push("$can/", "check", {{"of", json::array{}}, {"once", "k"}})
      .expect_errors(400,
                     {{{"once", {"This action does not keep its answers."}}}});
}

BOOST_AUTO_TEST_CASE(a_key_is_kept_for_five_minutes) {
  alice.push("", "work", key("k")).expect_reply(200, {{"run", 1}});
  stage.advance(5min - 1ms);
  visit().push("", "work", key("k")).expect_reply(200, {{"run", 1}});
  stage.advance(1ms);
  visit().push("", "work", key("k")).expect_reply(200, {{"run", 2}});
}

BOOST_AUTO_TEST_CASE(a_key_from_before_the_server_began_is_unknown) {
  alice.push("", "work", aged("old", 1ms)).expect_errors(409, unknown);
  stage.advance(1s);
  alice.push("", "work", aged("k", 1s)).expect_reply(200, {{"run", 1}});
  alice.push("", "work", aged("older", 1001ms)).expect_errors(409, unknown);
  // What is known is known.
  alice.push("", "work", aged("k", 1h)).expect_reply(200, {{"run", 1}});
}

BOOST_FIXTURE_TEST_CASE(a_user_has_so_many_keys, few_keys) {
  alice.push("", "work", key("a")).expect_reply(200);
  alice.push("", "work", key("b")).expect_reply(200);
  alice.push("", "work", key("c"))
      .expect_errors(429, detail("Request was throttled. Expected available in "
                                 "300 seconds."));
  alice.push("", "work", key("a")).expect_reply(200, {{"run", 1}});
  BOOST_TEST(house.runs == 2);
}

BOOST_FIXTURE_TEST_CASE(so_many_messages_wait_for_a_key, few_keys) {
  auto phone = visit();
  auto tablet = visit();
  alice.push("", "later", key("k"));
  const auto waits = phone.push("", "later", key("k"));
  tablet.push("", "later", key("k")).expect_reply(429);
  // Those that wait no more leave their places.
  stage.advance(10s);
  waits.expect_errors(504, late);
  const auto next = tablet.push("", "later", key("k"));
  next.expect_no_reply();
  house.later[0].answer(ok(1));
  next.expect_reply(200, 1);
}

BOOST_FIXTURE_TEST_CASE(a_server_keeps_so_many_bytes, few_bytes) {
  alice.push("", "work", key("a")).expect_reply(200, {{"run", 1}});
  alice.push("", "work", key("b"))
      .expect_errors(503, detail("Service unavailable."));
  alice.push("", "work", key("a")).expect_reply(200, {{"run", 1}});
}

BOOST_FIXTURE_TEST_CASE(a_mounted_actor_gets_a_message_once, mount_fixture) {
  alice->push("", "buy", {{"once", "k"}}).expect_reply(400);
  const auto first = buy(1);
  BOOST_TEST_REQUIRE(behind.orders.size() == 1U);
  stage.advance(10s);
  first.expect_errors(504, late);
  const auto second = buy(2);
  BOOST_TEST(behind.orders.size() == 1U);
  behind.orders[0].deliver(ok("sold"));
  stage.settle();
  second.expect_reply(200, "sold");
  buy(3).expect_reply(200, "sold");
  BOOST_TEST(behind.orders.size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_a_lost_actor_had_is_unknown, mount_fixture) {
  const auto first = buy(1);
  caf::anon_send_exit(counter, caf::exit_reason::kill);
  stage.settle();
  first.expect_errors(409, unknown);
  buy(2).expect_errors(409, unknown);
  BOOST_TEST(behind.orders.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_example_of_the_page_pays_once) {
  world shop{endpoint("/ws/").route("orders/$", orders())};
  const json::object paid{{"once", "k"}, {"amount", 12}};
  auto carol = shop.connect("/ws/", user_named("carol", 3));
  carol.push("orders/", "pay", paid).expect_reply(200, {{"paid", 12}});
  carol.push("orders/", "pay", paid).expect_reply(200, {{"paid", 12}});
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace exactly_once_suite
