// States of which there is one for each key in the cluster: how a handler's
// runners begin and end, as the key keeper says.

#include "stagedoor/actors/handlers/key_board.hpp"
#include "stagedoor/actors/handlers/runner_slots.hpp"
#include "stagedoor/actors/key_messages.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/owner_probe.hpp"

namespace keyed_claims_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

using names = std::vector<std::string>;
using numbers = std::vector<std::uint64_t>;

/// What a keeper was asked, which answers when the test says so.
struct keeper_record {
  std::vector<caf::typed_response_promise<bool>> claims;
  names claimed;
  names released;
};

key_keeper_actor::behavior_type
play_keeper(key_keeper_actor::pointer self,
            const std::shared_ptr<keeper_record>& record) {
  return {
      [=](key_claim& wanted) {
        record->claimed.push_back(wanted.key);
        record->claims.push_back(self->make_response_promise<bool>());
        return record->claims.back();
      },
      [=](const key_release& ended) { record->released.push_back(ended.key); },
      [](const key_note&) { return key_vote{}; },
      [](drain_atom) {},
      [](caf::close_atom) { return std::uint64_t{0}; },
      [](expired_atom) {},
  };
}

struct claims_fixture {
  claims_fixture() {
    board->keeper(world.system().spawn(play_keeper, record));
    board->hold_until(key_board::time_point::max());
    auto shared = std::make_shared<runtime>(*world.shared());
    shared->keys = board;
    subject = runner_setup{
        std::move(shared),
        handler("subject")
            .lives_for(lifetime::key_in_cluster("room", {.unused_for = 1min}))
            .action("act", [](const context&) {})
            .action("owe",
                    [this](const context& ctx) {
                      owed = ctx.defer();
                      return *owed;
                    }),
        {}};
    begin_slots();
    owner.on_begun([this](const auto& runner, const reply& answer) {
      slots->begun(runner, answer);
    });
    owner.on_death([this](const caf::down_msg& down) {
      if (slots)
        slots->runner_died(down);
    });
    owner.on_runner_expiry(
        [this](std::uint64_t number) { slots->expire(number); });
    world.settle();
  }

  void begin_slots() {
    slots.emplace(owner.self(), subject, false,
                  key_setup{count, "p/",
                            [this](const numbers& held, const reply& answer) {
                              (answer.status < 400 ? gone_on : refused) = held;
                            }});
  }

  /// Takes states that are loaded, and saved, for a second each.
  void load_and_save() {
    subject.handler =
        handler<int>("subject",
                     [this](const state_context& self) -> task<int> {
                       steps.emplace_back("load");
                       co_await self.sleep(1s);
                       co_return 1;
                     })
            .lives_for(lifetime::key_in_cluster("room", {.unused_for = 1min}))
            .on_end([this](int&, const state_context& self) -> task<void> {
              steps.emplace_back("save");
              co_await self.sleep(1s);
              steps.emplace_back("saved");
            })
            .action("act", [](int&) {});
    begin_slots();
  }

  request message(const std::string& action = "act") {
    auto data = client.data(action);
    data.captures = {{"room", "r"}};
    return request{std::move(data)};
  }

  /// A message that has to wait.
  void hold(std::uint64_t id) {
    BOOST_TEST(!slots->runner_for(message()));
    BOOST_TEST(slots->hold(id, message()));
    world.settle();
  }

  void answer(bool granted) {
    if (granted)
      board->put("p/r", "a");
    record->claims.back().deliver(granted);
    world.settle();
  }

  runner_actor begin() {
    hold(1);
    answer(true);
    return slots->runner_for(message()).handle();
  }

  actor_world world;
  manual_unit& home = world.home();
  client_probe client{home, 1};
  owner_probe owner{home};
  std::shared_ptr<keeper_record> record = std::make_shared<keeper_record>();
  std::shared_ptr<key_board> board = std::make_shared<key_board>("a");
  std::shared_ptr<std::atomic<std::size_t>> count =
      std::make_shared<std::atomic<std::size_t>>(0);
  numbers gone_on;
  numbers refused;
  std::optional<deferred> owed;
  names steps;
  runner_setup subject;
  std::optional<runner_slots> slots;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keyed_claims, claims_fixture)

BOOST_AUTO_TEST_CASE(messages_wait_until_the_keeper_agrees) {
  hold(1);
  hold(2);
  BOOST_TEST(record->claimed == names{"p/r"}, boost::test_tools::per_element());
  answer(true);
  BOOST_TEST(gone_on == (numbers{1, 2}), boost::test_tools::per_element());
  BOOST_TEST(refused.empty());
  BOOST_TEST(bool(slots->runner_for(message())));
  BOOST_TEST(!slots->hold(3, message()));
}

