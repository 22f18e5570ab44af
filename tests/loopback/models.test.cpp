// Handlers of models over real sockets, on a database in a real file.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/actors/store/sqlite_session.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/envelopes.hpp"
#include "support/one_client.hpp"
#include "support/post_model.hpp"
#include "support/test_database.hpp"

namespace models_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Posts that everybody reads and their authors change.
handler_spec posts(const store_ptr& database) {
  return model_handler(model<post>{}, database)
      .permissions(is_authenticated())
      .permissions_for("list", allow_any())
      .permissions_for("retrieve", allow_any())
      .permissions_for("update", is_owner("author"))
      .permissions_for("destroy", is_owner("author"));
}

std::vector<endpoint_spec> endpoints_of(const store_ptr& database) {
  return {endpoint("/ws/", handler("root").permissions(allow_any()))
              .route("posts/(?P<pk>[^/]+)/$", posts(database))
              .route("posts/$", posts(database))
              .route("remarks/$", model_handler(model<remark>{}, database)
                                      .permissions(is_authenticated()))};
}

/// A server with posts, and alice.
struct with_posts : test_database {
  using description = std::vector<endpoint_spec>(const store_ptr&);

  explicit with_posts(description* describe = endpoints_of,
                      std::chrono::milliseconds job_timeout = 20s)
      : test_database(job_timeout),
        set(describe(database), {}, "/ws/?token=alice-token") {}

  /// Asks as alice.
  /// @returns status, errors, and data without the times.
  std::string ask(const std::string& action, const std::string& data = {},
                  const std::string& route = "posts/") {
    return ask(set.client, action, data, route);
  }

  static std::string ask(websocket_client& client, const std::string& action,
                         const std::string& data, const std::string& route) {
    const auto text =
        client.ask(R"({"action":")" + action + R"(","route":")" + route + '"'
                   + (data.empty() ? "" : R"(,"data":)" + data) + "}");
    const auto answer = parse_json(text, wire_depth_max);
    if (!answer)
      return text;
    const auto& parts = answer->as_object();
    auto shown = parts.at("data");
    if (auto* row = shown.if_object()) {
      row->erase("created");
      row->erase("changed");
    }
    const auto& errors = parts.at("errors").as_array();
    return to_json(parts.at("status")) + ' '
           + (errors.empty() ? to_json(shown) : to_json(errors));
  }

  one_client set;
};

/// What a post looks like without its times.
std::string
shown(int id, const std::string& title, const std::string& slug,
      const std::string& rest = R"("published":false,"price":null,"tags":[])") {
  return R"({"id":)" + std::to_string(id) + R"(,"title":")" + title
         + R"(","content":"","slug":")" + slug + R"(","author":1,)" + rest
         + "}";
}

const std::string no_such_post = R"(404 [{"detail":"Not found."}])";

} // namespace

BOOST_FIXTURE_TEST_SUITE(models, with_posts)

// -- the six actions ----------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_row_lives_from_create_to_destroy) {
  BOOST_TEST(ask("create", R"({"title":" One ","slug":"one"})")
             == "201 " + shown(1, "One", "one"));
  BOOST_TEST(ask("retrieve", {}, "posts/1/")
             == "200 " + shown(1, "One", "one"));
  BOOST_TEST(
      ask("update", R"({"title":"Two","slug":"one","price":"3","tags":["a"]})",
          "posts/1/")
      == "200 "
             + shown(1, "Two", "one",
                     R"("published":false,"price":"3.00","tags":["a"])"));
  BOOST_TEST(ask("partial_update", R"({"published":true})", "posts/1/")
             == "200 "
                    + shown(1, "Two", "one",
                            R"("published":true,"price":"3.00","tags":["a"])"));
  BOOST_TEST(ask("list").find(R"(200 [{"id":1,"title":"Two")") == 0u);
  BOOST_TEST(ask("destroy", {}, "posts/1/") == "204 null");
  BOOST_TEST(ask("retrieve", {}, "posts/1/") == no_such_post);
  BOOST_TEST(ask("list") == "200 []");
}

BOOST_AUTO_TEST_CASE(a_number_that_was_given_is_not_given_again) {
  ask("create", R"({"title":"a","slug":"a"})");
  BOOST_TEST(ask("destroy", {}, "posts/1/") == "204 null");
  BOOST_TEST(ask("create", R"({"title":"b","slug":"b"})")
             == "201 " + shown(2, "b", "b"));
}

