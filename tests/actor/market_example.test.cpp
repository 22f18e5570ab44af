// The example server with order books, examples/market/.

#include "stagedoor/testing/world.hpp"

#include "caf/exit_reason.hpp"
#include "caf/send.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "market.hpp"

namespace market_example_suite {

using namespace stagedoor;
using namespace stagedoor::testing;

namespace {

struct market_world {
  market_world() {
    for (int i = 0; i < 2; ++i)
      stage.offer("order-books", caf::actor_cast<caf::actor>(
                                     spawn_order_books(stage.system())));
    stage.serve({::market(service("order-books"))});
    alice.emplace(stage.connect("/ws/", user_named("alice", 1)));
    bob.emplace(stage.connect("/ws/", user_named("bob", 2)));
  }

  static json::object traded(std::int64_t price, std::int64_t amount,
                             const std::string& with) {
    return {{"price", price}, {"amount", amount}, {"with", with}};
  }

  world stage;
  std::optional<client> alice;
  std::optional<client> bob;
};

json::object order(const std::string& kind, std::int64_t price,
                   std::int64_t amount) {
  return {{"order", {{"kind", kind}, {"price", price}, {"amount", amount}}}};
}

/// Plays the actor that keeps order books, and notes the actions that reach it.
mounted_actor::behavior_type note_actions(mounted_actor::pointer,
                                          std::vector<std::string>* noted) {
  return {[noted](const request& message) {
    noted->push_back(message.action());
    return ok();
  }};
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(market_example, market_world)

BOOST_AUTO_TEST_CASE(orders_trade_at_the_price_of_the_open_offer) {
  alice->push("books/TEA/", "place", order("sell", 12, 5)).expect_reply(201);
  alice->push("books/TEA/", "place", order("sell", 11, 5)).expect_reply(201);
  bob->push("books/TEA/", "show")
      .expect_reply(200, {{"bid", nullptr}, {"ask", 11}});
  bob->push("books/TEA/", "place", order("buy", 12, 7))
      .expect_reply(
          201, {{"by", "bob"},
                {"trades", {traded(11, 5, "alice"), traded(12, 2, "alice")}},
                {"open", 0}});
  bob->push("books/TEA/", "place", order("buy", 10, 4)).expect_reply(201);
  alice->push("books/TEA/", "place", order("sell", 9, 1))
      .expect_reply(201, {{"by", "alice"},
                          {"trades", json::array{traded(10, 1, "bob")}},
                          {"open", 0}});
  bob->push("books/TEA/", "show").expect_reply(200, {{"bid", 10}, {"ask", 12}});
}

BOOST_AUTO_TEST_CASE(who_came_first_trades_first) {
  alice->push("books/TEA/", "place", order("buy", 10, 1)).expect_reply(201);
  bob->push("books/TEA/", "place", order("buy", 10, 1)).expect_reply(201);
  bob->push("books/TEA/", "place", order("sell", 10, 2))
      .expect_reply(201,
                    {{"by", "bob"},
                     {"trades", {traded(10, 1, "alice"), traded(10, 1, "bob")}},
                     {"open", 0}});
}

BOOST_AUTO_TEST_CASE(each_symbol_has_a_book_of_its_own) {
  for (const auto* symbol : {"A", "B", "C", "D"})
    alice
        ->push("books/" + std::string(symbol) + '/', "place",
               order("sell", 5, 1))
        .expect_reply(201);
  bob->push("books/A/", "place", order("buy", 5, 2))
      .expect_reply(201, {{"by", "bob"},
                          {"trades", json::array{traded(5, 1, "alice")}},
                          {"open", 1}});
  bob->push("books/B/", "show")
      .expect_reply(200, {{"bid", nullptr}, {"ask", 5}});
}

BOOST_AUTO_TEST_CASE(who_watches_a_symbol_hears_of_its_orders) {
  auto watcher = stage.connect("/ws/");
  watcher.push("watch/TEA/", "begin").expect_reply(200);
  alice->push("books/TEA/", "place", order("sell", 5, 1)).expect_reply(201);
  alice->push("books/CUP/", "place", order("sell", 5, 1)).expect_reply(201);
  watcher.expect_event(
      "market.order",
      {{"by", "alice"}, {"trades", json::array{}}, {"open", 1}});
  watcher.expect_nothing();
}

BOOST_AUTO_TEST_CASE(an_order_that_cannot_be_meant_is_refused) {
  const std::string too_little =
      "Ensure this value is greater than or equal to 1.";
  alice->push("books/TEA/", "place", order("give", 0, 1))
      .expect_errors(400, {{{"order",
                             {{"kind", {"\"give\" is not a valid choice."}},
                              {"price", {too_little}}}}}});
  alice->push("books/TEA/", "place", order("buy", 1, 0))
      .expect_errors(400, {{{"order", {{"amount", {too_little}}}}}});
  alice->push("books/TEA/", "cancel").expect_reply(405);
  stage.connect("/ws/")
      .push("books/TEA/", "place", order("buy", 1, 1))
      .expect_reply(403);
}

BOOST_AUTO_TEST_CASE(only_orders_that_can_be_meant_reach_the_books) {
  world other;
  std::vector<std::string> noted;
  const auto books = other.system().spawn(note_actions, &noted);
  other.serve({::market(replicas{books})});
  auto carol = other.connect("/ws/", user_named("carol", 3));
  carol.push("books/TEA/", "place", order("give", 1, 1)).expect_reply(400);
  carol.push("books/TEA/", "place", order("buy", 1, 0)).expect_reply(400);
  carol.push("books/TEA/", "place")
      .expect_errors(400, {{{"order", {"This field is required."}}}});
  carol.push("books/TEA/", "cancel").expect_reply(405);
  other.connect("/ws/")
      .push("books/TEA/", "place", order("buy", 1, 1))
      .expect_reply(403);
  BOOST_TEST(noted.empty());
  carol.push("books/TEA/", "place", order("buy", 1, 1)).expect_reply(200);
  carol.push("books/TEA/", "show").expect_reply(200);
  BOOST_TEST(noted == (std::vector<std::string>{"place", "show"}),
             boost::test_tools::per_element());
  caf::anon_send_exit(books, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace market_example_suite
