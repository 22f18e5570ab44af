#include "posts.hpp"

#include <stagedoor/permissions/builtin.hpp>

namespace stagedoor::newsroom {

const description<post>& post::described() {
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
          .field("created", &post::created,
                 field::date_time().filled_with(server_value::time_of_creation))
          .field("tags", &post::tags,
                 field::list(field::text().length_max(32))
                     .length_max(16)
                     .by_default(json::array{}));
  return result;
}

handler_spec posts(const store_ptr& database) {
  auto about = model<post>{}
                   .pages({.how = pagination::page_number})
                   .ordered_by({"-created"})
                   .ordering({"created", "title"})
                   .search({"title", "content"})
                   .filters({"author", "published", "created__gte"});
  if (database->kind() == database_kind::postgres)
    about.tells_of_others();
  return model_handler(about, database)
      .permissions(allow_any())
      .permissions_for("create", is_authenticated())
      // And so `partial_update`.
      .permissions_for("update", is_authenticated()
                                     & (is_owner("author") | is_admin_user()))
      .permissions_for("destroy", is_admin_user());
}

} // namespace stagedoor::newsroom
