// A database in a real file, with real threads.

#include "stagedoor/actors/store/sqlite_store.hpp"

#include "stagedoor/actors/store/sqlite_session.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/channel.hpp"
#include "support/envelopes.hpp"
#include "support/look_ups.hpp"
#include "support/one_client.hpp"
#include "support/store_user.hpp"
#include "support/temporary_folder.hpp"

namespace sqlite_store_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using store_clock = store::clock;

/// Whether this process has a file open.
bool is_opened(const std::filesystem::path& file) {
  std::error_code gone;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
    if (std::filesystem::read_symlink(entry, gone) == file)
      return true;
  return false;
}

/// A database with the table `notes`.
struct fixture : store_user {
  fixture() {
    options.path = folder.path() / "test.db";
    open();
    BOOST_REQUIRE((write("CREATE TABLE notes (id INTEGER PRIMARY KEY, "
                         "title TEXT UNIQUE)")
                   == no_fault));
  }

  // Before its folder goes.
  ~fixture() { database.reset(); }

  void open() {
    database.reset();
    auto opened = open_sqlite(options);
    if (!opened)
      BOOST_FAIL(text_of(opened.error()));
    database = std::move(*opened);
  }

  std::int64_t count() {
    return std::get<std::int64_t>(rows("SELECT count(*) FROM notes")[0][0]);
  }

  static store::job adds(const std::string& title) {
    return [title](sql_session& sql) {
      sql.run("INSERT INTO notes (title) VALUES (?1)", {title});
    };
  }

  /// Has jobs wait behind one that runs, so that they are written together.
  /// @returns how each has ended.
  std::vector<std::optional<sql_fault>>
  write_together(const std::vector<store::job>& jobs) {
    const held_job first;
    job_ending first_end;
    database->write(soon(), first.job(), first_end.ending());
    first.wait_begun();
    std::vector<job_ending> ends(jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i)
      database->write(soon(), jobs[i], ends[i].ending());
    first.let_go();
    BOOST_REQUIRE((first_end.wait() == no_fault));
    std::vector<std::optional<sql_fault>> result;
    for (auto& end : ends)
      result.push_back(end.wait());
    return result;
  }

  temporary_folder folder;
  sqlite_options options;
};

// README: begin actions
handler_spec notes(const store_ptr& database) {
  return handler("notes")
      .action("add",
              [database](const context& ctx, arg<"title", std::string> title) {
                return database->write(ctx, [title](sql_session& sql) {
                  sql.run("INSERT INTO notes (title) VALUES (?1)", {*title});
                  return ok({{"title", *title}}, 201);
                });
              })
      .action("count", [database](const context& ctx) {
        return database->read(ctx, [](sql_session& sql) {
          const auto rows = sql.run("SELECT count(*) FROM notes");
          return ok({{"count", std::get<std::int64_t>(rows[0][0])}});
        });
      });
}
// README: end actions

// README: begin loader
handler_spec titles(const store_ptr& database) {
  return handler("titles")
      .loads([database](arg<"id", std::int64_t> id,
                        found_later<std::string> found) {
        database->look_up<std::string>(
            found, {"SELECT title FROM notes WHERE id = ?1", {*id}},
            [](const sql_rows& rows) -> std::optional<std::string> {
              if (rows.empty())
                return std::nullopt;
              return std::get<std::string>(rows[0][0]);
            });
      })
      .action("look", [](loaded<std::string> title) {
        return ok(json::value(*title));
      });
}
// README: end loader

} // namespace

BOOST_FIXTURE_TEST_SUITE(sqlite_store, fixture)

