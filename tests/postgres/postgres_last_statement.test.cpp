// The last statement of a job, which PostgreSQL commits in the same exchange.

#include "stagedoor/actors/store/postgres_store.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <cstdint>
#include <future>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/postgres_schema.hpp"
#include "support/store_user.hpp"

namespace postgres_last_statement_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const std::string insertion = "INSERT INTO notes (title) VALUES (?1)";

store::job adds_last(const std::string& title) {
  return [title](sql_session& sql) { sql.run_last(insertion, {title}); };
}

std::int64_t process_of(sql_session& sql) {
  return std::get<std::int64_t>(sql.run("SELECT pg_backend_pid()").at(0).at(0));
}

/// A database with the table `notes`, and one connection that writes.
struct with_notes : store_user {
  with_notes() {
    options.connection = schema.connection();
    options.writers = 1;
    database = opened(options);
    BOOST_REQUIRE(
        (write("CREATE TABLE notes (id BIGINT GENERATED ALWAYS AS IDENTITY "
               "PRIMARY KEY, title TEXT CONSTRAINT title_is_unique UNIQUE, "
               "count BIGINT NOT NULL DEFAULT 0)")
         == no_fault));
  }

  std::int64_t count() {
    return std::get<std::int64_t>(
        rows("SELECT count(*) FROM notes").at(0).at(0));
  }

  void end_connection(std::int64_t process) {
    rows("SELECT pg_terminate_backend(?1::int)", {process});
    while (!rows("SELECT 1 FROM pg_stat_activity WHERE pid = ?1", {process})
                .empty())
      std::this_thread::sleep_for(1ms);
  }

  postgres_schema schema;
  postgres_options options;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_last_statement, with_notes)

BOOST_AUTO_TEST_CASE(it_commits_with_all_that_the_job_has_done_before) {
  BOOST_TEST((write([this](sql_session& sql) {
                sql.run(insertion, {std::string("a")});
                BOOST_TEST(count() == 0);
                const auto added =
                    sql.run_last(insertion + " RETURNING title", {"b"});
                BOOST_TEST((added == sql_rows{{std::string("b")}}));
                BOOST_TEST(sql.changed() == 1);
                BOOST_TEST(count() == 2);
              })
              == no_fault));
  BOOST_TEST((write(adds_last("c")) == no_fault));
  BOOST_TEST(count() == 3);
}

BOOST_AUTO_TEST_CASE(a_constraint_is_told_and_nothing_is_kept) {
  BOOST_REQUIRE((write(adds_last("a")) == no_fault));
  std::string constraint;
  int runs = 0;
  BOOST_TEST((write([&](sql_session& sql) {
                ++runs;
                sql.run(insertion, {std::string("b")});
                try {
                  sql.run_last(insertion, {std::string("a")});
                } catch (const sql_error& error) {
                  constraint = error.constraint();
                  throw;
                }
              })
              == sql_fault::unique));
  BOOST_TEST(constraint == "title_is_unique");
  // As others may have added the row since the job has looked.
  BOOST_TEST(runs == 2);
  BOOST_TEST(count() == 1);
  // Nor if the job keeps the error to itself.
  BOOST_TEST((write([](sql_session& sql) {
                sql.run(insertion, {std::string("b")});
                BOOST_CHECK_THROW(sql.run_last(insertion, {std::string("a")}),
                                  sql_error);
              })
              == sql_fault::unique));
  BOOST_TEST(count() == 1);
  BOOST_TEST((write(adds_last("b")) == no_fault));
}

BOOST_AUTO_TEST_CASE(a_commit_that_is_refused_has_failed) {
  BOOST_REQUIRE((write("CREATE TABLE lines (note BIGINT REFERENCES notes "
                       "DEFERRABLE INITIALLY DEFERRED)")
                 == no_fault));
  BOOST_TEST((write([](sql_session& sql) {
                sql.run(insertion, {std::string("a")});
                sql.run_last("INSERT INTO lines VALUES (7)");
              })
              == sql_fault::reference));
  BOOST_TEST(count() == 0);
  BOOST_TEST((write(adds_last("a")) == no_fault));
}

BOOST_AUTO_TEST_CASE(behind_it_a_job_runs_nothing_and_undoes_nothing) {
  BOOST_TEST((write([](sql_session& sql) {
                adds_last("a")(sql);
                sql.run(insertion, {std::string("b")});
              })
              == sql_fault::unknown));
  BOOST_TEST(text
             == "a job threw behind its commit: a job runs no statement behind "
                "its last one");
  BOOST_TEST((write([](sql_session& sql) {
                adds_last("c")(sql);
                throw std::runtime_error("no");
              })
              == sql_fault::unknown));
  BOOST_TEST(text == "a job threw behind its commit: no");
  BOOST_TEST(count() == 2);
  BOOST_TEST((write(insertion, {std::string("d")}) == no_fault));
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_lost_before_is_made_again) {
  std::int64_t process = 0;
  BOOST_REQUIRE((write([&](sql_session& sql) { process = process_of(sql); })
                 == no_fault));
  end_connection(process);
  BOOST_TEST((write(adds_last("a")) == no_fault), text);
  BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(nobody_knows_of_one_that_was_not_answered) {
  BOOST_REQUIRE(
      (write("CREATE FUNCTION dwell() RETURNS trigger LANGUAGE plpgsql AS $$ "
             "BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$")
       == no_fault));
  BOOST_REQUIRE(
      (write("CREATE CONSTRAINT TRIGGER dwells AFTER INSERT ON notes "
             "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
             "dwell()")
       == no_fault));
  // Nor if the job keeps the error to itself.
  for (const auto is_kept : {false, true}) {
    job_ending end;
    std::atomic<std::int64_t> process{0};
    database->write(
        soon(),
        [&](sql_session& sql) {
          process = process_of(sql);
          try {
            adds_last("a")(sql);
          } catch (const sql_error&) {
            if (!is_kept)
              throw;
          }
        },
        end.ending());
    while (rows("SELECT 1 FROM pg_stat_activity WHERE pid = ?1 AND wait_event "
                "= 'PgSleep'",
                {process.load()})
               .empty())
      std::this_thread::sleep_for(5ms);
    end_connection(process);
    BOOST_TEST((end.wait() == sql_fault::unknown));
    BOOST_TEST(end.text().starts_with("while a job was being committed: "));
  }
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(who_changes_the_row_ends_behind_the_job_that_added_it) {
  options.writers = 2;
  database = opened(options);
  std::promise<void> is_ending;
  std::promise<void> may_end;
  std::mutex mutex;
  std::vector<std::string> order;
  const auto ends = [&](const char* name) {
    const std::lock_guard lock{mutex};
    order.emplace_back(name);
  };
  job_ending added;
  job_ending changed;
  database->write(soon(), adds_last("a"),
                  [&, then = added.ending()](const std::exception_ptr& error) {
                    is_ending.set_value();
                    may_end.get_future().wait();
                    ends("added");
                    then(error);
                  });
  is_ending.get_future().wait();
  database->write(
      soon(), [](sql_session& sql) { sql.run("UPDATE notes SET count = 1"); },
      [&, then = changed.ending()](const std::exception_ptr& error) {
        ends("changed");
        then(error);
      });
  // It is committed, and waits until the first one has been told.
  while (rows("SELECT 1 FROM notes WHERE count = 1").empty())
    std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(20ms);
  may_end.set_value();
  BOOST_TEST((added.wait() == no_fault));
  BOOST_TEST((changed.wait() == no_fault));
  BOOST_TEST(order == (std::vector<std::string>{"added", "changed"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace postgres_last_statement_suite
