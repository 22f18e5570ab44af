#include "stagedoor/actors/cluster/query_sender.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/exit_reason.hpp"
#include "caf/sec.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"

namespace query_sender_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// A batch, as the other node reads it.
struct heard_batch {
  std::uint64_t number;
  std::uint64_t timeout_ms;
  /// How many it brings.
  std::size_t scopes;
  std::vector<far_query> queries;
};

/// Plays the query answerer of another node: keeps the batches that come.
class answerer_probe {
public:
  explicit answerer_probe(caf::actor_system& system)
      : handle_(system.spawn<caf::hidden>(behave, batches_, asker_)) {}

  ~answerer_probe() { caf::anon_send_exit(handle_, caf::exit_reason::kill); }

  answerer_probe(const answerer_probe&) = delete;
  answerer_probe& operator=(const answerer_probe&) = delete;

  [[nodiscard]] const caf::actor& handle() const { return handle_; }
  [[nodiscard]] const std::vector<heard_batch>& batches() const {
    return *batches_;
  }

  /// @param answers without a number, which is that of the batch.
  void answer(std::size_t batch, query_answers answers) {
    answers.number = batches_->at(batch).number;
    caf::anon_send(*asker_, std::move(answers));
  }

private:
  using batches_ptr = std::shared_ptr<std::vector<heard_batch>>;
  using asker_ptr = std::shared_ptr<caf::actor>;

  static caf::behavior behave(caf::event_based_actor* self, batches_ptr batches,
                              asker_ptr asker) {
    auto read = std::make_shared<query_unpacker>();
    return {[=](query_batch& batch) {
      const auto scopes = batch.scopes.size();
      batches->push_back({batch.number, batch.timeout_ms, scopes,
                          read->unpack(batch).value()});
      *asker = caf::actor_cast<caf::actor>(self->current_sender());
    }};
  }

  batches_ptr batches_ = std::make_shared<std::vector<heard_batch>>();
  asker_ptr asker_ = std::make_shared<caf::actor>();
  caf::actor handle_;
};

struct sender_fixture {
  actor_world world;
  manual_unit& home = world.home();
  client_probe asker{home};
  answerer_probe there{world.system()};
  query_sender_actor sender = query_sender_of(home, world.shared()).handle();

  sender_fixture() { offer(there); }

  void offer(const answerer_probe& by) {
    world.services().set("there",
                         {{std::string(queries_service), by.handle()}});
  }

  /// Asks without letting anybody run. The actor that is asked does not matter
  /// here; its node does.
  std::size_t begin(std::string action) {
    return asker.ask<decision>(
        sender, far_query{there.handle(),
                          {question::has_permission,
                           asker.message(std::move(action)), nullptr}});
  }
  std::size_t ask(std::string action) {
    auto number = begin(std::move(action));
    world.settle();
    return number;
  }

  [[nodiscard]] std::vector<std::size_t> sizes() const {
    std::vector<std::size_t> result;
    for (const auto& batch : there.batches())
      result.push_back(batch.queries.size());
    return result;
  }

  using decisions = std::vector<std::pair<std::uint32_t, decision>>;

  void answer(std::size_t batch, decisions given) {
    there.answer(batch, {0, std::move(given), {}});
    world.settle();
  }
};

const auto gone = text(make_error(caf::sec::request_receiver_down));
const auto unavailable = text(make_error(errc::unavailable));

} // namespace

BOOST_FIXTURE_TEST_SUITE(query_sender, sender_fixture)

BOOST_AUTO_TEST_CASE(what_a_turn_asks_is_one_message_in_its_order) {
  for (const auto* action : {"a", "b", "c"})
    begin(action);
  world.settle();
  BOOST_REQUIRE((sizes() == std::vector<std::size_t>{3}));
  std::string order;
  for (const auto& query : there.batches()[0].queries)
    order += query.what.about.action();
  BOOST_TEST(order == "abc");
  ask("d");
  BOOST_TEST((sizes() == std::vector<std::size_t>{3, 1}));
}

BOOST_AUTO_TEST_CASE(each_gets_its_answer_whenever_that_comes) {
  auto first = begin("a");
  auto second = begin("b");
  auto third = ask("c");
  answer(0, {{2, deny("third")}, {0, allow()}});
  BOOST_TEST(asker.answer(first) == "allow");
  BOOST_TEST(asker.answer(second) == "");
  BOOST_TEST(asker.answer(third) == "deny 403 third");
  there.answer(0, {0, {}, {{1, make_error(errc::timed_out)}}});
  world.settle();
  BOOST_TEST(asker.answer(second) == text(make_error(errc::timed_out)));
  BOOST_TEST(asker.responses() == 3u);
}

