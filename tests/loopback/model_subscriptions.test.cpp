// Subscriptions to the rows of models over real sockets, on a database in a
// real file.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/custom_permission.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/event_keeper.hpp"
#include "support/post_model.hpp"
#include "support/raw_client.hpp"
#include "support/test_database.hpp"
#include "support/test_node.hpp"
#include "support/test_server.hpp"

namespace model_subscriptions_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// What a test changes while clients are subscribed.
struct switches {
  std::atomic<bool> may_list = true;
  std::atomic<bool> shows_drafts = true;
  std::atomic<bool> refuses = false;
  std::atomic<bool> fails = false;
};

using switches_ptr = std::shared_ptr<switches>;

model<post> posts_of(const switches_ptr& now) {
  return model<post>{}
      .filters({"author", "published", "price__gte"})
      .search({"title"})
      .visible_to([now](const user& who) {
        if (now->fails)
          throw std::runtime_error("cannot say");
        return now->shows_drafts
                   ? row_filter{}
                   : where("published", true) || where("author", who.id);
      })
      .after(row_change::update, [now](const model_change<post>& change) {
        if (now->refuses)
          throw refused_job{reject("Not now.")};
        change.sql.run("UPDATE post SET content = 'seen' WHERE id = ?1",
                       {change.now->id});
      });
}

/// Changes a post twice.
reply publish(sql_session& sql, std::int64_t id) {
  for (const auto* price : {"1.00", "7.00"}) {
    note_change<post>(sql, id);
    sql.run("UPDATE post SET published = TRUE, price = ?2 WHERE id = ?1",
            {id, std::string(price)});
  }
  return ok();
}

/// Adds a post that does not stay.
reply add_and_remove(sql_session& sql) {
  note_change<post>(sql, 99);
  sql.run("INSERT INTO post (id, title, content, slug, author, published, "
          "tags, created, changed, secret) VALUES (99, '', '', 'x', 1, FALSE, "
          "'[]', '2024-02-29', '2024-02-29', '')");
  sql.run("DELETE FROM post WHERE id = 99");
  return ok();
}

std::vector<endpoint_spec> endpoints_of(const store_ptr& database,
                                        const switches_ptr& now) {
  const handler_spec posts =
      model_handler(posts_of(now), database)
          .permissions(allow_any())
          .permissions_for("list",
                           custom_permission("may_list",
                                             [now](const request&) {
                                               return now->may_list.load();
                                             }))
          .permissions_for("retrieve", is_owner("author") | is_admin_user())
          .action("publish",
                  [database](const context& ctx, loaded<post> found) {
                    return database->write(ctx,
                                           [id = found->id](sql_session& sql) {
                                             return publish(sql, id);
                                           });
                  })
          .action("add_and_remove", [database](const context& ctx) {
            return database->write(ctx, add_and_remove);
          });
  return {endpoint("/ws/", handler("root").permissions(allow_any()))
              .route("posts/(?P<pk>[^/]+)/$", posts)
              .route("posts/$", posts)
              .route("slow/$", model_handler(model<post>{}, database)
                                   .permissions(custom_permission(
                                       "slow",
                                       [now](const request&) {
                                         return now->may_list.load();
                                       },
                                       blocking)))
              .route("remarks/$", model_handler(model<remark>{}, database)
                                      .permissions(allow_any()))};
}

/// Users by their tokens.
class few_users final : public authenticator {
public:
  [[nodiscard]] std::optional<identity>
  authenticate(std::string_view token) const override {
    if (token == "one")
      return known(1, false);
    if (token == "two")
      return known(2, false);
    if (token == "staff" || token == "no-staff")
      return known(3, token == "staff");
    return std::nullopt;
  }

private:
  static identity known(int id, bool is_staff) {
    identity result;
    result.who.id = id;
    result.who.username = "user " + std::to_string(id);
    result.who.is_staff = is_staff;
    return result;
  }
};

void know_users(server_options& options) {
  options.users = std::make_shared<few_users>();
}

/// A client that numbers its messages.
class asker {
public:
  asker(std::uint16_t port, const std::string& token) : client_(port, token) {}

