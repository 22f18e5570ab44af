#include "stagedoor/actors/description/actor_permission.hpp"
#include "stagedoor/actors/guards/permission_pool.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <memory>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/run_finder.hpp"
#include "support/truth_table.hpp"

namespace combined_permission_pool_suite {

using namespace stagedoor;
using namespace stagedoor::test;

// The cases of combined_permission.test.cpp on their way through the permission
// pool, all of them with permissions that compute, and some with permissions
// that block or are actors.

namespace {

constexpr auto connect = question::can_connect;
constexpr auto message = question::has_permission;
constexpr auto object = question::has_object_permission;

/// Who answers for each leaf.
using answerers = std::array<answerer, truth_table::leaves_max>;

constexpr answerers all_compute{answerer::unit, answerer::unit, answerer::unit};

/// Plays an actor that is mounted as one leaf of a table.
caf::behavior answer_from_table(caf::event_based_actor*, truth_table_ptr table,
                                std::size_t leaf) {
  return {[=](const permission_query& query) {
    table->asked.push_back({leaf, query.asked});
    return leaf_answer(leaf, query.asked, table->at(leaf, query.asked));
  }};
}

/// A case on its way: as many are asked at once as there are lanes.
struct lane {
  truth_table_ptr table = std::make_shared<truth_table>();
  std::array<caf::actor, truth_table::leaves_max> actors;
  std::shared_ptr<const permission_list> guard;
  std::shared_ptr<evaluation> about;
  std::vector<leaf_question> expected_order;
  std::size_t answer = 0;
};

struct algebra_fixture {
  static constexpr std::size_t lanes_max = 256;

  static limits wide_queue() {
    limits result;
    result.blocking_workers = 2;
    result.blocking_queue_max = lanes_max;
    return result;
  }

  actor_world world{wide_queue()};
  manual_unit& home = world.home();
  permission_pool_actor pool =
      home.spawn(stagedoor::permission_pool, world.shared());
  std::shared_ptr<const json::value> some_object =
      std::make_shared<const json::value>(json::object{{"id", 1}});
  std::vector<lane> lanes{lanes_max};
  case_book book;

  permission mount(lane& on, std::size_t leaf, answerer by) {
    if (by != answerer::actor)
      return table_leaf{on.table, leaf, by};
    std::vector<question> overridden;
    for (auto asked : {connect, message, object})
      if (on.table->at(leaf, asked) != says::nothing)
        overridden.push_back(asked);
    auto& actor = on.actors[leaf];
    if (!actor)
      actor = world.system().spawn(answer_from_table, on.table, leaf);
    return actor_permission(leaf_name(leaf), actor, asked_for(overridden));
  }

  /// Puts together what a lane asks, once its table is set.
  void prepare(lane& on, const expression& what, const answerers& by,
               const request& about) {
    // What only computes reads the table as it is; an actor's permission knows
    // from the start what it overrides.
    if (!on.guard || by != all_compute) {
      std::vector<permission> leaves;
      for (std::size_t i = 0; i < truth_table::leaves_max; ++i)
        leaves.push_back(mount(on, i, by[i]));
      on.guard = std::make_shared<const permission_list>(
          permission_list{build(what, leaves)});
    }
    on.about = std::make_shared<evaluation>(on.guard, about);
    on.about->set_object(some_object);
    on.table->asked.clear();
    on.expected_order.clear();
  }

  /// Asks on the first `used` lanes, one question after the other.
  void run(const expression& what, std::size_t used,
           std::initializer_list<question> questions, client_probe& asker) {
    for (auto asked : questions) {
      for (std::size_t i = 0; i < used; ++i)
        lanes[i].answer =
            asker.ask<decision>(pool, permission_check{asked, lanes[i].about});
      BOOST_REQUIRE(world.settle_until([&] {
        for (std::size_t i = 0; i < used; ++i)
          if (asker.answer(lanes[i].answer).empty())
            return false;
        return true;
      }));
      for (std::size_t i = 0; i < used; ++i)
        compare(what, lanes[i], asked, asker.answer(lanes[i].answer));
    }
  }

  void compare(const expression& what, lane& on, question asked,
               const std::string& given) {
    definition means{*on.table};
    auto expected = text(definition::to_decision(means.result(what, asked)));
    means.order(what, asked, on.expected_order);
    book.note(given == expected && on.table->asked == on.expected_order, [&] {
      return spell(what) + " over " + spell(*on.table) + "asked "
             + std::string(to_string(asked)) + ": " + given + ", expected "
             + expected + "; in the order " + spell(on.table->asked)
             + ", expected " + spell(on.expected_order);
    });
  }

