#include "stagedoor/actors/units/unit.hpp"

#include "stagedoor/actors/units/unit_limits.hpp"
#include "stagedoor/protocol/assert.hpp"

#include "caf/actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/exit_reason.hpp"
#include "caf/send.hpp"

#include <utility>

namespace stagedoor {

unit_lane::unit_lane(unit& owner)
    : caf_api::own_host(owner.system()), owner_(&owner) {}

void unit_lane::take_job(caf_api::job next) {
  if (is_current()) {
    owner_->queue_.push_back({next, nullptr, nullptr, nullptr});
    return;
  }
  {
    const std::lock_guard guard{mutex_};
    if (owner_ != nullptr) {
      posted_.push_back(next);
      if (posted_.size() == 1)
        owner_->wake();
      return;
    }
  }
  // With it may go the actor, and with that this lane.
  caf_api::drop_job(next);
}

unit::unit(caf::actor_system& sys, std::size_t index, clock::time_point start)
    : caf_api::own_host(sys), index_(index),
      lane_(std::make_shared<unit_lane>(*this)), wheel_(start), now_(start) {}

unit::~unit() {
  STAGEDOOR_ASSERT(lane_->owner_ == nullptr);
}

void unit::close() {
  STAGEDOOR_ASSERT(member_count() == 0);
  lane_->thread_ = std::thread::id{};
  std::vector<caf_api::job> left;
  {
    const std::lock_guard guard{lane_->mutex_};
    lane_->owner_ = nullptr;
    left = std::exchange(lane_->posted_, {});
  }
  for (const auto& each : left)
    caf_api::drop_job(each);
}

void unit::take_job(caf_api::job next) {
  caf_api::schedule(system(), next);
}

void unit::deliver(unit_member& member, caf::mailbox_element_ptr message) {
  ++member.queued_;
  queue_.push_back({{}, member.self_, &member, std::move(message)});
}

std::vector<caf::mailbox_element_ptr> unit::withdraw(unit_member& member) {
  std::vector<caf::mailbox_element_ptr> result;
  member.queued_ = 0;
  for (auto& entry : queue_)
    if (entry.member == &member && entry.message)
      result.push_back(std::move(entry.message));
  return result;
}

void unit::take_posted() {
  std::lock_guard guard{lane_->mutex_};
  for (const auto& next : lane_->posted_)
    queue_.push_back({next, nullptr, nullptr, nullptr});
  lane_->posted_.clear();
}

void unit::run() {
  queue_length_.store(queue_.size(), std::memory_order_relaxed);
  while (runs_left_ > 0 && !queue_.empty()) {
    --runs_left_;
    auto next = std::move(queue_.front());
    queue_.pop_front();
    if (next.member != nullptr) {
      if (next.message) {
        --next.member->queued_;
        next.member->take(std::move(next.message));
      }
      continue;
    }
    if (caf_api::run_job(next.job, this, unit_limits::messages_per_resume))
      queue_.push_back(std::move(next));
  }
  queue_length_.store(queue_.size(), std::memory_order_relaxed);
}

void unit::flush() {
  while (!flushes_.empty()) {
    auto& next = flushes_.front();
    flushes_.pop_front();
    next.flush();
  }
}

void unit::let_go() {
  // What ends may have others end.
  while (!ended_.empty())
    std::exchange(ended_, {}).clear();
}

std::size_t unit::queued() const {
  std::lock_guard guard{lane_->mutex_};
  return lane_->posted_.size() + queue_length_.load(std::memory_order_relaxed);
}

void unit::end_members() {
  is_ending_.store(true, std::memory_order_release);
  std::vector<caf::strong_actor_ptr> alive;
  {
    std::lock_guard guard{members_mutex_};
    for (auto& member : members_)
      alive.push_back(member.self_);
  }
  for (auto& actor : alive)
    caf::anon_send_exit(actor, caf::exit_reason::kill);
}

void unit::enlist(unit_member& member, caf::strong_actor_ptr self) {
  std::lock_guard guard{members_mutex_};
  member.self_ = std::move(self);
  members_.push_back(member);
  ++member_count_;
}

void unit::delist(unit_member& member) {
  caf::strong_actor_ptr self;
  {
    std::lock_guard guard{members_mutex_};
    if (!member.is_linked())
      return;
    self = std::move(member.self_);
    members_.erase(members_.iterator_to(member));
    --member_count_;
  }
  if (is_current())
    ended_.push_back(std::move(self));
}

} // namespace stagedoor