  /// @returns status, and errors or data; the answer may not be the next text.
  std::string ask(const std::string& action, const std::string& more = {},
                  const std::string& route = "posts/") {
    const auto id = std::to_string(++last_);
    return ask_as(id, action, more, route);
  }

  /// With a `request_id` in JSON; empty for none.
  std::string ask_as(const std::string& id, const std::string& action,
                     const std::string& more = {},
                     const std::string& route = "posts/") {
    auto text = R"({"action":")" + action + R"(","route":")" + route + '"';
    if (!id.empty())
      text.append(R"(,"request_id":)").append(id);
    if (!more.empty())
      text.append(",").append(more);
    return client_.ask(text + "}");
  }

  /// The next event: type, status, `request_id`, and the interesting part of
  /// the data.
  std::string event() {
    const auto text = client_.event();
    const auto parsed = parse_json(text, wire_depth_max);
    if (!parsed || !text.starts_with(R"({"type")"))
      return text;
    const auto& parts = parsed->as_object();
    auto data = parts.at("data").as_object();
    for (const auto* name : {"created", "changed", "author", "slug", "tags",
                             "content", "published", "price"})
      if (!watches_.contains(name))
        data.erase(name);
    return std::string(parts.at("type").as_string()) + ' '
           + to_json(parts.at("status")) + ' ' + to_json(parts.at("request_id"))
           + ' ' + to_json(data);
  }

  /// The next events, a line each, ordered by their texts: those of several
  /// subscriptions have no order.
  std::string events(int count) {
    std::set<std::string> lines;
    while (count-- > 0)
      lines.insert(event());
    std::string result;
    for (const auto& line : lines)
      result += line + '\n';
    return result;
  }

  /// Whether nothing has come but what `event` has given.
  bool is_silent() {
    ask("_", {}, "_");
    return !client_.has_events();
  }

  /// Has events show these members, too.
  void watch(std::set<std::string> names) { watches_ = std::move(names); }

  websocket_client& socket() { return client_.socket(); }

private:
  event_keeper client_;
  int last_ = 1000;
  std::set<std::string> watches_;
};

std::string post_data(const std::string& title, const std::string& slug,
                      const std::string& more = {}) {
  return R"("data":{"title":")" + title + R"(","slug":")" + slug + '"' + more
         + "}";
}

std::string shown(int id, const std::string& title) {
  return R"({"id":)" + std::to_string(id) + R"(,"title":")" + title + R"("})";
}

struct with_posts : test_database {
  switches_ptr now = std::make_shared<switches>();
  test_server server{endpoints_of(database, now), know_users};
  asker one{server.port(), "one"};
  asker two{server.port(), "two"};
};

const std::string required =
    R"(400 [{"request_id":["This field is required."]}])";

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_subscriptions, with_posts)

// -- lists --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_list_tells_of_each_commit_in_order) {
  BOOST_TEST(two.ask_as("7", "subscribe") == "201 null");
  BOOST_TEST(one.ask("create", post_data("A", "a")).starts_with("201 "));
  BOOST_TEST(one.ask("create", post_data("B", "b")).starts_with("201 "));
  BOOST_TEST(one.ask("partial_update", R"("data":{"title":"C"})", "posts/1/")
                 .starts_with("200 "));
  BOOST_TEST(one.ask("destroy", {}, "posts/2/") == "204 null");
  two.watch({"content"});
  BOOST_TEST(two.event()
             == R"(create 201 7 {"id":1,"title":"A","content":""})");
  BOOST_TEST(two.event()
             == R"(create 201 7 {"id":2,"title":"B","content":""})");
  // With what the hook has written.
  BOOST_TEST(two.event()
             == R"(update 200 7 {"id":1,"title":"C","content":"seen"})");
  BOOST_TEST(two.event() == R"(delete 204 7 {"pk":2})");
  BOOST_TEST(two.is_silent());
  BOOST_TEST(one.is_silent());
}

BOOST_AUTO_TEST_CASE(an_event_has_no_more_than_a_reader_sees) {
  two.ask_as(R"("s")", "subscribe");
  const auto created =
      one.ask("create", post_data("A", "a", R"(,"secret":"x","price":"1.5")"));
  const auto shown_before = created.substr(4);
  BOOST_TEST(two.socket().read_text()
             == R"({"type":"create","data":)" + shown_before
                    + R"(,"status":201,"request_id":"s"})");
}

