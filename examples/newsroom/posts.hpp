#pragma once

#include <stagedoor/actors/models/model_handler.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace stagedoor::newsroom {

/// A post, as a row of the database has it.
struct post {
  std::int64_t id = 0;
  std::string title;
  std::string content;
  std::string slug;
  std::int64_t author = 0;
  bool published = false;
  utc_time created;
  std::vector<std::string> tags;

  static const description<post>& described();
};

/// The handler of the routes `posts/` and `posts/<pk>/`.
handler_spec posts(const store_ptr& database);

} // namespace stagedoor::newsroom
