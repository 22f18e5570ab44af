// Posts that are written while something fails. Both sides are counted: what
// was acknowledged is in the database, and what was refused is not.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/actors/store/sqlite_session.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/channel.hpp"
#include "support/post_model.hpp"
#include "support/raw_client.hpp"
#include "support/running_program.hpp"
#include "support/temporary_file.hpp"
#include "support/test_database.hpp"
#include "support/test_server.hpp"

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t clients = 16;
constexpr std::size_t writes = 5000;

/// Clients that create posts, one after the other each, until they are stopped
/// or lose their connection.
class creating_clients {
public:
  creating_clients(std::uint16_t port, std::string round)
      : round_(std::move(round)) {
    for (std::size_t i = 0; i < clients; ++i)
      threads_.emplace_back([this, port, i] { run(port, i); });
  }

  ~creating_clients() { stop(); }

  creating_clients(const creating_clients&) = delete;
  creating_clients& operator=(const creating_clients&) = delete;

  void stop() {
    is_stopped_ = true;
    for (auto& thread : threads_)
      if (thread.joinable())
        thread.join();
  }

  /// Waits until so many were acknowledged, or all clients have ended.
  void wait_for(std::size_t count) const {
    while (acknowledged() < count && running_ > 0)
      std::this_thread::sleep_for(5ms);
  }

  [[nodiscard]] std::size_t acknowledged() const { return acknowledged_; }
  [[nodiscard]] std::size_t refused() const { return refused_; }

  // -- after `stop` -----------------------------------------------------------

  /// Those of which the client knows that they are there.
  [[nodiscard]] const std::set<std::string>& created() const {
    return created_;
  }
  /// Those of which it knows nothing, because the connection was lost.
  [[nodiscard]] const std::set<std::string>& unknown() const {
    return unknown_;
  }
  /// Answers that were neither 201 nor 503.
  [[nodiscard]] const std::vector<std::string>& odd() const { return odd_; }

private:
  void run(std::uint16_t port, std::size_t who) {
    std::string slug;
    try {
      websocket_client client(port, "/ws/?token=alice-token");
      for (std::size_t i = 0; !is_stopped_; ++i) {
        slug = round_ + '-' + std::to_string(who) + '-' + std::to_string(i);
        const auto answer = client.ask(
            R"({"action":"create","route":"posts/","data":{"title":"x",)"
            R"("slug":")"
            + slug + R"("}})");
        std::lock_guard lock{mutex_};
        if (answer.find(R"("status":201)") != std::string::npos) {
          created_.insert(slug);
          ++acknowledged_;
        } else if (answer.find(R"("status":503)") != std::string::npos) {
          ++refused_;
        } else {
          odd_.push_back(answer);
        }
        slug.clear();
      }
    } catch (const std::exception&) {
      std::lock_guard lock{mutex_};
      if (!slug.empty())
        unknown_.insert(slug);
    }
    --running_;
  }

  std::string round_;
  std::atomic<bool> is_stopped_ = false;
  std::atomic<std::size_t> running_ = clients;
  std::atomic<std::size_t> acknowledged_ = 0;
  std::atomic<std::size_t> refused_ = 0;
  std::mutex mutex_;
  std::set<std::string> created_;
  std::set<std::string> unknown_;
  std::vector<std::string> odd_;
  std::vector<std::thread> threads_;
};

/// Compares what the clients know with what is in the database.
void check(const creating_clients& load, const std::set<std::string>& stored) {
  for (const auto& answer : load.odd())
    BOOST_ERROR(answer);
  std::size_t lost = 0;
  for (const auto& slug : load.created())
    lost += stored.contains(slug) ? 0u : 1u;
  BOOST_TEST(lost == 0u);
  std::size_t unasked = 0;
  for (const auto& slug : stored)
    unasked += load.created().contains(slug) || load.unknown().contains(slug)
                   ? 0u
                   : 1u;
  BOOST_TEST(unasked == 0u);
  BOOST_TEST_MESSAGE(load.acknowledged()
                     << " acknowledged, " << load.refused() << " refused, "
                     << load.unknown().size() << " unknown, " << stored.size()
                     << " stored");
}

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
    check(load, stored_in(options, round));
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
    BOOST_TEST(eventually([&] { return load.refused() >= 2 * clients; }));
    other.command("COMMIT");
  }
  // It comes back by itself.
  load.wait_for(load.acknowledged() + 100);
  load.stop();
  BOOST_TEST(load.unknown().empty());
  // One line tells of many.
  const auto log = data.lines->text();
  const auto lines =
      static_cast<std::size_t>(std::count(log.begin(), log.end(), '\n'));
  BOOST_TEST(lines >= 1u);
  BOOST_TEST(lines <= load.refused() / 4);
  check(load, stored_in(data.options, "x"));
}

BOOST_AUTO_TEST_SUITE_END()
