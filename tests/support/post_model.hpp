#pragma once

#include <stagedoor/actors/models/model_handler.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor::test {

/// A described struct as an application has it.
struct post {
  std::int64_t id = 0;
  std::string title;
  std::string content;
  std::string slug;
  std::int64_t author = 0;
  bool published = false;
  std::optional<decimal> price;
  std::vector<std::string> tags;
  utc_time created;
  utc_time changed;
  std::string secret = "none";

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
            .field("price", &post::price,
                   field::decimal(6, 2).nullable().optional())
            .field("tags", &post::tags,
                   field::list(field::text()).by_default(json::array{}))
            .field(
                "created", &post::created,
                field::date_time().filled_with(server_value::time_of_creation))
            .field("changed", &post::changed,
                   field::date_time().filled_with(server_value::time_of_change))
            .field("secret", &post::secret,
                   field::text().write_only().optional());
    return result;
  }
};

/// A row that refers to a post. Nobody comments on a post twice.
struct remark {
  std::string id;
  std::int64_t post = 0;
  std::int64_t author = 0;
  std::string text;

  static const description<remark>& described() {
    static const auto result =
        describe<remark>("remark")
            .field("id", &remark::id,
                   field::uuid().filled_with(server_value::primary_key))
            .field("post", &remark::post, field::reference("post"))
            .field("author", &remark::author,
                   field::integer().filled_with(server_value::user_id))
            .field("text", &remark::text)
            .unique_together({"post", "author"});
    return result;
  }
};

} // namespace stagedoor::test
