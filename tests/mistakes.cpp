// What embedders get wrong, and what the compiler has to tell them: compiled
// once as it should be (MISTAKE 0) and once with each mistake, see
// CMakeLists.txt.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/mistake_headers.hpp"

using namespace stagedoor;

using article = json::object;

#if MISTAKE == 1
permission lambda = [](int number) { return number > 0; };
#else
permission lambda = [](const request&) { return true; };
#endif

struct rule_type {
#if MISTAKE == 2
  static bool has_permission(const scope&, const request&) {
    return true;
  }
#elif MISTAKE != 3
  static bool has_permission(const scope&, std::string_view, const request&) {
    return true;
  }
#endif
};
permission type = rule_type{};

auto spec() {
  auto builder = handler("article");
#if MISTAKE == 4
  builder.action("retrieve", [](loaded<article> it) { return *it; });
  return builder;
#else
  auto loads = builder.loads(
      [](const request&) -> std::optional<article> { return article{}; });
  loads.action("retrieve", [](loaded<article> it) { return *it; });
  return loads;
#endif
}

auto made = spec();

#if MISTAKE == 5
struct sealed_type final {
  static bool can_connect(const scope&, int) { return false; }
  static bool has_permission(const scope&, std::string_view, const request&) {
    return true;
  }
};
permission sealed = sealed_type{};
#endif

#if MISTAKE == 6
auto twice = handler("article").action(
    "publish", [] {}, guarded_by(deny_all()), guarded_by(allow_any()));
#endif

// Actors whose types say that they do not answer what they are asked.
using stranger = caf::typed_actor<caf_api::reacts_to<std::int32_t>>;

#if MISTAKE == 7
auto strange_mount = handler("stock").mounts(stranger{});
#endif

#if MISTAKE == 8
auto strange_route = endpoint("/ws/").route("stock/", stranger{});
#endif

#if MISTAKE == 9
auto strange_permission = actor_permission("Gate", stranger{});
#endif

void authenticate(server_options& options) {
#if MISTAKE == 10
  options.authenticator = stranger{};
#else
  options.authenticator = authenticator_actor{};
#endif
}

#if MISTAKE == 11
auto letter = handler("text").action("read", [](arg<"c", char>) {});
#elif MISTAKE == 12
auto letter = handler("text").action("read", [](arg<"c", const char*>) {});
#elif MISTAKE == 13
auto letter =
    handler("text").action("read", [](arg<"c", std::optional<float>>) {});
#else
auto letter = handler("text").action("read", [](arg<"c", unsigned char>) {});
#endif

// States that somebody has to make.
struct room {
  explicit room(int size) : seats(size) {}
  int seats;
};

#if MISTAKE == 15
auto nobody_makes_it = handler<room>("room");
#elif MISTAKE == 16
auto another = handler<room>("room", [] { return 3; });
#elif MISTAKE == 17
auto with_a_number = handler<room>("room", [](int size) { return room{size}; });
#elif MISTAKE == 62
auto end_by_value = handler<room>("room", [] {
                      return room{1};
                    }).on_end([](const state_context&) {});
#elif MISTAKE == 63
auto end_of_nothing = handler("room").on_end([] {});
#else
auto made_room = handler<room>("room", [](const state_context& self) {
                   return room{static_cast<int>(self.key().size())};
                 }).lives_for(lifetime::key("room"));
auto loaded_room =
    handler<room>("room",
                  [](const state_context& self) -> task<room> {
                    using namespace std::chrono_literals;
                    co_await self.sleep(1s);
                    co_return room{1};
                  })
        .lives_for(lifetime::key("room"))
        .on_end([](const room& state, const state_context& self) -> task<void> {
          auto write = [seats = state.seats] { return seats; };
          co_await self.blocking(write);
        });
#endif

struct measurement {
#if MISTAKE == 14
  float celsius;
#else
  double celsius;
#endif
};
auto described = describe<measurement>("measurement")
                     .field("celsius", &measurement::celsius);

// Actions that cannot be meant.
struct overloaded {
  reply operator()(const request&) const { return ok(); }
  reply operator()(const context&) const { return ok(); }
};

struct silent_type {};

