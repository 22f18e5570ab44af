// What applications do with groups, in virtual time.

#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace presence_suite {

using namespace stagedoor;
using namespace std::chrono_literals;
using testing::client;
using testing::world;

namespace {

handler_spec room() {
  return handler("room")
      .action("join", [](const context& ctx) { return ctx.join("room"); })
      .action("join_from",
              [](const context& ctx, arg<"device", std::string> device) {
                return ctx.join("room", {{"device", *device}},
                                ok({{"in", "room"}}));
              })
      .action("leave", [](const context& ctx) { return ctx.leave("room"); })
      .action("describe",
              [](const context& ctx, arg<"meta", json::value> meta) {
                return ctx.update_meta("room", *meta, ok("described"));
              })
      .action("members", [](const context& ctx) { return ctx.members("room"); })
      .action("tell",
              [](const context& ctx) {
                ctx.broadcast("room", {"told", "all"});
                ctx.broadcast_to_others("room", {"told", "others"});
                ctx.broadcast("room", {"told", "all again"});
              })
      .action(
          "type", [] { return ok("typing"); },
          broadcasts_to_others("room", "typing"));
}

user named(const std::string& username, std::int64_t id) {
  return testing::user_named(username, id);
}

json::value presence_data(const std::string& username, int id, int connections,
                          const json::value& meta = nullptr) {
  return {{"group", "room"},
          {"member",
           {{"id", id},
            {"username", username},
            {"connections", connections},
            {"meta", meta}}}};
}

struct fixture {
  static constexpr std::size_t meta_bytes_max = 20;

  static server_options options() {
    server_options result;
    result.limits.member_meta_bytes_max = meta_bytes_max;
    return result;
  }

  world stage{{endpoint("/ws/", room()).group("room", presence(5s))},
              options()};
  client alice = stage.connect("/ws/", named("alice", 1));
  client bob = stage.connect("/ws/", named("bob", 2));
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(presence, fixture)

BOOST_AUTO_TEST_CASE(members_see_what_an_action_says_of_others) {
  alice.push("", "join").expect_reply(200);
  alice.expect_event("group.joined", presence_data("alice", 1, 1));
  bob.push("", "join_from", {{"device", "desk"}})
      .expect_reply(200, {{"in", "room"}});
  alice.expect_event("group.joined",
                     presence_data("bob", 2, 1, {{"device", "desk"}}));
  bob.push("", "describe", {{"meta", "away"}}).expect_reply(200, "described");
  alice.expect_event("group.changed", presence_data("bob", 2, 1, "away"));
  alice.push("", "members")
      .expect_reply(200, {{"group", "room"},
                          {"members",
                           {{{"id", 1},
                             {"username", "alice"},
                             {"connections", 1},
                             {"meta", nullptr}},
                            {{"id", 2},
                             {"username", "bob"},
                             {"connections", 1},
                             {"meta", "away"}}}},
                          {"connections", 2},
                          {"complete", true}});
}

BOOST_AUTO_TEST_CASE(what_is_said_of_a_member_is_bounded) {
  bob.push("", "join").expect_reply(200);
  // With its quotes.
  const std::string longest(meta_bytes_max - 2, 'x');
  bob.push("", "describe", {{"meta", longest}}).expect_reply(200);
  bob.push("", "describe", {{"meta", longest + 'x'}})
      .expect_errors(400, {"Not valid metadata of a member."});
}

BOOST_AUTO_TEST_CASE(who_describes_itself_outside_of_a_group_stays_outside) {
  alice.push("", "join").expect_reply(200);
  alice.expect_event("group.joined");
  bob.push("", "describe", {{"meta", 1}}).expect_reply(200, "described");
  alice.expect_nothing();
}

BOOST_AUTO_TEST_CASE(a_page_that_is_loaded_again_is_told_to_nobody) {
  alice.push("", "join").expect_reply(200);
  bob.push("", "join").expect_reply(200);
  alice.expect_event("group.joined");
  alice.expect_event("group.joined");
  bob.disconnect();
  stage.advance(4s);
  auto back = stage.connect("/ws/", named("bob", 2));
  back.push("", "join").expect_reply(200);
  stage.advance(10s);
  alice.expect_nothing();
  back.disconnect();
  stage.advance(4900ms);
  alice.expect_nothing();
  stage.advance(200ms);
  alice.expect_event("group.left", presence_data("bob", 2, 0));
}

BOOST_AUTO_TEST_CASE(an_event_for_others_keeps_its_place_among_the_rest) {
  for (auto* each : {&alice, &bob})
    each->push("", "join").expect_reply(200);
  alice.expect_event("group.joined");
  alice.expect_event("group.joined");
  bob.expect_event("group.joined");
  alice.push("", "tell").expect_reply(200);
  for (const auto* told : {"all", "all again"})
    alice.expect_event("told", told);
  for (const auto* told : {"all", "others", "all again"})
    bob.expect_event("told", told);
  alice.expect_nothing();
}

BOOST_AUTO_TEST_CASE(an_action_may_tell_all_but_its_client) {
  for (auto* each : {&alice, &bob})
    each->push("", "join").expect_reply(200);
  alice.expect_event("group.joined");
  alice.expect_event("group.joined");
  bob.expect_event("group.joined");
  alice.push("", "type").expect_reply(200, "typing");
  bob.expect_event("typing", "typing");
  alice.expect_nothing();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace presence_suite
