// A service for posts, which it keeps in posts.db. Everybody reads what is
// published, users write posts of their own, and staff may delete any of them.

#include <stagedoor/actors/models/model_handler.hpp>
#include <stagedoor/actors/store/sqlite_store.hpp>
#include <stagedoor/stagedoor.hpp>

#include <cstdlib>
#include <iostream>

using namespace stagedoor;

struct post {
  std::int64_t id = 0;
  std::string title;
  std::string content;
  std::string slug;
  std::int64_t author = 0;
  bool published = false;
  utc_time created;
  std::vector<std::string> tags;

  static const description<post>& described() {
    static const auto result =
        describe<post>("post")
            .field("id", &post::id,
                   field::integer().filled_with(server_value::primary_key))
            .field("title", &post::title, field::text().length_max(255))
            .field("content", &post::content,
                   field::text().length_max(1024).may_be_blank().optional())
            .field("slug", &post::slug, field::slug().unique())
            .field("author", &post::author,
                   field::integer().filled_with(server_value::user_id))
            .field("published", &post::published,
                   field::boolean().by_default(false))
            .field(
                "created", &post::created,
                field::date_time().filled_with(server_value::time_of_creation))
            .field("tags", &post::tags,
                   field::list(field::text()).by_default(json::array{}));
    return result;
  }
};

model<post> posts() {
  return model<post>{}
      .pages({.how = pagination::page_number})
      .ordered_by({"-created"})
      .ordering({"created", "title"})
      .search({"title", "content"})
      .filters({"author", "published"})
      .visible_to([](const user& who) {
        return where("published", true) || where("author", who.id);
      });
}

handler_spec post_handler(const store_ptr& database) {
  return model_handler(posts(), database)
      .permissions(is_authenticated_or_read_only())
      .permissions_for("update", is_owner("author"))
      .permissions_for("destroy", is_owner("author") | is_admin_user())
      .permissions_for("publish", is_owner("author"))
      .action("publish", [database](const context& ctx, loaded<post> found) {
        return database->write(ctx, [id = found->id](sql_session& sql) {
          sql.run("UPDATE post SET published = TRUE WHERE id = ?1", {id});
          return ok();
        });
      });
}

// Serves until SIGINT or SIGTERM, then drains.
int main(int argc, char** argv) {
  const auto database = open_sqlite({.path = "posts.db"});
  if (!database) {
    std::cerr << text_of(database.error()) << '\n';
    return EXIT_FAILURE;
  }
  const auto handler = post_handler(*database);
  return run_server(argc, argv,
                    {endpoint("/ws/")
                         .route("posts/(?P<pk>[0-9]+)/$", handler)
                         .route("posts/$", handler)});
}
