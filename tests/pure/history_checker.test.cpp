// What the checker of the test kit finds wrong, and what it must not.

#include <boost/test/unit_test.hpp>

#include <stagedoor/testing/history_checker.hpp>

#include <string>
#include <utility>

namespace history_checker_suite {

using namespace stagedoor;
using namespace stagedoor::testing;

namespace {

const std::string group = R"("group":"room.a")";

std::string event_text(const std::string& type, const std::string& data,
                       const std::string& rest = "") {
  return R"({"type":")" + type + R"(","data":)" + data + R"(,"status":200)"
         + rest + '}';
}

/// An event of the group with history.
std::string numbered(int offset, const std::string& data = "1") {
  return event_text("said", data,
                    ',' + group + R"(,"offset":)" + std::to_string(offset));
}

std::string marked(const std::string& sender, int number) {
  return event_text("said", R"({"sender":")" + sender + R"(","number":)"
                                + std::to_string(number) + '}');
}

std::string position(const std::string& epoch, int offset) {
  return event_text("group.position", '{' + group + R"(,"epoch":")" + epoch
                                          + R"(","offset":)"
                                          + std::to_string(offset) + '}');
}

std::string lost(int after, int next) {
  return event_text("group.lost", '{' + group + R"(,"after":)"
                                      + std::to_string(after) + R"(,"next":)"
                                      + std::to_string(next) + '}');
}

std::string revoked() {
  return R"({"type":"group.revoked","data":{)" + group + R"(},"status":403})";
}

std::string reply(const std::string& action, const std::string& route,
                  const std::string& data = "null", int status = 200) {
  return R"({"errors":[],"data":)" + data + R"(,"action":")" + action
         + R"(","route":")" + route + R"(","status":)" + std::to_string(status)
         + '}';
}

std::string resume(const std::string& epoch, int offset) {
  return R"({"action":"resume","route":"$groups/","groups":[{)" + group
         + R"(,"epoch":")" + epoch + R"(","offset":)" + std::to_string(offset)
         + "}]}";
}

std::string resumed(const std::string& rest) {
  return reply("resume", "$groups/",
               R"({"groups":[{)" + group + ',' + rest + "}]}");
}

std::string recovered(const std::string& epoch, int offset, int missed) {
  return resumed(R"("recovered":true,"missed":)" + std::to_string(missed)
                 + R"(,"epoch":")" + epoch + R"(","offset":)"
                 + std::to_string(offset));
}

std::string not_recovered(const std::string& epoch, int offset) {
  return resumed(R"("recovered":false,"missed":null,"epoch":")" + epoch
                 + R"(","offset":)" + std::to_string(offset));
}

/// Rules of an application whose rooms are joined and left.
history_rules room_rules() {
  const auto asks = [](const std::string& action) {
    return [action](const json::object& message) -> std::optional<std::string> {
      const auto* named = message.if_contains("action");
      if (named == nullptr || *named != json::value(json::string(action)))
        return std::nullopt;
      return "room.a";
    };
  };
  history_rules result;
  result.joins = asks("join");
  result.leaves = asks("leave");
  return result;
}

struct fixture {
  template <class... Texts>
  void told(const Texts&... texts) {
    (checker.received("c", texts), ...);
  }

  void sends(const std::string& text) { checker.sent("c", text); }

  /// The violations since the last call, without their texts, a line each.
  std::string found() {
    std::string result;
    const auto& all = checker.violations();
    for (; seen < all.size(); ++seen)
      result += all[seen].substr(0, all[seen].find(": {")) + '\n';
    return result;
  }

  history_checker checker;
  std::size_t seen = 0;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(history_checker, fixture)

// -- senders ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(events_of_one_sender_come_in_order_and_may_be_missing) {
  told(marked("x", 1), marked("y", 1), marked("x", 2), marked("x", 5),
       marked("y", 2));
  BOOST_TEST(found() == "");
  BOOST_TEST(checker.checked() == 5u);
}

