// Posts that are written while the server of the database fails. Both sides are
// counted: what was acknowledged is in the database, and what was refused is
// not.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <set>
#include <string>
#include <variant>

#include "support/creating_clients.hpp"
#include "support/post_model.hpp"
#include "support/test_database.hpp"
#include "support/test_server.hpp"

namespace postgres_faults_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

constexpr std::size_t writes = 10'000;

/// Stops or starts the server, as tests/postgres/server.sh says.
void control(const std::string& command) {
  const auto line = std::string{STAGEDOOR_POSTGRES_SERVER} + ' ' + command + ' '
                    + std::getenv("STAGEDOOR_TEST_POSTGRES_FOLDER")
                    + " >/dev/null 2>&1";
  BOOST_REQUIRE(std::system(line.c_str()) == 0);
}

struct with_posts : test_database {
  [[nodiscard]] std::set<std::string> stored() {
    std::set<std::string> result;
    BOOST_TEST(run([&](sql_session& sql) {
                 result.clear();
                 for (const auto& row : sql.run("SELECT slug FROM post"))
                   result.insert(std::get<std::string>(row[0]));
               })
               == "");
    return result;
  }

  test_server server{
      {endpoint("/ws/", handler("root").permissions(allow_any()))
           .route("posts/$", model_handler(model<post>{}, database)
                                 .permissions(is_authenticated()))}};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_faults, with_posts)

BOOST_AUTO_TEST_CASE(what_was_acknowledged_is_there_whatever_the_server_does) {
  creating_clients load(server.port(), "x");
  const auto fail = [&](const std::string& how, std::size_t when) {
    load.wait_for(when);
    const auto refused_before = load.refused();
    control(how);
    // It is told at once, and comes back by itself.
    while (load.refused() < refused_before + creating_clients::count)
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    control("start");
  };
  fail("stop", writes / 4);
  fail("kill", writes / 2);
  fail("kill", writes * 3 / 4);
  load.wait_for(writes);
  load.stop();
  BOOST_TEST(load.acknowledged() >= writes);
  load.check(stored());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace postgres_faults_suite
