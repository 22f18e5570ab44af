// How a server listens to PostgreSQL for the changes by others: the triggers
// that it makes, what it does when it hears nothing, and what strangers say.

#include "stagedoor/actors/store/row_triggers.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "support/test_node.hpp"
#include "support/told_posts.hpp"

namespace postgres_listening_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// How many triggers of ours the table has that are as they should be.
const std::string triggers =
    "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'post'::regclass AND "
    "tgname IN ('stagedoor_count', 'stagedoor_tell', 'stagedoor_truncate') "
    "AND tgenabled = 'O'";

/// What they and their functions are, and since when.
const std::string identities =
    "SELECT string_agg(t.oid::text || ':' || p.xmin::text, ' ' ORDER BY t.oid) "
    "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
    "WHERE tgrelid = 'post'::regclass AND NOT tgisinternal";

struct listening : told_posts {
  /// Cuts the connection that listens.
  void cut_listener() {
    BOOST_TEST(writer.run("SELECT count(pg_terminate_backend(pid)) "
                          "FROM pg_stat_activity WHERE query IN "
                          "(SELECT 'LISTEN stagedoor_rows_' || oid FROM "
                          "pg_class WHERE relnamespace = "
                          "current_schema()::regnamespace)")
               == "1");
  }

  std::string channel() {
    return row_telling::channel_begin
           + writer.run("SELECT 'post'::regclass::oid");
  }