BOOST_AUTO_TEST_CASE(
    what_enters_a_filter_is_created_and_what_leaves_it_deleted) {
  BOOST_TEST(two.ask_as("1", "subscribe", {}, "posts/?published=true")
             == "201 null");
  BOOST_TEST(two.ask_as("2", "subscribe", {}, "posts/?price__gte=9.5")
             == "201 null");
  BOOST_TEST(two.ask_as("3", "subscribe", {}, "posts/?search=b") == "201 null");
  one.ask("create", post_data("A", "a", R"(,"price":"10.00")"));
  BOOST_TEST(two.event() == "create 201 2 " + shown(1, "A"));
  const auto change = [&](const std::string& data) {
    one.ask("partial_update", R"("data":{)" + data + "}", "posts/1/");
  };
  change(R"("title":"B","published":true)");
  BOOST_TEST(two.events(3)
             == "create 201 1 " + shown(1, "B") + "\ncreate 201 3 "
                    + shown(1, "B") + "\nupdate 200 2 " + shown(1, "B") + '\n');
  change(R"("published":false,"price":null)");
  BOOST_TEST(two.events(3)
             == "delete 204 1 {\"pk\":1}\ndelete 204 2 {\"pk\":1}\n"
                "update 200 3 "
                    + shown(1, "B") + '\n');
  one.ask("destroy", {}, "posts/1/");
  BOOST_TEST(two.event() == R"(delete 204 3 {"pk":1})");
  BOOST_TEST(two.is_silent());
}

BOOST_AUTO_TEST_CASE(a_filter_that_makes_no_sense_is_refused) {
  BOOST_TEST(two.ask_as("1", "subscribe", {}, "posts/?price__gte=cheap")
             == R"(400 [{"price__gte":["Enter a number."]}])");
}

// -- one row ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(one_row_is_told_of_until_it_is_deleted) {
  one.ask("create", post_data("A", "a"));
  one.ask("create", post_data("B", "b"));
  BOOST_TEST(one.ask_as("1", "subscribe_instance", {}, "posts/1/")
             == "201 null");
  one.ask("partial_update", R"("data":{"title":"C"})", "posts/2/");
  one.ask("partial_update", R"("data":{"title":"D"})", "posts/1/");
  BOOST_TEST(one.event() == "update 200 1 " + shown(1, "D"));
  one.ask("destroy", {}, "posts/1/");
  BOOST_TEST(one.event() == R"(delete 204 1 {"pk":1})");
  // It has ended, so its id is free again.
  BOOST_TEST(one.ask_as("1", "subscribe_instance", {}, "posts/2/")
             == "201 null");
  BOOST_TEST(one.is_silent());
}

BOOST_AUTO_TEST_CASE(
    a_row_that_is_not_there_or_not_allowed_is_not_subscribed_to) {
  one.ask("create", post_data("A", "a"));
  BOOST_TEST(one.ask_as("1", "subscribe_instance", {}, "posts/2/")
             == R"(404 [{"detail":"Not found."}])");
  BOOST_TEST(two.ask_as("1", "subscribe_instance", {}, "posts/1/")
                 .starts_with("403 "));
  now->shows_drafts = false;
  BOOST_TEST(two.ask_as("1", "subscribe_instance", {}, "posts/1/")
             == R"(404 [{"detail":"Not found."}])");
}

BOOST_AUTO_TEST_CASE(a_row_may_have_a_uuid_as_its_key) {
  one.ask("create", post_data("A", "a"));
  two.ask_as("1", "subscribe", {}, "remarks/");
  one.ask("create", R"("data":{"post":1,"text":"Well."})", "remarks/");
  const auto created = two.event();
  const auto begin = created.find(R"("id":)") + 5;
  const auto key = created.substr(begin, created.find(',', begin) - begin);
  BOOST_TEST(key.size() == 38u);
  const auto pk = R"("pk":)" + key;
  BOOST_TEST(one.ask_as("2", "subscribe_instance", pk, "remarks/")
             == "201 null");
  one.ask("partial_update", pk + R"(,"data":{"text":"Hm."})", "remarks/");
  const auto changed = R"({"id":)" + key + R"(,"post":1,"text":"Hm."})";
  BOOST_TEST(one.event() == "update 200 2 " + changed);
  BOOST_TEST(two.event() == "update 200 1 " + changed);
  one.ask("destroy", pk, "remarks/");
  BOOST_TEST(one.event() == "delete 204 2 {" + pk + "}");
  BOOST_TEST(two.event() == "delete 204 1 {" + pk + "}");
}

