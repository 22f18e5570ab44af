#include "stagedoor/actors/cluster/request_sender.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include "caf/sec.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/answering_node.hpp"
#include "support/client_probe.hpp"

namespace request_sender_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

struct sender_fixture {
  actor_world world;
  manual_unit& home = world.home();
  client_probe relay{home};
  answering_node there{world.system()};
  answering_node yonder{world.system()};
  request_sender_actor sender =
      request_sender_of(home, world.shared()).handle();

  /// Sends without letting anybody run.
  std::size_t begin(std::string action, const answering_node& to,
                    json::object arguments = {}) {
    return relay.ask(
        sender, far_request{to.handle(), relay.message(std::move(action),
                                                       std::move(arguments))});
  }
  std::size_t begin(std::string action) {
    return begin(std::move(action), there);
  }
  std::size_t send(std::string action) {
    auto number = begin(std::move(action));
    world.settle();
    return number;
  }
};

using sizes = std::vector<std::size_t>;

const auto gone = text(make_error(caf::sec::request_receiver_down));
const auto unavailable = text(make_error(errc::unavailable));

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_sender, sender_fixture)

BOOST_AUTO_TEST_CASE(what_a_turn_has_for_a_node_is_one_message_in_its_order) {
  begin("a");
  begin("b", yonder);
  begin("c");
  world.settle();
  BOOST_TEST(there.sizes() == sizes{2});
  BOOST_TEST(yonder.sizes() == sizes{1});
  BOOST_TEST(*there.at(0).message.head.action == "a");
  BOOST_TEST(*there.at(1).message.head.action == "c");
  send("d");
  BOOST_TEST(there.sizes() == (sizes{2, 1}));
}

BOOST_AUTO_TEST_CASE(each_gets_its_answer_whenever_that_comes) {
  auto first = begin("a");
  auto second = begin("b");
  auto third = send("c");
  there.answer(2, ok("third"));
  there.answer(0, ok("first"));
  world.settle();
  BOOST_TEST(relay.answer(first) == "200 \"first\"");
  BOOST_TEST(relay.answer(second) == "");
  BOOST_TEST(relay.answer(third) == "200 \"third\"");
  there.answer(1, to_reply(errc::permission_denied));
  world.settle();
  BOOST_TEST(relay.answer(second) == text(errc::permission_denied));
  there.answer(1, ok());
  world.settle();
  BOOST_TEST(relay.responses() == 3u);
}

BOOST_AUTO_TEST_CASE(answers_to_what_was_not_asked_are_nobodys) {
  auto first = send("a");
  there.answer_behind_the_end(ok());
  world.settle();
  BOOST_TEST(relay.answer(first) == "");
  there.answer_last(ok());
  world.settle();
  BOOST_TEST(relay.answer(first) == "200 null");
  BOOST_TEST(relay.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(a_batch_has_so_many_messages_and_no_more) {
  constexpr auto most = cluster_limits::requests_per_batch_max;
  for (std::size_t i = 0; i < most; ++i)
    begin("a");
  world.settle();
  BOOST_TEST(there.sizes() == sizes{most});
  for (std::size_t i = 0; i < most + 1; ++i)
    begin("a");
  world.settle();
  BOOST_TEST(there.sizes() == (sizes{most, most, 1}));
}

BOOST_AUTO_TEST_CASE(a_batch_has_so_many_bytes_and_no_more) {
  const auto fill = [this](std::size_t bytes) {
    request_packer packed;
    packed.add({there.handle(), relay.message("a", {{"x", ""}})});
    // The sizes of the longer text and of its message take 4 bytes more.
    const auto rest = packed.bytes() + 4;
    begin("a", there, {{"x", std::string(bytes - rest, 'x')}});
  };
  constexpr auto most = cluster_limits::batch_bytes_max;
  fill(most - 1);
  begin("b");
  world.settle();
  BOOST_TEST(there.sizes() == sizes{2});
  fill(most);
  begin("b");
  world.settle();
  BOOST_TEST(there.sizes() == (sizes{2, 1, 1}));
}

BOOST_AUTO_TEST_CASE(
    a_scope_is_brought_once_unless_the_node_could_not_read_it) {
  send("a");
  auto second = send("b");
  BOOST_TEST(there.scopes() == (sizes{1, 0}));
  there.answer_unread(1);
  world.settle();
  BOOST_TEST(relay.answer(second) == unavailable);
  send("c");
  BOOST_TEST(there.scopes() == (sizes{1, 0, 1}));
}

BOOST_AUTO_TEST_CASE(a_node_that_goes_answers_nothing_any_more) {
  auto asked = send("a");
  auto other = begin("b", yonder);
  world.kill(there.handle());
  BOOST_TEST(relay.answer(asked) == gone);
  BOOST_TEST(relay.answer(send("c")) == gone);
  yonder.answer_last(ok());
  world.settle();
  BOOST_TEST(relay.answer(other) == "200 null");
}

BOOST_AUTO_TEST_CASE(what_is_gathered_for_a_node_that_goes_is_unavailable) {
  world.settle();
  auto asked = begin("a");
  home.begin_turn(1);
  home.run(); // The sender has the message, and the turn has not ended.
  world.kill(there.handle());
  BOOST_TEST(relay.answer(asked) == gone);
  BOOST_TEST(there.count() == 0u);
}

BOOST_AUTO_TEST_CASE(batches_behind_one_that_was_not_read_end_no_newer_way) {
  send("a");
  auto second = send("b");
  there.answer_unread(0);
  world.settle();
  // It begins anew, while the answer to the other one is on its way.
  auto third = begin("c");
  home.begin_turn(1);
  home.run();
  there.answer_unread(1);
  world.settle();
  BOOST_TEST(relay.answer(second) == unavailable);
  BOOST_TEST(there.count() == 3u);
  there.answer_last(ok());
  world.settle();
  BOOST_TEST(relay.answer(third) == "200 null");
}

BOOST_AUTO_TEST_CASE(a_batch_is_forgotten_when_nobody_waits_for_it) {
  const auto& bounds = world.bounds();
  auto asked = send("a");
  world.advance(bounds.permission_timeout + bounds.action_timeout
                + cluster_limits::batch_look_interval - 1ms);
  BOOST_TEST(relay.answer(asked) == "");
  world.advance(1ms);
  BOOST_TEST(relay.answer(asked) == text(make_error(errc::timed_out)));
  there.answer_last(ok());
  world.settle();
  BOOST_TEST(relay.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(a_sender_that_dies_fails_what_it_had_and_is_replaced) {
  auto asked = send("a");
  world.kill(sender);
  BOOST_TEST(relay.answer(asked) == unavailable);
  const auto& next = request_sender_of(home, world.shared());
  BOOST_TEST((next.handle() != sender));
  sender = next.handle();
  BOOST_TEST((request_sender_of(home, world.shared()).handle() == sender));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace request_sender_suite
