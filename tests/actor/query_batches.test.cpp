#include "stagedoor/actors/cluster/query_batches.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/mounted_permission.hpp"

namespace query_batches_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct batches_fixture {
  actor_world world;
  client_probe client{world.home()};
  mounted_permission budget{world.system()};
  mounted_permission quota{world.system()};
  query_packer sender;
  query_unpacker receiver;

  static scope_ptr scope_of(std::uint64_t connection_id) {
    auto result = std::make_shared<scope>();
    result->connection_id = connection_id;
    return result;
  }

  void add(const caf::actor& whom, request_data about,
           question asked = question::has_permission,
           std::shared_ptr<const json::value> object = {}) {
    sender.add({whom, {asked, request{std::move(about)}, std::move(object)}});
  }
  /// A question of a connection, whose number is the action as well.
  void add_of(const scope_ptr& from) {
    auto data = client.data(std::to_string(from->connection_id));
    data.scope = from;
    add(budget.handle(), std::move(data));
  }

  std::vector<far_query> send() {
    auto batch = sender.take();
    return receiver.unpack(batch).value();
  }

  /// Whether each question comes with the scope it had.
  bool sends_all_as_they_were() {
    for (const auto& query : send())
      if (query.what.about.action()
          != std::to_string(query.what.about.scope().connection_id))
        return false;
    return true;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(query_batches, batches_fixture)

BOOST_AUTO_TEST_CASE(a_question_comes_out_as_it_went_in) {
  auto data = client.data("pay", "ledger/5/", {{"sum", 12}});
  data.message.head.request_id = json::value(7);
  data.captures = {{"pk", "5"}, {"kind", ""}};
  data.sequence = 300;
  data.concurrent_allowed = false;
  add(budget.handle(), data, question::has_object_permission,
      std::make_shared<const json::value>(json::array{4}));
  add(quota.handle(), client.data("rest"), question::can_connect);
  BOOST_TEST(sender.size() == 2u);
  const auto all = send();
  BOOST_TEST(sender.size() == 0u);
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST((all[0].whom == budget.handle()));
  BOOST_TEST((all[0].what.asked == question::has_object_permission));
  BOOST_TEST(to_json(*all[0].what.object) == "[4]");
  const auto& about = all[0].what.about;
  BOOST_TEST(about.action() == "pay");
  BOOST_TEST(about.route() == "ledger/5/");
  BOOST_TEST((*about.data().message.head.request_id == 7));
  BOOST_TEST((*about.body("sum") == 12));
  BOOST_TEST((about.data().captures == data.captures));
  BOOST_TEST((about.data().connection == client.handle()));
  BOOST_TEST(about.data().sequence == 300u);
  BOOST_TEST(!about.data().concurrent_allowed);
  BOOST_TEST(about.scope().connection_id == 1u);
  BOOST_TEST((all[1].whom == quota.handle()));
  BOOST_TEST((all[1].what.asked == question::can_connect));
  BOOST_TEST((all[1].what.object == nullptr));
  BOOST_TEST(&all[1].what.about.scope() == &about.scope());
}

BOOST_AUTO_TEST_CASE(nothing_is_a_batch_too) {
  BOOST_TEST(send().empty());
}

BOOST_AUTO_TEST_CASE(so_many_scopes_are_kept_and_one_more_replaces_the_oldest) {
  std::vector<scope_ptr> scopes;
  for (std::size_t i = 0; i < cluster_limits::batch_origins_max; ++i)
    add_of(scopes.emplace_back(scope_of(i)));
  BOOST_TEST(sends_all_as_they_were());
  const auto brought = [&](const scope_ptr& one) {
    add_of(one);
    auto batch = sender.take();
    const auto result = batch.scopes.size();
    const auto all = receiver.unpack(batch).value();
    BOOST_TEST(all[0].what.about.scope().connection_id == one->connection_id);
    return result;
  };
  BOOST_TEST(brought(scopes.front()) == 0u);
  BOOST_TEST(brought(scopes.back()) == 0u);
  BOOST_TEST(brought(scope_of(5000)) == 1u);
  BOOST_TEST(brought(scopes[1]) == 0u);
  BOOST_TEST(brought(scopes.front()) == 1u);
  BOOST_TEST(brought(scopes[1]) == 1u);
}

BOOST_AUTO_TEST_CASE(a_scope_may_be_replaced_within_its_batch) {
  const auto first = scope_of(1);
  for (int round = 0; round < 3; ++round) {
    add_of(first);
    for (std::size_t i = 0; i < cluster_limits::batch_origins_max; ++i)
      add_of(scope_of(1000 * (round + 2) + i));
    add_of(first);
    BOOST_TEST(sends_all_as_they_were());
  }
}

BOOST_AUTO_TEST_CASE(a_scope_of_two_connections_is_two) {
  const auto shared = scope_of(1);
  client_probe other{world.home(), 2};
  for (auto* each : {&client, &other}) {
    auto data = each->data("1");
    data.scope = shared;
    add(budget.handle(), std::move(data));
  }
  const auto all = send();
  BOOST_TEST((all[0].what.about.data().connection == client.handle()));
  BOOST_TEST((all[1].what.about.data().connection == other.handle()));
}

BOOST_AUTO_TEST_CASE(what_is_no_batch_is_not_read) {
  add(budget.handle(), client.data("pay"));
  const auto whole = sender.take();
  const auto reads = [&](auto change) {
    auto batch = whole;
    change(batch);
    return query_unpacker{}.unpack(batch).has_value();
  };
  BOOST_TEST(reads([](query_batch&) {}));
  BOOST_TEST(!reads([](query_batch& x) { x.actors = {}; }));
  BOOST_TEST(!reads([](query_batch& x) { x.connections = {}; }));
  BOOST_TEST(!reads([](query_batch& x) {
    x.scopes = {};
    x.connections = {};
  }));
  for (std::size_t left = 1; left < whole.queries.size(); ++left)
    BOOST_TEST(!reads([left](query_batch& x) { x.queries.resize(left); }));
  // One that follows a batch that has not come.
  add(budget.handle(), client.data("pay"));
  auto next = sender.take();
  BOOST_TEST(!receiver.unpack(next).has_value());
  // The first number that is not kept, where all others are.
  const auto brings = [&](std::uint64_t number) {
    return reads([number](query_batch& x) {
      packer to;
      to.number(0);
      to.number(2 * number + 1);
      x.queries = to.take() + x.queries.substr(2);
    });
  };
  BOOST_TEST(brings(0));
  BOOST_TEST(!brings(1));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace query_batches_suite
