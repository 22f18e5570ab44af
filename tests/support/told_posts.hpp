#pragma once

#include <boost/test/unit_test.hpp>

#include <stagedoor/actors/models/model_handler.hpp>
#include <stagedoor/permissions/builtin.hpp>
#include <stagedoor/permissions/custom_permission.hpp>
#include <stagedoor/protocol/json/json.hpp>
#include <stagedoor/protocol/limits.hpp>

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "event_keeper.hpp"
#include "post_model.hpp"
#include "postgres_writer.hpp"
#include "raw_client.hpp"
#include "test_database.hpp"
#include "test_server.hpp"

namespace stagedoor::test {

/// A client that subscribes to posts.
class post_subscriber {
public:
  explicit post_subscriber(std::uint16_t port,
                           const std::string& token = "alice-token")
      : client_(port, token) {}

  /// @returns status, and errors or data.
  std::string ask(const std::string& action, const std::string& route,
                  const std::string& more = {}) {
    return client_.ask(R"({"action":")" + action + R"(","route":")" + route
                       + R"(","request_id":1)" + more + '}');
  }

  std::string subscribe(const std::string& route = "posts/") {
    return ask(route.starts_with("posts/1/") || route.starts_with("posts/2/")
                   ? "subscribe_instance"
                   : "subscribe",
               route);
  }

  /// The next event as it is.
  std::string text() { return client_.event(); }

  /// The next event: type, and what names the post.
  std::string event() {
    const auto got = text();
    const auto parsed = parse_json(got, wire_depth_max);
    if (!parsed || !got.starts_with(R"({"type")"))
      return got;
    const auto& data = parsed->at("data").as_object();
    const auto* title = data.if_contains("title");
    return std::string(parsed->at("type").as_string()) + ' '
           + (title != nullptr ? std::string(title->as_string())
                               : to_json(data));
  }

  /// The close frame that the server sends.
  close_text closed() { return client_.socket().read_close(); }

private:
  event_keeper client_;
};

/// What a client is told that cannot know what it has missed.
inline const close_text changes_missed{4013, "changes missed"};

/// A row with the values that depend on the settings of a connection.
struct reading {
  std::int64_t id = 0;
  double value = 0;
  utc_time taken;

  static const description<reading>& described() {
    static const auto result =
        describe<reading>("reading")
            .field("id", &reading::id,
                   field::integer().filled_with(server_value::primary_key))
            .field("value", &reading::value)
            .field("taken", &reading::taken);
    return result;
  }
};

/// An INSERT of a post by another program.
inline std::string insert_post(const std::string& slug,
                               const std::string& title,
                               bool published = true) {
  return "INSERT INTO post (title, content, slug, author, published, price, "
         "tags, created, changed, secret) VALUES ('"
         + title + "', '', '" + slug + "', 1, " + (published ? "TRUE" : "FALSE")
         + ", 1.50, '[\"a\"]', '2024-02-29 10:20:30.5+09', "
           "'2024-02-29 10:20:30+00', '');";
}

/// A server that tells of all changes of posts, and another program that
/// writes.
struct told_posts : test_database {
  std::atomic<bool> may_list = true;

  std::vector<endpoint_spec> endpoints_of(const store_ptr& opened) {
    const handler_spec posts =
        model_handler(model<post>{}
                          .tells_of_others()
                          .filters({"author", "published"})
                          .visible_to([](const user& who) {
                            return where("published", true)
                                   || where("author", who.id);
                          }),
                      opened)
            .permissions(allow_any())
            .permissions_for(
                "list", custom_permission("may_list", [this](const request&) {
                  return may_list.load();
                }));
    const handler_spec readings =
        model_handler(model<reading>{}.tells_of_others(), opened)
            .permissions(allow_any());
    return {endpoint("/ws/", handler("root").permissions(allow_any()))
                .route("posts/(?P<pk>[^/]+)/$", posts)
                .route("posts/$", posts)
                .route("readings/(?P<pk>[^/]+)/$", readings)
                .route("readings/$", readings)};
  }

  /// Runs statements that change rows, and waits until they are told.
  void run_and_wait(const std::string& statements, int events) {
    post_subscriber probe{server.port()};
    probe.subscribe();
    writer.run(statements);
    while (events-- > 0)
      probe.text();
  }

  test_server server{endpoints_of(database)};
  postgres_writer writer{server_schema->connection()};
};

} // namespace stagedoor::test
