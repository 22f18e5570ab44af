#pragma once

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <chrono>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor::test {

/// What outlives the states: a database, say.
struct archive {
  std::map<std::string, std::int64_t> visits;
  std::vector<std::string> written;
  /// How long a load and a save take.
  std::chrono::milliseconds load_time{0};
  std::chrono::milliseconds save_time{0};
  /// How often a load or a save fails from now on.
  int failures = 0;

  void fail() {
    if (failures > 0) {
      --failures;
      throw std::runtime_error("no disk");
    }
  }
};

/// A state that counts.
struct archived_room {
  std::int64_t visits = 0;
};

inline task<archived_room> load(archive& kept, const state_context& self) {
  kept.written.push_back("load " + self.key());
  co_await self.sleep(kept.load_time);
  kept.fail();
  auto read = [&kept, key = self.key()] { return kept.visits[key]; };
  const auto visits = co_await self.blocking(read);
  co_return archived_room{visits};
}

inline task<void> save(archive& kept, const archived_room& state,
                       const state_context& self) {
  kept.written.push_back("save " + self.key());
  co_await self.sleep(kept.save_time);
  kept.fail();
  auto write = [&kept, key = self.key(), visits = state.visits] {
    kept.visits[key] = visits;
  };
  co_await self.blocking(write);
  kept.written.push_back("saved " + self.key());
}

/// Rooms that are loaded from an archive, and saved there.
struct archived_rooms {
  auto begin_room() {
    return handler<archived_room>(
               "room",
               [this](const state_context& self) { return load(kept, self); })
        .lives_for(
            lifetime::key("room", {.unused_for = std::chrono::minutes{1}}))
        .on_end([this](const archived_room& state, const state_context& self) {
          return save(kept, state, self);
        });
  }

  /// One endpoint with these rooms, which clients may visit.
  static endpoint_spec at(handler_builder<archived_room> subject) {
    return endpoint("/ws/").route(
        R"(rooms/(?P<room>\w+)/$)",
        subject.action(
            "visit", [](archived_room& state) { return ok(++state.visits); }));
  }

  /// What was written since the last call.
  std::vector<std::string> written() { return std::exchange(kept.written, {}); }

  archive kept;
};

/// A world of rooms that may be left, that die, and whose visitors may begin
/// timers: one that saves after 30 s, and one that notes a tick after 65 s.
struct busy_archived_rooms : archived_rooms {
  endpoint_spec at_busy() {
    return at(begin_room()
                  .on_open([this](const context&, const archived_room& state) {
                    kept.written.push_back("open "
                                           + std::to_string(state.visits));
                  })
                  .action("leave",
                          [](archived_room& state, const context& ctx) {
                            ctx.state().end();
                            return ok(++state.visits);
                          })
                  .action("tick",
                          [this](archived_room& state, const context& ctx) {
                            using namespace std::chrono_literals;
                            auto self = ctx.state();
                            self.run_after(30s, [this, &state, self] {
                              return save(kept, state, self);
                            });
                            self.run_after(65s, [this] {
                              kept.written.emplace_back("tick");
                            });
                          })
                  .action("crash", [](archived_room&, const context& ctx) {
                    ctx.self()->quit(caf::exit_reason::user_shutdown);
                  }));
  }

  testing::world stage{at_busy()};
  testing::client alice =
      stage.connect("/ws/", testing::user_named("alice", 1));
  testing::client bob = stage.connect("/ws/", testing::user_named("bob", 2));
};

} // namespace stagedoor::test