// -- who may see it then ------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_sees_in_a_list_what_is_visible_to_it_then) {
  now->shows_drafts = false;
  one.ask_as("1", "subscribe");
  two.ask_as("2", "subscribe");
  one.ask("create", post_data("A", "a"));
  BOOST_TEST(one.event() == "create 201 1 " + shown(1, "A"));
  one.ask("partial_update", R"("data":{"published":true})", "posts/1/");
  BOOST_TEST(one.event() == "update 200 1 " + shown(1, "A"));
  BOOST_TEST(two.event() == "create 201 2 " + shown(1, "A"));
  one.ask("partial_update", R"("data":{"published":false})", "posts/1/");
  BOOST_TEST(two.event() == R"(delete 204 2 {"pk":1})");
  BOOST_TEST(two.is_silent());
}

BOOST_AUTO_TEST_CASE(who_may_not_list_any_more_is_told_once) {
  two.ask_as("5", "subscribe");
  now->may_list = false;
  one.ask("create", post_data("A", "a"));
  BOOST_TEST(two.event() == "revoked 403 5 {}");
  now->may_list = true;
  one.ask("create", post_data("B", "b"));
  BOOST_TEST(two.is_silent());
}

BOOST_AUTO_TEST_CASE(who_does_not_own_or_see_a_row_any_more_is_out) {
  one.ask("create", post_data("A", "a"));
  one.ask("create", post_data("B", "b"));
  asker staff{server.port(), "staff"};
  for (const auto* id : {"1", "2"})
    BOOST_TEST(staff.ask_as(id, "subscribe_instance", {},
                            std::string("posts/") + id + "/")
               == "201 null");
  BOOST_TEST(one.ask_as("1", "subscribe_instance", {}, "posts/1/")
             == "201 null");
  write("UPDATE post SET author = 2 WHERE id = 1");
  now->shows_drafts = false;
  one.ask("publish", {}, "posts/2/");
  // Everybody sees what is published.
  BOOST_TEST(staff.event() == "update 200 2 " + shown(2, "B"));
  two.ask("partial_update", R"("data":{"title":"C"})", "posts/1/");
  BOOST_TEST(staff.event() == R"(revoked 403 1 {"pk":1})");
  BOOST_TEST(one.event() == R"(revoked 403 1 {"pk":1})");
  now->shows_drafts = true;
  two.ask("partial_update", R"("data":{"title":"D"})", "posts/1/");
  BOOST_TEST(staff.is_silent());
  BOOST_TEST(one.is_silent());
}

BOOST_AUTO_TEST_CASE(an_object_permission_is_asked_about_the_row_as_it_is) {
  one.ask("create", post_data("A", "a"));
  BOOST_TEST(one.ask_as("1", "subscribe_instance", {}, "posts/1/")
             == "201 null");
  write("UPDATE post SET author = 2 WHERE id = 1");
  two.ask("partial_update", R"("data":{"title":"C"})", "posts/1/");
  BOOST_TEST(one.event() == R"(revoked 403 1 {"pk":1})");
}

BOOST_AUTO_TEST_CASE(refreshed_credentials_count) {
  one.ask("create", post_data("A", "a"));
  asker staff{server.port(), "staff"};
  BOOST_TEST(staff.ask_as("1", "subscribe_instance", {}, "posts/1/")
             == "201 null");
  one.ask("partial_update", R"("data":{"title":"B"})", "posts/1/");
  BOOST_TEST(staff.event() == "update 200 1 " + shown(1, "B"));
  BOOST_TEST(staff.ask("refresh", R"("token":"no-staff")", "$auth/")
                 .starts_with("200 "));
  one.ask("partial_update", R"("data":{"title":"C"})", "posts/1/");
  BOOST_TEST(staff.event() == R"(revoked 403 1 {"pk":1})");
}

