// Who may do what, as a list: what is in it, and that a guard which goes
// missing is seen.

#include "stagedoor/actors/operators/access_matrix.hpp"

#include "stagedoor/actors/server/commands.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/custom_permission.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>
#include <string>
#include <vector>

namespace access_matrix_suite {

using namespace stagedoor;

namespace {

endpoint_table_ptr
compiled(const std::vector<endpoint_spec>& endpoints,
         default_permission otherwise = default_permission::allow) {
  auto table = compile_endpoints(endpoints, otherwise);
  if (!table)
    BOOST_FAIL(text_of(table.error()));
  return *table;
}

/// A row as one line.
std::string line_of(const access_row& row) {
  std::string result = row.endpoint + ' ' + row.route + ' ' + row.action + " [";
  for (const auto& permission : row.permissions)
    result += permission + ',';
  result += "] [";
  for (const auto& codename : row.codenames)
    result += codename + ',';
  return result + ']' + (row.is_guarded ? "" : " open");
}

std::vector<std::string> lines_of(const endpoint_table_ptr& table) {
  std::vector<std::string> result;
  for (const auto& row : collect_permissions(*table))
    result.push_back(line_of(row));
  return result;
}

reply done() {
  return ok();
}

/// An endpoint of each kind of list.
endpoint_spec desk(const permission& guard = is_admin_user()) {
  return endpoint("/desk/",
                  handler("root").permissions(is_authenticated_strictly()))
      .route("posts/",
             handler("posts")
                 .permissions(allow_any())
                 .permissions_for("destroy",
                                  has_model_permission("posts.delete_post"))
                 .permissions_for("update", is_owner("author") | guard)
                 .action("list", done)
                 .action("destroy", done)
                 .action("partial_update", done)
                 .action("publish", done, guarded_by(has_role("editor")))
                 .route(R"((?P<pk>\d+)/)",
                        handler("post").action("retrieve", done)))
      .codenames({"posts.delete_post"});
}

/// A handler that declares what the actors behind it do.
handler_spec declared_stock() {
  return handler("stock")
      .permissions(is_authenticated())
      .permissions_for("update", is_admin_user())
      .mounts(service("stock"))
      .forwards("look", idempotent)
      .action("take", takes<arg<"count", std::int64_t>>(),
              guarded_by(has_model_permission("stock.take")))
      .action("partial_update", takes<>())
      .action("show", takes<>(), guarded_like{"take"});
}

/// The status and the output of `explain`.
std::string explain(const endpoint_spec& endpoint, const std::string& action,
                    const std::string& user = {}) {
  config cfg;
  cfg.offer_commands();
  std::vector<std::string> words{"shop", "explain", "--endpoint=/shop/",
                                 "--route=stock/", "--action=" + action};
  if (!user.empty())
    words.push_back("--user=" + user);
  std::vector<char*> argv;
  for (auto& word : words)
    argv.push_back(word.data());
  BOOST_REQUIRE(
      (cfg.parse_command_line(static_cast<int>(argv.size()), argv.data())
       == caf::none));
  std::ostringstream out;
  const auto status = run_command(cfg, {endpoint}, nullptr, out, out);
  return std::to_string(status.value_or(-1)) + ' ' + out.str();
}

endpoint_spec lobby() {
  return endpoint("/lobby/", handler("lobby").action("ping", done));
}

} // namespace

BOOST_AUTO_TEST_SUITE(access_matrix)

BOOST_AUTO_TEST_CASE(lists_every_endpoint_route_and_action) {
  const std::vector<std::string> expected{
      "/desk/  connect [IsAuthenticatedStrictly,] []",
      ("/desk/ posts/ destroy [IsAuthenticatedStrictly,"
       "HasModelPermission(\"posts.delete_post\"),] [posts.delete_post,]"),
      "/desk/ posts/ list [IsAuthenticatedStrictly,AllowAny,] []",
      ("/desk/ posts/ partial_update [IsAuthenticatedStrictly,"
       "IsOwner(\"author\") | IsAdminUser,] []"),
      "/desk/ posts/ publish [IsAuthenticatedStrictly,HasRole(\"editor\"),] []",
      (R"(/desk/ posts/(?P<pk>\d+)/ retrieve [IsAuthenticatedStrictly,)"
       "AllowAny,] []"),
      "/lobby/  connect [] [] open",
      "/lobby/  ping [] [] open"};
  const auto lines = lines_of(compiled({desk(), lobby()}));
  BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_default_of_the_default_is_in_it) {
  const auto lines = lines_of(compiled({lobby()}, default_permission::deny));
  BOOST_TEST(lines.at(1) == "/lobby/  ping [DenyAll,] []");
}

BOOST_AUTO_TEST_CASE(mounted_routes_have_a_row_for_all_other_actions) {
  const std::vector<std::string> expected{
      "/shop/  connect [] [] open",
      "/shop/ open/ * [] [] open",
      "/shop/ stock/ look [IsAuthenticated,] []",
      "/shop/ stock/ partial_update [IsAdminUser,] []",
      "/shop/ stock/ take [DenyAll,] []",
      "/shop/ stock/ update [IsAdminUser,] []",
      "/shop/ stock/ * [IsAuthenticated,] []"};
  const auto lines = lines_of(compiled(
      {endpoint("/shop/")
           .route("open/", handler("open").mounts(service("stock")))
           .route("stock/", handler("stock")
                                .permissions(is_authenticated())
                                .permissions_for("take", deny_all())
                                .permissions_for("update", is_admin_user())
                                .mounts(service("stock"))
                                .forwards("look", idempotent))}));
  BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(explains_a_message_to_a_mounted_actor) {
  const auto shop = endpoint("/shop/").route(
      "stock/", handler("stock")
                    .permissions(allow_any())
                    .permissions_for("take", deny_all())
                    .mounts(service("stock")));
  const auto look = explain(shop, "look");
  BOOST_TEST(look.starts_with("0 "), look);
  BOOST_TEST(look.ends_with(
      "an actor of the application runs the action, or answers 405\n"));
  const auto take = explain(shop, "take");
  BOOST_TEST(take.starts_with("1 "), take);
  BOOST_TEST(take.find("DenyAll  has_permission: deny 403")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(declared_actions_of_mounted_actors_are_all_there_are) {
  const std::vector<std::string> expected{
      "/shop/  connect [] [] open", "/shop/ stock/ look [IsAuthenticated,] []",
      "/shop/ stock/ partial_update [IsAdminUser,] []",
      ("/shop/ stock/ show [HasModelPermission(\"stock.take\"),] "
       "[stock.take,]"),
      ("/shop/ stock/ take [HasModelPermission(\"stock.take\"),] "
       "[stock.take,]")};
  const auto lines = lines_of(compiled({endpoint("/shop/")
                                            .route("stock/", declared_stock())
                                            .codenames({"stock.take"})}));
  BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(
    explains_a_message_to_an_actor_whose_actions_are_declared) {
  const auto shop = endpoint("/shop/")
                        .route("stock/", declared_stock())
                        .codenames({"stock.take"});
  const std::string alice = R"({"id":1,"username":"alice"})";
  const auto look = explain(shop, "look", alice);
  BOOST_TEST(look.starts_with("0 "), look);
  BOOST_TEST(look.ends_with("\nan actor of the application runs the action\n"),
             look);
  const auto sell = explain(shop, "sell", alice);
  BOOST_TEST(sell.starts_with("1 "), sell);
  BOOST_TEST(sell.ends_with("405: handler \"stock\" has no such action\n"),
             sell);
  const auto take = explain(shop, "take", alice);
  BOOST_TEST(take.starts_with("1 "), take);
}

BOOST_AUTO_TEST_CASE(who_is_never_asked_guards_nothing) {
  const auto lines = lines_of(compiled(
      {endpoint("/notes/", handler("notes")
                               .permissions(is_owner("author"))
                               .loads([](arg<"pk", std::int64_t>) {
                                 return std::optional{json::value{}};
                               })
                               .action("create", done)
                               .action("update", [](loaded<json::value>) {})),
       endpoint("/door/", handler("door")
                              .permissions(custom_permission(
                                  "Invited", [](const scope&) { return true; }))
                              .action("ping", done))}));
  const std::vector<std::string> expected{
      "/notes/  connect [] [] open", "/notes/  create [] [] open",
      "/notes/  update [IsOwner(\"author\"),] []",
      "/door/  connect [Invited,] []", "/door/  ping [] [] open"};
  BOOST_TEST(lines == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_table_has_a_mark_for_what_nothing_guards) {
  const auto text =
      render(collect_permissions(*compiled({lobby()})), matrix_format::table);
  BOOST_TEST(text
             == "endpoint  route  action   permissions  codenames\n"
                "/lobby/          connect  UNGUARDED\n"
                "/lobby/          ping     UNGUARDED\n");
}

BOOST_AUTO_TEST_CASE(markdown_keeps_its_columns) {
  const auto text =
      render(collect_permissions(*compiled({desk()})), matrix_format::markdown);
  BOOST_TEST(text.starts_with(
      "| endpoint | route | action | permissions | codenames |\n"
      "|---|---|---|---|---|\n"
      "| `/desk/` |  | `connect` | `IsAuthenticatedStrictly` |  |\n"));
  BOOST_TEST(text.find("`IsAuthenticatedStrictly; IsOwner(\"author\") \\| "
                       "IsAdminUser`")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(json_is_json) {
  const auto text =
      render(collect_permissions(*compiled({desk()})), matrix_format::json);
  const auto parsed = parse_json(text, 8);
  BOOST_REQUIRE(parsed);
  BOOST_TEST(parsed->as_array().size() == 6u);
  BOOST_TEST(to_json(parsed->as_array()[1])
             == R"r({"endpoint":"/desk/","route":"posts/","action":"destroy",)r"
                R"r("permissions":["IsAuthenticatedStrictly",)r"
                R"r("HasModelPermission(\"posts.delete_post\")"],)r"
                R"r("codenames":["posts.delete_post"],"guarded":true})r");
}

BOOST_AUTO_TEST_CASE(a_guard_that_goes_missing_is_a_difference) {
  for (auto format :
       {matrix_format::table, matrix_format::json, matrix_format::markdown}) {
    const auto before =
        render(collect_permissions(*compiled({desk()})), format);
    BOOST_TEST(difference(before, before) == "");
    const auto after =
        render(collect_permissions(*compiled({desk(allow_any())})), format);
    const auto changes = difference(before, after);
    BOOST_TEST(std::count(changes.begin(), changes.end(), '\n') == 2);
    BOOST_TEST(changes.starts_with("- "));
    BOOST_TEST(changes.find("IsAdminUser") < changes.find("\n+ "));
    BOOST_TEST(changes.rfind("AllowAny") > changes.find("\n+ "));
  }
}

BOOST_AUTO_TEST_CASE(an_action_that_comes_or_goes_is_a_difference) {
  const auto one =
      render(collect_permissions(*compiled({desk()})), matrix_format::json);
  const auto two = render(collect_permissions(*compiled({desk(), lobby()})),
                          matrix_format::json);
  const auto added = difference(one, two);
  BOOST_TEST(added.find("- ") == std::string::npos);
  BOOST_TEST(std::count(added.begin(), added.end(), '+') == 2);
  const auto gone = difference(two, one);
  BOOST_TEST(gone.find("+ ") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace access_matrix_suite
