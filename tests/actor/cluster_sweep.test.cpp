// What clients of a cluster are promised, over many seeds: each seed is another
// run with other faults. STAGEDOOR_SEEDS names more seeds, or one that failed.

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/cluster_world.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cluster_sweep_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t seeds_usual = 100;

endpoint_spec rooms() {
  return endpoint("/ws/")
      .route(R"(rooms/(?P<room>\w+)/$)",
             handler("room")
                 .action("join",
                         [](const context& ctx, arg<"room", std::string> room) {
                           return ctx.join("room." + *room);
                         })
                 .action("leave",
                         [](const context& ctx, arg<"room", std::string> room) {
                           return ctx.leave("room." + *room);
                         })
                 .action(
                     "say",
                     [](arg<"room", std::string> room,
                        arg<"sender", std::string> sender,
                        arg<"number", std::int64_t> number) {
                       return ok({{"sender", *sender},
                                  {"number", *number},
                                  {"room", *room}});
                     },
                     broadcasts("room.{room}", "room.message")))
      .group(R"(room\..*)", presence);
}

/// What the checker has to know of rooms.
history_rules rules_of_rooms() {
  const auto asks = [](std::string action) {
    return [action = std::move(action)](
               const json::object& message) -> std::optional<std::string> {
      if (message.at("action") != json::value(json::string(action)))
        return std::nullopt;
      const std::string route{message.at("route").as_string()};
      return "room." + route.substr(6, route.size() - 7);
    };
  };
  history_rules result;
  result.joins = asks("join");
  result.leaves = asks("leave");
  return result;
}

/// Clients that come, join, speak and leave on all nodes, as the seed says.
class crowd {
public:
  explicit crowd(stagedoor::testing::cluster_world& stage) : stage_(stage) {}

  void act() {
    const auto at = stage_.pick(stage_.size());
    if (!stage_.runs(at))
      return;
    auto& here = at_[at];
    std::erase_if(here, [](const auto& each) { return !each.self.is_open(); });
    if (here.size() < 3) {
      come(at);
      return;
    }
    auto& who = here[stage_.pick(here.size())];
    const std::string room = stage_.pick(2) == 0 ? "rooms/a/" : "rooms/b/";
    switch (stage_.pick(8)) {
    case 0:
      who.self.push(room, "join");
      break;
    case 1:
      who.self.push(room, "leave");
      break;
    case 2:
      who.self.disconnect();
      break;
    default:
      who.self.push(room, "say",
                    {{"sender", who.name}, {"number", ++who.said}});
    }
  }

private:
  struct person {
    client self;
    std::string name;
    std::int64_t said = 0;
  };

  void come(std::size_t at) {
    const auto name = "x" + std::to_string(++come_);
    auto pending = stage_.node(at).open(
        "/ws/", {.who = user_named(name, static_cast<std::int64_t>(come_))});
    auto self = pending.expect_accepted();
    self.push("rooms/a/", "join");
    at_[at].push_back({std::move(self), name});
  }

  stagedoor::testing::cluster_world& stage_;
  std::map<std::size_t, std::vector<person>> at_;
  std::size_t come_ = 0;
};

/// What the states of keys have done, on all nodes.
struct key_log {
  std::int64_t made = 0;
  /// For each key the state that has run last.
  std::map<std::string, std::int64_t> last;
  /// How often a state has run.
  std::size_t runs = 0;
  /// A state ran after another one of its key had begun to run.
  std::string flaw;
};

/// A state that exists once in the cluster for each name.
endpoint_spec keys(key_log& log) {
  struct keyed {
    std::int64_t number = 0;
  };
  return endpoint("/ws/").route(
      R"(keys/(?P<name>\w+)/$)",
      handler<keyed>("key")
          .lives_for(lifetime::key_in_cluster("name"))
          .action("touch", [&log](keyed& state, arg<"name", std::string> name) {
            if (state.number == 0)
              state.number = ++log.made;
            ++log.runs;
            auto& last = log.last[*name];
            if (state.number < last)
              log.flaw = *name + ": state " + std::to_string(state.number)
                         + " behind " + std::to_string(last);
            last = std::max(last, state.number);
            return state.number;
          }));
}

} // namespace

BOOST_AUTO_TEST_SUITE(cluster_sweep)

BOOST_AUTO_TEST_CASE(events_of_groups_come_in_order_through_every_fault) {
  std::uint64_t checked = 0;
  for (const auto seed : seeds(seeds_usual)) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      stagedoor::testing::cluster_world stage{seed};
      stage.checker().rules(rules_of_rooms());
      stage.serve(rooms());
      crowd all{stage};
      stage.shake(10s, [&] {
        for (int i = 0; i < 5; ++i)
          all.act();
      });
      for (int i = 0; i < 20; ++i)
        all.act();
      stage.advance(2s);
      stage.expect_no_violations();
      checked += stage.checker().checked();
    }
  }
  BOOST_TEST(checked > seeds_usual * 20);
}

BOOST_AUTO_TEST_CASE(a_key_never_has_two_states_at_once) {
  std::size_t runs = 0;
  for (const auto seed : seeds(seeds_usual)) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      key_log log;
      stagedoor::testing::cluster_world stage{seed};
      stage.serve(keys(log));
      // The keepers of keys have met.
      stage.advance(5s);
      std::map<std::size_t, client> here;
      const auto touch = [&] {
        for (int i = 0; i < 5; ++i) {
          const auto at = stage.pick(stage.size());
          if (!stage.runs(at))
            continue;
          const auto known = here.find(at);
          if (known == here.end() || !known->second.is_open())
            here.insert_or_assign(at, stage.node(at).connect("/ws/"));
          here.at(at).push("keys/" + std::to_string(stage.pick(3)) + '/',
                           "touch");
        }
      };
      // A process that begins while another one is out of reach may make the
      // smaller part of the nodes look like the larger one.
      stage.shake(20s, touch, {.crashes = false});
      stage.shake(20s, touch, {.cuts = false, .freezes = false});
      BOOST_TEST(log.flaw == "");
      runs += log.runs;
    }
  }
  BOOST_TEST(runs > seeds_usual * 10);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace cluster_sweep_suite