BOOST_AUTO_TEST_CASE(answers_to_what_was_not_asked_are_nobodys) {
  auto first = ask("a");
  answer(0, {{1, deny()}, {7, deny()}});
  BOOST_TEST(asker.answer(first) == "");
  answer(0, {{0, allow()}});
  answer(0, {{0, deny()}});
  BOOST_TEST(asker.answer(first) == "allow");
  BOOST_TEST(asker.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(a_batch_has_so_many_questions_and_no_more) {
  constexpr auto most = cluster_limits::queries_per_batch_max;
  for (std::size_t i = 0; i < most; ++i)
    begin("a");
  world.settle();
  BOOST_TEST((sizes() == std::vector<std::size_t>{most}));
  for (std::size_t i = 0; i < most + 1; ++i)
    begin("a");
  world.settle();
  BOOST_TEST((sizes() == std::vector<std::size_t>{most, most, 1}));
}

BOOST_AUTO_TEST_CASE(a_batch_has_so_many_bytes_and_no_more) {
  const auto fill = [this](std::size_t bytes) {
    const auto with = [this](std::string value) {
      return far_query{there.handle(),
                       {question::has_permission,
                        asker.message("a", {{"x", std::move(value)}}),
                        nullptr}};
    };
    query_packer packed;
    packed.add(with(""));
    // The sizes of the longer text and of its message take 4 bytes more.
    asker.ask<decision>(sender,
                        with(std::string(bytes - packed.bytes() - 4, 'x')));
  };
  constexpr auto most = cluster_limits::batch_bytes_max;
  fill(most - 1);
  begin("b");
  world.settle();
  BOOST_TEST((sizes() == std::vector<std::size_t>{2}));
  fill(most);
  begin("b");
  world.settle();
  BOOST_TEST((sizes() == std::vector<std::size_t>{2, 1, 1}));
}

BOOST_AUTO_TEST_CASE(
    a_scope_is_brought_once_unless_the_node_could_not_read_it) {
  ask("a");
  BOOST_TEST(there.batches().back().scopes == 1u);
  auto second = ask("b");
  BOOST_TEST(there.batches().back().scopes == 0u);
  BOOST_TEST(&there.batches()[1].queries[0].what.about.scope()
             == &there.batches()[0].queries[0].what.about.scope());
  answer(1, {});
  BOOST_TEST(asker.answer(second) == unavailable);
  ask("c");
  BOOST_TEST(there.batches().back().scopes == 1u);
}

BOOST_AUTO_TEST_CASE(a_node_that_nobody_knows_is_unavailable) {
  world.services().set("there", {});
  BOOST_TEST(asker.answer(ask("a")) == gone);
  BOOST_TEST(there.batches().empty());
}

BOOST_AUTO_TEST_CASE(a_node_that_goes_answers_nothing_any_more) {
  auto asked = ask("a");
  world.kill(there.handle());
  BOOST_TEST(asker.answer(asked) == gone);
  BOOST_TEST(asker.answer(ask("b")) == gone);
  // It comes back with another answerer.
  answerer_probe again{world.system()};
  offer(again);
  auto next = ask("c");
  BOOST_TEST(again.batches().size() == 1u);
  again.answer(0, {0, {{0, allow()}}, {}});
  world.settle();
  BOOST_TEST(asker.answer(next) == "allow");
}

BOOST_AUTO_TEST_CASE(what_is_gathered_for_a_node_that_goes_is_unavailable) {
  world.settle();
  auto first = begin("a");
  home.begin_turn(1);
  home.run(); // The sender has the question, and the turn has not ended.
  world.services().set("there", {});
  auto second = begin("b");
  world.settle();
  BOOST_TEST(asker.answer(first) == gone);
  BOOST_TEST(asker.answer(second) == gone);
  BOOST_TEST(there.batches().empty());
}

BOOST_AUTO_TEST_CASE(a_batch_is_forgotten_when_nobody_waits_for_it) {
  const auto& bounds = world.bounds();
  const auto longest =
      std::max(bounds.permission_timeout, bounds.can_connect_timeout)
      + cluster_limits::batch_look_interval;
  auto asked = ask("a");
  BOOST_TEST(there.batches()[0].timeout_ms
             == static_cast<std::uint64_t>(longest / 1ms));
  world.advance(longest - 1ms);
  BOOST_TEST(asker.answer(asked) == "");
  world.advance(1ms);
  BOOST_TEST(asker.answer(asked) == text(make_error(errc::timed_out)));
  answer(0, {{0, allow()}});
  BOOST_TEST(asker.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(a_sender_that_dies_fails_what_it_had_and_is_replaced) {
  auto asked = ask("a");
  world.kill(sender);
  BOOST_TEST(asker.answer(asked) == unavailable);
  const auto& next = query_sender_of(home, world.shared());
  BOOST_TEST((next.handle() != sender));
  sender = next.handle();
  auto again = ask("b");
  answer(1, {{0, allow()}});
  BOOST_TEST(asker.answer(again) == "allow");
  BOOST_TEST((query_sender_of(home, world.shared()).handle() == sender));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace query_sender_suite