BOOST_AUTO_TEST_CASE(who_cannot_be_judged_sees_nothing) {
  two.ask_as("1", "subscribe");
  BOOST_TEST(one.ask("create", post_data("A", "a")).starts_with("201 "));
  BOOST_TEST(two.event() == "create 201 1 " + shown(1, "A"));
  now->fails = true;
  one.ask("create", post_data("B", "b"));
  BOOST_TEST(two.event() == "revoked 403 1 {}");
  BOOST_TEST(
      server.logs("a subscription of handler \"post\" threw: cannot say"));
}

BOOST_AUTO_TEST_CASE(permissions_may_take_their_time) {
  BOOST_TEST(two.ask_as("1", "subscribe", {}, "slow/") == "201 null");
  for (int id = 1; id <= 9; ++id)
    one.ask("create", post_data("A", "s" + std::to_string(id)));
  for (int id = 1; id <= 9; ++id)
    BOOST_TEST(two.event() == "create 201 1 " + shown(id, "A"));
  now->may_list = false;
  one.ask("create", post_data("A", "a"));
  BOOST_TEST(two.event() == "revoked 403 1 {}");
}

// -- transactions -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_is_not_committed_is_not_told) {
  one.ask("create", post_data("A", "a"));
  two.ask_as("1", "subscribe");
  now->refuses = true;
  BOOST_TEST(one.ask("partial_update", R"("data":{"title":"B"})", "posts/1/")
             == R"(400 ["Not now."])");
  BOOST_TEST(one.ask("create", post_data("B", "a")).starts_with("400 "));
  now->refuses = false;
  one.ask("partial_update", R"("data":{"title":"C"})", "posts/1/");
  BOOST_TEST(two.event() == "update 200 1 " + shown(1, "C"));
  BOOST_TEST(two.is_silent());
}

BOOST_AUTO_TEST_CASE(a_transaction_tells_of_a_row_once) {
  one.ask("create", post_data("A", "a"));
  two.ask_as("1", "subscribe");
  two.watch({"published", "price"});
  BOOST_TEST(one.ask("publish", {}, "posts/1/") == "200 null");
  BOOST_TEST(one.ask("add_and_remove") == "200 null");
  BOOST_TEST(two.event()
             == R"(update 200 1 {"id":1,"title":"A","published":true,)"
                R"("price":"7.00"})");
  BOOST_TEST(two.is_silent());
}

BOOST_AUTO_TEST_CASE(events_come_in_the_order_of_the_commits) {
  constexpr int count = 50;
  two.ask_as("1", "subscribe");
  // On both units.
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i)
    writers.emplace_back([this, i] {
      asker writer{server.port(), "one"};
      for (int k = 0; k < count; ++k)
        writer.ask("create", post_data("T", "s" + std::to_string(i) + "-"
                                                + std::to_string(k)));
    });
  for (auto& writer : writers)
    writer.join();
  std::vector<std::string> expected;
  std::vector<std::string> heard;
  for (int id = 1; id <= 4 * count; ++id) {
    expected.push_back("create 201 1 " + shown(id, "T"));
    heard.push_back(two.event());
  }
  BOOST_TEST(two.is_silent());
  // The order of ids is that of commits where they come one after the other.
  if (database->kind() != database_kind::sqlite) {
    std::sort(expected.begin(), expected.end());
    std::sort(heard.begin(), heard.end());
  }
  BOOST_TEST(heard == expected, boost::test_tools::per_element());
}

// -- subscriptions by their request_id ----------------------------------------