#if MISTAKE == 18
auto generic = handler("a").action("b", [](auto& it) { return ok(it); });
#elif MISTAKE == 19
auto two_calls = handler("a").action("b", overloaded{});
#elif MISTAKE == 20
auto unguarded = handler("a").action(
    "b", [] {}, is_authenticated());
#elif MISTAKE == 21
auto move_only = handler("a").action(
    "b", [owned = std::make_unique<int>(1)] { return ok(*owned); });
#elif MISTAKE == 22
auto changing = handler("a").action("b", [n = 0]() mutable { return ok(++n); });
#elif MISTAKE == 23
auto elsewhere = handler("a").action(
    "b", [](const context&) {}, blocking);
#elif MISTAKE == 24
auto late = handler("a").action(
    "b", [](const request&) -> outcome { return ok(); }, blocking);
#elif MISTAKE == 25
auto plain_parameter = handler("a").action("b", [](int n) { return ok(n); });
#elif MISTAKE == 26
auto state_by_value =
    handler<measurement>("a").action("b", [](measurement) { return ok(); });
#elif MISTAKE == 27
auto no_json = handler("a").action("b", [] { return silent_type{}; });
#elif MISTAKE == 28
auto no_json_in_ok = handler("a").action("b", [] { return ok(silent_type{}); });
#elif MISTAKE == 29
auto wrong_hook = handler("a").on_open([](const request&) {});
#elif MISTAKE == 30
auto open_to_all = handler("a").permissions();
#elif MISTAKE == 31
auto open_action = handler("a").action(
    "b", [] {}, guarded_by());
#elif MISTAKE == 32
auto blocks_elsewhere = handler("a").forwards("b", blocking);
#elif MISTAKE == 33
auto mounts_with_state = handler<measurement>("a").mounts(service("b"));
#elif MISTAKE == 34
auto loads_twice =
    handler("a")
        .loads([](const request&) -> std::optional<article> { return {}; })
        .loads([](const request&) -> std::optional<article> { return {}; });
#elif MISTAKE == 35
auto strange_items =
    handler("a").action("b", [](arg<"c", std::vector<silent_type>>) {});
#elif MISTAKE == 36
auto loads_by_value =
    handler("a").loads([](const request&) { return article{}; });
#elif MISTAKE == 51
auto lists_types = handler("a").action("b", takes<int>());
#elif MISTAKE == 52
auto lists_no_json = handler("a").action("b", takes<arg<"c", silent_type>>());
#elif MISTAKE == 53
auto declared_with_state = handler<measurement>("a").action("b", takes<>());
#elif MISTAKE == 54
auto declared_as_blocking = handler("a").action("b", takes<>(), blocking);
#elif MISTAKE == 55
auto declared_to_unsubscribe =
    handler("a").action("b", takes<>(), unsubscribes);
#elif MISTAKE == 56
auto unguarded_elsewhere = handler("a").forwards("b", is_authenticated());
#elif MISTAKE == 57
auto declared_twice_guarded = handler("a").action(
    "b", takes<>(), guarded_by(deny_all()), guarded_by(allow_any()));
#elif MISTAKE == 58
auto taken = [](const request& message) {
  return takes<arg<"c", int>>::call(message, [](int c) { return ok(c); });
};
#elif MISTAKE == 59
auto kept = [](const request& message) {
  return takes<arg<"c", int>>::call(message,
                                    [](arg<"c", int> c) { return *c; });
};
#else
// What stands beside each mistake and is right.
auto right =
    handler<measurement>("a")
        .permissions(allow_any())
        .on_open([](const context&, measurement&) {})
        .on_close([](const context&) {})
        .loads([](const request&) -> std::optional<article> { return {}; })
        .action(
            "b", [](loaded<article> it) { return ok(*it); }, concurrent)
        .action("c", [](measurement& state) noexcept { return state.celsius; })
        .action(
            "d", [] { return std::string("text"); },
            guarded_by(is_authenticated()))
        .action(
            "e", [](arg<"f", std::vector<int>> f) { return ok(*f); }, blocking)
        .action("g", [shared = std::make_shared<int>(1)] { return *shared; });
auto right_elsewhere =
    handler("a")
        .mounts(service("b"))
        .forwards("c", idempotent)
        .action("d", takes<>())
        .action("e", takes<arg<"f", std::optional<int>>>(), concurrent,
                no_reply, broadcasts("g"), guarded_by(deny_all()))
        .action("h", takes<>(), broadcasts_to_others("g"), guarded_like{"e"});
