#include "stagedoor/actors/cluster/request_answerer.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/role_probes.hpp"

namespace request_answerer_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using lines = std::vector<std::string>;

/// Plays the request sender of another node: keeps the answers, a line for each
/// message.
caf::behavior note(caf::event_based_actor*, std::shared_ptr<lines> heard) {
  return {
      [=](const request_answers& some) {
        std::string line;
        for (const auto& [batch, place, given] : unpack(some))
          line += std::to_string(batch) + '/'
                  + (place ? std::to_string(*place) : "-") + ' '
                  + std::visit([](const auto& x) { return text(x); }, given)
                  + ';';
        heard->push_back(line);
      },
  };
}

struct answerer_fixture {
  actor_world world;
  manual_unit& home = world.home();
  client_probe client{home};
  router_probe router{home};
  std::shared_ptr<lines> heard = std::make_shared<lines>();
  caf::actor asker = world.system().spawn<caf::hidden>(note, heard);
  request_packer packed;
  std::uint64_t last_batch = 0;
  request_answerer_actor answerer =
      home.spawn(stagedoor::request_answerer, router.handle());

  ~answerer_fixture() { caf::anon_send_exit(asker, caf::exit_reason::kill); }

  /// Sends a batch without letting anybody run.
  void begin(const lines& actions) {
    for (const auto& each : actions) {
      auto data = client.data(each);
      data.connection = asker;
      packed.add({{}, request{std::move(data)}});
    }
    auto batch = packed.take();
    batch.number = ++last_batch;
    caf_api::send_as(asker, caf::actor_cast<caf::actor>(answerer),
                     std::move(batch));
  }
  void send(const lines& actions) {
    begin(actions);
    world.settle();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(request_answerer, answerer_fixture)

BOOST_AUTO_TEST_CASE(the_router_gets_each_message_as_that_of_another_node) {
  send({"a", "b"});
  BOOST_REQUIRE(router.count() == 2u);
  BOOST_TEST(*router.at(0).message.head.action == "a");
  BOOST_TEST(*router.at(1).message.head.action == "b");
  BOOST_TEST(router.at(0).relayed);
  BOOST_TEST((router.at(0).connection == asker));
}

BOOST_AUTO_TEST_CASE(answers_of_a_turn_are_one_message) {
  router.always(ok());
  begin({"a", "b"});
  begin({"c"});
  world.settle();
  BOOST_TEST(*heard == lines{"1/0 200 null;1/1 200 null;2/0 200 null;"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_slow_answer_holds_up_no_other_one) {
  send({"a", "b"});
  router.answer(1, ok());
  world.settle();
  send({"c"});
  router.answer(2, ok());
  world.settle();
  router.answer(0, ok());
  world.settle();
  BOOST_TEST(*heard
                 == (lines{"1/1 200 null;", "2/0 200 null;", "1/0 200 null;"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_fails_is_told) {
  send({"a"});
  router.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(*heard
                 == lines{"1/0 " + text(make_error(errc::unavailable)) + ';'},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(answers_of_so_many_bytes_do_not_wait) {
  const auto reply_of = [](std::size_t bytes) {
    answer_packer packed;
    packed.add(1, 0, ok(""));
    // The size of the longer text takes 2 bytes more.
    return ok(std::string(bytes - packed.bytes() - 2, 'x'));
  };
  router.always(reply_of(cluster_limits::batch_bytes_max));
  send({"a", "b"});
  BOOST_TEST(heard->size() == 2u);
  router.always(reply_of(cluster_limits::batch_bytes_max - 1));
  send({"a", "b"});
  BOOST_TEST(heard->size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_batch_that_it_cannot_read_is_told) {
  caf_api::send_as(asker, caf::actor_cast<caf::actor>(answerer),
                   request_batch{7, {}, {}, "x"});
  world.settle();
  BOOST_REQUIRE(heard->size() == 1u);
  BOOST_TEST(heard->front().starts_with("7/- "));
  BOOST_TEST(router.count() == 0u);
}

BOOST_AUTO_TEST_CASE(behind_one_that_it_cannot_read_it_knows_no_origin) {
  router.always(ok());
  send({"a"});
  packed.add({{}, client.message("b")});
  auto broken = packed.take();
  broken.requests += '\1'; // A message is begun behind that one.
  caf_api::send_as(asker, caf::actor_cast<caf::actor>(answerer),
                   std::move(broken));
  send({"c"}); // Of the origin of the first.
  BOOST_TEST(router.count() == 1u);
  packed = {};
  send({"d"});
  BOOST_TEST(router.count() == 2u);
}

BOOST_AUTO_TEST_CASE(a_turn_begins_one_batch_after_the_other) {
  router.always(ok());
  for (int i = 0; i < 4; ++i)
    begin({"a"});
  // A run for what has come, and one for each batch and each message.
  home.take_posted();
  home.begin_turn(1 + 2 * 2);
  home.run();
  BOOST_TEST(router.count() <= 2u);
  world.settle();
  BOOST_TEST(router.count() == 4u);
}

BOOST_AUTO_TEST_CASE(a_message_of_its_own_node_comes_alone) {
  auto number = client.ask(answerer, client.message("a"));
  world.settle();
  BOOST_REQUIRE(router.count() == 1u);
  BOOST_TEST(router.last().relayed);
  router.answer_last(ok("here"));
  world.settle();
  BOOST_TEST(client.answer(number) == "200 \"here\"");
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_router) {
  send({"a"});
  world.kill(router.handle());
  BOOST_TEST(
      caf_api::has_ended(*caf::actor_cast<caf::abstract_actor*>(answerer)));
}

BOOST_AUTO_TEST_CASE(a_batch_of_nobody_is_not_asked) {
  packed.add({{}, client.message("a")});
  caf::anon_send(answerer, packed.take());
  world.settle();
  BOOST_TEST(router.count() == 0u);
}

BOOST_AUTO_TEST_CASE(it_keeps_the_origins_of_each_sender_apart) {
  send({"a"});
  const auto first =
      std::exchange(asker, world.system().spawn<caf::hidden>(note, heard));
  send({"b"}); // It refers to what this sender has not brought.
  BOOST_TEST(router.count() == 1u);
  BOOST_TEST(heard->back().starts_with("2/- "));
  world.kill(first);
}

BOOST_AUTO_TEST_CASE(a_sender_that_comes_back_begins_anew) {
  send({"a"});
  world.kill(
      std::exchange(asker, world.system().spawn<caf::hidden>(note, heard)));
  packed = {};
  send({"b"});
  BOOST_TEST(router.count() == 2u);
  router.answer(0, ok()); // Nobody hears it.
  router.answer(1, ok());
  world.settle();
  BOOST_TEST(*heard == lines{"2/0 200 null;"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(openings_are_the_routers) {
  caf::anon_send(answerer, client.opened());
  world.settle();
  BOOST_REQUIRE(router.opened().size() == 1u);
  BOOST_TEST((router.opened()[0].connection == client.handle()));
}

BOOST_AUTO_TEST_CASE(what_it_has_gathered_leaves_when_it_ends) {
  world.settle();
  router.always(ok());
  begin({"a"});
  home.take_posted();
  home.begin_turn(10);
  home.run(); // The turn has not ended.
  BOOST_TEST(heard->empty());
  world.kill(answerer);
  BOOST_TEST(*heard == lines{"1/0 200 null;"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace request_answerer_suite
