// Handlers as a manual page: the examples of actors/description/README.md,
// which shows the code between the marks.

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace handler_manual_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

std::string print_receipt(const std::string& item, std::int64_t cents) {
  return item + ' ' + std::to_string(cents);
}

// README: begin asking
handler_spec prices(const caf::actor& price_list) {
  return handler("prices").action(
      "look_up",
      [price_list](const context& ctx, arg<"item", std::string> item) {
        return ctx.ask(price_list, std::chrono::seconds{2}, *item,
                       [](std::int64_t cents) {
                         return ok({{"cents", cents}});
                       });
      });
}
// README: end asking

// README: begin coroutine
handler_spec orders(const caf::actor& price_list, const caf::actor& stock) {
  return handler("orders").action(
      "order",
      [price_list, stock](const context& ctx,
                          arg<"item", std::string> item) -> task<reply> {
        using namespace std::chrono_literals;
        auto cents = co_await ctx.ask<std::int64_t>(price_list, 2s, *item);
        for (int tries = 1; !co_await ctx.ask<bool>(stock, 2s, *item);
             ++tries) {
          if (tries == 3)
            co_return reject("Sold out.");
          co_await ctx.sleep(1s); // More may arrive.
        }
        auto print = [text = *item, cents] {
          return print_receipt(text, cents);
        };
        auto receipt = co_await ctx.blocking(print);
        co_return ok({{"receipt", receipt}});
      });
}
// README: end coroutine

// README: begin outcome
handler_spec reminders() {
  return handler("reminders")
      .action(
          "remind",
          [](const context& ctx,
             arg<"minutes", std::int64_t> minutes) -> outcome {
            if (*minutes < 1)
              return reject(
                  {{"minutes", {"Ensure this value is at least 1."}}});
            auto later = ctx.defer();
            ctx.run_after(std::chrono::minutes{*minutes},
                          [later] { later.answer(ok("now")); });
            return later;
          },
          concurrent);
}
// README: end outcome

// README: begin query
handler_spec posts() {
  return handler("posts").action(
      "list", [](arg<"page", std::optional<std::int64_t>> page,
                 arg<"tag", std::optional<std::vector<std::string>>> tags) {
        return ok({{"page", page->value_or(1)},
                   {"tags", json::value_from(
                                tags->value_or(std::vector<std::string>{}))}});
      });
}
// README: end query

// README: begin json
reply profile(const std::string& name, const std::vector<std::string>& tags) {
  if (tags.empty())
    return ok(name);
  json::value text(name); // Not `= name`.
  json::value list = json::value_from(tags);
  return ok({{"name", name}, {"text", text}, {"tags", list}});
}
// README: end json

// README: begin described
enum class size { small, large };
BOOST_DESCRIBE_ENUM(size, small, large)

struct order_item {
  std::string name;
  size wanted = size::small;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(order_item, (), (name, wanted, amount))

struct order {
  std::vector<order_item> items;
  std::optional<utc_time> due;
};
BOOST_DESCRIBE_STRUCT(order, (), (items, due))

handler_spec orders() {
  return handler("orders").action("place", [](arg<"data", order> data) {
    std::int64_t large = 0;
    for (const auto& item : data->items)
      large += item.wanted == size::large ? item.amount : 0;
    return ok({{"large", large}}, 201);
  });
}
// README: end described

// README: begin lifetime
struct visits {
  std::int64_t count = 0;
};

handler_spec shelf() {
  return handler<visits>("shelf").action(
      "visit", [](visits& state) { return ok(++state.count); });
}
// README: end lifetime

// README: begin declared
using sale = takes<arg<"item", std::string>, arg<"count", std::int64_t>>;

mounted_actor::behavior_type keep_stock() {
  return {[left = std::map<std::string, std::int64_t>{}](
              const request& message) mutable {
    return sale::call(message, [&](const auto& item, const auto& count) {
      auto& pieces = left.try_emplace(*item, 100).first->second;
      if (pieces < *count)
        return reject("Sold out.");
      pieces -= *count;
      return ok({{"left", pieces}});
    });
  }};
}

handler_spec shop(const replicas& keepers) {
  return handler("shop").mounts(keepers).action("buy", sale(),
                                                guarded_by(is_authenticated()));
}
// README: end declared

/// A list with one price.
caf::behavior price_list() {
  return {[](const std::string& item) -> caf::result<std::int64_t> {
    if (item != "apple")
      return caf::sec::invalid_argument;
    return 120;
  }};
}

/// A stock that has nothing before it was asked some times.
caf::behavior stock(caf::event_based_actor*, int tries) {
  return {[left = tries](const std::string&) mutable { return left-- <= 0; }};
}

} // namespace

BOOST_AUTO_TEST_SUITE(handler_manual)

BOOST_AUTO_TEST_CASE(the_query_of_the_route_has_arguments) {
  world stage{endpoint("/ws/").route("posts/$", posts())};
  auto client = stage.connect("/ws/");
  client.push("posts/?page=2&tag=a&tag=b", "list")
      .expect_reply(200, {{"page", 2}, {"tags", {"a", "b"}}});
  client.push("posts/?tag=a", "list", {{"page", 3}})
      .expect_reply(200, {{"page", 3}, {"tags", json::array{"a"}}});
  client.push("posts/", "list")
      .expect_reply(200, {{"page", 1}, {"tags", json::array{}}});
  client.push("posts/?page=x", "list")
      .expect_errors(400, {{{"page", {"A valid integer is required."}}}});
}

