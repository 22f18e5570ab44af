// Actions of mounted actors that a handler declares with their arguments.

#include "stagedoor/actors/handlers/handler.hpp"
#include "stagedoor/protocol/model/description.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/elsewhere_fixture.hpp"
#include "support/message_tallies.hpp"

namespace declared_actions_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// A parcel has a weight from 1 to 20. A check of one that weighs 13 fails.
struct parcel {
  std::int64_t weight = 0;

  static const description<parcel>& described() {
    static const auto result =
        describe<parcel>("parcel")
            .field("weight", &parcel::weight, field::integer().between(1, 20))
            .check([](const json::object& x) -> json::value {
              if (x.at("weight") == 13)
                throw std::runtime_error("unlucky");
              return nullptr;
            });
    return result;
  }
};

/// Two actors behind a handler that declares what they do.
struct declared_fixture : elsewhere_fixture<> {
  declared_fixture() {
    start_handler(
        handler("goods")
            .mounts(replicas{std::vector{a.actor(), b.actor()}})
            .forwards("pass", idempotent)
            .action("look", takes<>())
            .action("buy",
                    takes<arg<"room", std::int64_t>, arg<"item", std::string>,
                          arg<"count", std::optional<std::int64_t>>>())
            .action("send", takes<arg<"what", parcel>>())
            .action("again", takes<arg<"count", std::int64_t>>(), idempotent)
            .action("beside", takes<arg<"count", std::int64_t>>(), concurrent)
            .action("quiet", takes<arg<"count", std::int64_t>>(), no_reply)
            .action("loud", takes<arg<"count", std::int64_t>>(),
                    broadcasts("room.{room}", "told")));
  }

  /// Sends a message and allows it.
  std::size_t push(const std::string& action, json::object arguments = {},
                   const std::string& room = "1",
                   const std::string& query = {}) {
    auto data = client.data(action, room + '/' + query, std::move(arguments));
    data.captures = {{"room", room}};
    auto number = client.ask(subject, request{std::move(data)});
    world.settle();
    pool.answer_last(allow());
    world.settle();
    return number;
  }

  /// How many messages have reached an actor.
  [[nodiscard]] std::size_t reached() const { return a.count() + b.count(); }

  mounted_probe& asked() { return a.count() > 0 ? a : b; }
};

const std::string not_an_integer = R"(["A valid integer is required."])";

} // namespace

BOOST_FIXTURE_TEST_SUITE(declared_actions, declared_fixture)

BOOST_AUTO_TEST_CASE(the_actor_gets_a_message_that_is_as_declared) {
  auto number = push("buy", {{"item", "lamp"}, {"count", "2"}});
  BOOST_REQUIRE(reached() == 1u);
  // As the client has sent it.
  BOOST_TEST(to_json(*asked().last().body("count")) == R"("2")");
  BOOST_TEST(*asked().last().capture("room") == "1");
  answer(asked(), ok("bought", 201));
  BOOST_TEST(client.answer(number) == R"(201 "bought")");
}

BOOST_AUTO_TEST_CASE(what_does_not_convert_never_reaches_the_actor) {
  BOOST_TEST(client.answer(push("buy", {{"count", "two"}}, "x"))
             == "400 [{\"room\":" + not_an_integer
                    + R"(,"item":["This field is required."],"count":)"
                    + not_an_integer + "}]");
  BOOST_TEST(client.answer(push("buy", {{"item", nullptr}}))
             == R"(400 [{"item":["This field may not be null."]}])");
  BOOST_TEST(client.answer(push("buy", {{"item", "a"}}, "1", "?count=x"))
             == "400 [{\"count\":" + not_an_integer + "}]");
  BOOST_TEST(reached() == 0u);
  push("buy", {{"item", "a"}, {"count", "x"}}, "1", "?count=1");
  BOOST_TEST(reached() == 1u);
}