BOOST_AUTO_TEST_CASE(the_key_comes_from_the_route_or_else_from_the_message) {
  ask("create", R"({"title":"a","slug":"a"})");
  BOOST_TEST(set.ask(R"({"action":"retrieve","route":"posts/","pk":1})")
                 .find(R"("id":1)")
             != std::string::npos);
  BOOST_TEST(set.ask(R"({"action":"retrieve","route":"posts/1/","pk":2})")
                 .find(R"("id":1)")
             != std::string::npos);
  BOOST_TEST(set.ask(R"({"action":"retrieve","route":"posts/?pk=1"})")
                 .find(R"("id":1)")
             != std::string::npos);
  for (const std::string pk : {"2", "null", R"("abc")", "true", "1.5", "[1]",
                               "{}", R"("")", "99999999999999999999"})
    BOOST_TEST(
        set.ask(R"({"action":"retrieve","route":"posts/","pk":)" + pk + "}")
        == failure(404, R"([{"detail":"Not found."}])", "retrieve", "posts/"));
  BOOST_TEST(ask("retrieve") == R"(400 [{"pk":["This field is required."]}])");
}

BOOST_AUTO_TEST_CASE(what_the_server_fills_no_client_sends) {
  BOOST_TEST(ask("create", R"({"title":"a","slug":"a","id":9,"author":2,)"
                           R"("created":"2000-01-01T00:00:00Z"})")
             == "201 " + shown(1, "a", "a"));
  const auto text =
      set.client.ask(R"({"action":"retrieve","route":"posts/1/"})");
  BOOST_TEST(text.find("2000-01-01") == std::string::npos);
  const auto row = parse_json(text, wire_depth_max)->at("data").as_object();
  BOOST_TEST(row.at("created") == row.at("changed"));
  const auto changed =
      parse_json(set.client.ask(R"({"action":"partial_update",)"
                                R"("route":"posts/1/","data":{}})"),
                 wire_depth_max)
          ->at("data")
          .as_object();
  BOOST_TEST(changed.at("created") == row.at("created"));
  BOOST_TEST(changed.at("changed") != row.at("changed"));
}

BOOST_AUTO_TEST_CASE(what_clients_only_write_they_never_see) {
  ask("create", R"({"title":"a","slug":"a","secret":"hush"})");
  BOOST_TEST(ask("list").find("secret") == std::string::npos);
  BOOST_TEST(ask("list").find("hush") == std::string::npos);
  BOOST_TEST(count("post WHERE secret = 'hush'") == 1);
  // An update that leaves it out keeps it.
  ask("update", R"({"title":"b","slug":"a"})", "posts/1/");
  BOOST_TEST(count("post WHERE secret = 'hush' AND title = 'b'") == 1);
}

// -- errors -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(all_fields_say_what_is_wrong_in_their_order) {
  BOOST_TEST(ask("create", R"({"slug":"a b","price":"1.234"})")
             == R"(400 [{"title":["This field is required."],)"
                R"("slug":["Enter a valid \"slug\" consisting of letters, )"
                R"(numbers, underscores or hyphens."],"price":["Ensure that )"
                R"(there are no more than 2 decimal places."]}])");
  for (const std::string nothing : {"null", ""})
    BOOST_TEST(ask("create", nothing)
               == R"(400 [{"non_field_errors":["No data provided"]}])");
  BOOST_TEST(ask("create", "[]")
             == R"(400 [{"non_field_errors":["Invalid data. Expected a )"
                R"(dictionary, but got list."]}])");
  BOOST_TEST(count("post") == 0);
}

BOOST_AUTO_TEST_CASE(a_value_that_is_unique_is_there_once) {
  ask("create", R"({"title":"a","slug":"a"})");
  ask("create", R"({"title":"b","slug":"b"})");
  const std::string taken =
      R"(400 [{"slug":["post with this slug already exists."]}])";
  BOOST_TEST(ask("create", R"({"title":"c","slug":" a "})") == taken);
  BOOST_TEST(ask("partial_update", R"({"slug":"a"})", "posts/2/") == taken);
  // It is no other row.
  BOOST_TEST(ask("partial_update", R"({"slug":"b"})", "posts/2/")
             == "200 " + shown(2, "b", "b"));
  BOOST_TEST(count("post") == 2);
}