BOOST_AUTO_TEST_CASE(finds_an_event_that_comes_twice) {
  told(marked("x", 1), marked("x", 1));
  BOOST_TEST(found() == "c: the same event twice\n");
}

BOOST_AUTO_TEST_CASE(finds_an_event_that_is_overtaken) {
  told(marked("x", 2), marked("x", 1));
  BOOST_TEST(found() == "c: an event of x behind number 2\n");
}

BOOST_AUTO_TEST_CASE(each_client_has_an_order_of_its_own) {
  checker.received("c", marked("x", 2));
  checker.received("d", marked("x", 1));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(a_rule_reads_other_marks) {
  history_rules rules;
  rules.mark = [](const json::object& event) -> std::optional<event_mark> {
    return event_mark{"only", event.at("data").as_int64()};
  };
  checker.rules(rules);
  told(event_text("a", "2"), event_text("b", "1"));
  BOOST_TEST(found() == "c: an event of only behind number 2\n");
}

// -- the end of a membership --------------------------------------------------

BOOST_AUTO_TEST_CASE(finds_what_follows_the_end_of_a_right) {
  told(revoked(), event_text("said", "1", ',' + group));
  BOOST_TEST(found()
             == "c: something of the group room.a, in which the client is not "
                "any more\n");
}

BOOST_AUTO_TEST_CASE(events_of_presence_are_of_the_group_too) {
  told(revoked(), event_text("group.joined", '{' + group + '}'));
  BOOST_TEST(found()
             == "c: something of the group room.a, in which the client is not "
                "any more\n");
}

BOOST_AUTO_TEST_CASE(a_reply_may_be_that_of_a_join) {
  told(revoked(), reply("join", "r/"), event_text("said", "1", ',' + group));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(where_joins_are_known_no_other_reply_is_one) {
  checker.rules(room_rules());
  told(revoked());
  sends(R"({"action":"other"})");
  told(reply("other", ""), event_text("said", "1", ',' + group));
  BOOST_TEST(found() != "");
  sends(R"({"action":"join","route":"r/"})");
  told(reply("join", "r/"), event_text("said", "1", ',' + group));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(who_asks_to_join_may_hear_something_before_the_reply) {
  const auto said = event_text("said", "1", ',' + group);
  told(revoked());
  sends(R"({"action":"join","route":"r/"})");
  told(said, reply("join", "r/", "null", 403));
  BOOST_TEST(found() == "");
  told(said);
  BOOST_TEST(found() != "");
  checker.rules(room_rules());
  sends(R"({"action":"other"})");
  told(said);
  BOOST_TEST(found() != "");
  sends(R"({"action":"join","route":"r/"})");
  told(said, reply("join", "r/", "null", 403));
  BOOST_TEST(found() == "");
  told(said);
  BOOST_TEST(found() != "");
}

BOOST_AUTO_TEST_CASE(finds_what_follows_the_reply_to_leaving) {
  checker.rules(room_rules());
  const auto replied = [](int id) {
    auto result = reply("leave", "r/");
    result.pop_back();
    return result + R"(,"request_id":)" + std::to_string(id) + '}';
  };
  const auto said = event_text("said", "1", ',' + group);
  sends(R"({"action":"leave","route":"r/","request_id":4})");
  told(said, replied(5), said);
  BOOST_TEST(found() == "");
  told(replied(4), said);
  BOOST_TEST(found()
             == "c: something of the group room.a, in which the client is not "
                "any more\n");
}

BOOST_AUTO_TEST_CASE(a_leave_that_fails_is_none) {
  checker.rules(room_rules());
  sends(R"({"action":"leave","route":"r/"})");
  told(reply("leave", "r/", "null", 503), event_text("said", "1", ',' + group));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(a_test_tells_what_the_server_does) {
  checker.left("c", "room.a");
  told(event_text("said", "1", ',' + group));
  BOOST_TEST(found() != "");
  checker.joined("c", "room.a");
  told(event_text("said", "1", ',' + group));
  BOOST_TEST(found() == "");
}

// -- history ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(offsets_follow_the_position_without_a_gap) {
  told(position("e", 17), numbered(18), numbered(19));
  BOOST_TEST(found() == "");
  told(numbered(21));
  BOOST_TEST(found() == "c: an event of the group room.a behind offset 19\n");
  told(numbered(21));
  BOOST_TEST(found() == "c: an event of the group room.a behind offset 21\n");
}

BOOST_AUTO_TEST_CASE(finds_an_event_without_a_position) {
  told(numbered(1));
  BOOST_TEST(found()
             == "c: an event of the group room.a, of which no position was "
                "told\n");
}

BOOST_AUTO_TEST_CASE(a_join_may_replay_as_many_as_the_rule_says) {
  history_rules rules;
  rules.replays = [](const std::string&) { return 3; };
  checker.rules(rules);
  told(reply("join", "r/"), position("e", 10), numbered(8), numbered(9),
       numbered(10), numbered(11));
  BOOST_TEST(found() == "");
  checker.received("d", position("e", 10));
  checker.received("d", numbered(7));
  BOOST_TEST(found() == "d: an event of the group room.a behind offset 10\n");
}

BOOST_AUTO_TEST_CASE(a_replay_has_no_gap) {
  history_rules rules;
  rules.replays = [](const std::string&) { return 3; };
  checker.rules(rules);
  told(position("e", 10), numbered(8), numbered(10));
  BOOST_TEST(found() == "c: an event of the group room.a behind offset 8\n");
  told(numbered(9));
  BOOST_TEST(found() == "c: an event of the group room.a behind offset 10\n");
}

BOOST_AUTO_TEST_CASE(nothing_is_replayed_without_a_rule) {
  told(position("e", 10), numbered(10));
  BOOST_TEST(found() == "c: an event of the group room.a behind offset 10\n");
}

BOOST_AUTO_TEST_CASE(another_epoch_begins_at_its_position) {
  told(position("e", 17), numbered(18), position("f", 2), numbered(3));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(finds_a_position_that_leaves_events_out) {
  told(position("e", 17), numbered(18), position("e", 20));
  BOOST_TEST(found()
             == "c: a position of the group room.a that leaves events out, as "
                "the client was at 18\n");
}

BOOST_AUTO_TEST_CASE(a_second_join_has_a_position_of_its_own) {
  told(position("e", 17), reply("join", "r/"), position("e", 20), numbered(21));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(finds_two_events_with_one_offset) {
  checker.received("c", position("e", 1));
  checker.received("d", position("e", 1));
  checker.received("c", numbered(2, "1"));
  checker.received("d", numbered(2, "2"));
  BOOST_TEST(found().starts_with(
      "d: another event has the same offset of the epoch e"));
}

BOOST_AUTO_TEST_CASE(epochs_and_groups_have_their_own_offsets) {
  checker.received("c", position("e", 1));
  checker.received("d", position("f", 1));
  checker.received("c", numbered(2, "1"));
  checker.received("d", numbered(2, "2"));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(a_revoked_membership_has_no_cursor) {
  told(position("e", 1), revoked(), reply("x", ""), numbered(2));
  BOOST_TEST(found()
             == "c: an event of the group room.a, of which no position was "
                "told\n");
  told(position("e", 4), numbered(5));
  BOOST_TEST(found() == "");
}

// -- resuming and losses ------------------------------------------------------

BOOST_AUTO_TEST_CASE(who_has_recovered_gets_what_was_missed) {
  sends(resume("e", 15));
  told(recovered("e", 17, 2), numbered(16), numbered(17), numbered(18));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(finds_a_gap_in_what_was_missed) {
  sends(resume("e", 15));
  told(recovered("e", 17, 2), numbered(17));
  BOOST_TEST(found() == "c: an event of the group room.a behind offset 15\n");
}

BOOST_AUTO_TEST_CASE(finds_a_recovery_into_another_epoch) {
  sends(resume("e", 15));
  told(recovered("f", 17, 2));
  BOOST_TEST(found()
             == "c: room.a: recovered from where nothing can be recovered\n");
}

BOOST_AUTO_TEST_CASE(finds_a_wrong_count_of_missed_events) {
  sends(resume("e", 15));
  told(recovered("e", 17, 1));
  BOOST_TEST(found() == "c: room.a: missed is not how many were missed\n");
}

BOOST_AUTO_TEST_CASE(who_has_not_recovered_goes_on_from_the_position) {
  sends(resume("e", 15));
  told(not_recovered("f", 3), numbered(4));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(who_may_not_resume_is_not_in_the_group) {
  told(position("e", 1));
  sends(resume("e", 1));
  told(resumed(R"("recovered":false,"status":403)"), numbered(2));
  BOOST_TEST(found()
             == "c: something of the group room.a, in which the client is not "
                "any more\nc: an event of the group room.a, of which no "
                "position was told\n");
}

BOOST_AUTO_TEST_CASE(a_resume_that_is_malformed_changes_nothing) {
  told(position("e", 1));
  sends(resume("e", 1));
  told(reply("resume", "$groups/", "null", 400), numbered(2));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(finds_a_group_that_the_reply_lacks) {
  sends(resume("e", 1));
  told(reply("resume", "$groups/", R"({"groups":[]})"));
  BOOST_TEST(found() == "c: the reply to resume lacks the group room.a\n");
}

BOOST_AUTO_TEST_CASE(nothing_follows_a_loss_before_the_client_resumes) {
  told(position("e", 17), lost(17, 26), numbered(26));
  BOOST_TEST(found()
             == "c: an event of the group room.a behind group.lost, before the "
                "client resumes\n");
}

BOOST_AUTO_TEST_CASE(a_loss_is_skipped_or_filled) {
  told(position("e", 17), lost(17, 26));
  sends(resume("e", 25));
  told(recovered("e", 26, 1), numbered(26));
  told(lost(26, 30));
  sends(resume("e", 26));
  told(recovered("e", 30, 4), numbered(27));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(finds_a_loss_that_begins_elsewhere) {
  told(position("e", 17), numbered(18), lost(17, 26));
  BOOST_TEST(found()
             == "c: a loss in the group room.a behind 17, where the client was "
                "not\n");
}

BOOST_AUTO_TEST_CASE(finds_a_loss_of_nothing) {
  told(position("e", 17), lost(17, 18));
  BOOST_TEST(found() == "c: a loss that is none\n");
}

BOOST_AUTO_TEST_CASE(finds_a_second_loss) {
  told(position("e", 17), lost(17, 26), lost(25, 30));
  BOOST_TEST(found()
             == "c: a second loss in the group room.a, before the client "
                "resumes\n");
}

BOOST_AUTO_TEST_CASE(finds_a_position_behind_a_loss) {
  told(position("e", 17), lost(17, 26), position("f", 2));
  BOOST_TEST(found()
             == "c: a position of the group room.a behind group.lost, before "
                "the client resumes\n");
}

BOOST_AUTO_TEST_CASE(a_right_may_end_behind_a_loss) {
  told(position("e", 17), lost(17, 26), revoked());
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(events_without_history_go_on_behind_a_loss) {
  told(event_text("group.lost", '{' + group + R"(,"lost":9})"),
       event_text("said", "1"));
  BOOST_TEST(found() == "");
}

BOOST_AUTO_TEST_CASE(keeps_the_first_violations_with_their_texts) {
  told(marked("x", 1000));
  for (int i = 0; i < 30; ++i)
    told(marked("x", i));
  BOOST_TEST(checker.violations().size()
             == testing::history_checker::violations_max);
  BOOST_TEST(checker.violations().front()
             == R"(c: an event of x behind number 1000: )" + marked("x", 0));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace history_checker_suite