auto called = [](const request& message) {
  return takes<arg<"c", int>>::call(
      message, [](arg<"c", int> c) -> caf::result<reply> { return ok(*c); });
};
#endif

// Coroutines, and questions to actors.
using clock_actor =
    caf::typed_actor<caf_api::replies_to<caf::get_atom>::with<std::int64_t>>;

auto asking(const caf::actor& stranger, const clock_actor& clock) {
  using namespace std::chrono_literals;
  return handler("asking")
#if MISTAKE == 37
      .action(
          "act", []() -> task<> { co_return ok(); }, blocking)
#elif MISTAKE == 38
      .action(
          "act",
          [](const context& ctx) -> task<deferred> { co_return ctx.defer(); })
#elif MISTAKE == 39
      .action("act",
              []() -> task<> {
                co_await std::suspend_always{};
                co_return ok();
              })
#elif MISTAKE == 40
      .on_open([](const context&) -> task<void> { co_return; })
#elif MISTAKE == 41
      .action("act",
              [stranger](const context& ctx) -> task<> {
                co_return ok(co_await ctx.ask(stranger, 1s, 1));
              })
#elif MISTAKE == 42
      .action("act",
              [stranger](const context& ctx) {
                return ctx.ask(stranger, 1s, 1, [](auto x) { return ok(x); });
              })
#elif MISTAKE == 43
      .action("act",
              [clock](const context& ctx) -> task<> {
                co_return ok(co_await ctx.ask(clock, 1s, 1));
              })
#elif MISTAKE == 44
      .action("act",
              [clock](const context& ctx) {
                return ctx.ask(clock, 1s, caf::get_atom_v,
                               [](const std::string&) { return ok(); });
              })
#elif MISTAKE == 45
      .action("act",
              [clock](const context& ctx) {
                return ctx.ask(clock, 1s, caf::get_atom_v,
                               [](std::int64_t) { return silent_type{}; });
              })
#elif MISTAKE == 46
      .action("act",
              [clock](const context& ctx) -> task<> {
                auto question = ctx.ask(clock, 1s, caf::get_atom_v);
                co_return ok(co_await question);
              })
#elif MISTAKE == 47
      .action("act",
              [](const context& ctx) {
                ctx.run_after(1s, []() -> task<void> { co_return; });
              })
#elif MISTAKE == 48
      .action("act",
              [](const context& ctx) -> task<> {
                co_await ctx.blocking([]() -> task<> { co_return ok(); });
                co_return ok();
              })
#elif MISTAKE == 49
      .action("act",
              [stranger](const context& ctx) -> task<> {
                co_return co_await ctx.ask(stranger, 1s, 1,
                                           [](int x) { return ok(x); });
              })
#elif MISTAKE == 50
      .action("act",
              [text = std::string{}](const context& ctx) -> task<> {
                co_await ctx.blocking([text] { return text.size(); });
                co_return ok();
              })
#elif MISTAKE == 60
      .action("act",
              [stranger](const context& ctx) {
                return ctx.ask(stranger, 1s, 1,
                               [](caf::expected<int> x) { return ok(*x); });
              })
#elif MISTAKE == 64
      .action(
          "act", [] { return ok(); }, exactly_once, no_reply)
#elif MISTAKE == 65
      .action(
          "act", [] { return ok(); }, idempotent, exactly_once)
#elif MISTAKE == 66
      .action(
          "act", [] { return ok(); }, exactly_once, unsubscribes)
#elif MISTAKE == 61
      .action("act",
              [stranger](const context& ctx) {
                return ctx.ask(stranger, 1, [](int x) { return ok(x); });
              })
#else
      .action("ask",
              [stranger](const context& ctx) {
                return ctx.ask(stranger, 1s, 1, [](int x) { return ok(x); });
              })
      .action("act",
              [clock, text = std::string{}](const context& ctx) -> task<> {
                auto question = ctx.ask(clock, 1s, caf::get_atom_v);
                co_await std::move(question);
                auto job = [text] { return text.size(); };
                co_return ok(co_await ctx.blocking(job));
              })
#endif
      ;
}
