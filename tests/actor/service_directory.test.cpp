#include "stagedoor/actors/cluster/service_directory.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/send.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"

namespace service_directory_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// A directory, and actors to put in it.
struct fixture {
  caf::actor spawn() {
    actors.push_back(world.system().spawn(
        [](caf::event_based_actor*) { return caf::behavior{[](int) {}}; }));
    return actors.back();
  }

  /// The nodes that offer a service, in order.
  [[nodiscard]] std::string nodes_of(const std::string& service) const {
    const auto table = directory.table();
    std::string result;
    if (const auto found = table->find(service); found != table->end())
      for (const auto& entry : found->second)
        result += entry.node;
    return result;
  }

  ~fixture() {
    for (const auto& actor : actors)
      caf::anon_send_exit(actor, caf::exit_reason::kill);
  }

  actor_world world;
  std::vector<caf::actor> actors;
  service_directory directory;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(service_directory, fixture)

BOOST_AUTO_TEST_CASE(begins_empty_with_version_1) {
  BOOST_TEST(directory.table()->empty());
  BOOST_TEST(directory.version() == 1u);
}

BOOST_AUTO_TEST_CASE(keeps_the_entries_of_a_service_in_the_order_of_nodes) {
  directory.set("b", {{"sum", spawn()}});
  directory.set("c", {{"sum", spawn()}, {"sum", spawn()}});
  directory.set("a", {{"sum", spawn()}});
  BOOST_TEST(nodes_of("sum") == "abcc");
  const auto entries = directory.table()->at("sum");
  BOOST_TEST((entries[2].handle == actors[1]));
  BOOST_TEST((entries[3].handle == actors[2]));
}

BOOST_AUTO_TEST_CASE(replaces_all_entries_of_a_node) {
  directory.set("a", {{"sum", spawn()}, {"old", spawn()}});
  directory.set("b", {{"sum", spawn()}});
  directory.set("a", {{"new", spawn()}});
  BOOST_TEST(nodes_of("sum") == "b");
  BOOST_TEST(nodes_of("old").empty());
  BOOST_TEST(nodes_of("new") == "a");
  BOOST_TEST(directory.table()->size() == 2u); // No service without entries.
  directory.set("b", {});
  BOOST_TEST(nodes_of("sum").empty());
}

BOOST_AUTO_TEST_CASE(counts_what_changes_and_nothing_else) {
  const auto actor = spawn();
  directory.set("a", {});
  BOOST_TEST(directory.version() == 1u);
  directory.set("a", {{"sum", actor}});
  BOOST_TEST(directory.version() == 2u);
  directory.set("a", {{"sum", actor}});
  BOOST_TEST(directory.version() == 2u);
  directory.set("a", {});
  BOOST_TEST(directory.version() == 3u);
}

BOOST_AUTO_TEST_CASE(a_reader_keeps_the_table_that_it_has) {
  directory.set("a", {{"sum", spawn()}});
  const auto before = directory.table();
  directory.set("a", {});
  BOOST_TEST(before->size() == 1u);
  BOOST_TEST(directory.table()->empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace service_directory_suite
