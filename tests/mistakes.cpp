// What embedders get wrong, and what the compiler has to tell them: compiled
// once as it should be (MISTAKE 0) and once with each mistake, see
// CMakeLists.txt.

#include "stagedoor/actors/stagedoor.hpp"
#include "stagedoor/protocol/model/description.hpp"

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
#else
auto made_room = handler<room>("room", [](const state_context& self) {
                   return room{static_cast<int>(self.key().size())};
                 }).lives_for(lifetime::key("room"));
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
