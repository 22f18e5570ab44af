#include "stagedoor/protocol/group.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace group_suite {

using namespace stagedoor;

namespace {

request with_captures(fields captures) {
  request_data data;
  data.scope = std::make_shared<const scope>();
  data.message.head.action = "say";
  data.captures = std::move(captures);
  return request{std::move(data)};
}

present_user of(json::value id, const std::string& name,
                std::uint64_t connections = 1) {
  return {std::move(id), name, connections};
}

} // namespace

BOOST_AUTO_TEST_SUITE(group)

BOOST_AUTO_TEST_CASE(a_name_has_one_byte_to_the_limit) {
  BOOST_TEST(!is_group_name("", 4));
  BOOST_TEST(is_group_name("r", 4));
  BOOST_TEST(is_group_name("room", 4));
  BOOST_TEST(!is_group_name("rooms", 4));
}

BOOST_AUTO_TEST_CASE(a_name_is_utf8_and_not_reserved) {
  BOOST_TEST(is_group_name("r\xc3\xa4ume", 128));
  BOOST_TEST(!is_group_name("r\xc3ume", 128));
  BOOST_TEST(!is_group_name("$user/1", 128));
  BOOST_TEST(is_group_name("cash$", 128));
}

BOOST_AUTO_TEST_CASE(an_integer_id_and_its_spelling_are_one_user) {
  BOOST_TEST(user_group(7) == "$user/7");
  BOOST_TEST(user_group(json::value("7")) == "$user/7");
  BOOST_TEST(!is_group_name(user_group(7), 128));
}

BOOST_AUTO_TEST_CASE(placeholders_are_filled_with_captures) {
  std::vector<std::string> found;
  BOOST_TEST(find_placeholders("room.{room}.{floor}", found));
  BOOST_TEST(found == (std::vector<std::string>{"room", "floor"}),
             boost::test_tools::per_element());
  auto message = with_captures({{"room", "7"}, {"floor", "{2}"}});
  BOOST_TEST(group_of("room.{room}.{floor}", message) == "room.7.{2}");
  BOOST_TEST(group_of("lobby", message) == "lobby");
  BOOST_TEST(group_of("{room}{room}", message) == "77");
}

BOOST_AUTO_TEST_CASE(no_capture_makes_a_name_a_reserved_one) {
  auto message = with_captures({{"room", "$user/1"}, {"id", "1"}});
  BOOST_TEST(group_of("{room}", message).empty());
  BOOST_TEST(group_of("room.{room}", message) == "room.$user/1");
  BOOST_TEST(group_of("$user/{id}", message) == "$user/1");
}

BOOST_AUTO_TEST_CASE(an_open_brace_is_no_placeholder) {
  std::vector<std::string> found;
  BOOST_TEST(!find_placeholders("room.{room", found));
}

BOOST_AUTO_TEST_CASE(a_list_counts_the_connections_of_a_user) {
  member_count count{2};
  count.add(of(1, "alice"));
  count.add(of(json::value("1"), "alice", 2));
  count.add(of(nullptr, ""));
  count.add(of(nullptr, ""));
  BOOST_TEST(to_json(to_json_object("g", count.take()))
             == R"({"group":"g","members":[)"
                R"({"id":null,"username":"","connections":2,"meta":null},)"
                R"({"id":1,"username":"alice","connections":3,"meta":null}],)"
                R"("connections":5,"complete":true})");
}

BOOST_AUTO_TEST_CASE(a_list_over_its_limit_counts_but_does_not_name) {
  member_count count{2};
  count.add(of(1, "alice"));
  count.add(of(2, "bob"));
  BOOST_TEST(member_count{count}.take().complete);
  count.add(of(3, "carol"));
  count.add(of(2, "bob"));
  const auto list = count.take();
  BOOST_TEST(!list.complete);
  BOOST_TEST(list.members.size() == 2u);
  BOOST_TEST(list.members[1].connections == 2u);
  BOOST_TEST(list.connections == 4u);
}

BOOST_AUTO_TEST_CASE(lists_are_added_up_with_those_they_do_not_name) {
  member_count count{2};
  count.add(of(1, "alice"));
  count.add(member_list{{of(2, "bob", 3), of(1, "alice")}, 9, true});
  auto list = member_count{count}.take();
  BOOST_TEST(list.complete);
  BOOST_TEST(list.members.size() == 2u);
  BOOST_TEST(list.members[0].connections == 2u);
  BOOST_TEST(list.connections == 10u);
  count.add(member_list{{}, 1, false});
  list = count.take();
  BOOST_TEST(!list.complete);
  BOOST_TEST(list.connections == 11u);
}

BOOST_AUTO_TEST_CASE(a_crowd_is_counted_without_looking_through_the_list) {
  // 600 million comparisons with those that are listed would take minutes.
  member_count count{20'000};
  for (std::int64_t id = 0; id < 40'000; ++id)
    count.add(of(id, "somebody"));
  const auto list = count.take();
  BOOST_TEST(list.members.size() == 20'000u);
  BOOST_TEST(list.connections == 40'000u);
}

BOOST_AUTO_TEST_CASE(presence_names_group_and_user) {
  const auto told =
      presence_event("group.joined", "room.a", {1, "alice", 2, {"[1]", 5}});
  BOOST_TEST(told.type == "group.joined");
  BOOST_TEST(told.data.view()
             == R"({"group":"room.a","member":{"id":1,"username":"alice",)"
                R"("connections":2,"meta":[1]}})");
}

BOOST_AUTO_TEST_CASE(a_list_has_what_was_said_last_of_a_user) {
  member_count count{2};
  count.add({1, "alice", 1, {R"("early")", 5}});
  count.add({1, "alice", 1, {R"("late")", 7}});
  count.add({1, "alice", 1, {R"("between")", 6}});
  count.add({1, "alice", 1, {}});
  const auto list = count.take();
  BOOST_REQUIRE(list.members.size() == 1u);
  BOOST_TEST(to_json(json::value(to_json_object(list.members[0])))
             == R"({"id":1,"username":"alice","connections":4,"meta":"late"})");
}

BOOST_AUTO_TEST_CASE(metadata_is_json_of_a_bounded_length) {
  BOOST_TEST(is_meta(R"("ab")", 4));
  BOOST_TEST(!is_meta(R"("abc")", 4));
  BOOST_TEST(!is_meta("", 4));
  BOOST_TEST(!is_meta("[1", 4));
  BOOST_TEST(meta_text({{"a", 1}}) == R"({"a":1})");
  BOOST_TEST(meta_text(json::value("\xFF")).empty());
}

BOOST_AUTO_TEST_CASE(an_event_says_how_many_are_lost) {
  const auto told = lost_event("room.a", 9);
  BOOST_TEST(told.type == "group.lost");
  BOOST_TEST(told.data.view() == R"({"group":"room.a","lost":9})");
}

BOOST_AUTO_TEST_CASE(a_slow_member_may_keep_the_newest_of_a_key) {
  const auto kept = slow_member::keep_newest("symbol");
  BOOST_TEST((kept.what() == slow_member::newest_of_key));
  BOOST_TEST(kept.key() == "symbol");
  BOOST_TEST(slow_member{slow_member::close}.key().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace group_suite
