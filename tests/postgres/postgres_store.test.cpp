// A PostgreSQL server, with real threads and connections.

#include "stagedoor/actors/store/postgres_store.hpp"

#include "stagedoor/actors/store/job_queue.hpp"
#include "stagedoor/actors/store/kept_statements.hpp"

#include <boost/test/unit_test.hpp>

#include <spdlog/logger.h>

#include <atomic>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/log_lines.hpp"
#include "support/look_ups.hpp"
#include "support/postgres_schema.hpp"
#include "support/store_user.hpp"

namespace postgres_store_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using store_clock = store::clock;

std::int64_t integer_at(const sql_rows& rows, std::size_t column = 0) {
  return std::get<std::int64_t>(rows.at(0).at(column));
}

/// A database with the table `notes`.
struct fixture : store_user {
  fixture() {
    options.connection = schema.connection();
    open();
    BOOST_REQUIRE(
        (write("CREATE TABLE notes (id BIGINT GENERATED ALWAYS AS IDENTITY "
               "PRIMARY KEY, title TEXT CONSTRAINT title_is_unique UNIQUE, "
               "count BIGINT NOT NULL DEFAULT 0)")
         == no_fault));
  }

  void open() {
    database.reset();
    database = opened(options);
  }

  std::int64_t count() {
    return integer_at(rows("SELECT count(*) FROM notes"));
  }

  postgres_schema schema;
  postgres_options options;
};

/// A store with a connection of its own to the same tables.
struct stranger {
  explicit stranger(const fixture& beside)
      : database(opened({beside.schema.connection(), 1, 1})) {}

  void write(const std::string& statement) const {
    job_ending end;
    database->write(
        store_clock::now() + 20s, [&](sql_session& sql) { sql.run(statement); },
        end.ending());
    BOOST_REQUIRE(!end.wait());
  }

  store_ptr database;
};

store::job adds(const std::string& title) {
  return [title](sql_session& sql) {
    sql.run("INSERT INTO notes (title) VALUES (?1)", {title});
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_store, fixture)

// -- values -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(values_come_back_as_they_were) {
  constexpr auto least = std::numeric_limits<std::int64_t>::min();
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr double number = 0.1 + 0.2;
  const std::string words = "it's \"50 %\" \\ $1 ?1 \xF0\x9F\x8E\xAD";
  const auto found =
      rows("SELECT ?1::bigint, ?2::bigint, ?3::float8, ?4::text, ?5::text, "
           "true, false, 7::smallint, 12.50::numeric, ?6::float8",
           {least, most, number, words, sql_value{},
            std::numeric_limits<double>::infinity()});
  const sql_row expected{least,
                         most,
                         number,
                         words,
                         sql_value{},
                         std::int64_t{1},
                         std::int64_t{0},
                         std::int64_t{7},
                         std::string("12.50"),
                         std::numeric_limits<double>::infinity()};
  BOOST_TEST((found.at(0) == expected));
}

BOOST_AUTO_TEST_CASE(a_value_that_it_cannot_hold_is_refused_before_it_is_sent) {
  BOOST_TEST((write([](sql_session& sql) {
                BOOST_CHECK_THROW(
                    sql.run("INSERT INTO notes (title) VALUES (?1)",
                            {std::string("a\0b", 3)}),
                    sql_error);
                BOOST_CHECK_THROW(sql.run("SELECT ?1::float8", {std::nan("")}),
                                  sql_error);
                // The transaction goes on.
                adds("after")(sql);
              })
              == no_fault));
  BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_no_utf_8_is_refused_and_not_shown) {
  BOOST_TEST((write(adds("secret \xFF")) == sql_fault::wrong_type));
  BOOST_TEST(text == "a value does not fit its type (PostgreSQL 22021)");
  BOOST_TEST((write("SELECT ?1::bigint", {std::string("secret")})
              == sql_fault::wrong_type));
  BOOST_TEST(text == "a value does not fit its type (PostgreSQL 22P02)");
}

BOOST_AUTO_TEST_CASE(a_value_is_never_a_part_of_the_statement) {
  const std::string nasty = "'); DROP TABLE notes; --";
  BOOST_TEST((write(adds(nasty)) == no_fault));
  BOOST_TEST(std::get<std::string>(rows("SELECT title FROM notes")[0][0])
             == nasty);
}

