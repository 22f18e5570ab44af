#include "articles.hpp"

#include <utility>

namespace stagedoor::newsroom {

namespace {

/// Takes a text field of `data`, if it is there.
void take_text(const json::object& data, const char* name, bool required,
               std::string& out, json::object& errors) {
  const auto* value = data.if_contains(name);
  std::string problem;
  if (value == nullptr)
    problem = required ? std::string(texts::required) : std::string{};
  else if (value->is_null())
    problem = texts::not_null;
  else
    problem = convert_argument(*value, out);
  if (!problem.empty())
    errors[name] = json::array{json::string(problem)};
}

/// Changes an article by the `data` of a client.
/// @param required whether all fields have to be there.
/// @returns what is wrong, by field.
json::object change(article& target, const json::object& data, bool required) {
  json::object errors;
  take_text(data, "title", required, target.title, errors);
  take_text(data, "body", required, target.body, errors);
  return errors;
}

reply save(article_table& table, const article& changed) {
  // Another client may have deleted it since it was loaded.
  return table.replace(changed) ? ok(json::value_from(changed)) : not_found();
}

reply update(article_table& table, article target, const json::object& data,
             bool required) {
  if (auto errors = change(target, data, required); !errors.empty())
    return reject(std::move(errors));
  return save(table, target);
}

reply move_to(article_table& table, article target, const char* status) {
  target.status = status;
  return save(table, target);
}

} // namespace

void tag_invoke(json::value_from_tag, json::value& out, const article& from) {
  out = {{"id", from.id},
         {"title", from.title},
         {"body", from.body},
         {"author_id", from.author_id},
         {"status", from.status}};
}

// -- the table ----------------------------------------------------------------

article_table::article_table() {
  constexpr std::int64_t alice = 1;
  constexpr std::int64_t carol = 4;
  insert({0, "Curtain up", "The season begins.", alice});
  insert({0, "Understudies", "They know every line.", alice});
  insert({0, "Box office", "Sold out again.", carol});
}

std::vector<article> article_table::all() const {
  std::lock_guard lock{mutex_};
  std::vector<article> result;
  for (const auto& [id, entry] : articles_)
    result.push_back(entry);
  return result;
}

std::optional<article> article_table::find(std::int64_t id) const {
  std::lock_guard lock{mutex_};
  auto found = articles_.find(id);
  return found == articles_.end() ? std::nullopt : std::optional{found->second};
}

article article_table::insert(article next) {
  std::lock_guard lock{mutex_};
  next.id = ++last_id_;
  return articles_.emplace(next.id, std::move(next)).first->second;
}

bool article_table::replace(const article& changed) {
  std::lock_guard lock{mutex_};
  auto found = articles_.find(changed.id);
  if (found == articles_.end())
    return false;
  found->second = changed;
  return true;
}

bool article_table::erase(std::int64_t id) {
  std::lock_guard lock{mutex_};
  return articles_.erase(id) > 0;
}

// -- the routes ---------------------------------------------------------------

handler_spec article_list(const article_table_ptr& table) {
  return handler("articles")
      .permissions(allow_any())
      .permissions_for("create", is_authenticated())
      .action("list",
              [table](arg<"limit", std::optional<std::size_t>> limit) {
                auto articles = table->all();
                if (*limit && **limit < articles.size())
                  articles.resize(**limit);
                return ok(json::value_from(articles));
              })
      .action("create", [table](const request& req,
                                arg<"data", json::object> data) {
        article next;
        if (auto errors = change(next, *data, true); !errors.empty())
          return reject(std::move(errors));
        next.author_id = req.user().id;
        return ok(json::value_from(table->insert(std::move(next))), 201);
      });
}

// README: begin articles
handler_spec article_detail(const article_table_ptr& table) {
  return handler("article")
      .permissions(deny_all()) // What is not listed here.
      .permissions_for("retrieve", allow_any())
      // And so `partial_update`.
      .permissions_for("update",
                       is_authenticated()
                           & (is_owner("author_id") | is_admin_user()))
      .permissions_for("destroy", is_admin_user())
      .permissions_for("archive",
                       has_model_permission("articles.archive_article"))
      .loads([table](arg<"pk", std::int64_t> pk) { return table->find(*pk); })
      .action("retrieve",
              [](loaded<article> it) { return ok(json::value_from(*it)); })
      .action("update",
              [table](loaded<article> it, arg<"data", json::object> data) {
                return update(*table, *it, *data, true);
              })
      .action("partial_update",
              [table](loaded<article> it, arg<"data", json::object> data) {
                return update(*table, *it, *data, false);
              })
      .action("destroy",
              [table](loaded<article> it) {
                return table->erase(it->id) ? ok(nullptr, 204) : not_found();
              })
      .action(
          "publish",
          [table](loaded<article> it) {
            return move_to(*table, *it, "published");
          },
          guarded_by(has_role("editor", "admin")))
      .action("archive", [table](loaded<article> it) {
        return move_to(*table, *it, "archived");
      });
}
// README: end articles

} // namespace stagedoor::newsroom
