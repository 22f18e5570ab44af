#include "stagedoor/actors/cluster/query_sender.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/sec.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

namespace stagedoor {

namespace {

/// Longer than the deadline of any question, which its worker keeps: the batch
/// is only forgotten.
limits::duration batch_timeout(const limits& bounds) {
  return std::max(bounds.permission_timeout, bounds.can_connect_timeout)
         + cluster_limits::query_look_interval;
}

/// What CAF says where it asks an actor that has ended.
caf::error node_is_gone() {
  return make_error(caf::sec::request_receiver_down);
}

} // namespace

query_sender_state::~query_sender_state() {
  for (auto& [number, batch] : open_)
    for (auto& promise : batch.promises)
      promise.deliver(make_error(errc::unavailable));
}

query_sender_actor::behavior_type
query_sender_state::start(runtime_ptr shared) {
  shared_ = std::move(shared);
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { answerer_died(down); });
  self_->open_line(*this);
  return {
      [this](far_query& query) {
        return self_->answer_message<decision>(query);
      },
      [this](query_answers& some) { answered(some); },
      [this](expired_atom, std::uint64_t number) {
        fail(number, make_error(errc::timed_out));
      },
  };
}

void query_sender_state::answer(far_query& query,
                                answer_promise<decision> promise) {
  refresh();
  const auto found = ways_.find(query.whom.node());
  if (found == ways_.end()) {
    promise.deliver(node_is_gone());
    return;
  }
  auto& to = found->second;
  if (to.gathered.size() == 0)
    begin_batch(to);
  open_.at(to.number).promises.push_back(std::move(promise));
  to.gathered.add(query);
  if (to.gathered.size() == cluster_limits::queries_per_batch_max)
    send(to);
}

void query_sender_state::begin_batch(way& to) {
  auto [number, batch] = open_.add_expiring(self_, to.answerer);
  self_->home().arm(batch.due, batch_timeout(shared_->limits));
  to.number = number;
  self_->home().flush_later(*this);
}

void query_sender_state::flush() {
  self_->enter([this] {
    for (auto& [node, to] : ways_)
      if (to.gathered.size() > 0)
        send(to);
  });
}

void query_sender_state::send(way& to) {
  using std::chrono::milliseconds;
  auto batch = to.gathered.take();
  batch.number = to.number;
  batch.timeout_ms = static_cast<std::uint64_t>(
      std::chrono::ceil<milliseconds>(batch_timeout(shared_->limits)).count());
  self_->send(caf::actor_cast<query_answerer_actor>(to.answerer),
              std::move(batch));
}

void query_sender_state::answered(query_answers& some) {
  auto* batch = open_.find(some.number);
  if (batch == nullptr)
    return; // Too late.
  if (some.decisions.empty() && some.failures.empty()) {
    start_over(batch->answerer);
    fail(some.number, make_error(errc::unavailable));
    return;
  }
  const auto deliver = [batch](auto& answers) {
    for (auto& [index, answer] : answers) {
      if (index >= batch->promises.size())
        continue;
      ++batch->answered;
      batch->promises[index].deliver(std::move(answer));
    }
  };
  deliver(some.decisions);
  deliver(some.failures);
  if (batch->answered >= batch->promises.size())
    open_.take(some.number);
}

/// Brings all scopes to a node again.
void query_sender_state::start_over(const caf::actor& answerer) {
  for (auto& [node, to] : ways_)
    if (to.answerer == answerer) {
      give_up(to, make_error(errc::unavailable));
      to.gathered = {};
    }
}

/// Fails what has been gathered and cannot be sent.
void query_sender_state::give_up(const way& to, const caf::error& reason) {
  if (to.gathered.size() > 0)
    fail(to.number, reason);
}

// -- the nodes ----------------------------------------------------------------

void query_sender_state::refresh() {
  const auto& services = *shared_->services;
  if (services.version() == table_version_)
    return;
  table_version_ = services.version();
  auto before = std::exchange(ways_, {});
  for (const auto& [node, answerer] : services.entries(queries_service)) {
    auto known = before.find(answerer.node());
    if (known != before.end()
        && are_same(known->second.answerer.address(), answerer.address())) {
      ways_.insert(before.extract(known));
      continue;
    }
    caf_api::monitor(*self_, answerer);
    ways_.try_emplace(answerer.node(), way{answerer});
  }
  for (auto& [node, gone] : before)
    give_up(gone, node_is_gone());
}

void query_sender_state::answerer_died(const caf::down_msg& down) {
  const auto is_gone = [&](const caf::actor& answerer) {
    return are_same(answerer.address(), down.source);
  };
  std::erase_if(ways_,
                [&](const auto& x) { return is_gone(x.second.answerer); });
  std::vector<std::uint64_t> lost;
  for (const auto& [number, batch] : open_)
    if (is_gone(batch.answerer))
      lost.push_back(number);
  for (auto number : lost)
    fail(number, node_is_gone());
}

void query_sender_state::fail(std::uint64_t number, const caf::error& reason) {
  auto batch = open_.take(number);
  if (!batch)
    return;
  for (auto& promise : batch.mapped().promises)
    promise.deliver(caf::error{reason});
}

query_sender_actor::behavior_type query_sender(query_sender_state::pointer self,
                                               runtime_ptr shared) {
  return caf_api::state_of(self).start(std::move(shared));
}

const role<query_sender_actor>& query_sender_of(unit& home,
                                                const runtime_ptr& shared) {
  using kept = std::shared_ptr<role<query_sender_actor>>;
  auto& result =
      *home.shared<kept>([] { return std::make_shared<kept::element_type>(); });
  if (!result || result.has_ended())
    result = home.spawn(query_sender, shared);
  return result;
}

} // namespace stagedoor