  /// @returns what a server is told whose role is another one.
  std::string refusal_for(const std::string& role) {
    postgres_options of_role;
    of_role.connection = server_schema->connection();
    const std::string owner = "//stagedoor@";
    of_role.connection.replace(of_role.connection.find(owner), owner.size(),
                               "//" + role + "@");
    of_role.log = options.log;
    config cfg;
    caf::actor_system sys{cfg};
    server_options of_server;
    of_server.port = 0;
    const auto started = serve(sys, of_server, endpoints_of(opened(of_role)));
    return started ? "" : text_of(started.error());
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(postgres_listening, listening)

// -- triggers -----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(triggers_that_fit_stay_as_they_are) {
  BOOST_TEST(writer.run(triggers) == "3");
  const auto before = writer.run(identities);
  const test_server other{endpoints_of(open_again())};
  BOOST_TEST(writer.run(identities) == before);
}

BOOST_AUTO_TEST_CASE(triggers_of_another_version_are_made_anew) {
  const auto body = writer.run("SELECT prosrc FROM pg_proc WHERE oid = "
                               "'stagedoor_tell_row'::regproc");
  writer.run("CREATE OR REPLACE FUNCTION stagedoor_tell_row() RETURNS trigger "
             "LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
             "DROP TRIGGER stagedoor_count ON post;"
             "ALTER TABLE post DISABLE TRIGGER stagedoor_truncate;"
             "DROP TRIGGER stagedoor_tell ON post;"
             "CREATE TRIGGER stagedoor_tell AFTER INSERT ON post FOR EACH ROW "
             "EXECUTE FUNCTION stagedoor_tell_row('id', 'slug')");
  const test_server other{endpoints_of(open_again())};
  BOOST_TEST(writer.run(triggers) == "3");
  BOOST_TEST(writer.run("SELECT prosrc FROM pg_proc WHERE oid = "
                        "'stagedoor_tell_row'::regproc")
             == body);
  post_subscriber client{other.port()};
  client.subscribe();
  writer.run(insert_post("a", "A"));
  BOOST_TEST(client.event() == "create A");
}

BOOST_AUTO_TEST_CASE(columns_of_other_versions_are_told_too) {
  const auto arguments = [&] {
    return writer.run("SELECT encode(tgargs, 'escape') FROM pg_trigger WHERE "
                      "tgrelid = 'item'::regclass AND "
                      "tgname = 'stagedoor_tell'");
  };
  const auto make = [&](const std::vector<std::string>& columns) {
    return run(
        [&](sql_session& sql) { make_row_triggers(sql, "item", columns); });
  };
  writer.run("CREATE TABLE item (id BIGINT PRIMARY KEY, a TEXT, b TEXT)");
  BOOST_TEST(make({"id", "a"}) == "");
  BOOST_TEST(arguments() == R"(a\000id\000)");
  BOOST_TEST(make({"id", "b"}) == "");
  BOOST_TEST(arguments() == R"(a\000b\000id\000)");
  writer.run("ALTER TABLE item DROP COLUMN a");
  BOOST_TEST(make({"id"}) == "");
  BOOST_TEST(arguments() == R"(b\000id\000)");
}

BOOST_AUTO_TEST_CASE(servers_may_start_at_the_same_time) {
  constexpr int rounds = 5;
  for (int round = 0; round < rounds; ++round) {
    writer.run("DROP TABLE post, reading; DROP FUNCTION stagedoor_count_row, "
               "stagedoor_tell_row");
    std::vector<std::string> faults(4);
    std::vector<std::thread> starting;
    for (auto& fault : faults)
      starting.emplace_back([&] { fault = refusal_for("stagedoor"); });
    for (auto& each : starting)
      each.join();
    for (const auto& fault : faults)
      BOOST_TEST(fault == "");
    BOOST_TEST(writer.run(triggers) == "3");
  }
}

BOOST_AUTO_TEST_CASE(a_role_that_may_not_make_triggers_is_an_error) {
  const auto schema = writer.run("SELECT current_schema()");
  writer.run("CREATE ROLE guest LOGIN; GRANT USAGE, CREATE ON SCHEMA " + schema
             + " TO guest; GRANT SELECT, INSERT, UPDATE, DELETE ON post TO "
               "guest");
  // It needs no right to what is there.
  BOOST_TEST(refusal_for("guest") == "");
  writer.run("DROP TRIGGER stagedoor_tell ON post");
  const auto fault = refusal_for("guest");
  BOOST_TEST(fault.find("handler \"post\" cannot use its table: cannot make "
                        "the triggers of the table \"post\": permission denied "
                        "for table post (PostgreSQL 42501)")
                 != std::string::npos,
             fault);
  writer.run("REASSIGN OWNED BY guest TO stagedoor; DROP OWNED BY guest; "
             "DROP ROLE guest");
}

// -- what nobody can tell -----------------------------------------------------

BOOST_AUTO_TEST_CASE(a_lost_connection_is_made_again_and_subscribers_learn_it) {
  post_subscriber client{server.port()};
  post_subscriber of_row{server.port()};
  run_and_wait(insert_post("a", "A"), 1);
  client.subscribe();
  of_row.subscribe("posts/1/");
  cut_listener();
  BOOST_TEST(client.closed() == changes_missed);
  BOOST_TEST(of_row.closed() == changes_missed);
  post_subscriber again{server.port()};
  BOOST_TEST(again.subscribe() == "201 null");
  writer.run(insert_post("b", "B"));
  BOOST_TEST(again.event() == "create B");
}

BOOST_AUTO_TEST_CASE(nobody_subscribes_while_nothing_is_heard) {
  post_subscriber before{server.port()};
  before.subscribe();
  postgres_writer elsewhere{postgres_url().substr(0, postgres_url().rfind('/'))
                            + "/template1"};
  elsewhere.run("ALTER DATABASE postgres ALLOW_CONNECTIONS false");
  cut_listener();
  post_subscriber client{server.port()};
  BOOST_TEST(at_last([&] {
    return client.subscribe() != "201 null"
           || client.ask("unsubscribe", "posts/") != "204 null";
  }));
  BOOST_TEST(client.subscribe()
             == R"(503 [{"detail":"Service unavailable."}])");
  elsewhere.run("ALTER DATABASE postgres ALLOW_CONNECTIONS true");
  BOOST_TEST(before.closed() == changes_missed);
  BOOST_TEST(client.subscribe() == "201 null");
  writer.run(insert_post("b", "B"));
  BOOST_TEST(client.event() == "create B");
}

BOOST_AUTO_TEST_CASE(a_table_that_has_lost_its_triggers_is_told_apart) {
  post_subscriber before{server.port()};
  before.subscribe();
  writer.run("DROP TRIGGER stagedoor_tell ON post");
  cut_listener();
  BOOST_TEST(before.closed() == changes_missed);
  BOOST_TEST(post_subscriber{server.port()}.subscribe()
             == R"(503 [{"detail":"Service unavailable."}])");
  BOOST_TEST(lines->text().find("E the store does not hear of changes by "
                                "others: there is no table \"post\" with its "
                                "triggers\n")
             != std::string::npos);
  // Other tables are not touched.
  post_subscriber other{server.port()};
  BOOST_TEST(
      at_last([&] { return other.subscribe("readings/") == "201 null"; }));
  writer.run("INSERT INTO reading (value, taken) VALUES (1, now())");
  BOOST_TEST(other.event().starts_with("create "));
}

BOOST_AUTO_TEST_CASE(what_truncate_takes_is_not_known) {
  post_subscriber client{server.port()};
  client.subscribe();
  writer.run("BEGIN; TRUNCATE post; ROLLBACK");
  writer.run(insert_post("a", "A"));
  BOOST_TEST(client.event() == "create A");
  writer.run("TRUNCATE post");
  BOOST_TEST(client.closed() == changes_missed);
}

BOOST_AUTO_TEST_CASE(a_transaction_with_too_many_changes_is_not_told) {
  const auto add = [&](std::size_t rows) {
    writer.run("INSERT INTO post (title, content, slug, author, published, "
               "tags, created, changed, secret) SELECT 'x', '', 's' || i, 2, "
               "FALSE, '[]', now(), now(), '' FROM generate_series(1, "
               + std::to_string(rows) + ") AS i");
  };
  // They see none of these rows.
  post_subscriber client{server.port(), "alice-token"};
  client.subscribe();
  add(row_telling::rows_max);
  writer.run(insert_post("a", "A"));
  BOOST_TEST(client.event() == "create A");
  writer.run("UPDATE post SET title = 'y'");
  BOOST_TEST(client.closed() == changes_missed);
}

BOOST_AUTO_TEST_CASE(a_value_that_no_field_can_have_is_not_passed_over) {
  post_subscriber client{server.port()};
  client.subscribe();
  writer.run(insert_post("a", "A"));
  BOOST_TEST(client.event() == "create A");
  writer.run("UPDATE post SET tags = 'no JSON'");
  BOOST_TEST(client.closed() == changes_missed);
  BOOST_TEST(lines->text().find(
                 "E a row of \"post\" cannot be told: the column \"tags\" has "
                 "a value that its field cannot have")
             != std::string::npos);
}

// -- strangers ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_strangers_say_on_the_channel_is_dropped) {
  post_subscriber client{server.port()};
  client.subscribe();
  for (const auto* said : {"hello", "", "1 1 1 1 {}", "1 2 1 1 nothing"})
    writer.run("NOTIFY " + channel() + ", '" + said + "'");
  writer.run(insert_post("a", "A"));
  BOOST_TEST(client.event() == "create A");
  const std::string dropped = "W the store has dropped a notification for "
                              "\"post\" that is no change of a row\n";
  const auto logged = lines->text();
  BOOST_TEST(logged.find(dropped) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace postgres_listening_suite
