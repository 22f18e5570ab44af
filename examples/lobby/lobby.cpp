#include "lobby.hpp"

#include <map>
#include <vector>

using namespace stagedoor;

namespace {

constexpr std::size_t lines_kept_max = 50;
constexpr std::size_t text_bytes_max = 500;

/// One room: who is in it, and what was said.
struct room {
  explicit room(const state_context& self) : group("lobby." + self.key()) {}

  void enter(const context& ctx) {
    if (inside.empty())
      owner = ctx.user().username;
    inside[ctx.user().username].push_back(ctx.connection());
  }

  void leave(const context& ctx) {
    const auto found = inside.find(ctx.user().username);
    if (found == inside.end())
      return;
    std::erase(found->second, ctx.connection());
    if (found->second.empty())
      inside.erase(found);
  }

  json::object say(const std::string& who, const std::string& text) {
    if (lines.size() == lines_kept_max)
      lines.erase(lines.begin());
    lines.push_back(json::object{{"by", who}, {"text", text}});
    return lines.back().as_object();
  }

  std::string group;
  std::string owner;
  /// The connections of each user.
  std::map<std::string, std::vector<caf::actor>> inside;
  json::array lines;
};

deferred enter(room& state, const context& ctx) {
  state.leave(ctx);
  state.enter(ctx);
  return ctx.join(state.group,
                  ok({{"owner", state.owner}, {"lines", state.lines}}));
}

deferred leave(room& state, const context& ctx) {
  state.leave(ctx);
  return ctx.leave(state.group);
}

reply say(room& state, const context& ctx, arg<"text", std::string> text) {
  if (!state.inside.contains(ctx.user().username))
    return reject("Enter the room first.");
  if (text->empty() || text->size() > text_bytes_max)
    return reject({{"text", {"Ensure this field has 1 to 500 bytes."}}});
  return ok(state.say(ctx.user().username, *text));
}

reply kick(room& state, const context& ctx, arg<"user", std::string> user) {
  if (ctx.user().username != state.owner)
    return fail(403, {"Only the owner of the room may do that."});
  const auto gone = state.inside.extract(*user);
  if (!gone)
    return not_found();
  for (const auto& connection : gone.mapped()) {
    ctx.notifier().push(connection,
                        {"lobby.kicked", {{"by", ctx.user().username}}});
    ctx.notifier().leave(connection, state.group);
  }
  return ok();
}

} // namespace

endpoint_spec lobby() {
  return endpoint("/ws/")
      .route(R"(rooms/(?P<room>\w+)/$)",
             handler<room>("room")
                 .permissions(is_authenticated())
                 .lives_for(lifetime::key("room"))
                 .on_close(
                     [](const context& ctx, room& state) { state.leave(ctx); })
                 .action("enter", enter)
                 .action("leave", leave)
                 .action("say", say, broadcasts("lobby.{room}", "lobby.said"))
                 .action("kick", kick))
      .group(R"(lobby\..*)", presence);
}
