#include "newsroom.hpp"

#include <stagedoor/stagedoor.hpp>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <utility>

#include "articles.hpp"
#include "newsroom_users.hpp"
#include "posts.hpp"

namespace stagedoor::newsroom {

namespace {

using namespace std::chrono_literals;

/// Greets whoever knows the number of something.
handler_builder<stateless> child(const std::string& name) {
  return handler(name).action(
      "your_custom_action", [](arg<"pk", std::string> pk) {
        return ok({{"message", "your_custom_action will be handled"},
                   {"model_id", *pk}});
      });
}

/// The empty route of /ws/.
handler_spec lobby() {
  return handler("lobby")
      .permissions(allow_any())
      .action("ping",
              [] {
                return ok({{"pong", true}});
              })
      .action("echo",
              [](arg<"message", json::value> message) {
                return ok({{"message", *message}});
              })
      .action("whoami", [](const request& req) {
        const auto& who = req.user();
        return ok({{"id", who.id},
                   {"username", who.username},
                   {"is_authenticated", who.is_authenticated()},
                   {"roles", json::value_from(who.roles)},
                   {"groups", json::value_from(who.groups)}});
      });
}

/// Counts for one connection; dies when it is told to.
handler_spec counter() {
  struct count {
    std::int64_t value = 0;
  };
  return handler<count>("counter")
      .permissions(allow_any())
      .action("increment",
              [](count& state) {
                return ok({{"value", ++state.value}});
              })
      .action("throw",
              []() -> reply { throw std::runtime_error("as it was told to"); })
      .action("die", [](const context& ctx) { ctx.self()->quit(); });
}

handler_spec deep(const std::string& name, int level) {
  return handler(name).permissions(allow_any()).action("deep", [level] {
    return ok({{"level", level}});
  });
}

handler_spec nested() {
  return handler("child")
      .permissions(allow_any())
      .action("deep",
              [] {
                return ok({{"level", 2}});
              })
      .route("grandchild/", deep("grandchild", 3));
}

/// A room to talk in. Whoever is in it hears what is said, on all nodes.
// README: begin room
handler_spec room() {
  return handler("room")
      .permissions(is_authenticated())
      .action("join",
              [](const context& ctx, arg<"room", std::string> room) {
                return ctx.join("room." + *room, ok({{"room", *room}}));
              })
      .action("leave",
              [](const context& ctx, arg<"room", std::string> room) {
                return ctx.leave("room." + *room, ok({{"room", *room}}));
              })
      .action(
          "say",
          [](const request& req, arg<"room", std::string> room,
             arg<"text", std::string> text) {
            return ok({{"room", *room},
                       {"from", req.user().username},
                       {"text", *text}});
          },
          broadcasts("room.{room}", "room.message"))
      .action("members", [](const context& ctx, arg<"room", std::string> room) {
        return ctx.members("room." + *room);
      });
}
// README: end room

/// What a room keeps for members who come back.
constexpr history kept_messages{
    .events = 500, .bytes = std::size_t{256} * 1024, .age = 10min};

constexpr std::int64_t wait_ms_max = 10'000;

std::optional<reply> check_wait(std::int64_t ms) {
  if (ms >= 0 && ms <= wait_ms_max)
    return std::nullopt;
  return reject({{"ms", {"Ensure this value is between 0 and 10000."}}});
}

/// Takes its time: on a worker thread, or beside the queue.
handler_spec slow() {
  return handler("slow")
      .permissions(allow_any())
      .action(
          "sleep",
          [](arg<"ms", std::int64_t> ms) {
            if (auto bad = check_wait(*ms))
              return std::move(*bad);
            std::this_thread::sleep_for(std::chrono::milliseconds{*ms});
            return ok({{"slept", *ms}});
          },
          blocking)
      .action(
          "nap",
          [](const context& ctx, arg<"ms", std::int64_t> ms) -> outcome {
            if (auto bad = check_wait(*ms))
              return std::move(*bad);
            auto later = ctx.defer();
            ctx.run_after(std::chrono::milliseconds{*ms}, [later, ms] {
              later.answer(ok({{"slept", *ms}}));
            });
            return later;
          },
          concurrent);
}

} // namespace

std::vector<endpoint_spec> endpoints() {
  return endpoints(endpoint_options{});
}

std::vector<endpoint_spec> endpoints(const endpoint_options& options) {
  auto articles = std::make_shared<article_table>();
  auto site =
      endpoint("/ws/", lobby())
          .route(R"(test_child_route/(?P<pk>[-\w]+)/$)",
                 child("test_child_route").permissions(is_authenticated()))
          .route(R"(open/(?P<pk>[-\w]+)/$)",
                 child("open").permissions(allow_any()))
          .route("counter/", counter())
          .route("child/", nested())
          .route("slow/", slow())
          .route(R"(rooms/(?P<room>[-\w]+)/$)", room())
          .route("articles/$", article_list(articles))
          .route(R"(articles/(?P<pk>\d+)/$)", article_detail(articles))
          .codenames({"articles.archive_article"});
  if (options.keeps_messages)
    site.group(R"(room\..*)", guarded_by(is_authenticated()), kept_messages,
               replay_on_join{20}, presence);
  else
    site.group(R"(room\..*)", slow_member::drop_oldest, presence);
  if (options.database) {
    const auto handler = posts(options.database);
    site.route("posts/$", handler).route(R"(posts/(?P<pk>\d+)/$)", handler);
  }
  std::vector<endpoint_spec> result{
      std::move(site),
      endpoint("/strict/", handler("strict")
                               .permissions(is_authenticated_strictly())
                               .action("ping",
                                       [] {
                                         return ok({{"pong", true}});
                                       })),
  };
  if (options.database)
    result.push_back(
        endpoint("/dcrf/", handler("streams").permissions(allow_any()))
            .route("posts/$", posts(options.database))
            .speaks(dialect::dcrf));
  for (auto& each : result) {
    each.origin = {options.origins, !options.require_origin};
    each.compression = options.compression;
    each.subprotocols = options.subprotocols;
    each.token_cookie = options.token_cookie;
  }
  return result;
}

std::shared_ptr<const users_file> demo_users() {
  auto users = parse_users(users_json, "the compiled-in users");
  if (!users)
    throw std::logic_error(text_of(users.error()));
  return *users;
}

} // namespace stagedoor::newsroom
