#include "stagedoor/permissions/has_attribute.hpp"
#include "stagedoor/protocol/attributes.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>

namespace attribute_permission_suite {

using namespace stagedoor;

namespace {

user with(json::object attributes) {
  user result;
  result.id = 4;
  result.username = "ann";
  result.attributes = std::move(attributes);
  return result;
}

/// Asks about a message with captures of the path and of the route: `allow`, a
/// reason for operators, or `error: ` with its cause.
std::string ask(const permission& rule, const user& who, fields path = {},
                fields route = {}) {
  scope from;
  from.user = who;
  from.path_captures = std::move(path);
  request_data data;
  data.scope = std::make_shared<const scope>(std::move(from));
  data.message.head.action = "list";
  data.captures = std::move(route);
  const request asked(std::move(data));
  const auto answer =
      rule->has_permission(asked.scope(), asked.action(), asked);
  if (answer.is_allowed())
    return "allow";
  if (answer.answer == decision::verdict::error)
    return "error: " + answer.reason;
  BOOST_TEST(answer.status == 403);
  return answer.reason;
}

} // namespace

BOOST_AUTO_TEST_SUITE(attribute_permission)

BOOST_AUTO_TEST_CASE(an_attribute_is_compared_as_ids_are) {
  const auto acme = has_attribute("tenant", "acme");
  BOOST_TEST(ask(acme, with({{"tenant", "acme"}})) == "allow");
  BOOST_TEST(ask(acme, with({{"tenant", "acm"}})) == "ann has another tenant");
  BOOST_TEST(ask(acme, with({})) == "ann has no tenant");
  for (const auto& rule :
       {has_attribute("tenant", 7), has_attribute("tenant", "7"),
        has_attribute("tenant", std::string("7")),
        has_attribute("tenant", std::uint8_t{7})}) {
    BOOST_TEST(ask(rule, with({{"tenant", 7}})) == "allow");
    BOOST_TEST(ask(rule, with({{"tenant", "7"}})) == "allow");
    BOOST_TEST(ask(rule, with({{"tenant", 70}})) == "ann has another tenant");
    BOOST_TEST(ask(rule, with({{"tenant", "07"}})) == "ann has another tenant");
  }
  const auto most = std::numeric_limits<std::uint64_t>::max();
  BOOST_TEST(ask(has_attribute("tenant", most), with({{"tenant", most}}))
             == "allow");
}

BOOST_AUTO_TEST_CASE(an_attribute_of_another_type_has_no_value) {
  for (const json::value& other :
       {json::value(nullptr), json::value(true), json::value(7.0),
        json::value(json::array{"7"}), json::value(json::object{{"7", 7}})})
    BOOST_TEST(ask(has_attribute("tenant", 7), with({{"tenant", other}}))
               == "ann has another tenant");
}

BOOST_AUTO_TEST_CASE(dots_reach_into_nested_attributes) {
  const auto rule = has_attribute("org.id", 7);
  BOOST_TEST(ask(rule, with({{"org", json::object{{"id", 7}}}})) == "allow");
  BOOST_TEST(ask(rule, with({{"org.id", 7}})) == "allow");
  BOOST_TEST(ask(rule, with({{"org", 7}})) == "ann has no org.id");
  BOOST_TEST(ask(rule, with({{"id", 7}})) == "ann has no org.id");
  const json::object all{{"a", json::object{{"b", json::object{{"c", 1}}}}}};
  BOOST_REQUIRE(find_attribute(all, "a.b.c") != nullptr);
  BOOST_TEST((*find_attribute(all, "a.b.c") == json::value(1)));
  for (const auto* name : {"", ".", "a.", ".a", "a..b", "a.b.c.d", "b"})
    BOOST_TEST((find_attribute(all, name) == nullptr), name);
}

BOOST_AUTO_TEST_CASE(a_capture_of_the_route_wins_over_one_of_the_path) {
  const auto rule = has_attribute("tenant", from_capture("tenant"));
  const auto ann = with({{"tenant", 7}});
  BOOST_TEST(ask(rule, ann, {}, {{"tenant", "7"}}) == "allow");
  BOOST_TEST(ask(rule, ann, {{"tenant", "7"}}) == "allow");
  BOOST_TEST(ask(rule, ann, {{"tenant", "7"}}, {{"tenant", "8"}})
             == "ann has another tenant");
  BOOST_TEST(ask(rule, ann, {{"tenant", "8"}}, {{"tenant", "7"}}) == "allow");
}

BOOST_AUTO_TEST_CASE(a_missing_capture_never_allows) {
  const auto rule = has_attribute("tenant", from_capture("team"));
  const std::string missing =
      "error: has_attribute: neither the route nor the path has a capture "
      "team";
  for (const auto& one : {rule, !rule, rule & rule, rule | rule})
    BOOST_TEST(ask(one, with({{"tenant", "a"}}), {{"tenant", "a"}}) == missing);
  for (const auto& one : {has_attribute("", 7), !has_attribute("", 7)})
    BOOST_TEST(ask(one, with({{"", 7}}))
               == "error: has_attribute: the name is empty");
}

BOOST_AUTO_TEST_CASE(nobody_and_the_inactive_have_no_attribute) {
  const auto rule = has_attribute("tenant", "a");
  user nobody;
  nobody.attributes = {{"tenant", "a"}};
  BOOST_TEST(ask(rule, nobody) == "nobody is logged in");
  auto inactive = with({{"tenant", "a"}});
  inactive.is_active = false;
  BOOST_TEST(ask(rule, inactive) == "ann is not active");
  auto root = with({});
  root.is_superuser = true;
  BOOST_TEST(ask(rule, root) == "ann has no tenant");
}

BOOST_AUTO_TEST_CASE(has_attribute_says_what_it_compares) {
  const auto capture = has_attribute("tenant", from_capture("team"));
  BOOST_TEST(capture->name() == R"(HasAttribute("tenant", {team}))");
  BOOST_TEST(capture->description() == "users whose tenant is {team}");
  BOOST_TEST(has_attribute("org.id", 7)->name()
             == R"(HasAttribute("org.id", 7))");
  BOOST_TEST(has_attribute("tenant", "acme")->description()
             == R"(users whose tenant is "acme")");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace attribute_permission_suite