BOOST_AUTO_TEST_CASE(fields_that_are_unique_together_are_there_once) {
  ask("create", R"({"title":"a","slug":"a"})");
  ask("create", R"({"title":"b","slug":"b"})");
  BOOST_TEST(ask("create", R"({"post":1,"text":"x"})", "remarks/").find("201")
             == 0u);
  BOOST_TEST(ask("create", R"({"post":1,"text":"y"})", "remarks/")
             == R"(400 [{"non_field_errors":["The fields post, author must )"
                R"(make a unique set."]}])");
  BOOST_TEST(ask("create", R"({"post":2,"text":"x"})", "remarks/").find("201")
             == 0u);
}

BOOST_AUTO_TEST_CASE(a_reference_leads_to_a_row) {
  BOOST_TEST(ask("create", R"({"post":1,"text":"x"})", "remarks/")
             == R"(400 [{"post":["Invalid pk \"1\" - object does not )"
                R"(exist."]}])");
  ask("create", R"({"title":"a","slug":"a"})");
  BOOST_TEST(ask("create", R"({"post":1,"text":"x"})", "remarks/").find("201")
             == 0u);
  BOOST_TEST(ask("destroy", {}, "posts/1/")
             == R"(409 [{"detail":"Other objects refer to this one."}])");
  BOOST_TEST(count("post") == 1);
}

/// Posts that everybody may add, as far as the permissions go.
std::vector<endpoint_spec> open_posts(const store_ptr& database) {
  return {endpoint(
      "/ws/", model_handler(model<post>{}, database).permissions(allow_any()))};
}

struct with_open_posts : with_posts {
  with_open_posts() : with_posts(open_posts) {}
};

BOOST_FIXTURE_TEST_CASE(a_row_of_a_user_is_no_row_of_nobody, with_open_posts) {
  websocket_client nobody(set.server.port(), "/ws/");
  BOOST_TEST(ask(nobody, "create", R"({"title":"a","slug":"a"})", "")
             == R"(401 [{"detail":"Authentication credentials were not )"
                R"(provided."}])");
  BOOST_TEST(count("post") == 0);
}

struct with_little_time : with_posts {
  with_little_time() : with_posts(endpoints_of, 300ms) {}
};

BOOST_FIXTURE_TEST_CASE(a_database_that_is_locked_is_a_503, with_little_time,
                        *on_sqlite()) {
  sqlite_session holder{options, sqlite_session::access::write};
  holder.set_deadline(store::clock::now() + 20s);
  holder.command("BEGIN IMMEDIATE");
  const std::string body = R"({"title":"a","slug":"a"})";
  BOOST_TEST(ask("create", body)
             == R"(503 [{"detail":"Service unavailable."}])");
  // Who reads is not held up.
  BOOST_TEST(ask("list") == "200 []");
  holder.command("COMMIT");
  BOOST_TEST(count("post") == 0);
  BOOST_TEST(ask("create", body).find("201") == 0u);
}

// -- permissions --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(permissions_are_those_of_any_handler) {
  ask("create", R"({"title":"a","slug":"a"})");
  websocket_client bob(set.server.port(), "/ws/?token=bob-token");
  websocket_client nobody(set.server.port(), "/ws/");
  BOOST_TEST(ask(nobody, "list", {}, "posts/").find("200 [{") == 0u);
  BOOST_TEST(ask(nobody, "create", "{}", "posts/").find("403") == 0u);
  BOOST_TEST(ask(bob, "retrieve", {}, "posts/1/").find("200") == 0u);
  for (const std::string action : {"update", "partial_update", "destroy"}) {
    BOOST_TEST(ask(bob, action, "{}", "posts/1/").find("403") == 0u);
    // What is not there is said before who may change it.
    BOOST_TEST(ask(bob, action, "{}", "posts/9/") == no_such_post);
  }
  BOOST_TEST(ask("partial_update", R"({"title":"b"})", "posts/1/")
             == "200 " + shown(1, "b", "a"));
}

/// Posts of which others see the published ones.
std::vector<endpoint_spec> drafts(const store_ptr& database) {
  return {endpoint("/ws/",
                   model_handler(model<post>{}.visible_to([](const user& who) {
                     return where("published", true) || where("author", who.id);
                   }),
                                 database)
                       .permissions(allow_any())
                       .permissions_for("create", is_authenticated())
                       .action("title", [](loaded<post> found) {
                         return ok(json::value(found->title));
                       }))};
}

