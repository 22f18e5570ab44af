#include "stagedoor/actors/description/group_rules.hpp"

#include "stagedoor/permissions/builtin.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace group_rules_suite {

using namespace stagedoor;

namespace {

const endpoint_table_ptr table = *compile_endpoints(std::vector<endpoint_spec>{
    endpoint("/a/")
        .group(R"(vault\..*)", slow_member::close)
        .group(R"(hall)", slow_member::drop_oldest),
    endpoint("/b/")
        .group(R"(vault\.(?P<owner>\d+))", guarded_by(is_authenticated()))
        .group(R"([^h].*)", guarded_by(is_admin_user()))});

/// The pattern of the guard of a group and what it captures.
std::string guard_of(const std::string& group) {
  fields captures;
  const auto* found = guarded_rule_of(group, *table, captures);
  if (found == nullptr)
    return "nobody";
  auto result = found->rule.pattern;
  for (const auto& [name, value] : captures)
    result += ' ' + name + '=' + value;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(group_rules)

BOOST_AUTO_TEST_CASE(the_first_rule_that_matches_says_how_members_are_treated) {
  BOOST_TEST(policy_of("vault.7", *table).slow.what() == slow_member::close);
  BOOST_TEST(policy_of("hall", *table).slow.what() == slow_member::drop_oldest);
  BOOST_TEST(policy_of("hut", *table).slow.what() == slow_member::drop_newest);
}

BOOST_AUTO_TEST_CASE(no_rule_before_it_hides_a_history) {
  const guarded_by users{is_authenticated()};
  const auto kept = *compile_endpoints(std::vector<endpoint_spec>{
      endpoint("/a/")
          .group("hall", slow_member::close)
          .group(R"(.*m)", presence),
      endpoint("/b/")
          .group("(hall|room)", users, history{7}, replay_on_join{3})
          .group(".*", users, history{8})});
  const auto hall = policy_of("hall", *kept);
  BOOST_TEST(hall.slow.what() == slow_member::close);
  BOOST_TEST(hall.kept->events == 7u);
  BOOST_TEST(hall.replay == 3u);
  BOOST_TEST(policy_of("room", *kept).presence);
  BOOST_TEST(policy_of("room", *kept).kept->events == 7u);
  BOOST_TEST(policy_of("hut", *kept).kept->events == 8u);
  BOOST_TEST(policy_of("hut", *kept).replay == 0u);
  BOOST_TEST(!policy_of(user_group(7), *kept).kept);
  BOOST_TEST(have_histories(*kept));
  BOOST_TEST(!have_histories(*table));
}

BOOST_AUTO_TEST_CASE(histories_that_everybody_can_read_are_found) {
  const auto kept = *compile_endpoints(std::vector<endpoint_spec>{
      endpoint("/a/")
          .group("a", guarded_by(allow_any()), history{})
          .group("b", guarded_by(allow_any(), is_authenticated()), history{})
          .group("c", guarded_by(allow_any()))});
  BOOST_TEST(open_histories(*kept) == std::vector<std::string>{"a"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_rule_before_it_hides_a_guard) {
  BOOST_TEST(guard_of("vault.7") == R"(vault\.(?P<owner>\d+) owner=7)");
  BOOST_TEST(guard_of("vault.x") == "[^h].*");
  BOOST_TEST(guard_of("hall") == "nobody");
}

BOOST_AUTO_TEST_CASE(nobody_guards_what_is_sent_to_a_user) {
  BOOST_TEST(guard_of(user_group(7)) == "nobody");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace group_rules_suite
