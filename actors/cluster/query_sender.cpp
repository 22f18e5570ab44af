#include "stagedoor/actors/cluster/query_sender.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

query_sender_actor::behavior_type
query_sender_state::start(runtime_ptr shared) {
  shared_ = std::move(shared);
  const auto& bounds = shared_->limits;
  ways_.emplace(
      self_, std::max(bounds.permission_timeout, bounds.can_connect_timeout));
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { answerer_died(down); });
  self_->open_line(*this);
  return {
      [this](far_query& query) {
        return self_->answer_message<decision>(query);
      },
      [this](query_answers& some) { answered(some); },
      [this](expired_atom, std::uint64_t number) { ways_->expired(number); },
  };
}

void query_sender_state::answer(far_query& query,
                                answer_promise<decision> promise) {
  refresh();
  if (const auto found = answerers_.find(query.whom.node());
      found != answerers_.end())
    ways_->add(found->second, query, std::move(promise));
  else
    promise.deliver(node_is_gone());
}

void query_sender_state::answered(query_answers& some) {
  if (some.decisions.empty() && some.failures.empty()) {
    ways_->unread(some.number);
    return;
  }
  for (auto& [place, answer] : some.decisions)
    ways_->answered(some.number, place, std::move(answer));
  for (auto& [place, reason] : some.failures)
    ways_->answered(some.number, place, std::move(reason));
}

void query_sender_state::refresh() {
  const auto& services = *shared_->services;
  if (services.version() == table_version_)
    return;
  table_version_ = services.version();
  auto before = std::exchange(answerers_, {});
  for (const auto& [node, answerer] : services.entries(queries_service))
    answerers_.try_emplace(answerer.node(), answerer);
  for (const auto& [node, known] : before)
    if (auto now = answerers_.find(node);
        now == answerers_.end()
        || !are_same(now->second.address(), known.address()))
      ways_->forget(known, node_is_gone());
}

void query_sender_state::answerer_died(const caf::down_msg& down) {
  std::erase_if(answerers_, [&](const auto& x) {
    return are_same(x.second.address(), down.source);
  });
  ways_->died(down.source);
}

query_sender_actor::behavior_type query_sender(query_sender_state::pointer self,
                                               runtime_ptr shared) {
  return caf_api::state_of(self).start(std::move(shared));
}

const role<query_sender_actor>& query_sender_of(unit& home,
                                                const runtime_ptr& shared) {
  return sender_of<query_sender_actor>(home, query_sender, shared);
}

} // namespace stagedoor
