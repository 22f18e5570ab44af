#include "stagedoor/actors/description/route_tree.hpp"

#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <iterator>
#include <string>
#include <vector>

#include "support/recording_permission.hpp"
#include "support/tree_of.hpp"

namespace route_tree_suite {

using namespace stagedoor;
using stagedoor::test::notes;
using stagedoor::test::recording_permission;
using stagedoor::test::tree_of;

namespace {

/// Where a route leads: the handler's name, and the captures behind it.
std::string where(const route_tree_ptr& tree, std::string_view path) {
  fields captures;
  const auto* node = tree->match(path, captures);
  if (node == nullptr)
    return "nowhere";
  auto result = node->handler->name;
  for (const auto& [name, value] : captures)
    result += ' ' + name + '=' + value;
  return result;
}

/// What is wrong with an endpoint.
std::string error_of(const endpoint_spec& spec) {
  auto table = compile_endpoints({spec});
  if (table)
    return "nothing";
  BOOST_TEST((code_of(table.error()) == errc::invalid_endpoint));
  return text_of(table.error());
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Which permissions of a list are asked, in order.
std::vector<std::string> asked(const permission_list& list, const notes& log) {
  request_data data;
  data.scope = std::make_shared<const scope>();
  data.message.head.action = "x";
  log->clear();
  const request about{std::move(data)};
  BOOST_TEST(list.has_permission(about).is_allowed());
  return *log;
}

struct only_connects {
  static std::string name() { return "OnlyConnects"; }
  static bool can_connect(const scope&) { return true; }
};

/// No suite of its own name hides these.
auto named(const std::string& name) {
  return handler(name);
}
using names = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(route_tree)

BOOST_AUTO_TEST_CASE(the_empty_route_is_the_root) {
  auto tree = tree_of(endpoint("/ws/", named("root")).route("a/", named("a")));
  BOOST_TEST(where(tree, "") == "root");
  BOOST_TEST(where(tree, "?page=2") == "root");
}

BOOST_AUTO_TEST_CASE(a_pattern_is_anchored_at_the_start) {
  auto tree = tree_of(endpoint("/ws/").route("b/", named("b")));
  BOOST_TEST(where(tree, "b/") == "b");
  BOOST_TEST(where(tree, "a/b/") == "nowhere");
  BOOST_TEST(where(tree, "/b/") == "nowhere");
  BOOST_TEST(where(tree, "b") == "nowhere");
}

BOOST_AUTO_TEST_CASE(without_a_dollar_a_pattern_is_a_prefix) {
  auto tree = tree_of(
      endpoint("/ws/")
          .route("outer/", named("outer").route("inner/", named("inner")))
          .route("whole/$", named("whole").route("inner/", named("never"))));
  BOOST_TEST(where(tree, "outer/") == "outer");
  BOOST_TEST(where(tree, "outer/inner/") == "inner");
  BOOST_TEST(where(tree, "whole/") == "whole");
  BOOST_TEST(where(tree, "whole/inner/") == "nowhere");
}

BOOST_AUTO_TEST_CASE(a_rest_that_nothing_matches_is_nowhere_at_a_leaf_too) {
  auto tree = tree_of(endpoint("/ws/").route("counter/", named("counter")));
  BOOST_TEST(where(tree, "counter/") == "counter");
  BOOST_TEST(where(tree, "counter/xyz") == "nowhere");
  BOOST_TEST(where(tree, "counter//") == "nowhere");
}

BOOST_AUTO_TEST_CASE(unmatched_parent_runs_on_the_handler_that_got_so_far) {
  auto tree = tree_of(
      endpoint("/ws/", named("root"))
          .unmatched(unmatched_route::parent)
          .route("outer/", named("outer").route("inner/", named("inner"))));
  BOOST_TEST(where(tree, "outer/xyz") == "outer");
  BOOST_TEST(where(tree, "outer/inner/xyz") == "inner");
  BOOST_TEST(where(tree, "xyz") == "root");
  BOOST_TEST(where(tree, "outer/inner/") == "inner");
}

BOOST_AUTO_TEST_CASE(the_first_match_in_list_order_wins) {
  auto tree = tree_of(endpoint("/ws/")
                          .route("item/", named("first"))
                          .route("item/special/", named("second"))
                          .route("i.*", named("third")));
  BOOST_TEST(where(tree, "item/") == "first");
  // Once it has matched there is no way back to the others.
  BOOST_TEST(where(tree, "item/special/") == "nowhere");
  BOOST_TEST(where(tree, "items") == "third");
}

BOOST_AUTO_TEST_CASE(children_of_the_handler_come_before_the_endpoints_routes) {
  auto root = named("root").route("x/", named("own"));
  auto tree = tree_of(endpoint("/ws/", root).route("x.*", named("added")));
  BOOST_TEST(where(tree, "x/") == "own");
}

BOOST_AUTO_TEST_CASE(the_query_is_split_off_before_matching) {
  auto tree = tree_of(endpoint("/ws/")
                          .route("a/$", named("a"))
                          .route(R"(b/(?P<pk>\w+)$)", named("b")));
  BOOST_TEST(where(tree, "a/?x=1") == "a");
  BOOST_TEST(where(tree, "a/?") == "a");
  BOOST_TEST(where(tree, "a/?x=1?b/") == "a");
  BOOST_TEST(where(tree, "b/7?pk=8") == "b pk=7");
  BOOST_TEST(where(tree, "?a/") == "root");
}

BOOST_AUTO_TEST_CASE(captures_of_all_levels_are_merged) {
  auto tree = tree_of(endpoint("/ws/").route(
      R"(room/(?P<room>\w+)/)",
      named("room").route(R"(seat/(?P<seat>\d+)/$)", named("seat"))));
  BOOST_TEST(where(tree, "room/red/") == "room room=red");
  BOOST_TEST(where(tree, "room/red/seat/7/") == "seat room=red seat=7");
}

BOOST_AUTO_TEST_CASE(an_inner_capture_wins_over_an_outer_of_the_same_name) {
  auto tree = tree_of(endpoint("/ws/").route(
      R"((?P<pk>\w+)/)",
      named("outer").route(R"((?P<pk>\w+)/)", named("inner"))));
  BOOST_TEST(where(tree, "1/") == "outer pk=1");
  BOOST_TEST(where(tree, "1/2/") == "inner pk=2");
}

BOOST_AUTO_TEST_CASE(depth_has_no_limit) {
  handler_spec deepest = named("0");
  std::string path;
  for (int depth = 1; depth <= 100; ++depth) {
    deepest = named(std::to_string(depth)).route("d/", deepest);
    path += "d/";
  }
  auto tree = tree_of(endpoint("/ws/", deepest));
  BOOST_TEST(where(tree, "") == "100");
  BOOST_TEST(where(tree, path) == "0");
  BOOST_TEST(where(tree, path + "d/") == "nowhere");
}

BOOST_AUTO_TEST_CASE(a_pattern_that_matches_nothing_at_all_ends) {
  // `x*` matches the empty prefix of anything: the rest goes one level down.
  auto tree = tree_of(endpoint("/ws/").route("x*", named("empty")));
  BOOST_TEST(where(tree, "xx") == "empty");
  BOOST_TEST(where(tree, "y") == "nowhere");
}

BOOST_AUTO_TEST_CASE(guards_are_the_outer_default_lists_and_the_own_one) {
  auto log = std::make_shared<names>();
  auto rule = [&](std::string name) {
    return recording_permission{log, std::move(name)};
  };
  auto nothing = [] {};
  auto inner = named("inner")
                   .permissions(rule("inner"))
                   .action("plain", nothing)
                   .action("special", nothing, guarded_by(rule("special")))
                   .action("open", nothing, guarded_by(rule("open")));
  auto outer = named("outer")
                   .permissions(rule("outer"))
                   .action("special", nothing, guarded_by(rule("unused")))
                   .route("inner/", inner);
  auto root = named("root").permissions(rule("a"), rule("b"));
  auto tree = tree_of(endpoint("/ws/", root).route("outer/", outer));
  const auto& routes = tree->all();
  BOOST_REQUIRE(routes.size() == 3u);
  auto of = [&](std::size_t route, std::string_view action) {
    return asked(*routes[route].guard_of(action), log);
  };
  BOOST_TEST(of(0, "x") == (names{"a: x", "b: x"}));
  BOOST_TEST(of(1, "plain") == (names{"a: x", "b: x", "outer: x"}));
  BOOST_TEST(of(1, "special") == (names{"a: x", "b: x", "unused: x"}));
  // The action's entry replaces the own list only, whatever it is outside.
  BOOST_TEST(of(2, "plain") == (names{"a: x", "b: x", "outer: x", "inner: x"}));
  BOOST_TEST(of(2, "special")
             == (names{"a: x", "b: x", "outer: x", "special: x"}));
  BOOST_TEST(of(2, "open") == (names{"a: x", "b: x", "outer: x", "open: x"}));
  BOOST_TEST(of(2, "unknown")
             == (names{"a: x", "b: x", "outer: x", "inner: x"}));
}

// -- which list guards an action ----------------------------------------------

/// The permissions that guard an action of the root, by name.
names guards_of(const endpoint_spec& spec, std::string_view action,
                default_permission otherwise = default_permission::allow) {
  auto table = compile_endpoints({spec}, otherwise);
  if (!table)
    return {text_of(table.error())};
  names result;
  for (const auto& entry : *(**table)[0].routes->root().guard_of(action))
    result.push_back(entry->name());
  return result;
}

BOOST_AUTO_TEST_CASE(an_entry_for_an_action_replaces_the_default_list) {
  auto nothing = [] {};
  const endpoint_spec spec =
      endpoint("/ws/", named("r")
                           .permissions(is_admin_user(), allow_any())
                           .permissions_for("list", is_authenticated())
                           .permissions_for("publish", deny_all())
                           .action("list", nothing)
                           .action("create", nothing)
                           .action("publish", nothing,
                                   guarded_by(is_superuser(), allow_any())));
  BOOST_TEST((guards_of(spec, "create") == names{"IsAdminUser", "AllowAny"}));
  BOOST_TEST((guards_of(spec, "list") == names{"IsAuthenticated"}));
  // An action declared with its own list uses that.
  BOOST_TEST((guards_of(spec, "publish") == names{"IsSuperUser", "AllowAny"}));
  BOOST_TEST((guards_of(spec, "nope") == names{"IsAdminUser", "AllowAny"}));
}

BOOST_AUTO_TEST_CASE(partial_update_falls_back_to_update) {
  auto nothing = [] {};
  const auto partial_update_of = [&](auto& builder) {
    return guards_of(
        endpoint("/ws/", builder.action("partial_update", nothing)),
        "partial_update");
  };
  auto by_entry = named("r")
                      .permissions(allow_any())
                      .permissions_for("update", is_admin_user());
  BOOST_TEST((partial_update_of(by_entry) == names{"IsAdminUser"}));
  auto by_own_list = named("r")
                         .permissions(allow_any())
                         .action("update", nothing, guarded_by(is_superuser()));
  BOOST_TEST((partial_update_of(by_own_list) == names{"IsSuperUser"}));
  auto with_entry = named("r")
                        .permissions_for("update", is_admin_user())
                        .permissions_for("partial_update", deny_all());
  BOOST_TEST((partial_update_of(with_entry) == names{"DenyAll"}));
  auto without = named("r").permissions(allow_any());
  BOOST_TEST((partial_update_of(without) == names{"AllowAny"}));
  // Not the other way round.
  BOOST_TEST(
      (guards_of(
           endpoint("/ws/", named("r")
                                .permissions(allow_any())
                                .permissions_for("partial_update", deny_all())
                                .action("update", nothing)
                                .action("partial_update", nothing)),
           "update")
       == names{"AllowAny"}));
}

BOOST_AUTO_TEST_CASE(the_default_of_the_default_is_one_setting) {
  auto nothing = [] {};
  const endpoint_spec open =
      endpoint("/ws/", named("r")
                           .permissions_for("list", is_authenticated())
                           .action("list", nothing)
                           .action("create", nothing));
  BOOST_TEST(guards_of(open, "create").empty());
  BOOST_TEST((guards_of(open, "create", default_permission::deny)
              == names{"DenyAll"}));
  BOOST_TEST(
      (guards_of(open, "nope", default_permission::deny) == names{"DenyAll"}));
  BOOST_TEST((guards_of(open, "list", default_permission::deny)
              == names{"IsAuthenticated"}));
  const endpoint_spec closed = endpoint(
      "/ws/",
      named("r").permissions(is_admin_user()).action("create", nothing));
  BOOST_TEST((guards_of(closed, "create", default_permission::deny)
              == names{"IsAdminUser"}));
}

BOOST_AUTO_TEST_CASE(the_default_of_the_default_does_not_guard_what_is_below) {
  auto nothing = [] {};
  auto table = compile_endpoints(
      {endpoint("/ws/").route(
          "a/", named("a").permissions(allow_any()).action("create", nothing))},
      default_permission::deny);
  BOOST_REQUIRE(table);
  const auto& guard = *(**table)[0].routes->all()[1].guard_of("create");
  BOOST_TEST(std::distance(guard.begin(), guard.end()) == 1);
}

BOOST_AUTO_TEST_CASE(lists_for_actions_of_mounted_actors_guard_them) {
  const endpoint_spec mounted =
      endpoint("/ws/", named("r")
                           .permissions(allow_any())
                           .permissions_for("take", deny_all())
                           .permissions_for("update", is_admin_user())
                           .mounts(service("stock")));
  BOOST_TEST((guards_of(mounted, "take") == names{"DenyAll"}));
  BOOST_TEST((guards_of(mounted, "update") == names{"IsAdminUser"}));
  BOOST_TEST((guards_of(mounted, "partial_update") == names{"IsAdminUser"}));
  BOOST_TEST((guards_of(mounted, "look") == names{"AllowAny"}));
}

BOOST_AUTO_TEST_CASE(an_entry_for_no_action_is_an_error) {
  BOOST_TEST(
      error_of(endpoint("/ws/", named("r")
                                    .permissions_for("updaet", deny_all())
                                    .action("update", [] {})))
      == "endpoint \"/ws/\": handler \"r\" has permissions for "
         "\"updaet\", which is no action of it");
  BOOST_TEST(error_of(endpoint("/ws/", named("r")
                                           .permissions_for("a", deny_all())
                                           .permissions_for("a", allow_any())
                                           .action("a", [] {})))
             == "endpoint \"/ws/\": handler \"r\" has two lists for the action "
                "\"a\"");
}

BOOST_AUTO_TEST_CASE(a_key_that_no_route_has_is_an_error) {
  const auto keyed = [] { return named("r").lives_for(lifetime::key("room")); };
  BOOST_TEST(error_of(endpoint("/ws/").route("(?P<room>a)/", keyed()))
             == "nothing");
  // The pattern of an outer handler may have it.
  BOOST_TEST(error_of(endpoint("/ws/").route(
                 "(?P<room>a)/", named("outer").route("b/", keyed())))
             == "nothing");
  BOOST_TEST(error_of(endpoint("/ws/").route("a/", keyed()))
             == "endpoint \"/ws/\", route \"a/\": lives by the key \"room\", "
                "which its route does not have");
  BOOST_TEST(error_of(endpoint("/ws/", keyed()))
             == "endpoint \"/ws/\": lives by the key \"room\", which its route "
                "does not have");
  BOOST_TEST(
      error_of(endpoint("/ws/").route("(?P<room>a)/(?P<x>b)/",
                                      keyed().placed_by("x")))
      == "endpoint \"/ws/\", route \"(?P<room>a)/(?P<x>b)/\": is placed by a "
         "capture \"x\", but lives by the key \"room\"");
  BOOST_TEST(
      error_of(endpoint("/ws/").route("(?P<room>a)/",
                                      keyed().mounts(service("stock"))))
      == "endpoint \"/ws/\", route \"(?P<room>a)/\": handler \"r\" lives by "
         "key, but mounts actors");
}

BOOST_AUTO_TEST_CASE(a_codename_that_the_endpoint_does_not_know_is_an_error) {
  auto nothing = [] {};
  auto desk =
      named("desk")
          .permissions(allow_any() | !has_model_permission("posts.add_post"))
          .action("act", nothing,
                  guarded_by(has_model_permission("posts.edit_post")));
  BOOST_TEST(error_of(endpoint("/ws/")
                          .route("a/", desk)
                          .codenames({"posts.edit_post", "posts.add_post"}))
             == "nothing");
  BOOST_TEST(has(
      error_of(
          endpoint("/ws/").route("a/", desk).codenames({"posts.edit_post"})),
      "endpoint \"/ws/\", route \"a/\": "
      "HasModelPermission(\"posts.add_post\") looks for a codename "
      "that the endpoint does not know"));
  BOOST_TEST(
      has(error_of(
              endpoint("/ws/").route("a/", desk).codenames({"posts.add_post"})),
          "route \"a/\", action \"act\": HasModelPermission("));
}

BOOST_AUTO_TEST_CASE(a_bad_pattern_is_an_error_with_endpoint_and_route) {
  BOOST_TEST(has(error_of(endpoint("/ws/(")), "endpoint \"/ws/(\": "));
  auto error =
      error_of(endpoint("/ws/").route("a/", named("a").route("(?P<x", {})));
  BOOST_TEST(has(error, "endpoint \"/ws/\", route \"a/\", route \"(?P<x\": "));
}

BOOST_AUTO_TEST_CASE(can_connect_below_the_root_is_an_error) {
  BOOST_TEST(error_of(endpoint("/ws/", named("root").permissions(
                                           is_authenticated_strictly())))
             == "nothing");
  auto error = error_of(
      endpoint("/ws/").route("a/", named("a").permissions(only_connects{})));
  BOOST_TEST(error
             == "endpoint \"/ws/\", route \"a/\": OnlyConnects overrides "
                "can_connect, which is asked of root handlers only");
  auto nothing = [] {};
  error = error_of(endpoint("/ws/").route(
      "a/", named("a").action("act", nothing, guarded_by(only_connects{}))));
  BOOST_TEST(
      has(error, "endpoint \"/ws/\", route \"a/\", action \"act\": OnlyC"));
  // At the root the default list is asked, not an action's.
  error = error_of(endpoint(
      "/ws/", named("r").action("act", nothing, guarded_by(only_connects{}))));
  BOOST_TEST(has(error, "endpoint \"/ws/\", action \"act\": OnlyConnects"));
}

BOOST_AUTO_TEST_CASE(two_actions_of_one_name_are_an_error) {
  auto nothing = [] {};
  auto error = error_of(endpoint("/ws/").route(
      "a/", named("twice").action("act", nothing).action("act", nothing)));
  BOOST_TEST(error
             == "endpoint \"/ws/\", route \"a/\": handler \"twice\" has two "
                "actions \"act\"");
}

BOOST_AUTO_TEST_CASE(a_route_without_a_handler_is_an_error) {
  BOOST_TEST(error_of(endpoint("/ws/").route("a/", nullptr))
             == "endpoint \"/ws/\", route \"a/\": has no handler");
}

BOOST_AUTO_TEST_CASE(a_bad_origin_is_an_error_that_names_it) {
  BOOST_TEST(error_of(endpoint("/ws/").origins({"https://a.example"}))
             == "nothing");
  auto error = error_of(endpoint("/ws/").origins({"https://a/path"}));
  BOOST_TEST(has(error, "endpoint \"/ws/\": "));
  BOOST_TEST(has(error, "https://a/path"));
}

BOOST_AUTO_TEST_CASE(a_server_needs_an_endpoint) {
  auto table = compile_endpoints({});
  BOOST_REQUIRE(!table);
  BOOST_TEST(text_of(table.error()) == "a server needs an endpoint");
}

BOOST_AUTO_TEST_CASE(endpoints_are_numbered_in_their_order) {
  auto table = compile_endpoints({endpoint("/a/"), endpoint("/b/")});
  BOOST_REQUIRE(table);
  BOOST_REQUIRE((*table)->size() == 2u);
  BOOST_TEST((**table)[0].index == 0u);
  BOOST_TEST((**table)[1].index == 1u);
  fields captures;
  BOOST_TEST((**table)[1].path.match_whole("/b/", captures));
  BOOST_TEST(!(**table)[1].path.match_whole("/b/c", captures));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace route_tree_suite
