// Posts that are written while something fails. Both sides are counted: what
// was acknowledged is in the database, and what was refused is not.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/actors/store/sqlite_session.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <csignal>
#include <set>
#include <string>

#include "support/channel.hpp"
#include "support/creating_clients.hpp"
#include "support/post_model.hpp"
#include "support/running_program.hpp"
#include "support/temporary_file.hpp"
#include "support/test_database.hpp"
#include "support/test_server.hpp"

namespace model_faults_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t writes = 5000;

/// The slugs in a database that begin so.
std::set<std::string> stored_in(const sqlite_options& options,
                                const std::string& begin) {
  sqlite_session sql{options, sqlite_session::access::read};
  sql.set_deadline(store::clock::now() + 20s);
  std::set<std::string> result;
  for (const auto& row :
       sql.run("SELECT slug FROM post WHERE slug LIKE ?1", {begin + '%'}))
    result.insert(std::get<std::string>(row[0]));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(model_faults)

BOOST_AUTO_TEST_CASE(a_killed_server_keeps_what_it_has_acknowledged) {
  const temporary_folder folder;
  const temporary_file users(
      R"({"users":[{"id":1,"username":"alice","token":"alice-token"}]})");
  sqlite_options options;
  options.path = folder.path() / "posts.db";
  for (const std::string round : {"first", "second"}) {
    running_program server({"/usr/bin/env", "--chdir=" + folder.path().string(),
                            STAGEDOOR_POSTS, "--users=" + users.path()});
    creating_clients load(server.port, round);
    load.wait_for(writes);
    server.process.send_signal(SIGKILL);
    BOOST_TEST(server.process.wait() == -SIGKILL);
    load.stop();
    BOOST_TEST(load.acknowledged() >= writes);
    load.check(stored_in(options, round));
  }
}

BOOST_AUTO_TEST_CASE(what_a_locked_database_refuses_is_not_there) {
  test_database data{300ms};
  test_server server(
      {endpoint("/ws/", handler("root").permissions(allow_any()))
           .route("posts/$", model_handler(model<post>{}, data.database)
                                 .permissions(is_authenticated()))});
  creating_clients load(server.port(), "x");
  load.wait_for(100);
  {
    sqlite_session other{data.options, sqlite_session::access::write};
    other.set_deadline(store::clock::now() + 20s);
    other.command("BEGIN IMMEDIATE");
    BOOST_TEST(eventually(
        [&] { return load.refused() >= 2 * creating_clients::count; }));
    other.command("COMMIT");
  }
  // It comes back by itself.
  load.wait_for(load.acknowledged() + 100);
  load.stop();
  BOOST_TEST(load.unknown() == 0u);
  // One line tells of many.
  const auto log = data.lines->text();
  const auto lines =
      static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n'));
  BOOST_TEST(lines >= 1u);
  BOOST_TEST(lines <= load.refused() / 4);
  load.check(stored_in(data.options, "x"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_faults_suite