// -- values -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(values_come_back_as_they_were) {
  using integers = std::numeric_limits<std::int64_t>;
  const sql_row values{std::monostate{},
                       integers::max(),
                       integers::min(),
                       std::int64_t{1} << 40,
                       0.1,
                       -0.0,
                       std::numeric_limits<double>::infinity(),
                       std::numeric_limits<double>::denorm_min(),
                       std::string{},
                       std::string{"a\0b", 3},
                       std::string{"it's \"quoted\"; -- ☕"}};
  for (const auto& value : values) {
    const auto found = rows("SELECT ?1", {value});
    BOOST_REQUIRE(found.size() == 1u);
    BOOST_REQUIRE(found[0].size() == 1u);
    BOOST_TEST((found[0][0] == value));
  }
}

BOOST_AUTO_TEST_CASE(what_sqlite_would_make_null_is_refused) {
  BOOST_TEST((write("INSERT INTO notes (title) VALUES (?1)",
                    {std::numeric_limits<double>::quiet_NaN()})
              == sql_fault::wrong_type));
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(as_many_values_as_parameters) {
  BOOST_TEST(
      (write("INSERT INTO notes (title) VALUES (?1)", {}) == sql_fault::other));
  BOOST_TEST(text
             == "0 values for 1 parameters of: INSERT INTO notes (title) "
                "VALUES (?1)");
  BOOST_TEST((write("SELECT 1", {std::string{"x"}}) == sql_fault::other));
}

BOOST_AUTO_TEST_CASE(one_statement_at_a_time) {
  for (const std::string statement :
       {"DELETE FROM notes; DELETE FROM notes", "", "-- nothing"})
    BOOST_TEST((write(statement) == sql_fault::other));
}

BOOST_AUTO_TEST_CASE(more_statements_than_are_kept) {
  const auto most = kept_statements<int>::count_max;
  for (int round = 0; round < 2; ++round)
    for (std::size_t i = 0; i < most + 1; ++i)
      BOOST_TEST((rows("SELECT " + std::to_string(i))[0][0]
                  == sql_value{static_cast<std::int64_t>(i)}));
}

BOOST_AUTO_TEST_CASE(a_kept_statement_sees_what_others_have_written) {
  BOOST_TEST(count() == 0);
  BOOST_TEST((write(adds("a")) == no_fault));
  BOOST_TEST(count() == 1);
  BOOST_TEST((write("ALTER TABLE notes ADD COLUMN body TEXT") == no_fault));
  BOOST_TEST(rows("SELECT * FROM notes")[0].size() == 3u);
}

// -- what goes wrong ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(tells_constraints_apart) {
  for (const std::string statement :
       {"CREATE TABLE parents (id INTEGER PRIMARY KEY)",
        "CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER NOT "
        "NULL REFERENCES parents ON DELETE RESTRICT, "
        "age INTEGER CHECK (age >= 0)) STRICT",
        "INSERT INTO parents VALUES (1)",
        "INSERT INTO children VALUES (1, 1, 1)"})
    BOOST_REQUIRE((write(statement) == no_fault));
  const std::pair<std::string, sql_fault> faults[]{
      {"INSERT INTO parents VALUES (1)", sql_fault::unique},
      {"INSERT INTO children VALUES (2, 2, 1)", sql_fault::reference},
      {"DELETE FROM parents", sql_fault::reference},
      {"INSERT INTO children VALUES (2, 1, -1)", sql_fault::check},
      {"INSERT INTO children VALUES (2, NULL, 1)", sql_fault::not_null},
      {"INSERT INTO children VALUES (2, 1, 'x')", sql_fault::wrong_type},
      {"INSERT INTO parents VALUES ('x')", sql_fault::wrong_type},
      {"INSERT INTO nowhere VALUES (1)", sql_fault::other},
      {"INSERT", sql_fault::other}};
  for (const auto& [statement, fault] : faults)
    BOOST_TEST((write(statement) == fault), statement << ": " << text);
  BOOST_TEST((write(adds("a")) == no_fault));
  BOOST_TEST((write(adds("a")) == sql_fault::unique));
  BOOST_TEST(text == "UNIQUE constraint failed: notes.title (SQLite 2067)");
}