struct with_drafts : with_posts {
  with_drafts() : with_posts(drafts) {}
};

BOOST_FIXTURE_TEST_CASE(what_somebody_may_not_see_is_not_there, with_drafts) {
  set.ask(R"({"action":"create","data":{"title":"a","slug":"a"}})");
  websocket_client bob(set.server.port(), "/ws/?token=bob-token");
  websocket_client nobody(set.server.port(), "/ws/");
  for (auto* other : {&bob, &nobody}) {
    BOOST_TEST(other->ask(R"({"action":"list"})") == success("[]", "list"));
    for (const std::string action :
         {"retrieve", "title", "update", "partial_update", "destroy"})
      BOOST_TEST(
          other->ask(R"({"action":")" + action + R"(","pk":1,"data":{}})")
          == failure(404, R"([{"detail":"Not found."}])", action));
  }
  BOOST_TEST(set.ask(R"({"action":"title","pk":1})")
             == success(R"("a")", "title"));
  set.ask(R"({"action":"partial_update","pk":1,"data":{"published":true}})");
  BOOST_TEST(bob.ask(R"({"action":"title","pk":1})")
             == success(R"("a")", "title"));
  BOOST_TEST(nobody.ask(R"({"action":"list"})").find(R"("id":1)")
             != std::string::npos);
}

// -- further actions and hooks ------------------------------------------------

/// Posts that keep a journal in another table.
std::vector<endpoint_spec> with_journal(const store_ptr& database) {
  const auto note = [](const std::string& what) {
    return [what](const model_change<post>& change) {
      change.sql.run("INSERT INTO journal VALUES (?1)",
                     {what + ' ' + (change.before ? change.before->title : "-")
                      + ' ' + (change.now ? change.now->title : "-") + ' '
                      + change.who.username});
      if (change.now && change.now->title == "bad")
        throw refused_job{reject({{"title", {"Not this one."}}})};
      if (change.now && what.starts_with("before"))
        change.now->content = what;
    };
  };
  model<post> posts;
  for (const auto& [kind, name] : {std::pair{row_change::create, "create"},
                                   std::pair{row_change::update, "update"},
                                   std::pair{row_change::destroy, "destroy"}})
    posts.before(kind, note(std::string("before ") + name))
        .after(kind, note(std::string("after ") + name));
  return {endpoint(
      "/ws/",
      model_handler(posts, database)
          .permissions(is_authenticated())
          .action("publish",
                  [database](const context& ctx, loaded<post> found) {
                    return database->write(ctx, [id = found->id](
                                                    sql_session& sql) {
                      sql.run("UPDATE post SET published = TRUE WHERE id = ?1",
                              {id});
                      return ok();
                    });
                  })
          .action("count", [database](const context& ctx) {
            return database->read(ctx, [](sql_session& sql) {
              return ok(std::get<std::int64_t>(
                  sql.run("SELECT count(*) FROM post")[0][0]));
            });
          }))};
}

struct with_hooks : with_posts {
  with_hooks() : with_posts(with_journal) {
    write("CREATE TABLE journal (line TEXT)");
  }
};

BOOST_FIXTURE_TEST_CASE(hooks_run_inside_of_the_transaction, with_hooks) {
  BOOST_TEST(set.ask(R"({"action":"create","data":{"title":"a","slug":"a"}})")
                 .find(R"("content":"before create")")
             != std::string::npos);
  set.ask(R"({"action":"partial_update","pk":1,"data":{"title":"b"}})");
  BOOST_TEST(
      set.ask(R"({"action":"partial_update","pk":1,"data":{"title":"bad"}})")
      == failure(400, R"([{"title":["Not this one."]}])", "partial_update"));
  set.ask(R"({"action":"destroy","pk":1})");
  BOOST_TEST(set.ask(R"({"action":"count"})") == success("0", "count"));
  for (const std::string line :
       {"before create - a alice", "after create - a alice",
        "before update a b alice", "after update a b alice",
        "before destroy b - alice", "after destroy b - alice"})
    BOOST_TEST(count("journal WHERE line = '" + line + "'") == 1, line);
  BOOST_TEST(count("journal") == 6);
}

