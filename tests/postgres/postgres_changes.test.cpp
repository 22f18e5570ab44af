// What other programs write to PostgreSQL, as subscribers are told of it.

#include <boost/test/unit_test.hpp>

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/test_node.hpp"
#include "support/told_posts.hpp"

namespace postgres_changes_suite {

using namespace stagedoor;
using namespace stagedoor::test;

BOOST_FIXTURE_TEST_SUITE(postgres_changes, told_posts)

BOOST_AUTO_TEST_CASE(each_statement_of_another_program_is_told) {
  post_subscriber of_list{server.port()};
  BOOST_TEST(of_list.subscribe() == "201 null");
  writer.run(insert_post("a", "A"));
  BOOST_TEST(of_list.event() == "create A");
  post_subscriber of_row{server.port()};
  BOOST_TEST(of_row.subscribe("posts/1/") == "201 null");
  writer.run(insert_post("b", "B")
             + "UPDATE post SET title = 'C' WHERE id = 1;"
               "DELETE FROM post WHERE id = 1");
  // One string is one transaction.
  BOOST_TEST(of_row.event() == R"(delete {"pk":1})");
  BOOST_TEST(of_list.event() == "create B");
  BOOST_TEST(of_list.event() == R"(delete {"pk":1})");
  writer.run("UPDATE post SET title = 'D'");
  BOOST_TEST(of_list.event() == "update D");
}

BOOST_AUTO_TEST_CASE(an_event_shows_what_retrieve_shows) {
  post_subscriber client{server.port()};
  client.subscribe();
  client.subscribe("readings/");
  // However the other program writes its values.
  const auto schema = writer.run("SELECT current_schema()");
  writer.run("SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'German'; "
             "SET extra_float_digits = -9; SET search_path = pg_catalog");
  auto statement = insert_post("a", R"(\"" é)");
  statement.replace(statement.find("post"), 4, schema + ".post");
  writer.run(statement);
  const auto told = parse_json(client.text(), wire_depth_max);
  BOOST_REQUIRE(told);
  BOOST_TEST("200 " + to_json(told->at("data"))
             == client.ask("retrieve", "posts/1/"));
  // In Tokyo, which was then 9 hours, 18 minutes and 59 seconds ahead.
  writer.run("INSERT INTO " + schema
             + ".reading (value, taken) VALUES "
               "(0.1::float8 + 0.2::float8, '1850-01-01 00:00:00+00')");
  const auto reading = parse_json(client.text(), wire_depth_max);
  BOOST_REQUIRE(reading);
  BOOST_TEST("200 " + to_json(reading->at("data"))
             == client.ask("retrieve", "readings/1/"));
}

BOOST_AUTO_TEST_CASE(a_transaction_tells_of_a_row_once) {
  run_and_wait(insert_post("a", "A") + insert_post("b", "B"), 2);
  post_subscriber client{server.port()};
  client.subscribe();
  writer.run("BEGIN; UPDATE post SET title = 'x' WHERE id = 1; "
             "UPDATE post SET title = 'y' WHERE id = 2; SAVEPOINT here; "
             "DELETE FROM post; ROLLBACK TO here; "
             "UPDATE post SET title = 'z' WHERE id = 1; "
             + insert_post("c", "C")
             + "DELETE FROM post WHERE slug = 'c'; COMMIT");
  BOOST_TEST(client.event() == "update z");
  BOOST_TEST(client.event() == "update y");
  writer.run("UPDATE post SET title = 'last' WHERE id = 2");
  BOOST_TEST(client.event() == "update last");
}

BOOST_AUTO_TEST_CASE(what_is_rolled_back_is_not_told) {
  post_subscriber client{server.port()};
  client.subscribe();
  writer.run("BEGIN; " + insert_post("a", "A") + "ROLLBACK");
  writer.run(insert_post("b", "B"));
  BOOST_TEST(client.event() == "create B");
}

BOOST_AUTO_TEST_CASE(rows_of_any_size_are_told_and_many_of_them) {
  post_subscriber client{server.port()};
  client.subscribe();
  // Of two bytes each, so that parts end inside of characters.
  writer.run(insert_post("a", "A"));
  BOOST_TEST(client.event() == "create A");
  // The row is told as it was and as it is, so some of these are as large as
  // a payload may be.
  std::vector<int> sizes{200'000};
  for (int size = 1700; size <= 1900; size += 8)
    sizes.push_back(size);
  for (const auto size : sizes) {
    writer.run("UPDATE post SET content = 'a' || repeat('é', "
               + std::to_string(size) + ") WHERE id = 1");
    const auto told = parse_json(client.text(), wire_depth_max);
    BOOST_REQUIRE(told);
    BOOST_TEST(("200 " + to_json(told->at("data"))
                == client.ask("retrieve", "posts/1/")),
               size);
  }
  writer.run(insert_post("b", "B"));
  BOOST_TEST(client.event() == "create B");
  constexpr int rows = 500;
  writer.run("INSERT INTO post (title, content, slug, author, published, tags, "
             "created, changed, secret) SELECT i::text, repeat('x', 100), "
             "'s' || i, 1, TRUE, '[]', now(), now(), '' FROM "
             "generate_series(1, "
             + std::to_string(rows) + ") AS i");
  for (int i = 1; i <= rows; ++i)
    BOOST_TEST(client.event() == "create " + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(a_change_by_an_action_is_told_once) {
  post_subscriber client{server.port()};
  client.subscribe();
  BOOST_TEST(
      client.ask("create", "posts/", R"(,"data":{"title":"A","slug":"a"})")
          .starts_with("201 "));
  BOOST_TEST(
      client.ask("partial_update", "posts/1/", R"(,"data":{"title":"B"})")
          .starts_with("200 "));
  writer.run(insert_post("c", "C"));
  BOOST_TEST(client.event() == "create A");
  BOOST_TEST(client.event() == "update B");
  BOOST_TEST(client.event() == "create C");
}

BOOST_AUTO_TEST_CASE(visibility_and_permissions_are_judged) {
  // Of another author.
  post_subscriber client{server.port(), "bob-token"};
  post_subscriber of_row{server.port(), "bob-token"};
  client.subscribe();
  writer.run(insert_post("a", "A", false) + insert_post("b", "B"));
  BOOST_TEST(client.event() == "create B");
  BOOST_TEST(of_row.subscribe("posts/2/") == "201 null");
  writer.run("UPDATE post SET published = NOT published");
  BOOST_TEST(client.event() == "create A");
  BOOST_TEST(client.event() == R"(delete {"pk":2})");
  BOOST_TEST(of_row.event() == R"(revoked {"pk":2})");
  may_list = false;
  writer.run("UPDATE post SET title = 'C'");
  BOOST_TEST(client.event() == "revoked {}");
}

BOOST_AUTO_TEST_CASE(a_filter_is_judged) {
  post_subscriber client{server.port()};
  BOOST_TEST(client.subscribe("posts/?published=true") == "201 null");
  writer.run(insert_post("a", "A", false) + insert_post("b", "B"));
  BOOST_TEST(client.event() == "create B");
  writer.run("UPDATE post SET id = 9 WHERE id = 2");
  BOOST_TEST(client.event() == R"(delete {"pk":2})");
  BOOST_TEST(client.event() == "create B");
}

BOOST_AUTO_TEST_CASE(each_server_tells_of_all_commits_once_and_in_their_order) {
  constexpr int writers = 6;
  constexpr int changes = 40;
  run_and_wait(insert_post("a", "0"), 1);
  // Linked, so that groups reach from one to the other.
  test_node left{node_named("left")};
  test_node right{
      node_named("right", {"127.0.0.1:" + std::to_string(left->port())})};
  const auto start = [&](test_node& node, const store_ptr& opened) {
    server_options of_server;
    of_server.port = 0;
    of_server.threads = 2;
    of_server.cluster = node.shared();
    of_server.users = newsroom::demo_users();
    auto started = serve(node.system(), of_server, endpoints_of(opened));
    BOOST_REQUIRE(started);
    return std::make_unique<stagedoor::server>(std::move(*started));
  };
  const auto left_server = start(left, database);
  const auto right_server = start(right, open_again());
  BOOST_TEST(at_last([&] {
    return left.finds("stagedoor.groups", 2)
           && right.finds("stagedoor.groups", 2);
  }));
  std::vector<std::unique_ptr<post_subscriber>> clients;
  for (const auto port : {left_server->port(), right_server->port()})
    for (const auto* route : {"posts/", "posts/1/"}) {
      clients.push_back(std::make_unique<post_subscriber>(port));
      BOOST_TEST(clients.back()->subscribe(route) == "201 null");
    }
  std::vector<std::thread> threads;
  for (int i = 0; i < writers; ++i)
    threads.emplace_back([&, i] {
      // Half of them are actions, of either server.
      const auto port = i % 4 == 0 ? left_server->port() : right_server->port();
      post_subscriber acting{port};
      postgres_writer writing{server_schema->connection()};
      for (int k = 0; k < changes; ++k)
        if (i % 2 == 0)
          acting.ask("partial_update", "posts/1/",
                     R"(,"data":{"content":")" + std::to_string(k) + R"("})");
        else
          writing.run("UPDATE post SET title = (title::int + 1)::text");
    });
  for (auto& thread : threads)
    thread.join();
  writer.run("UPDATE post SET title = 'end'");
  std::set<std::vector<std::string>> heard;
  for (const auto& client : clients) {
    std::vector<std::string> events;
    int last = 0;
    int increments = 0;
    while (true) {
      const auto text = client->text();
      const auto data = parse_json(text, wire_depth_max)->at("data");
      const auto title = std::string(data.at("title").as_string());
      if (title == "end")
        break;
      events.push_back(to_json(data));
      const auto next = std::stoi(title);
      // In the order of the commits, and none is left out.
      BOOST_TEST((next == last || next == last + 1), text);
      increments += next - last;
      last = next;
    }
    BOOST_TEST(increments == writers / 2 * changes);
    BOOST_TEST(events.size() == writers * changes);
    heard.insert(events);
  }
  BOOST_TEST(heard.size() == 1, "each has heard the same");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace postgres_changes_suite