BOOST_AUTO_TEST_CASE(an_order_has_errors_by_path) {
  world stage{endpoint("/ws/").route("orders/$", orders())};
  auto client = stage.connect("/ws/");
  client
      .push("orders/", "place",
            {{"data",
              {{"items",
                {{{"name", "tea"}, {"wanted", "large"}, {"amount", 3}},
                 {{"name", "cup"}, {"wanted", "small"}, {"amount", 1}}}},
               {"due", "2026-12-01T08:00:00Z"}}}})
      .expect_reply(201, {{"large", 3}});
  client
      .push("orders/", "place",
            {{"data",
              {{"items",
                {{{"name", "tea"}, {"wanted", "large"}, {"amount", 3}},
                 {{"wanted", "huge"}, {"amount", "x"}}}}}}})
      .expect_errors(
          400, {{{"data",
                  {{"items",
                    {{"1",
                      {{"name", {"This field is required."}},
                       {"wanted", {"\"huge\" is not a valid choice."}},
                       {"amount", {"A valid integer is required."}}}}}}}}}});
}

BOOST_AUTO_TEST_CASE(an_action_asks_another_actor_and_answers_later) {
  world stage;
  auto list = stage.system().spawn(price_list);
  stage.serve({endpoint("/ws/").route("prices/$", prices(list))});
  auto client = stage.connect("/ws/");
  client.push("prices/", "look_up", {{"item", "apple"}})
      .expect_reply(200, {{"cents", 120}});
  client.push("prices/", "look_up", {{"item", "pear"}}).expect_reply(500);
  caf::anon_send_exit(list, caf::exit_reason::kill);
  client.push("prices/", "look_up", {{"item", "apple"}}).expect_reply(503);
}

BOOST_AUTO_TEST_CASE(a_coroutine_asks_waits_and_has_a_thread_work) {
  world stage;
  auto list = stage.system().spawn(price_list);
  auto soon = stage.system().spawn(stock, 2);
  auto never = stage.system().spawn(stock, 9);
  stage.serve({endpoint("/ws/")
                   .route("orders/$", orders(list, soon))
                   .route("hopeless/$", orders(list, never))});
  auto client = stage.connect("/ws/");
  auto order = client.push("orders/", "order", {{"item", "apple"}});
  stage.advance(1s);
  client.expect_nothing();
  stage.advance(1s);
  order.expect_reply(200, {{"receipt", "apple 120"}});
  order = client.push("hopeless/", "order", {{"item", "apple"}});
  stage.advance(2s);
  order.expect_errors(400, {"Sold out."});
  client.push("orders/", "order", {{"item", "pear"}}).expect_reply(500);
}

BOOST_AUTO_TEST_CASE(an_action_answers_at_once_or_later) {
  server_options options;
  options.limits.action_timeout = 10min;
  world stage{endpoint("/ws/").route("reminders/$", reminders()), options};
  auto client = stage.connect("/ws/");
  client.push("reminders/", "remind", {{"minutes", 0}}).expect_reply(400);
  auto reminder = client.push("reminders/", "remind", {{"minutes", 2}});
  client.expect_nothing();
  stage.advance(2min);
  reminder.expect_reply(200, "now");
}

BOOST_AUTO_TEST_CASE(texts_and_lists_become_json) {
  world stage{endpoint("/ws/", handler("root").action("profile", [] {
    return profile("alice", {"new", "staff"});
  }))};
  stage.connect("/ws/")
      .push("", "profile")
      .expect_reply(
          200,
          {{"name", "alice"}, {"text", "alice"}, {"tags", {"new", "staff"}}});
}

BOOST_AUTO_TEST_CASE(a_connection_has_one_state_for_all_values_of_a_capture) {
  world stage{endpoint("/ws/")
                  .route(R"(shelves/(?P<name>\w+)/$)", shelf())
                  .route("shelf/$", shelf())};
  auto alice = stage.connect("/ws/");
  auto bob = stage.connect("/ws/");
  alice.push("shelves/a/", "visit").expect_reply(200, 1);
  alice.push("shelves/b/", "visit").expect_reply(200, 2);
  alice.push("shelf/", "visit").expect_reply(200, 1);
  bob.push("shelves/a/", "visit").expect_reply(200, 1);
}

BOOST_AUTO_TEST_CASE(a_mounted_actor_and_its_handler_share_a_declaration) {
  world stage;
  const auto keeper = stage.system().spawn(keep_stock);
  stage.serve({endpoint("/ws/").route("shop/$", shop(replicas{keeper}))});
  auto alice = stage.connect("/ws/", user_named("alice", 1));
  const auto lamps = [](json::value count) {
    return json::object{{"item", "lamp"}, {"count", std::move(count)}};
  };
  alice.push("shop/", "buy", lamps(60)).expect_reply(200, {{"left", 40}});
  alice.push("shop/", "buy", lamps("60")).expect_errors(400, {"Sold out."});
  alice.push("shop/", "buy", lamps("many"))
      .expect_errors(400, {{{"count", {"A valid integer is required."}}}});
  alice.push("shop/", "sell", lamps(1)).expect_reply(405);
  stage.connect("/ws/").push("shop/", "buy", lamps(1)).expect_reply(403);
  caf::anon_send_exit(keeper, caf::exit_reason::kill);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace handler_manual_suite
