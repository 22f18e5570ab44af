// What the access matrix says is what a server does: every row is asked, for
// the endpoints of the example and for generated ones.

#include "stagedoor/actors/operators/access_matrix.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/testing/world.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "newsroom.hpp"

namespace access_agreement_suite {

using namespace stagedoor;
using stagedoor::testing::world;

namespace {

std::vector<access_row> matrix_of(const std::vector<endpoint_spec>& endpoints,
                                  default_permission otherwise) {
  auto table = compile_endpoints(endpoints, otherwise);
  BOOST_REQUIRE(table);
  return collect_permissions(**table);
}

/// The row that speaks of an action; null if none does.
const access_row* row_of(const std::vector<access_row>& matrix,
                         const std::string& endpoint, const std::string& route,
                         const std::string& action) {
  const access_row* rest = nullptr;
  for (const auto& row : matrix) {
    // There is no message `connect`.
    if (row.endpoint != endpoint || row.route != route)
      continue;
    if (row.action == action)
      return &row;
    if (row.action == access_row::other_actions)
      rest = &row;
  }
  return rest;
}

/// Whether a permission lets a user through, by its name; nothing if that
/// depends on more.
std::optional<bool> lets_through(const std::string& name, const user& who) {
  if (name == "AllowAny")
    return true;
  if (name == "DenyAll")
    return false;
  if (name == "IsAuthenticated" || name == "IsAuthenticatedStrictly")
    return who.is_authenticated();
  if (name == "IsAdminUser")
    return who.is_staff;
  if (name == R"(HasRole("editor"))")
    return std::find(who.roles.begin(), who.roles.end(), "editor")
           != who.roles.end();
  return std::nullopt;
}

/// Whether a row lets a user through.
std::optional<bool> lets_through(const access_row& row, const user& who) {
  for (const auto& name : row.permissions) {
    const auto part = lets_through(name, who);
    if (!part || !*part)
      return part;
  }
  return true;
}

/// A route that the patterns of a row match.
std::string example_of(const std::string& patterns) {
  static const std::regex group{R"(\(\?P<\w+>[^)]*\))"};
  auto result = std::regex_replace(patterns, group, "1");
  result.erase(std::remove(result.begin(), result.end(), '$'), result.end());
  return result;
}

user named(const std::string& name, bool is_staff = false,
           std::vector<std::string> roles = {}) {
  user who;
  who.id = name.empty() ? json::value{} : json::value(name);
  who.username = name;
  who.is_staff = is_staff;
  who.roles = std::move(roles);
  return who;
}

std::vector<user> visitors() {
  return {user{}, named("bob"), named("carol", true),
          named("alice", false, {"editor"})};
}

/// Asks the server what each row of the matrix says.
void compare(world& stage, const std::vector<endpoint_spec>& endpoints,
             default_permission otherwise) {
  const auto matrix = matrix_of(endpoints, otherwise);
  std::set<std::pair<std::string, std::string>> places;
  std::set<std::string> actions{"nobody-has-this-action"};
  for (const auto& row : matrix) {
    if (row.action != "connect")
      places.emplace(row.endpoint, row.route);
    if (row.action != "connect" && row.action != access_row::other_actions)
      actions.insert(row.action);
  }
  for (const auto& who : visitors())
    for (const auto& [endpoint, route] : places)
      for (const auto& action : actions) {
        const auto* door = row_of(matrix, endpoint, "", "connect");
        BOOST_REQUIRE(door != nullptr);
        if (lets_through(*door, who) == false)
          continue;
        auto visitor = who.is_authenticated() ? stage.connect(endpoint, who)
                                              : stage.connect(endpoint);
        const auto reply = visitor.push(example_of(route), action).reply();
        const auto status = reply.at("status").to_number<int>();
        const auto* row = row_of(matrix, endpoint, route, action);
        BOOST_TEST_CONTEXT(who.username << ' ' << endpoint << ' ' << route
                                        << ' ' << action << ' ' << status) {
          if (row == nullptr) {
            BOOST_TEST((status == 405 || status == 403));
            continue;
          }
          BOOST_TEST(status != 405);
          if (auto expected = lets_through(*row, who))
            BOOST_TEST((status != 403) == *expected);
        }
        visitor.disconnect();
      }
}

/// An actor of the application that knows every action.
caf::behavior clerk() {
  return {[](const request& message) -> reply {
    return ok({{"did", message.action()}});
  }};
}

permission_list list_of(std::size_t number) {
  switch (number) {
  case 1:
    return {deny_all()};
  case 2:
    return {has_role("editor")};
  case 3:
    return {is_authenticated(), is_admin_user()};
  default:
    return {};
  }
}

/// A handler with these lists, which runs its actions itself, or leaves them to
/// an actor, whose actions are not declared, or one of them, or all.
handler_spec generated(std::size_t own, std::size_t of_action, std::size_t kind,
                       const caf::actor& runs) {
  auto made = handler("h");
  if (kind == 0)
    made.action("act", [] {}).action("other", [] {});
  else
    made.mounts(runs);
  if (kind > 1)
    made.forwards("other", idempotent);
  if (kind == 3)
    made.action("act", takes<>());
  auto definition =
      std::make_shared<handler_definition>(*static_cast<handler_spec>(made));
  definition->permissions = list_of(own);
  if (of_action != 0)
    definition->permissions_by_action.emplace("act", list_of(of_action));
  return definition;
}

} // namespace

BOOST_AUTO_TEST_SUITE(access_agreement)

BOOST_AUTO_TEST_CASE(the_example_does_what_its_matrix_says) {
  world stage{newsroom::endpoints()};
  compare(stage, newsroom::endpoints(), default_permission::allow);
}

BOOST_AUTO_TEST_CASE(generated_endpoints_do_what_their_matrix_says) {
  for (const auto otherwise :
       {default_permission::allow, default_permission::deny})
    for (const bool is_guarded : {false, true}) {
      world stage;
      const caf::actor runs = stage.system().spawn(clerk);
      auto root = handler("root").action("hello", [] {});
      if (is_guarded)
        root.permissions(is_authenticated());
      endpoint ws("/ws/", root);
      for (std::size_t own = 0; own < 4; ++own)
        for (std::size_t of_action = 0; of_action < 4; ++of_action)
          for (std::size_t kind = 0; kind < 4; ++kind)
            ws.route('r' + std::to_string(own) + std::to_string(of_action)
                         + std::to_string(kind) + "/$",
                     generated(own, of_action, kind, runs));
      const std::vector<endpoint_spec> endpoints{ws};
      server_options options;
      options.default_permission = otherwise;
      stage.serve(endpoints, options);
      compare(stage, endpoints, otherwise);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace access_agreement_suite