BOOST_AUTO_TEST_CASE(values_and_parameters_are_as_many) {
  BOOST_TEST((write("SELECT ?1, ?2", {std::int64_t{1}}) == sql_fault::other));
  BOOST_TEST(text == "1 values for 2 parameters of: SELECT ?1, ?2");
}

// -- transactions -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_job_that_throws_leaves_nothing) {
  BOOST_TEST((write([](sql_session& sql) {
                adds("gone")(sql);
                throw std::runtime_error("no");
              })
              == sql_fault::other));
  BOOST_TEST(text == "no");
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(a_job_that_reads_cannot_write) {
  BOOST_TEST((read(adds("no")) == sql_fault::other));
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(a_job_cannot_end_its_transaction_or_outlive_it) {
  for (const auto* statement :
       {"COMMIT", " /* a */ -- b\n rollback", "BEGIN", "SAVEPOINT a",
        "SET search_path = public", "LISTEN a", "COPY notes TO STDOUT"})
    BOOST_TEST((write(statement) == sql_fault::other), statement);
  BOOST_TEST((write("SET LOCAL work_mem = '1MB'") == no_fault));
}

BOOST_AUTO_TEST_CASE(a_text_with_two_statements_is_refused) {
  BOOST_TEST((write("SELECT 1; SELECT 2") == sql_fault::other));
  BOOST_TEST((write("") == sql_fault::other));
}

BOOST_AUTO_TEST_CASE(behind_an_error_a_transaction_takes_no_statement) {
  BOOST_TEST((write(adds("a")) == no_fault));
  BOOST_TEST((write([](sql_session& sql) {
                adds("b")(sql);
                BOOST_CHECK_THROW(adds("a")(sql), sql_error);
                // It says again what was wrong, and not what followed of it.
                try {
                  adds("c")(sql);
                  BOOST_ERROR("it goes on");
                } catch (const sql_error& error) {
                  BOOST_TEST((error.fault() == sql_fault::unique));
                }
              })
              == sql_fault::unique));
  BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(all_that_a_job_reads_is_of_one_moment) {
  const stranger other{*this};
  BOOST_TEST((read([&](sql_session& sql) {
                const auto* counting = "SELECT count(*) FROM notes";
                BOOST_TEST(integer_at(sql.run(counting)) == 0);
                other.write("INSERT INTO notes (title) VALUES ('new')");
                BOOST_TEST(integer_at(sql.run(counting)) == 0);
              })
              == no_fault));
  BOOST_TEST(count() == 1);
}

BOOST_AUTO_TEST_CASE(a_look_up_needs_no_transaction_around_it) {
  const auto isolation = [&](store_clock::time_point deadline) {
    tried_look_up tried;
    tried.begin(*database, {"SELECT current_setting('transaction_isolation')"},
                deadline);
    BOOST_TEST(!tried.end.wait());
    return std::get<std::string>(tried.found->at(0).at(0));
  };
  const auto usual = [&] {
    return store_clock::now() + database->job_timeout();
  };
  options.readers = 1;
  open();
  // A statement that is not known yet runs as a job.
  BOOST_TEST(isolation(usual()) == "repeatable read");
  BOOST_TEST(isolation(usual()) == "read committed");
  BOOST_TEST(isolation(usual()) == "read committed");
  // What takes its own time has that set in a transaction.
  BOOST_TEST(isolation(soon()) == "repeatable read");
}

BOOST_AUTO_TEST_CASE(a_look_up_cannot_write) {
  options.readers = 1;
  open();
  for (int i = 0; i < 2; ++i) {
    tried_look_up tried;
    tried.begin(*database, {"SELECT setval('notes_id_seq', 7)"},
                store_clock::now() + database->job_timeout());
    BOOST_TEST((tried.end.wait() == sql_fault::other), tried.end.text());
  }
}

BOOST_AUTO_TEST_CASE(look_ups_that_wait_are_asked_for_together) {
  options.readers = 1;
  open();
  try_many_look_ups(*this);
}

BOOST_AUTO_TEST_CASE(look_ups_that_wait_go_in_one_exchange) {
  options.readers = 1;
  open();
  const auto usual = [&] {
    return store_clock::now() + database->job_timeout();
  };
  // The time of a transaction, which is that of an exchange.
  const sql_text statement{"SELECT now()::text"};
  tried_look_up first;
  first.begin(*database, statement, usual());
  BOOST_TEST(!first.end.wait());
  const held_job held;
  job_ending held_end;
  database->read(soon(), held.job(), held_end.ending());
  held.wait_begun();
  std::vector<tried_look_up> tried(stagedoor::job_queue::look_ups_max + 1);
  for (auto& each : tried)
    each.begin(*database, statement, usual());
  held.let_go();
  for (auto& each : tried)
    BOOST_TEST(!each.end.wait());
  const auto& last_of_one = tried[tried.size() - 2];
  BOOST_TEST((*tried.front().found == *last_of_one.found));
  BOOST_TEST((*tried.back().found != *last_of_one.found));
}

BOOST_AUTO_TEST_CASE(behind_a_look_up_that_fails_the_others_are_asked_again) {
  options.readers = 1;
  open();
  const auto usual = [&] {
    return store_clock::now() + database->job_timeout();
  };
  const auto divides = [](int by) {
    return sql_text{"SELECT current_setting('transaction_isolation'), "
                    "4 / ?1::int",
                    {std::int64_t{by}}};
  };
  tried_look_up first;
  first.begin(*database, divides(1), usual());
  BOOST_TEST(!first.end.wait());
  const held_job held;
  job_ending held_end;
  database->read(soon(), held.job(), held_end.ending());
  held.wait_begun();
  const std::vector<int> divisors{4, 0, 2, 0, 0, 1};
  std::vector<tried_look_up> tried(divisors.size());
  for (std::size_t i = 0; i < tried.size(); ++i)
    tried[i].begin(*database, divides(divisors[i]), usual());
  held.let_go();
  for (std::size_t i = 0; i < tried.size(); ++i) {
    if (divisors[i] == 0) {
      BOOST_TEST((tried[i].end.wait() == sql_fault::wrong_type));
      continue;
    }
    BOOST_TEST(!tried[i].end.wait(), tried[i].end.text());
    // None of them was run as a job.
    BOOST_TEST((*tried[i].found
                == sql_rows{{std::string("read committed"),
                             std::int64_t{4 / divisors[i]}}}));
  }
}

BOOST_AUTO_TEST_CASE(says_how_many_rows_were_changed) {
  BOOST_TEST((write([](sql_session& sql) {
                adds("a")(sql);
                adds("b")(sql);
                BOOST_TEST(sql.changed() == 1);
                sql.run("UPDATE notes SET count = 1");
                BOOST_TEST(sql.changed() == 2);
                sql.run("SELECT 1");
                BOOST_TEST(sql.changed() == 2);
                sql.run("DELETE FROM notes WHERE title = 'c'");
                BOOST_TEST(sql.changed() == 0);
              })
              == no_fault));
}

// -- what constraints say -----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_constraint_is_told_by_its_name) {
  BOOST_REQUIRE(
      (write("CREATE TABLE lines (note BIGINT NOT NULL CONSTRAINT of_a_note "
             "REFERENCES notes, size BIGINT CONSTRAINT is_small CHECK (size < "
             "9))")
       == no_fault));
  BOOST_REQUIRE((write(adds("a")) == no_fault));
  const auto constraint_of = [&](const std::string& statement,
                                 sql_fault expected) {
    std::string result;
    BOOST_TEST((write([&](sql_session& sql) {
                  try {
                    sql.run(statement);
                  } catch (const sql_error& error) {
                    result = error.constraint();
                    throw;
                  }
                })
                == expected));
    return result;
  };
  BOOST_TEST(
      constraint_of("INSERT INTO notes (title) VALUES ('a')", sql_fault::unique)
      == "title_is_unique");
  BOOST_TEST(
      constraint_of("INSERT INTO lines VALUES (7, 1)", sql_fault::reference)
      == "of_a_note");
  BOOST_TEST(constraint_of("INSERT INTO lines SELECT id, 9 FROM notes",
                           sql_fault::check)
             == "is_small");
  BOOST_TEST(
      constraint_of("INSERT INTO lines VALUES (NULL, 1)", sql_fault::not_null)
      == "");
  // Nor does the log get to see the values.
  BOOST_TEST(text.find("DETAIL") == std::string::npos);
}

// -- jobs beside each other ---------------------------------------------------

BOOST_AUTO_TEST_CASE(jobs_that_change_the_same_row_lose_nothing) {
  constexpr int jobs = 200;
  BOOST_REQUIRE((write(adds("a")) == no_fault));
  std::vector<job_ending> ends(jobs);
  for (auto& end : ends)
    database->write(
        soon(),
        [](sql_session& sql) {
          const auto count = integer_at(sql.run("SELECT count FROM notes"));
          sql.run("UPDATE notes SET count = ?1", {count + 1});
        },
        end.ending());
  for (auto& end : ends)
    BOOST_TEST((end.wait() == no_fault));
  BOOST_TEST(integer_at(rows("SELECT count FROM notes")) == jobs);
}

/// A job whose transaction is spoiled by another one in its first runs.
struct spoiled_job {
  spoiled_job(const fixture& home, int how_often)
      : other(home), spoils(how_often) {}

  void operator()(sql_session& sql) {
    sql.run("SELECT count FROM notes");
    if (++runs <= spoils)
      other.write("UPDATE notes SET count = count + 100");
    sql.run("UPDATE notes SET count = count + 1");
  }

  stranger other;
  int spoils;
  int runs = 0;
};

BOOST_AUTO_TEST_CASE(a_spoiled_job_runs_again_until_its_deadline) {
  BOOST_REQUIRE((write(adds("a")) == no_fault));
  spoiled_job often{*this, 7};
  BOOST_TEST((write(std::ref(often)) == no_fault));
  BOOST_TEST(often.runs == 8);
  BOOST_TEST(integer_at(rows("SELECT count FROM notes")) == 701);

  spoiled_job always{*this, std::numeric_limits<int>::max()};
  BOOST_TEST((write(std::ref(always), store_clock::now() + 200ms)
              == sql_fault::locked));
  BOOST_TEST(always.runs > 1);
  BOOST_TEST(integer_at(rows("SELECT count FROM notes"))
             == 701 + 100 * always.runs);
}

BOOST_AUTO_TEST_CASE(of_two_jobs_that_wait_for_each_other_one_runs_again) {
  BOOST_REQUIRE((write(adds("a")) == no_fault));
  BOOST_REQUIRE((write(adds("b")) == no_fault));
  std::array<std::promise<void>, 2> first_done;
  std::array<std::shared_future<void>, 2> wait{
      first_done[0].get_future().share(), first_done[1].get_future().share()};
  std::array<std::atomic<int>, 2> runs{};
  const auto changes = [&](std::size_t self, const char* mine,
                           const char* yours) {
    return [&, self, mine, yours](sql_session& sql) {
      const auto* change =
          "UPDATE notes SET count = count + 1 WHERE title = ?1";
      const auto run = ++runs.at(self);
      sql.run(change, {std::string(mine)});
      if (run == 1) {
        first_done.at(self).set_value();
        wait.at(1 - self).wait();
      }
      sql.run(change, {std::string(yours)});
    };
  };
  std::array<job_ending, 2> ends;
  database->write(soon(), changes(0, "a", "b"), ends[0].ending());
  database->write(soon(), changes(1, "b", "a"), ends[1].ending());
  BOOST_TEST((ends[0].wait() == no_fault));
  BOOST_TEST((ends[1].wait() == no_fault));
  BOOST_TEST(runs[0] + runs[1] > 2);
  BOOST_TEST(integer_at(rows("SELECT sum(count)::bigint FROM notes")) == 4);
}

BOOST_AUTO_TEST_CASE(jobs_end_in_the_order_of_their_changes_of_a_row) {
  BOOST_REQUIRE((write(adds("a")) == no_fault));
  std::promise<void> is_ending;
  std::promise<void> may_end;
  std::mutex mutex;
  std::vector<std::string> order;
  const auto add_one = [](sql_session& sql) {
    sql.run("UPDATE notes SET count = count + 1");
  };
  const auto ends = [&](const char* name) {
    const std::lock_guard lock{mutex};
    order.emplace_back(name);
  };
  std::array<job_ending, 2> told;
  database->write(
      soon(), add_one,
      [&, then = told[0].ending()](const std::exception_ptr& error) {
        is_ending.set_value();
        may_end.get_future().wait();
        ends("first");
        then(error);
      });
  is_ending.get_future().wait();
  database->write(
      soon(), add_one,
      [&, then = told[1].ending()](const std::exception_ptr& error) {
        ends("second");
        then(error);
      });
  // It is committed, and waits until the first one has been told.
  const auto* counting = "SELECT count FROM notes";
  while (integer_at(rows(counting)) < 2)
    std::this_thread::sleep_for(1ms);
  std::this_thread::sleep_for(20ms);
  may_end.set_value();
  BOOST_TEST((told[0].wait() == no_fault));
  BOOST_TEST((told[1].wait() == no_fault));
  BOOST_TEST(order == (std::vector<std::string>{"first", "second"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(as_many_jobs_wait_as_are_allowed) {
  options.writers = 1;
  options.waiting_max = 2;
  open();
  const held_job first;
  std::array<job_ending, 4> ends;
  database->write(soon(), first.job(), ends[0].ending());
  first.wait_begun();
  for (std::size_t i = 1; i < 4; ++i)
    database->write(soon(), adds(std::to_string(i)), ends.at(i).ending());
  BOOST_TEST((ends[3].wait() == sql_fault::full));
  first.let_go();
  for (std::size_t i = 0; i < 3; ++i)
    BOOST_TEST((ends.at(i).wait() == no_fault));
  BOOST_TEST(count() == 2);
}

BOOST_AUTO_TEST_CASE(jobs_that_wait_end_when_the_store_is_closed) {
  options.writers = 1;
  open();
  const held_job first;
  std::array<job_ending, 2> ends;
  database->write(soon(), first.job(), ends[0].ending());
  first.wait_begun();
  database->write(soon(), adds("never"), ends[1].ending());
  std::thread closer{[&] { database.reset(); }};
  BOOST_TEST((ends[1].wait() == sql_fault::gone));
  first.let_go();
  closer.join();
  BOOST_TEST((ends[0].wait() == no_fault));
}

// -- statements that are kept -------------------------------------------------

BOOST_AUTO_TEST_CASE(no_more_statements_are_kept_than_it_says) {
  options.readers = 1;
  open();
  constexpr auto most = kept_statements<std::string>::count_max;
  const auto kept = [&] {
    return integer_at(rows("SELECT count(*) FROM pg_prepared_statements"));
  };
  kept();
  for (std::size_t i = 0; i < most + 40; ++i)
    rows("SELECT " + std::to_string(i));
  // The one that counts was dropped. It is there again, in place of another.
  kept();
  BOOST_TEST(kept() == static_cast<std::int64_t>(most));
}

BOOST_AUTO_TEST_CASE(a_statement_survives_a_change_of_the_schema) {
  options.readers = 1;
  open();
  const auto* all = "SELECT * FROM notes";
  BOOST_REQUIRE((write(adds("a")) == no_fault));
  BOOST_TEST(rows(all).at(0).size() == 3);
  BOOST_REQUIRE((write("ALTER TABLE notes ADD COLUMN more TEXT") == no_fault));
  BOOST_TEST(rows(all).at(0).size() == 4);
}

BOOST_AUTO_TEST_CASE(values_survive_a_change_of_their_types) {
  options.writers = 1;
  open();
  const auto add = [&](const sql_value& value) {
    return write("INSERT INTO things (a) VALUES (?1)", {value});
  };
  sql_value value = std::string("x");
  for (const auto* type : {"TEXT", "BIGINT", "DATE", "TEXT"}) {
    BOOST_REQUIRE((write("CREATE TABLE things (a " + std::string(type) + ")")
                   == no_fault));
    BOOST_TEST((add(value) == no_fault), type);
    BOOST_REQUIRE((write("DROP TABLE things") == no_fault));
    value = value == sql_value{std::string("x")}
                ? sql_value{std::int64_t{1}}
                : sql_value{std::string("2024-02-29")};
  }
}

BOOST_AUTO_TEST_CASE(a_statement_that_fails_first_is_kept_as_well) {
  options.writers = 1;
  open();
  BOOST_REQUIRE((write("INSERT INTO notes (title) VALUES ('a')") == no_fault));
  for (int i = 0; i < 3; ++i)
    BOOST_TEST((write(adds("a")) == sql_fault::unique));
  std::int64_t kept = 0;
  BOOST_REQUIRE((write([&](sql_session& sql) {
                   kept = integer_at(
                       sql.run("SELECT count(*) FROM pg_prepared_statements "
                               "WHERE statement LIKE 'INSERT%$1)'"));
                 })
                 == no_fault));
  BOOST_TEST(kept == 1);
}

// -- deadlines ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_statement_ends_at_the_deadline) {
  BOOST_TEST((write(
                  [](sql_session& sql) {
                    adds("gone")(sql);
                    sql.run("SELECT pg_sleep(30)");
                  },
                  store_clock::now() + 100ms)
              == sql_fault::late));
  BOOST_TEST(text
             == "canceling statement due to statement timeout (PostgreSQL "
                "57014)");
  BOOST_TEST(count() == 0);
}

BOOST_AUTO_TEST_CASE(a_server_that_says_nothing_is_given_up) {
  options.writers = 1;
  open();
  std::int64_t process = 0;
  BOOST_TEST((write(
                  [&](sql_session& sql) {
                    process = integer_at(sql.run("SELECT pg_backend_pid()"));
                    kill(static_cast<pid_t>(process), SIGSTOP);
                    sql.run("SELECT 1");
                  },
                  store_clock::now() + 100ms)
              == sql_fault::late));
  BOOST_TEST(text == "the server has not answered in time");
  kill(static_cast<pid_t>(process), SIGCONT);
  // The next one has a connection of its own.
  BOOST_TEST((write(adds("a")) == no_fault));
}

BOOST_AUTO_TEST_CASE(a_job_without_a_deadline_has_all_the_time) {
  BOOST_TEST((write(adds("a"), store_clock::time_point::max()) == no_fault));
}

BOOST_AUTO_TEST_CASE(a_job_that_is_late_does_not_begin) {
  BOOST_TEST((write(adds("a"), store_clock::now() - 1ms) == sql_fault::late));
  BOOST_TEST(count() == 0);
}

// -- connections --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_that_was_lost_is_made_again) {
  BOOST_REQUIRE((write(adds("a")) == no_fault));
  BOOST_TEST(count() == 1);
  const stranger other{*this};
  other.write("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE "
              "application_name = 'stagedoor' AND pid <> pg_backend_pid()");
  BOOST_TEST((write(adds("b")) == no_fault));
  BOOST_TEST(count() == 2);
}

BOOST_AUTO_TEST_CASE(a_look_up_whose_connection_is_lost_is_asked_for_again) {
  options.readers = 1;
  open();
  const stranger other{*this};
  std::int64_t last = 0;
  for (int i = 0; i < 3; ++i) {
    tried_look_up tried;
    tried.begin(*database, {"SELECT pg_backend_pid()"},
                store_clock::now() + database->job_timeout());
    BOOST_TEST(!tried.end.wait(), tried.end.text());
    const auto process = integer_at(*tried.found);
    BOOST_TEST(process != last);
    last = process;
    other.write("SELECT pg_terminate_backend(" + std::to_string(process) + ")");
  }
}

BOOST_AUTO_TEST_CASE(a_job_whose_connection_is_lost_runs_again) {
  const stranger other{*this};
  int runs = 0;
  BOOST_TEST((write([&](sql_session& sql) {
                adds("a")(sql);
                if (++runs == 1)
                  other.write("SELECT pg_terminate_backend("
                              + std::to_string(integer_at(
                                  sql.run("SELECT pg_backend_pid()")))
                              + ")");
                adds("b")(sql);
              })
              == no_fault));
  BOOST_TEST(runs == 2);
  BOOST_TEST(count() == 2);
}

BOOST_AUTO_TEST_CASE(nobody_knows_of_a_commit_that_was_not_answered) {
  BOOST_REQUIRE(
      (write("CREATE FUNCTION dwell() RETURNS trigger LANGUAGE plpgsql AS $$ "
             "BEGIN PERFORM pg_sleep(30); RETURN NULL; END $$")
       == no_fault));
  BOOST_REQUIRE(
      (write("CREATE CONSTRAINT TRIGGER dwells AFTER INSERT ON notes "
             "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "
             "dwell()")
       == no_fault));
  job_ending end;
  std::atomic<std::int64_t> process{0};
  database->write(
      soon(),
      [&](sql_session& sql) {
        adds("a")(sql);
        process = integer_at(sql.run("SELECT pg_backend_pid()"));
      },
      end.ending());
  const auto is_committing = [&] {
    return integer_at(rows("SELECT count(*) FROM pg_stat_activity WHERE pid = "
                           "?1 AND wait_event = 'PgSleep'",
                           {process.load()}))
           == 1;
  };
  while (!is_committing())
    std::this_thread::sleep_for(5ms);
  rows("SELECT pg_terminate_backend(?1::int)", {process.load()});
  BOOST_TEST((end.wait() == sql_fault::unknown));
  BOOST_TEST(end.text().starts_with("while a job was being committed: "));
}

BOOST_AUTO_TEST_CASE(a_commit_that_is_refused_is_known_to_have_failed) {
  BOOST_REQUIRE((write("CREATE TABLE lines (note BIGINT REFERENCES notes "
                       "DEFERRABLE INITIALLY DEFERRED)")
                 == no_fault));
  BOOST_TEST((write("INSERT INTO lines VALUES (7)") == sql_fault::reference));
  BOOST_TEST((write(adds("a")) == no_fault));
}

// -- opening ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_is_an_error_without_the_password) {
  const auto error_of = [](const postgres_options& wrong) {
    const auto result = open_postgres(wrong);
    return result ? std::string{} : text_of(result.error());
  };
  BOOST_TEST(error_of({"postgresql//me:secret@here"})
             == "database: PostgreSQL: this is no connection string");
  BOOST_TEST(error_of({"postgresql://me:secret@127.0.0.1:1/none"})
                 .starts_with("database: PostgreSQL: connection to server at "
                              "\"127.0.0.1\", port 1 failed"));
  for (const auto& shown :
       {error_of({"postgresql//me:secret@here"}),
        error_of({"postgresql://me:secret@127.0.0.1:1/none"})})
    BOOST_TEST(shown.find("secret") == std::string::npos);
  BOOST_TEST(error_of({postgres_url(), 0})
             == "database: PostgreSQL: readers, writers and waiting_max are "
                "over 0");
}

BOOST_AUTO_TEST_CASE(a_password_may_come_from_a_file) {
  const std::filesystem::path folder{
      std::getenv("STAGEDOOR_TEST_POSTGRES_FOLDER")};
  BOOST_REQUIRE((write("CREATE ROLE guarded SUPERUSER LOGIN PASSWORD 'sesame'")
                 == no_fault));
  // The first line that fits counts.
  const auto rules = folder / "data" / "pg_hba.conf";
  std::stringstream others;
  others << std::ifstream{rules}.rdbuf();
  std::ofstream{rules} << "host all guarded all scram-sha-256\n"
                       << others.str();
  rows("SELECT pg_reload_conf()");
  auto url = postgres_url();
  url.replace(url.find("stagedoor@"), 9, "guarded");
  const auto try_file = [&](const std::string& password) {
    const auto file = folder / "passwords";
    std::ofstream{file} << "*:*:*:guarded:" << password << '\n';
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read
                                     | std::filesystem::perms::owner_write);
    const auto result = open_postgres({url + "?passfile=" + file.string()});
    return result ? std::string{} : text_of(result.error());
  };
  // The server reads its rules again in its own time.
  while (try_file("wrong").empty())
    std::this_thread::sleep_for(5ms);
  BOOST_TEST(try_file("wrong").find("password authentication failed")
             != std::string::npos);
  BOOST_TEST(try_file("sesame") == "");
}

BOOST_AUTO_TEST_CASE(stores_of_one_database_have_one_identity) {
  BOOST_TEST(stranger{*this}.database->identity() == database->identity());
  const fixture elsewhere;
  BOOST_TEST(elsewhere.database->identity() != database->identity());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace postgres_store_suite