BOOST_AUTO_TEST_CASE(the_rules_of_a_described_struct_hold_before_the_actor) {
  const std::string too_light =
      "Ensure this value is greater than or equal to 1.";
  BOOST_TEST(client.answer(push("send", {{"what", {{"weight", 0}}}}))
             == R"(400 [{"what":{"weight":[")" + too_light + R"("]}}])");
  BOOST_TEST(reached() == 0u);
  push("send", {{"what", {{"weight", 1}}}});
  BOOST_TEST(reached() == 1u);
}

BOOST_AUTO_TEST_CASE(a_rule_that_throws_is_a_500_and_the_log_says_what_threw) {
  BOOST_TEST(client.answer(push("send", {{"what", {{"weight", 13}}}}))
             == text(errc::server_error));
  BOOST_TEST(reached() == 0u);
  BOOST_TEST(world.logged("the arguments of action \"send\" of handler "
                          "\"goods\" threw: unlucky"));
  push("send", {{"what", {{"weight", 12}}}});
  BOOST_TEST(reached() == 1u);
}

BOOST_AUTO_TEST_CASE(an_unknown_action_is_a_405_and_the_actor_hears_nothing) {
  BOOST_TEST(client.answer(push("sell"))
             == text(errc::action_not_allowed, "sell"));
  BOOST_TEST(client.answer(push("")) == text(errc::action_not_allowed, ""));
  BOOST_TEST(reached() == 0u);
}

BOOST_AUTO_TEST_CASE(the_permissions_come_before_the_action_and_its_arguments) {
  for (const std::string action : {"sell", "again"}) {
    auto number = send(action);
    BOOST_TEST(client.answer(number) == "");
    pool.answer_last(deny());
    world.settle();
    BOOST_TEST(client.answer(number).starts_with("403"));
  }
  BOOST_TEST(reached() == 0u);
}

BOOST_AUTO_TEST_CASE(an_action_without_arguments_takes_whatever_comes) {
  push("look", {{"count", "x"}});
  BOOST_TEST(reached() == 1u);
}

BOOST_AUTO_TEST_CASE(a_forwarded_action_is_declared_and_passes_unread) {
  push("pass", {{"count", "x"}});
  BOOST_TEST(reached() == 1u);
}

BOOST_AUTO_TEST_CASE(an_idempotent_action_is_begun_again_elsewhere) {
  auto number = push("again", {{"count", 1}});
  auto& first = a.count() == 1 ? a : b;
  auto& second = a.count() == 1 ? b : a;
  world.kill(first.handle());
  BOOST_REQUIRE(second.count() == 1u);
  answer(second, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_gets_its_400_late) {
  auto number = push("beside", {{"count", "x"}});
  BOOST_TEST(client.answer(number).starts_with("102"));
  BOOST_REQUIRE(client.late().size() == 1u);
  BOOST_TEST(client.late().front()
             == "1: 400 [{\"count\":" + not_an_integer + "}]");
  BOOST_TEST(reached() == 0u);
}

BOOST_AUTO_TEST_CASE(a_refusal_is_answered_where_success_is_not) {
  BOOST_TEST(client.answer(push("quiet")).starts_with("400"));
  auto number = push("quiet", {{"count", 1}});
  answer(asked(), ok());
  BOOST_TEST(client.answer(number).starts_with("0 "));
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_to_no_group) {
  push("loud");
  BOOST_TEST(told.empty());
  push("loud", {{"count", 1}});
  answer(asked(), ok(1));
  BOOST_TEST(told == (std::vector<std::string>{"room.1 told 1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_refused_message_keeps_no_replica_busy) {
  for (int i = 0; i < 3; ++i)
    push("buy");
  push("look");
  push("look");
  BOOST_TEST(a.count() == 1u);
  BOOST_TEST(b.count() == 1u);
  world.advance(world.bounds().action_timeout + 10ms);
  BOOST_TEST(client.responses() == 5u);
}

BOOST_AUTO_TEST_CASE(each_declared_action_is_counted_by_its_name) {
  push("buy");
  push("sell");
  push("look");
  answer(asked(), ok());
  const std::string place = R"(|(?P<room>\w+)/$|)";
  BOOST_TEST(stagedoor::test::messages(world.metrics())
             == place + "buy|400: 1\n" + place + "look|200: 1\n" + place
                    + "other|405: 1\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace declared_actions_suite
