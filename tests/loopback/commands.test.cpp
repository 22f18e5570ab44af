// The commands of the example program, run as users run them.

#include "stagedoor/actors/operators/access_matrix.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "newsroom.hpp"
#include "support/child_process.hpp"
#include "support/temporary_file.hpp"
#include "support/test_database.hpp"

namespace commands_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using strings = std::vector<std::string>;

struct outcome_of_program {
  int status;
  std::string output;
  std::string errors;
};

outcome_of_program run(strings arguments) {
  arguments.insert(arguments.begin(), STAGEDOOR_NEWSROOM);
  child_process program(std::move(arguments));
  auto status = program.wait();
  return {status, program.output(), program.errors()};
}

/// How the permissions decide on a message to /ws/.
outcome_of_program explain(const strings& more) {
  strings arguments{"explain", "--endpoint", "/ws/"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run(std::move(arguments));
}

const std::string matrix_file =
    std::string{STAGEDOOR_SOURCE_DIR} + "/examples/newsroom/permissions.md";

std::string reviewed_matrix() {
  std::ifstream file{matrix_file};
  return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(commands)

BOOST_AUTO_TEST_CASE(the_matrix_of_the_example_is_the_one_that_was_reviewed) {
  const auto result = run(
      {"collectpermissions", "--format=markdown", "--check=" + matrix_file});
  BOOST_TEST(result.output == "");
  BOOST_TEST(result.status == 0);
}

BOOST_AUTO_TEST_CASE(each_guard_that_is_removed_from_the_example_is_seen) {
  const auto matrix = [](const std::vector<endpoint_spec>& endpoints) {
    auto table = compile_endpoints(endpoints);
    BOOST_REQUIRE(table);
    return render(collect_permissions(**table), matrix_format::markdown);
  };
  const test_database posts;
  newsroom::endpoint_options options;
  options.database = posts.database;
  auto endpoints = newsroom::endpoints(options);
  BOOST_TEST(difference(reviewed_matrix(), matrix(endpoints)) == "");
  for (auto& route : endpoints.front().routes) {
    const auto whole = route.handler;
    for (const auto& [action, list] : whole->permissions_by_action) {
      auto changed = std::make_shared<handler_definition>(*whole);
      changed->permissions_by_action.erase(action);
      route.handler = changed;
      const auto changes = difference(reviewed_matrix(), matrix(endpoints));
      BOOST_TEST(changes.find('`' + action + '`') != std::string::npos,
                 changes);
    }
    if (whole->permissions_by_action.empty()) {
      auto changed = std::make_shared<handler_definition>(*whole);
      changed->permissions = {};
      route.handler = changed;
      BOOST_TEST(difference(reviewed_matrix(), matrix(endpoints)) != "",
                 route.pattern);
    }
    route.handler = whole;
  }
}

BOOST_AUTO_TEST_CASE(the_check_fails_when_a_guard_is_missing) {
  // The file has a guard that the program has not.
  auto text = reviewed_matrix();
  const std::string open = "`publish` | `AllowAny; HasRole";
  const auto place = text.find(open);
  BOOST_REQUIRE(place != std::string::npos);
  text.replace(place, open.size(),
               "`publish` | `AllowAny; IsSuperUser; HasRole");
  const temporary_file reviewed(text);
  const auto result = run({"collectpermissions", "--format", "markdown",
                           "--check", reviewed.path()});
  BOOST_TEST(result.status == 1);
  BOOST_TEST(std::count(result.output.begin(), result.output.end(), '\n') == 2);
  BOOST_TEST(result.output.find("- | `/ws/`") == 0u);
  BOOST_TEST(result.output.find("IsSuperUser") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_matrix_comes_in_three_forms) {
  BOOST_TEST(run({"collectpermissions"}).output.starts_with("endpoint "));
  BOOST_TEST(
      run({"collectpermissions", "--format=json"}).output.starts_with("[\n{"));
  const auto refused = run({"collectpermissions", "--format=yaml"});
  BOOST_TEST(refused.status == 2);
  BOOST_TEST(refused.errors.find("format: \"yaml\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(explains_a_denial_to_the_last_permission) {
  const auto result =
      explain({"--user=alice", "--route=articles/1/", "--action=destroy",
               R"(--object={"author_id":1})"});
  BOOST_TEST(result.status == 1);
  BOOST_TEST(
      result.output
      == "can_connect: allow\n"
         "  AllowAny  can_connect: not overridden (everybody)\n"
         "has_permission: deny 403\n"
         "  AllowAny  has_permission: allow (everybody)\n"
         "  IsAdminUser  has_permission: deny 403 (alice is not staff)\n");
}

BOOST_AUTO_TEST_CASE(explains_an_object) {
  const strings update{"--user",      "carol",    "--route",
                       "articles/3/", "--action", "update"};
  auto with = [&](const std::string& object) {
    auto arguments = update;
    arguments.insert(arguments.end(), {"--object", object});
    return explain(arguments);
  };
  BOOST_TEST(with(R"({"author_id":4})").status == 0);
  BOOST_TEST(with(R"({"author_id":"4"})").status == 0);
  const auto denied = with(R"({"author_id":1})");
  BOOST_TEST(denied.status == 1);
  BOOST_TEST(denied.output.find("    IsOwner(\"author_id\")  "
                                "has_object_permission: deny 403 "
                                "(carol is not its author_id)\n")
             != std::string::npos);
  const auto without = explain(update);
  BOOST_TEST(without.status == 0);
  BOOST_TEST(without.output.find("not asked, there is no --object")
             != std::string::npos);
}

BOOST_AUTO_TEST_CASE(explains_for_users_who_are_in_no_file) {
  const strings archive{"--route=articles/1/", "--action=archive"};
  auto by = [&](const std::string& who) {
    auto arguments = archive;
    arguments.push_back("--user=" + who);
    return explain(arguments).status;
  };
  BOOST_TEST(explain(archive).status == 1);
  BOOST_TEST(by("alice") == 0);
  BOOST_TEST(by("carol") == 1);
  BOOST_TEST(by(R"({"id":9})") == 1);
  BOOST_TEST(by(R"({"id":9,"is_superuser":true})") == 0);
  BOOST_TEST(by(R"({"id":9,"permissions":["articles.archive_article"]})") == 0);
}

BOOST_AUTO_TEST_CASE(explains_what_is_not_there) {
  BOOST_TEST(explain({"--action=ping", "--route=nowhere/"})
                 .output.find("404: no route matches")
             != std::string::npos);
  BOOST_TEST(explain({"--action=nope"}).output.find("405: ")
             != std::string::npos);
  const auto strict = run({"explain", "--endpoint=/strict/", "--action=ping"});
  BOOST_TEST(strict.status == 1);
  BOOST_TEST(strict.output.find("can_connect: deny 403") == 0u);
}

BOOST_AUTO_TEST_CASE(a_wrong_command_line_is_one_line) {
  for (const auto& [arguments, text] :
       std::vector<std::pair<strings, std::string>>{
           {{"collectpermission"}, "no such command"},
           {{"explain", "--endpoint=/ws/"}, "action: is missing"},
           {{"explain", "--endpoint=/no/", "--action=ping"},
            "endpoint: \"/no/\""},
           {{"explain", "--endpoint=/ws/", "--action=a", "--user=eve"},
            "user: there is no user \"eve\""},
           {{"explain", "--endpoint=/ws/", "--action=a", "--user={"}, ""},
           {{"explain", "--endpoint=/ws/", "--action=a", "--object={"},
            "object: is not valid JSON"},
           {{"collectpermissions", "--check=/nowhere/at.all"}, "check: "},
           {{"--action=ping"}, "action: belongs to a command"}}) {
    const auto result = run(arguments);
    BOOST_TEST(result.status == 2, arguments.front());
    BOOST_TEST(result.errors.find(text) != std::string::npos, result.errors);
    BOOST_TEST(std::count(result.errors.begin(), result.errors.end(), '\n')
               == 1);
    BOOST_TEST(result.output == "");
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace commands_suite
