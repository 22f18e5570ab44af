// What actors/models/README.md shows, run once.

#include "stagedoor/actors/models/model_handler.hpp"
#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

#include "support/one_client.hpp"
#include "support/test_database.hpp"

namespace model_manual_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

// README: begin struct
struct post {
  std::int64_t id = 0;
  std::string title;
  std::string slug;
  std::int64_t author = 0;
  bool published = false;
  utc_time created;

  static const description<post>& described() {
    static const auto result =
        describe<post>("post")
            .field("id", &post::id,
                   field::integer().filled_with(server_value::primary_key))
            .field("title", &post::title, field::text().length_max(255))
            .field("slug", &post::slug, field::slug().unique())
            .field("author", &post::author,
                   field::integer().filled_with(server_value::user_id))
            .field("published", &post::published,
                   field::boolean().by_default(false))
            .field(
                "created", &post::created,
                field::date_time().filled_with(server_value::time_of_creation));
    return result;
  }
};
// README: end struct

// README: begin endpoint
endpoint_spec posts_endpoint(const store_ptr& database) {
  const handler_spec posts =
      model_handler(model<post>{}
                        .pages({.how = pagination::page_number})
                        .ordered_by({"-created"})
                        .ordering({"created", "title"})
                        .search({"title"})
                        .filters({"author", "published"}),
                    database)
          .permissions(is_authenticated_or_read_only())
          .permissions_for("update", is_owner("author"))
          .permissions_for("destroy", is_owner("author"));
  return endpoint("/ws/", handler("root").permissions(allow_any()))
      .route("posts/(?P<pk>[^/]+)/$", posts)
      .route("posts/$", posts);
}
// README: end endpoint

// README: begin visible
model<post> own_and_published() {
  return model<post>{}.visible_to([](const user& who) {
    return where("published", true) || where("author", who.id);
  });
}
// README: end visible

// README: begin publish
handler_spec with_publish(const store_ptr& database) {
  return model_handler(model<post>{}, database)
      .permissions(is_owner("author"))
      .action("publish", [database](const context& ctx, loaded<post> found) {
        return database->write(ctx, [id = found->id](sql_session& sql) {
          note_change<post>(sql, id);
          sql.run("UPDATE post SET published = TRUE WHERE id = ?1", {id});
          return ok();
        });
      });
}
// README: end publish

// README: begin history
model<post> with_history() {
  return model<post>{}.after(row_change::update, [](const model_change<post>&
                                                        change) {
    if (change.before->author != change.now->author)
      throw refused_job{reject({{"author", {"This field cannot change."}}})};
    change.sql.run("INSERT INTO history (post, who) VALUES (?1, ?2)",
                   {change.now->id, change.who.username});
  });
}
// README: end history

// README: begin permissions
/// Everybody reads, and users write.
handler_spec public_posts(const store_ptr& database) {
  return model_handler(model<post>{}, database)
      .permissions(is_authenticated_or_read_only());
}

/// Users see and change their own posts only.
handler_spec own_posts(const store_ptr& database) {
  return model_handler(model<post>{}.visible_to([](const user& who) {
           return where("author", who.id);
         }),
                       database)
      .permissions(is_authenticated());
}

/// Everybody reads, and authors and staff change.
handler_spec moderated_posts(const store_ptr& database) {
  return model_handler(model<post>{}, database)
      .permissions(is_authenticated_or_read_only())
      .permissions_for("update", is_owner("author") | is_admin_user())
      .permissions_for("destroy", is_owner("author") | is_admin_user());
}

/// Editors write, and whoever is in the group `editors` deletes.
handler_spec edited_posts(const store_ptr& database) {
  return model_handler(model<post>{}, database)
      .permissions(has_role("editor"))
      .permissions_for("list", allow_any())
      .permissions_for("retrieve", allow_any())
      .permissions_for("destroy", in_group("editors"));
}

/// Whoever has the codename of an action may run it.
handler_spec guarded_posts(const store_ptr& database) {
  return model_handler(model<post>{}, database)
      .permissions(has_model_permission("posts.view_post"))
      .permissions_for("create", has_model_permission("posts.add_post"))
      .permissions_for("update", has_model_permission("posts.change_post"))
      .permissions_for("destroy", has_model_permission("posts.delete_post"));
}
// README: end permissions

struct with_database : test_database {
  /// Asks a server with one endpoint as alice.
  std::string ask(const endpoint_spec& served,
                  const std::vector<std::string>& messages) {
    one_client set({served}, {}, "/ws/?token=alice-token");
    std::string last;
    for (const auto& message : messages)
      last = set.ask(message);
    return last;
  }