BOOST_AUTO_TEST_CASE(a_job_that_throws_leaves_nothing) {
  BOOST_TEST((write([](sql_session& sql) {
                adds("a")(sql);
                BOOST_TEST(sql.changed() == 1);
                throw std::runtime_error("no");
              })
              == sql_fault::other));
  BOOST_TEST(text == "no");
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(behind_its_last_statement_a_job_runs_no_other) {
  const std::string insertion = "INSERT INTO notes (title) VALUES (?1)";
  const auto one_too_many = [&](sql_session& sql) {
    sql.run_last(insertion, {std::string("a")});
    sql.run(insertion, {std::string("b")});
  };
  BOOST_TEST((write(one_too_many) == sql_fault::other));
  BOOST_TEST(text == "a job runs no statement behind its last one");
  // The next job begins anew.
  for (const auto* title : {"a", "b"})
    BOOST_TEST((write([&](sql_session& sql) {
                  sql.run(insertion, {std::string(title)});
                  sql.run_last(insertion, {title + std::string("2")});
                })
                == no_fault));
  BOOST_TEST(count() == 4);
  for (int i = 0; i < 4; ++i)
    BOOST_TEST((read([](sql_session& sql) {
                  sql.run("SELECT 1");
                  sql.run_last("SELECT 2");
                })
                == no_fault));
}

BOOST_AUTO_TEST_CASE(the_transaction_is_the_stores) {
  for (const std::string statement :
       {"COMMIT", "BEGIN", "ROLLBACK", "SAVEPOINT x", "RELEASE job",
        "ATTACH ':memory:' AS other", "DETACH main", "VACUUM INTO 'copy.db'"})
    BOOST_TEST((write([&](sql_session& sql) {
                  adds("a")(sql);
                  sql.run(statement);
                })
                == sql_fault::other),
               statement);
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(a_reader_does_not_write) {
  BOOST_TEST((read(adds("a")) == sql_fault::gone));
  BOOST_TEST(text == "attempt to write a readonly database (SQLite 8)");
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(all_that_a_job_reads_is_of_one_moment) {
  BOOST_TEST((read([&](sql_session& sql) {
                const std::string statement = "SELECT count(*) FROM notes";
                const auto before = sql.run(statement);
                BOOST_TEST((write(adds("a")) == no_fault));
                BOOST_TEST((sql.run(statement) == before));
              })
              == no_fault));
  BOOST_TEST(count() == 1);
}

// -- writing together ---------------------------------------------------------

BOOST_AUTO_TEST_CASE(look_ups_that_wait_are_done_together) {
  options.readers = 1;
  open();
  try_many_look_ups(*this);
}

BOOST_AUTO_TEST_CASE(of_several_only_the_wrong_one_is_not_written) {
  const auto ends = write_together({adds("a"), adds("b"), adds("a"), adds("c"),
                                    [](sql_session& sql) {
                                      adds("d")(sql);
                                      throw std::runtime_error("no");
                                    },
                                    adds("e")});
  const std::vector<std::optional<sql_fault>> expected{
      {}, {}, sql_fault::unique, {}, sql_fault::other, {}};
  BOOST_TEST((ends == expected));
  BOOST_TEST((rows("SELECT title FROM notes ORDER BY id")
              == sql_rows{{"a"}, {"b"}, {"c"}, {"e"}}));
}

// The whole transaction cannot be committed, and nothing tells whose fault that
// is.
BOOST_AUTO_TEST_CASE(who_spoils_the_commit_is_alone_in_it) {
  BOOST_REQUIRE((write("CREATE TABLE pairs (a INTEGER REFERENCES notes "
                       "DEFERRABLE INITIALLY DEFERRED)")
                 == no_fault));
  const auto ends = write_together(
      {adds("a"),
       [](sql_session& sql) { sql.run("INSERT INTO pairs VALUES (99)"); },
       adds("b")});
  const std::vector<std::optional<sql_fault>> expected{
      {}, sql_fault::reference, {}};
  BOOST_TEST((ends == expected));
  BOOST_TEST(
      (rows("SELECT title FROM notes ORDER BY id") == sql_rows{{"a"}, {"b"}}));
  BOOST_TEST(rows("SELECT * FROM pairs").empty());
}

// SQLite itself takes the whole transaction back where the disk is full.
BOOST_AUTO_TEST_CASE(a_full_disk_takes_nothing_from_others) {
  BOOST_REQUIRE((write("CREATE TABLE large (text TEXT)") == no_fault));
  BOOST_REQUIRE((write("PRAGMA max_page_count = 16") == no_fault));
  const store::job too_large = [](sql_session& sql) {
    sql.run("INSERT INTO large VALUES (?1)", {std::string(1'000'000, 'x')});
  };
  const auto ends = write_together({adds("a"), too_large, adds("b")});
  const std::vector<std::optional<sql_fault>> expected{{}, sql_fault::full, {}};
  BOOST_TEST((ends == expected));
  BOOST_TEST(count() == 2);
  BOOST_REQUIRE((write("PRAGMA max_page_count = 1000") == no_fault));
  BOOST_TEST((write(too_large) == no_fault));
}

BOOST_AUTO_TEST_CASE(all_that_was_told_is_there_and_once) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t writes = 2500;
  std::vector<std::thread> running;
  std::atomic<std::size_t> told{0};
  for (std::size_t thread = 0; thread < threads; ++thread)
    running.emplace_back([&, thread] {
      std::vector<job_ending> ends(writes);
      for (std::size_t i = 0; i < writes; ++i) {
        // Half of them are there already, or will be.
        const auto title = std::to_string(thread / 2 * writes + i);
        database->write(soon(), adds(title), ends[i].ending());
        if (i >= 100 && ends[i - 100].wait() == no_fault)
          ++told;
      }
      for (std::size_t i = writes - 100; i < writes; ++i)
        if (ends[i].wait() == no_fault)
          ++told;
    });
  for (auto& thread : running)
    thread.join();
  BOOST_TEST(told == threads / 2 * writes);
  BOOST_TEST(count() == static_cast<std::int64_t>(threads / 2 * writes));
  // And in the file, for whoever comes next.
  open();
  BOOST_TEST(count() == static_cast<std::int64_t>(threads / 2 * writes));
}

// -- bounds -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(as_many_wait_as_may_and_one_more_is_refused) {
  options.waiting_max = 2;
  open();
  const held_job first;
  std::vector<job_ending> ends(4);
  database->write(soon(), first.job(), ends[0].ending());
  first.wait_begun();
  for (std::size_t i = 1; i < ends.size(); ++i)
    database->write(soon(), adds(std::to_string(i)), ends[i].ending());
  BOOST_TEST((ends[3].wait() == sql_fault::full));
  first.let_go();
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST((ends[i].wait() == no_fault));
  BOOST_TEST(count() == 2);
}

BOOST_AUTO_TEST_CASE(who_holds_the_database_is_waited_for_until_the_deadline) {
  options.job_timeout = 50ms;
  const auto other =
      std::make_unique<sqlite_session>(options, sqlite_session::access::write);
  other->set_deadline(soon());
  other->command("BEGIN IMMEDIATE");
  BOOST_TEST(
      (write(adds("a"), store_clock::now() + 50ms) == sql_fault::locked));
  // Readers go on.
  BOOST_TEST(count() == 0);
  job_ending end;
  database->write(soon(), adds("b"), end.ending());
  other->command("COMMIT");
  BOOST_TEST((end.wait() == no_fault));
  BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(what_computes_for_too_long_is_interrupted) {
  const store::job endless = [](sql_session& sql) {
    sql.run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
            "INSERT INTO notes (title) SELECT max(i) FROM n");
  };
  BOOST_TEST((write(endless, store_clock::now() + 50ms) == sql_fault::late));
  BOOST_TEST((read(
                  [](sql_session& sql) {
                    sql.run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
                            "SELECT i + 1 FROM n) SELECT max(i) FROM n");
                  },
                  store_clock::now() + 50ms)
              == sql_fault::late));
  BOOST_TEST((write(adds("a")) == no_fault));
  BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(what_has_waited_for_too_long_does_not_begin) {
  const auto never = [](sql_session&) { BOOST_ERROR("it has begun"); };
  BOOST_TEST((write(never, store_clock::now()) == sql_fault::late));
  BOOST_TEST((read(never, store_clock::now()) == sql_fault::late));
}

BOOST_AUTO_TEST_CASE(what_waits_when_the_store_ends_is_told) {
  const held_job first;
  job_ending first_end;
  job_ending end;
  database->write(soon(), first.job(), first_end.ending());
  first.wait_begun();
  database->write(soon(), adds("a"), end.ending());
  std::thread ends([&] { database.reset(); });
  BOOST_TEST((end.wait() == sql_fault::gone));
  first.let_go();
  BOOST_TEST((first_end.wait() == no_fault));
  ends.join();
  open();
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(a_job_may_be_the_last_to_hold_the_store) {
  for (const auto writes : {true, false, true, false}) {
    open();
    job_ending end;
    auto* called = database.get();
    store::job holds = [last = std::move(database)](sql_session& sql) {
      sql.run("SELECT count(*) FROM notes");
    };
    if (writes)
      called->write(soon(), std::move(holds), end.ending());
    else
      called->read(soon(), std::move(holds), end.ending());
    BOOST_TEST((end.wait() == no_fault));
    BOOST_TEST(eventually([&] { return !is_opened(options.path); }));
  }
  open();
  BOOST_TEST(count() == 0);
}

// -- opening ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(says_what_cannot_be_opened) {
  const auto refusal = [](const sqlite_options& wrong) {
    const auto opened = open_sqlite(wrong);
    return opened ? "" : text_of(opened.error());
  };
  auto wrong = options;
  wrong.path = folder.path();
  BOOST_TEST(refusal(wrong)
             == "database: " + folder.path().string()
                    + ": unable to open database file");
  wrong.path = folder.path() / "text.db";
  std::ofstream{wrong.path} << std::string(4096, 'x');
  BOOST_TEST(refusal(wrong)
             == "database: " + wrong.path.string()
                    + ": file is not a database (SQLite 26)");
  for (const auto bound :
       {&sqlite_options::readers, &sqlite_options::waiting_max,
        &sqlite_options::group_max}) {
    wrong = options;
    wrong.*bound = 0;
    BOOST_TEST(refusal(wrong)
               == "database: " + options.path.string()
                      + ": readers, waiting_max and group_max are over 0");
  }
}

BOOST_AUTO_TEST_CASE(who_writes_to_a_new_file_is_waited_for) {
  options.path = folder.path() / "new.db";
  sqlite_session other{options, sqlite_session::access::write};
  // What a file is until the first one has made it what stores need.
  other.command("PRAGMA journal_mode = DELETE");
  other.command("BEGIN IMMEDIATE");
  auto hurried = options;
  hurried.job_timeout = 50ms;
  const auto refused_store = open_sqlite(hurried);
  BOOST_REQUIRE(!refused_store);
  BOOST_TEST(text_of(refused_store.error())
             == "database: " + options.path.string()
                    + ": database is locked (SQLite 5)");
  options.job_timeout = 20s;
  auto opened =
      std::async(std::launch::async, [this] { return open_sqlite(options); });
  BOOST_TEST((opened.wait_for(50ms) == std::future_status::timeout));
  other.command("COMMIT");
  const auto result = opened.get();
  BOOST_TEST((result ? "" : text_of(result.error())) == "");
}

BOOST_AUTO_TEST_CASE(a_new_file_may_be_opened_by_many_at_once) {
  for (int round = 0; round < 5; ++round) {
    options.path = folder.path() / ("new" + std::to_string(round) + ".db");
    std::vector<std::future<caf::expected<store_ptr>>> opened;
    for (int i = 0; i < 8; ++i)
      opened.push_back(std::async(std::launch::async,
                                  [this] { return open_sqlite(options); }));
    for (auto& each : opened) {
      const auto result = each.get();
      BOOST_TEST((result ? "" : text_of(result.error())) == "");
    }
  }
}

// -- for actions --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(actions_read_and_write) {
  options.job_timeout = 200ms;
  open();
  one_client set({endpoint("/ws/", notes(database))});
  BOOST_TEST(set.ask(R"({"action":"add","title":"a"})")
             == R"({"errors":[],"data":{"title":"a"},"action":"add",)"
                R"("route":"","status":201})");
  BOOST_TEST(set.ask(R"({"action":"add","title":"a"})")
             == R"({"errors":[{"detail":"A server error occurred."}],)"
                R"("data":null,"action":"add","route":"","status":500})");
  BOOST_TEST(set.ask(R"({"action":"count"})")
             == success(R"({"count":1})", "count"));
  sqlite_session other{options, sqlite_session::access::write};
  other.set_deadline(soon());
  other.command("BEGIN IMMEDIATE");
  BOOST_TEST(set.ask(R"({"action":"add","title":"b"})")
             == R"({"errors":[{"detail":"Service unavailable."}],)"
                R"("data":null,"action":"add","route":"","status":503})");
  BOOST_TEST(set.ask(R"({"action":"count"})")
             == success(R"({"count":1})", "count"));
  other.command("COMMIT");
  BOOST_TEST(set.ask(R"({"action":"add","title":"b"})").find("201")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(loaders_find_objects) {
  BOOST_REQUIRE((write("INSERT INTO notes (title) VALUES ('a')") == no_fault));
  one_client set({endpoint("/ws/", titles(database))});
  BOOST_TEST(set.ask(R"({"action":"look","id":1})")
             == success(R"("a")", "look"));
  BOOST_TEST(set.ask(R"({"action":"look","id":2})").find("404")
             != std::string::npos);
  BOOST_REQUIRE((write("DROP TABLE notes") == no_fault));
  BOOST_TEST(set.ask(R"({"action":"look","id":1})").find("500")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_loader_may_find_its_object_with_several_statements) {
  one_client set({endpoint(
      "/ws/", handler("notes")
                  .loads([this](found_later<std::int64_t> found) {
                    database->find<std::int64_t>(
                        found,
                        [](sql_session& sql) -> std::optional<std::int64_t> {
                          if (sql.run("SELECT 1 FROM notes").empty())
                            return std::nullopt;
                          return std::get<std::int64_t>(
                              sql.run("SELECT max(id) FROM notes")[0][0]);
                        });
                  })
                  .action("look", [](loaded<std::int64_t> last) {
                    return ok(*last);
                  }))});
  BOOST_TEST(set.ask(R"({"action":"look"})").find("404") != std::string::npos);
  BOOST_REQUIRE((write("INSERT INTO notes VALUES (7, 'a')") == no_fault));
  BOOST_TEST(set.ask(R"({"action":"look"})") == success("7", "look"));
  BOOST_REQUIRE((write("DROP TABLE notes") == no_fault));
  BOOST_TEST(set.ask(R"({"action":"look"})").find("500") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_job_that_refuses_keeps_nothing) {
  one_client set({endpoint(
      "/ws/", handler("notes").action("add", [this](const context& ctx) {
        return database->write(ctx, [](sql_session& sql) -> reply {
          sql.run("INSERT INTO notes (title) VALUES ('a')");
          throw refused_job{
              fail(409, json::array{json::object{{"detail", "Not today."}}})};
        });
      }))});
  BOOST_TEST(set.ask(R"({"action":"add"})")
             == R"({"errors":[{"detail":"Not today."}],"data":null,)"
                R"("action":"add","route":"","status":409})");
  BOOST_TEST(rows("SELECT * FROM notes").empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace sqlite_store_suite
