#include "market.hpp"

#include <caf/actor_system.hpp>

#include <boost/describe/enum.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace stagedoor;

namespace {

enum class side { buy, sell };
BOOST_DESCRIBE_ENUM(side, buy, sell)

struct order {
  side kind = side::buy;
  std::int64_t price = 0;
  std::int64_t amount = 0;

  static const description<order>& described() {
    static const auto result =
        describe<order>("order")
            .field("kind", &order::kind)
            .field("price", &order::price, field::integer().at_least(1))
            .field("amount", &order::amount, field::integer().at_least(1));
    return result;
  }
};

/// What `place` takes, on both sides: clients get 400 for anything else.
using placed_order = takes<arg<"order", order>>;

struct offer {
  std::string by;
  std::int64_t amount = 0;
};

/// Open offers, the best first: buyers stand under their negated price. Of one
/// price the first to come is the first to trade.
using offers = std::map<std::int64_t, std::vector<offer>>;

struct order_book {
  offers bids;
  offers asks;
};

using order_books = std::map<std::string, order_book>;

/// Trades with the best offers, as long as they are as good as `worst`.
json::array trade(offers& open, std::int64_t worst, std::int64_t& amount) {
  json::array trades;
  while (amount > 0 && !open.empty() && open.begin()->first <= worst) {
    auto& [price, queue] = *open.begin();
    const auto traded = std::min(amount, queue.front().amount);
    trades.push_back({{"price", std::abs(price)},
                      {"amount", traded},
                      {"with", queue.front().by}});
    amount -= traded;
    queue.front().amount -= traded;
    if (queue.front().amount == 0)
      queue.erase(queue.begin());
    if (queue.empty())
      open.erase(open.begin());
  }
  return trades;
}

reply place(order_book& book, const std::string& who, order wanted) {
  const auto buys = wanted.kind == side::buy;
  const auto worst = buys ? wanted.price : -wanted.price;
  const auto trades = trade(buys ? book.asks : book.bids, worst, wanted.amount);
  if (wanted.amount > 0)
    (buys ? book.bids : book.asks)[-worst].push_back({who, wanted.amount});
  return ok({{"by", who}, {"trades", trades}, {"open", wanted.amount}}, 201);
}

json::value best_price(const offers& open) {
  return open.empty() ? json::value{} : std::abs(open.begin()->first);
}

mounted_actor::behavior_type
keep_order_books(mounted_actor::stateful_pointer<order_books> self) {
  return {[&books = caf_api::state_of(self)](const request& message) -> reply {
    auto& book = books[*message.capture("symbol")];
    if (message.action() == "show")
      return ok(
          {{"bid", best_price(book.bids)}, {"ask", best_price(book.asks)}});
    return placed_order::call(message, [&](const auto& wanted) {
      return place(book, message.user().username, *wanted);
    });
  }};
}

} // namespace

mounted_actor spawn_order_books(caf::actor_system& sys) {
  return sys.spawn(keep_order_books);
}

endpoint_spec market(const replicas& books) {
  const auto watch = [](const context& ctx, arg<"symbol", std::string> symbol) {
    return ctx.join("market." + *symbol);
  };
  return endpoint("/ws/")
      .route(R"(books/(?P<symbol>[A-Z]{1,8})/$)",
             handler("books")
                 .mounts(books)
                 .placed_by("symbol")
                 .action("show", takes<>())
                 .action("place", placed_order(),
                         guarded_by(is_authenticated()),
                         broadcasts("market.{symbol}", "market.order")))
      .route(R"(watch/(?P<symbol>[A-Z]{1,8})/$)",
             handler("watch").action("begin", watch));
}