  /// Asks these questions over each of the tables.
  void check_tables(const expression& what,
                    std::initializer_list<question> varied, const answerers& by,
                    const std::vector<truth_table>& tables) {
    client_probe asker{home};
    auto about = asker.message("update");
    for (auto& on : lanes)
      on = lane{};
    for (std::size_t next = 0; next < tables.size();) {
      std::size_t used = 0;
      for (; used < lanes_max && next < tables.size(); ++used, ++next) {
        lanes[used].table->rows = tables[next].rows;
        prepare(lanes[used], what, by, about);
      }
      run(what, used, varied, asker);
    }
    world.kill(asker.handle());
  }

  /// Every `step`th of the tables from number `first` on.
  void check(const expression& what, std::initializer_list<question> varied,
             std::size_t leaves, const answerers& by = all_compute,
             std::size_t first = 0, std::size_t step = 1) {
    std::size_t end = 1;
    for (std::size_t i = 0; i < leaves * varied.size(); ++i)
      end *= 4;
    std::vector<truth_table> tables;
    truth_table table;
    table.deny_all();
    for (auto number = first; number < end; number += step) {
      auto rest = number;
      for (auto asked : varied)
        rest = table.set(asked, leaves, rest);
      tables.push_back(table);
    }
    check_tables(what, varied, by, tables);
  }

  /// One of all tables that cannot be told apart.
  /// @returns how many tables these stand for.
  std::size_t check_runs(const expression& what,
                         std::initializer_list<question> varied,
                         std::size_t leaves) {
    std::vector<truth_table> tables;
    truth_table table;
    table.deny_all();
    const auto result = run_finder{what, varied, leaves, table}.visit_all(
        [&] { tables.push_back(table); });
    check_tables(what, varied, all_compute, tables);
    return result;
  }

  void expect(std::size_t cases) {
    BOOST_TEST(book.wrong() == 0u, book.text());
    BOOST_TEST(book.cases() == cases);
    BOOST_TEST(!world.logged("died"));
  }
};

/// All ways to answer for three leaves, but that all compute.
std::vector<answerers> all_mixtures() {
  constexpr std::array kinds{answerer::unit, answerer::worker_thread,
                             answerer::actor};
  std::vector<answerers> result;
  for (std::size_t i = 1; i < 27; ++i)
    result.push_back({kinds[i % 3], kinds[i / 3 % 3], kinds[i / 9]});
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(combined_permission_pool)

BOOST_FIXTURE_TEST_CASE(compounds_of_two_come_out_the_same, algebra_fixture) {
  for (unsigned denied = 0; denied < 8; ++denied)
    for (const auto& what : shapes_of_two(denied)) {
      check(what, {connect}, 2);
      check(what, {message}, 2);
      check(what, {message, object}, 2);
    }
  expect(8 * 2 * (16 + 16 + 2 * 256));
}

BOOST_FIXTURE_TEST_CASE(compounds_of_three_come_out_the_same_for_connections,
                        algebra_fixture) {
  for (unsigned denied = 0; denied < 32; ++denied)
    for (const auto& what : shapes_of_three(denied))
      check(what, {connect}, 3);
  expect(32 * 8 * 64);
}

BOOST_FIXTURE_TEST_CASE(compounds_of_three_come_out_the_same_for_messages,
                        algebra_fixture) {
  for (unsigned denied = 0; denied < 32; ++denied)
    for (const auto& what : shapes_of_three(denied))
      check(what, {message}, 3);
  expect(32 * 8 * 64);
}

BOOST_FIXTURE_TEST_CASE(compounds_of_three_come_out_the_same_for_objects,
                        algebra_fixture) {
  std::size_t tables = 0;
  for (unsigned denied = 0; denied < 32; ++denied)
    for (const auto& what : shapes_of_three(denied))
      tables += check_runs(what, {message, object}, 3);
  BOOST_TEST(tables == 32U * 8 * 4096);
  expect(2 * 232'960);
}

BOOST_FIXTURE_TEST_CASE(threads_and_actors_answer_as_the_unit_would,
                        algebra_fixture) {
  // Tables far apart, others for each mixture: 23 is prime to the powers of 4.
  std::size_t first = 0;
  for (const auto& by : all_mixtures())
    for (unsigned denied : {0U, 9U})
      for (const auto& what : shapes_of_three(denied)) {
        check(what, {connect}, 3, by, first % 16, 16);
        check(what, {message, object}, 3, by, 512 + first % 512, 512);
        first += 23;
      }
  expect(26 * 2 * 8 * (4 + 2 * 7));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace combined_permission_pool_suite