BOOST_FIXTURE_TEST_CASE(further_actions_stand_beside_the_six, with_hooks) {
  set.ask(R"({"action":"create","data":{"title":"a","slug":"a"}})");
  BOOST_TEST(set.ask(R"({"action":"count"})") == success("1", "count"));
  BOOST_TEST(set.ask(R"({"action":"publish","pk":1})")
             == success("null", "publish"));
  BOOST_TEST(count("post WHERE published = TRUE") == 1);
  BOOST_TEST(set.ask(R"({"action":"publish","pk":2})")
             == failure(404, R"([{"detail":"Not found."}])", "publish"));
}

BOOST_AUTO_TEST_CASE(a_model_may_offer_only_some_actions) {
  one_client reader({endpoint(
      "/ws/", model_handler(model<post>{}.only({"list", "retrieve"}), database)
                  .permissions(allow_any()))});
  BOOST_TEST(reader.ask(R"({"action":"list"})") == success("[]", "list"));
  for (const std::string action :
       {"create", "update", "partial_update", "destroy"})
    BOOST_TEST(reader.ask(R"({"action":")" + action + R"(","pk":1})")
                   .find(R"("status":405)")
               != std::string::npos);
}

/// A row with the integers that a struct can hold and a column cannot.
struct tally_row {
  std::int64_t id = 0;
  std::uint64_t count = 0;

  static const description<tally_row>& described() {
    static const auto result =
        describe<tally_row>("tally")
            .field("id", &tally_row::id,
                   field::integer().filled_with(server_value::primary_key))
            .field("count", &tally_row::count);
    return result;
  }
};

BOOST_AUTO_TEST_CASE(integers_have_the_bounds_of_their_column) {
  one_client client({endpoint(
      "/ws/",
      model_handler(model<tally_row>{}, database).permissions(allow_any()))});
  const auto create = [&](const std::string& count) {
    return client.ask(R"({"action":"create","data":{"count":)" + count + "}}");
  };
  BOOST_TEST(create("9223372036854775807").find(R"("status":201)")
             != std::string::npos);
  BOOST_TEST(create("9223372036854775808")
             == failure(400,
                        R"([{"count":["Ensure this value is less than or )"
                        R"(equal to 9223372036854775807."]}])",
                        "create"));
}

/// What a server is told that is to serve a handler.
std::string refusal_of(const handler_spec& handler) {
  config cfg;
  caf::actor_system sys{cfg};
  server_options options;
  options.port = 0;
  options.threads = 1;
  const auto running = serve(sys, options, {endpoint("/ws/", handler)});
  return running ? "" : text_of(running.error());
}

BOOST_AUTO_TEST_CASE(a_server_whose_table_does_not_fit_does_not_start) {
  const auto told = [&](const model<post>& about, const std::string& text) {
    BOOST_TEST(refusal_of(model_handler(about, database))
                       .find("handler \"post\" " + text)
                   != std::string::npos,
               text);
  };
  using posts = model<post>;
  BOOST_TEST(refusal_of(model_handler(posts{}, database)) == "");
  told(posts{}.only({"list", "delete"}),
       "offers the action \"delete\", which no model has");
  if (database->kind() == database_kind::sqlite)
    told(posts{}.tells_of_others(),
         "tells of the changes by others, which only PostgreSQL can");
  told(posts{}.ordering({"x"}), "has an order by \"x\", which is no field");
  told(posts{}.ordered_by({"-x"}), "has an order by \"-x\", which is no field");
  told(posts{}.search({"^x"}), "has a search in \"^x\", which is no field");
  for (const std::string name : {"x", "x__gt", "title__x"})
    told(posts{}.filters({name}),
         "has a filter by \"" + name + "\", which is no field");
  for (const auto& about :
       {posts{}.ordering({"secret"}), posts{}.ordered_by({"-secret"}),
        posts{}.search({"secret"}), posts{}.filters({"secret__gt"})})
    BOOST_TEST(refusal_of(model_handler(about, database))
                   .find("\", which clients may not see")
               != std::string::npos);
  write("DROP TABLE remark");
  write("DROP TABLE post");
  write("CREATE TABLE post (id BIGINT PRIMARY KEY)");
  told(posts{},
       database->kind() == database_kind::sqlite
           ? "cannot use its table: the table \"post\" has the column \"id\" "
             "as BIGINT, not as INTEGER"
           : "cannot use its table: the table \"post\" lacks the column "
             "\"title\" TEXT COLLATE \"C\" NOT NULL");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace models_suite
