#pragma once

#include <stagedoor/stagedoor.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor::newsroom {

struct article {
  std::int64_t id = 0;
  std::string title;
  std::string body;
  /// The id of the user who wrote it.
  json::value author_id;
  /// `draft`, `published` or `archived`.
  std::string status = "draft";
};

/// What clients and permissions see of an article.
void tag_invoke(json::value_from_tag, json::value& out, const article& from);

/// A small table in memory, with three articles of alice, alice and carol.
/// Thread rule: any thread.
class article_table {
public:
  article_table();

  [[nodiscard]] std::vector<article> all() const;
  [[nodiscard]] std::optional<article> find(std::int64_t id) const;

  /// @returns the article with the id that it got.
  article insert(article next);
  /// @returns false if there is no article of that id any more.
  bool replace(const article& changed);
  bool erase(std::int64_t id);

private:
  mutable std::mutex mutex_;
  std::map<std::int64_t, article> articles_;
  std::int64_t last_id_ = 0;
};

using article_table_ptr = std::shared_ptr<article_table>;

/// The route `articles/`: list, create. `?limit=2` lists the first two.
handler_spec article_list(const article_table_ptr& table);

/// The route `articles/<pk>/`: what is done to one article.
handler_spec article_detail(const article_table_ptr& table);

} // namespace stagedoor::newsroom