BOOST_AUTO_TEST_CASE(a_subscription_has_a_request_id_of_its_own) {
  BOOST_TEST(two.ask_as({}, "subscribe") == required);
  BOOST_TEST(two.ask_as("null", "subscribe") == required);
  BOOST_TEST(two.ask_as({}, "unsubscribe") == required);
  BOOST_TEST(two.ask_as("1", "subscribe") == "201 null");
  BOOST_TEST(two.ask_as("1", "subscribe") == "201 null");
  BOOST_TEST(two.ask_as("1", "subscribe", {}, "posts/?author=1")
             == R"(400 [{"request_id":["There is a subscription with this )"
                R"(request_id."]}])");
  BOOST_TEST(two.ask_as(R"("1")", "subscribe") == "201 null");
  BOOST_TEST(one.ask_as("1", "subscribe") == "201 null");
  BOOST_TEST(two.ask_as("1", "unsubscribe") == "204 null");
  BOOST_TEST(two.ask_as("1", "unsubscribe") == "204 null");
  one.ask("create", post_data("A", "a"));
  BOOST_TEST(one.event() == "create 201 1 " + shown(1, "A"));
  BOOST_TEST(two.event() == R"(create 201 "1" )" + shown(1, "A"));
  BOOST_TEST(two.is_silent());
  BOOST_TEST(two.ask_as(R"("1")", "unsubscribe_instance") == "204 null");
  one.ask("create", post_data("B", "b"));
  BOOST_TEST(two.is_silent());
}

BOOST_AUTO_TEST_CASE(as_many_subscriptions_as_may_be_and_no_more) {
  const limits bounds;
  for (std::size_t i = 0; i < bounds.subscriptions_max; ++i)
    BOOST_TEST(two.ask_as(std::to_string(i), "subscribe") == "201 null");
  BOOST_TEST(two.ask_as("-1", "subscribe")
             == R"(400 ["No further subscription can be begun."])");
  two.ask_as("0", "unsubscribe");
  BOOST_TEST(two.ask_as("-1", "subscribe") == "201 null");
  one.ask("create", post_data("A", "a"));
  for (std::size_t i = 1; i < bounds.subscriptions_max; ++i)
    BOOST_TEST(two.event()
               == "create 201 " + std::to_string(i) + ' ' + shown(1, "A"));
  BOOST_TEST(two.event() == "create 201 -1 " + shown(1, "A"));
  BOOST_TEST(two.is_silent());
}

// -- several nodes ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(each_node_with_the_database_tells_of_the_commits_of_all) {
  test_node left{node_named("left")};
  test_node right{
      node_named("right", {"127.0.0.1:" + std::to_string(left->port())})};
  const auto start = [](test_node& node, const store_ptr& opened,
                        const switches_ptr& turned) {
    server_options of_server;
    of_server.port = 0;
    of_server.threads = 2;
    of_server.cluster = node.shared();
    know_users(of_server);
    auto started =
        serve(node.system(), of_server, endpoints_of(opened, turned));
    BOOST_REQUIRE(started);
    return std::make_unique<stagedoor::server>(std::move(*started));
  };
  // The other process with the same database.
  const auto second = open_again();
  const auto left_server = start(left, database, now);
  const auto right_server = start(right, second, now);
  asker here{left_server->port(), "one"};
  asker there{right_server->port(), "two"};
  BOOST_TEST(there.ask_as("1", "subscribe") == "201 null");
  BOOST_TEST(here.ask_as("2", "subscribe") == "201 null");
  BOOST_TEST(at_last([&] {
    return left.finds("stagedoor.groups", 2)
           && right.finds("stagedoor.groups", 2);
  }));
  here.ask("create", post_data("A", "a"));
  BOOST_TEST(there.event() == "create 201 1 " + shown(1, "A"));
  there.ask("create", post_data("B", "b"));
  BOOST_TEST(here.event() == "create 201 2 " + shown(1, "A"));
  BOOST_TEST(here.event() == "create 201 2 " + shown(2, "B"));
  BOOST_TEST(there.event() == "create 201 1 " + shown(2, "B"));
  BOOST_TEST(here.is_silent());
  BOOST_TEST(there.is_silent());
}

BOOST_AUTO_TEST_CASE(other_databases_have_other_subscribers) {
  test_database elsewhere;
  test_server other{endpoints_of(elsewhere.database, now), know_users};
  asker there{other.port(), "two"};
  there.ask_as("1", "subscribe");
  two.ask_as("1", "subscribe");
  one.ask("create", post_data("A", "a"));
  BOOST_TEST(two.event() == "create 201 1 " + shown(1, "A"));
  BOOST_TEST(there.is_silent());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_subscriptions_suite
