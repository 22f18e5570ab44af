#include "stagedoor/actors/handlers/open_messages.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/message_tallies.hpp"
#include "support/owner_probe.hpp"
#include "support/tree_of.hpp"

namespace open_messages_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// A table whose owner adds each message that it gets.
struct table_fixture {
  explicit table_fixture(std::size_t units = 1, std::size_t unit_of_owner = 0)
      : world({}, units), home(world.home(unit_of_owner)) {
    table.emplace(owner.self(), world.shared(), routes->root(), "/ws/",
                  group_hub_actor{});
    owner.on_request([this](request& message, answer_promise<reply> promise) {
      auto [id, pending] = table->add(message, std::move(promise));
      table->count(pending, matched);
      last_id = id;
    });
    owner.on_expiry([this](std::uint64_t id) {
      table->finish(id, to_reply(errc::timed_out));
    });
  }

  std::size_t send(client_probe& sender, const std::string& action = "work",
                   bool relayed = false) {
    auto data = sender.data(action);
    data.relayed = relayed;
    auto number = sender.ask(owner.handle(), request{std::move(data)});
    world.settle();
    return number;
  }

  void finish(std::uint64_t id, reply answer) {
    table->finish(id, std::move(answer));
    world.settle();
  }

  actor_world world;
  manual_unit& home;
  client_probe client{world.home()};
  owner_probe owner{home};
  route_tree_ptr routes =
      tree_of(endpoint("/ws/", handler("subject")
                                   .action("work", [] {})
                                   .action(
                                       "hush", [] {}, no_reply)));
  bool matched = true;
  std::uint64_t last_id = 0;
  std::optional<stagedoor::open_messages> table;
};

struct two_units : table_fixture {
  two_units() : table_fixture(2, 1) {}
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(open_messages, table_fixture)

BOOST_AUTO_TEST_CASE(a_message_is_answered_once) {
  auto number = send(client);
  finish(last_id, ok("first"));
  finish(last_id, ok("second"));
  BOOST_TEST(client.answer(number) == "200 \"first\"");
  BOOST_TEST(client.responses() == 1u);
  BOOST_TEST((table->find(last_id) == nullptr));
}

BOOST_AUTO_TEST_CASE(its_deadline_tells_the_owner_its_number) {
  auto number = send(client);
  table->arm(last_id, *table->find(last_id), 100ms);
  world.advance(90ms);
  BOOST_TEST(client.answer(number) == "");
  world.advance(20ms);
  BOOST_TEST(client.answer(number) == text(errc::timed_out));
}

BOOST_AUTO_TEST_CASE(a_status_that_is_none_is_a_500) {
  auto number = send(client);
  finish(last_id, reply{99, nullptr, {}});
  BOOST_TEST(client.answer(number) == text(errc::server_error));
  BOOST_TEST(world.logged("handler \"subject\", action \"work\": answered with "
                          "a reply with the status 99"));
}

BOOST_AUTO_TEST_CASE(a_reply_that_the_application_got_wrong_is_a_500) {
  for (const auto& wrong :
       {fail(200, {"no"}), ok("no", 404), reply{200, "data", {"and errors"}}}) {
    auto number = send(client);
    finish(last_id, wrong);
    BOOST_TEST(client.answer(number) == text(errc::server_error));
    BOOST_TEST(world.logged("handler \"subject\", action \"work\": answered "
                            "with "
                            + wrong.flaw() + '\n'));
  }
}

BOOST_AUTO_TEST_CASE(an_error_is_answered_with_its_status) {
  auto number = send(client);
  table->fail(last_id, make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::unavailable));
}

BOOST_AUTO_TEST_CASE(the_end_of_a_connection_ends_its_messages_alone) {
  client_probe other{home, 2};
  auto number = send(client);
  auto number_of_other = send(other);
  table->connection_died(1);
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::unavailable));
  finish(last_id, ok());
  BOOST_TEST(other.answer(number_of_other) == "200 null");
}

BOOST_AUTO_TEST_CASE(what_an_actor_works_on_is_found_by_it) {
  send(client);
  table->find(last_id)->enter(message_stage::running,
                              client.handle().address());
  auto held = last_id;
  send(client);
  BOOST_TEST(table->held_by(client.handle().address())
             == std::vector<std::uint64_t>{held});
}

BOOST_AUTO_TEST_CASE(a_client_makes_no_row) {
  send(client);
  finish(last_id, ok());
  send(client, "nonsense");
  finish(last_id, not_found());
  matched = false;
  send(client);
  finish(last_id, to_reply(errc::route_not_found));
  BOOST_TEST(messages(world.metrics())
             == "/ws/||other|404: 2\n/ws/||work|200: 1\n");
}

BOOST_AUTO_TEST_CASE(a_reply_that_json_could_not_express_on_its_way_counts) {
  const auto& dropped = world.metrics().drops(drop_reason::not_json);
  auto number = send(client);
  finish(last_id, reply::flawed(not_json_text));
  BOOST_TEST(client.answer(number) == text(errc::server_error));
  BOOST_TEST(dropped.value() == 1u);
  // Another flaw is no such reply.
  send(client);
  finish(last_id, ok(nullptr, 999));
  BOOST_TEST(dropped.value() == 1u);
}

BOOST_AUTO_TEST_CASE(of_such_a_reply_an_action_without_one_stays_silent) {
  const auto& action = routes->root().handler->actions.at("hush");
  auto number = send(client, "hush");
  table->find(last_id)->begin(action);
  finish(last_id, reply::flawed(not_json_text));
  BOOST_TEST(client.answer(number) == "0 null");
  BOOST_TEST(world.metrics().drops(drop_reason::not_json).value() == 1u);
  // A failure is told.
  auto failed = reply::flawed(not_json_text);
  failed.errors = {"failed"};
  for (const auto& told : {failed, ok(nullptr, 999)}) {
    number = send(client, "hush");
    table->find(last_id)->begin(action);
    finish(last_id, told);
    BOOST_TEST(client.answer(number) == text(errc::server_error));
  }
}

BOOST_AUTO_TEST_CASE(what_is_open_at_the_end_is_a_500) {
  auto number = send(client);
  auto relayed = send(client, "work", true);
  table.reset();
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::server_error));
  BOOST_TEST(client.answer(relayed) == text(errc::server_error));
}

BOOST_FIXTURE_TEST_CASE(at_the_end_of_its_node_a_relayed_one_is_given_back,
                        two_units) {
  auto number = send(client);
  auto relayed = send(client, "work", true);
  home.end_members();
  table.reset();
  world.settle();
  BOOST_TEST(client.answer(number) == text(errc::server_error));
  BOOST_TEST(client.answer(relayed) == text(make_error(errc::unavailable)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace open_messages_suite