BOOST_AUTO_TEST_CASE(a_key_that_is_refused_is_asked_for_again) {
  hold(1);
  answer(false);
  BOOST_TEST(refused == numbers{1}, boost::test_tools::per_element());
  BOOST_TEST(*count == 0U);
  hold(2);
  BOOST_TEST(record->claimed.size() == 2U);
  answer(true);
  BOOST_TEST(gone_on == numbers{2}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_claim_without_an_answer_does_not_expire) {
  hold(1);
  world.advance(2min);
  answer(true);
  BOOST_TEST(gone_on == numbers{1}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_state_that_ends_gives_its_key_back) {
  begin();
  world.advance(1min);
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
  BOOST_TEST(*count == 0U);
}

BOOST_AUTO_TEST_CASE(a_state_ends_at_once_when_its_lease_is_over) {
  const auto runner = begin();
  board->hold_until(home.now());
  // It sees so itself.
  std::optional<reply> answer;
  owner.self()
      ->request(runner, caf::infinite, message())
      .then([&](reply& given) { answer = std::move(given); });
  world.settle();
  BOOST_REQUIRE(answer.has_value());
  BOOST_TEST(answer->status == 503);
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_state_without_messages_ends_when_the_keeper_says_so) {
  begin();
  board->take("p/r", "a");
  caf::anon_send(owner.handle(), expired_atom_v, caf::close_atom_v,
                 std::uint64_t{1});
  world.settle();
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_state_of_a_node_that_drains_ends) {
  begin();
  board->drain();
  caf::anon_send(owner.handle(), expired_atom_v, caf::close_atom_v,
                 std::uint64_t{1});
  world.settle();
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_state_that_ends_already_keeps_its_time) {
  const auto runner = begin();
  client.ask(runner, message("owe"));
  world.settle();
  slots->end(caf::actor_cast<caf::strong_actor_ptr>(runner));
  board->drain();
  caf::anon_send(owner.handle(), expired_atom_v, caf::close_atom_v,
                 std::uint64_t{1});
  world.settle();
  BOOST_TEST(record->released.empty());
  owed->answer(ok());
  world.settle();
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
  BOOST_TEST(!world.logged("does not end"));
}

BOOST_AUTO_TEST_CASE(messages_wait_for_the_keeper_and_then_for_the_state) {
  load_and_save();
  hold(1);
  BOOST_TEST(steps.empty());
  answer(true);
  BOOST_TEST(gone_on == numbers{1}, boost::test_tools::per_element());
  hold(1); // As the handler does, which goes on with it.
  BOOST_TEST(steps == names{"load"}, boost::test_tools::per_element());
  gone_on.clear();
  world.advance(1s);
  BOOST_TEST(gone_on == numbers{1}, boost::test_tools::per_element());
  BOOST_TEST(bool(slots->runner_for(message())));
}

BOOST_AUTO_TEST_CASE(a_key_is_given_back_when_its_state_is_saved) {
  load_and_save();
  begin();
  world.advance(1s);
  board->drain();
  caf::anon_send(owner.handle(), expired_atom_v, caf::close_atom_v,
                 std::uint64_t{1});
  world.settle();
  BOOST_TEST(steps == (names{"load", "save"}),
             boost::test_tools::per_element());
  BOOST_TEST(record->released.empty());
  world.advance(1s);
  BOOST_TEST(steps == (names{"load", "save", "saved"}),
             boost::test_tools::per_element());
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_state_whose_lease_is_over_is_not_saved) {
  load_and_save();
  const auto runner = begin();
  world.advance(1s);
  board->hold_until(home.now());
  caf::anon_send(owner.handle(), expired_atom_v, caf::close_atom_v,
                 std::uint64_t{1});
  world.settle();
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
  BOOST_TEST(steps == names{"load"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_save_ends_where_it_stands_when_the_lease_is_over) {
  load_and_save();
  begin();
  world.advance(1s);
  slots->end_all();
  world.settle();
  BOOST_TEST(steps == (names{"load", "save"}),
             boost::test_tools::per_element());
  board->hold_until(home.now());
  world.advance(1s);
  BOOST_TEST(steps == (names{"load", "save"}),
             boost::test_tools::per_element());
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_end_of_a_handler_gives_all_its_keys_back) {
  begin();
  slots.reset();
  world.settle();
  BOOST_TEST(record->released == names{"p/r"},
             boost::test_tools::per_element());
  BOOST_TEST(*count == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace keyed_claims_suite