  static bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  std::string create =
      R"({"action":"create","route":"posts/","data":{"title":"a","slug":"a"}})";
  std::string create_here =
      R"({"action":"create","data":{"title":"a","slug":"a"}})";
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(model_manual, with_database)

BOOST_AUTO_TEST_CASE(the_endpoint_lists_posts) {
  const auto served = posts_endpoint(database);
  BOOST_TEST(holds(ask(served, {create}), R"("status":201)"));
  BOOST_TEST(holds(
      ask(served, {R"({"action":"list","route":"posts/?search=A&author=1"})"}),
      R"("data":{"count":1,"next":null,"previous":null,"results":[{"id":1)"));
  BOOST_TEST(holds(ask(served, {R"({"action":"destroy","route":"posts/1/"})"}),
                   R"("status":204)"));
}

BOOST_AUTO_TEST_CASE(others_see_what_is_published) {
  const auto served = endpoint(
      "/ws/",
      model_handler(own_and_published(), database).permissions(allow_any()));
  BOOST_TEST(
      holds(ask(served, {create_here, R"({"action":"list"})"}), R"("id":1)"));
  write("UPDATE post SET author = 2");
  BOOST_TEST(holds(ask(served, {R"({"action":"list"})"}), R"("data":[])"));
}

BOOST_AUTO_TEST_CASE(authors_publish) {
  const auto served = endpoint("/ws/", with_publish(database));
  ask(served, {create_here, R"({"action":"publish","pk":1})"});
  BOOST_TEST(count("post WHERE published = TRUE") == 1);
}

BOOST_AUTO_TEST_CASE(changes_have_a_history) {
  write("CREATE TABLE history (post INTEGER, who TEXT)");
  const auto served = endpoint(
      "/ws/", model_handler(with_history(), database).permissions(allow_any()));
  ask(served, {create_here,
               R"({"action":"partial_update","pk":1,"data":{"title":"b"}})"});
  BOOST_TEST(count("history WHERE post = 1 AND who = 'alice'") == 1);
}

/// The statuses of list, retrieve, create, update and destroy, in this order,
/// for the author of the post, for staff, for a superuser and for nobody.
struct with_a_post : test_database {
  with_a_post() {
    // The table is made when a server starts.
    one_client set({endpoint("/ws/", public_posts(database))});
  }

  std::string statuses(const handler_spec& served) {
    const auto endpoints = std::vector<endpoint_spec>{
        endpoint("/ws/", served)
            .codenames({"posts.view_post", "posts.add_post",
                        "posts.change_post", "posts.delete_post"})};
    std::string result;
    for (const std::string token :
         {"?token=alice-token", "?token=bob-token", "?token=root-token", ""}) {
      write("DELETE FROM post");
      write("INSERT INTO post VALUES (1, 'a', 'a', 1, FALSE, "
            "'2024-02-29T10:20:30.000000Z')");
      one_client set(endpoints, {}, "/ws/" + token);
      result += result.empty() ? "" : " | ";
      for (const std::string rest :
           {R"("list"})", R"("retrieve","pk":1})",
            R"("create","data":{"title":"b","slug":"b"}})",
            R"("partial_update","pk":1,"data":{}})", R"("destroy","pk":1})"}) {
        const auto text = set.ask(R"({"action":)" + rest);
        const std::string key = R"("status":)";
        result += text.substr(text.find(key) + key.size(), 3) + ' ';
      }
      result.pop_back();
    }
    return result;
  }
};

BOOST_FIXTURE_TEST_CASE(permissions_say_who_does_what, with_a_post) {
  BOOST_TEST(statuses(public_posts(database))
             == "200 200 201 200 204 | 200 200 201 200 204 | "
                "200 200 201 200 204 | 200 200 403 403 403");
  BOOST_TEST(statuses(own_posts(database))
             == "200 200 201 200 204 | 200 404 201 404 404 | "
                "200 404 201 404 404 | 403 403 403 403 403");
  BOOST_TEST(statuses(moderated_posts(database))
             == "200 200 201 200 204 | 200 200 201 200 204 | "
                "200 200 201 403 403 | 200 200 403 403 403");
  BOOST_TEST(statuses(edited_posts(database))
             == "200 200 201 200 204 | 200 200 403 403 403 | "
                "200 200 403 403 403 | 200 200 403 403 403");
  BOOST_TEST(statuses(guarded_posts(database))
             == "403 403 403 403 403 | 403 403 403 403 403 | "
                "200 200 201 200 204 | 403 403 403 403 403");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace model_manual_suite
