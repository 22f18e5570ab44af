#pragma once

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor.hpp"
#include "caf/sec.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <utility>
#include <vector>

namespace stagedoor {

/// What CAF says where it asks an actor that has ended.
inline caf::error node_is_gone() {
  return make_error(caf::sec::request_receiver_down);
}

/// What an actor of a unit asks actors of other nodes: all that a turn has for
/// one of them is one message, and what is asked keeps its order. The answers
/// come one by one.
///
/// A batch is forgotten when all who have asked in it are late. What is not
/// answered at the end of this object fails as if the other node had gone: a
/// dying actor breaks no promise by itself.
/// Limits: `cluster_limits::batch_bytes_max`, and that of the template.
/// Thread rule: belongs to one actor, which passes on the deaths and deadlines
/// that it hears of.
/// @tparam Handle that of the actor.
/// @tparam Receiver that of the actors of other nodes.
/// @tparam ItemsMax how many questions a batch has at most.
template <class Handle, class Receiver, class Packer, class Answer,
          std::size_t ItemsMax>
class batch_ways : flushable {
public:
  using owner_pointer = pinned<typename Handle::base>*;

  /// @param longest of the deadlines of what is asked, which their owners keep.
  batch_ways(owner_pointer self, std::chrono::milliseconds longest)
      : self_(self), timeout_(longest + cluster_limits::batch_look_interval) {}

  ~batch_ways() {
    for (auto& [number, batch] : open_)
      fail_all(batch, make_error(errc::unavailable));
  }

  /// Asks at the end of the turn.
  template <class Question>
  void add(const caf::actor& whom, const Question& question,
           answer_promise<Answer> promise) {
    auto& to = way_to(whom);
    if (to.gathered.size() == 0)
      begin_batch(to);
    open_.at(to.number).promises.push_back(std::move(promise));
    to.gathered.add(question);
    if (to.gathered.size() == ItemsMax
        || to.gathered.bytes() >= cluster_limits::batch_bytes_max)
      send(to);
  }

  /// Delivers the answer to one question, unless that comes too late.
  /// @param place of the question in its batch, from 0.
  template <class Given>
  void answered(std::uint64_t number, std::size_t place, Given&& given) {
    auto* batch = open_.find(number);
    if (batch == nullptr || place >= batch->promises.size())
      return;
    ++batch->answered;
    batch->promises[place].deliver(std::forward<Given>(given));
    if (batch->answered >= batch->promises.size())
      open_.take(number);
  }

  /// A batch could not be read: the next one begins anew.
  void unread(std::uint64_t number) {
    if (auto* batch = open_.find(number)) {
      const auto whom = batch->whom;
      forget(whom, make_error(errc::unavailable), number);
      fail(number, make_error(errc::unavailable));
    }
  }

  /// Goes no way to an actor any more that has begun by then. A further
  /// question begins another one.
  /// @param last the number of a batch.
  void forget(const caf::actor& whom, const caf::error& reason,
              std::uint64_t last = std::numeric_limits<std::uint64_t>::max()) {
    ways_.remove_if([&](way& to) {
      if (!are_same(to.whom.address(), whom.address()) || to.first > last)
        return false;
      if (to.gathered.size() > 0)
        fail(to.number, reason);
      return true;
    });
  }

  /// Fails what an actor has not answered that has ended.
  void died(const caf::actor_addr& address) {
    const auto is_gone = [&](const caf::actor& whom) {
      return are_same(whom.address(), address);
    };
    ways_.remove_if([&](const way& to) { return is_gone(to.whom); });
    std::vector<std::uint64_t> lost;
    for (const auto& [number, batch] : open_)
      if (is_gone(batch.whom))
        lost.push_back(number);
    for (auto number : lost)
      fail(number, node_is_gone());
  }

  /// Nobody waits for a batch any more.
  void expired(std::uint64_t number) {
    fail(number, make_error(errc::timed_out));
  }

private:
  /// A batch that has not been answered as a whole.
  struct open_batch {
    open_batch(caf::actor to, std::function<void()> on_expiry)
        : whom(std::move(to)), due(std::move(on_expiry)) {}

    caf::actor whom;
    /// Of each question.
    std::vector<answer_promise<Answer>> promises;
    std::size_t answered = 0;
    deadline due;
  };

  /// The way to an actor.
  struct way {
    caf::actor whom;
    /// What goes there at the end of the turn.
    Packer gathered = {};
    /// The number of that batch.
    std::uint64_t number = 0;
    /// That of the first batch; 0 before it has begun.
    std::uint64_t first = 0;
  };

  /// A unit asks few actors of other nodes.
  way& way_to(const caf::actor& whom) {
    for (auto& to : ways_)
      if (are_same(to.whom.address(), whom.address()))
        return to;
    caf_api::monitor(*self_, whom);
    return ways_.emplace_back(way{whom});
  }

  void begin_batch(way& to) {
    auto [number, batch] = open_.add_expiring(self_, to.whom);
    self_->home().arm(batch.due, timeout_);
    to.number = number;
    if (to.first == 0)
      to.first = number;
    self_->home().flush_later(*this);
  }

  void flush() override {
    self_->enter([this] {
      for (auto& to : ways_)
        if (to.gathered.size() > 0)
          send(to);
    });
  }

  void send(way& to) {
    auto batch = to.gathered.take();
    batch.number = to.number;
    if constexpr (requires { batch.timeout_ms; })
      batch.timeout_ms = static_cast<std::uint64_t>(timeout_.count());
    self_->send(caf::actor_cast<Receiver>(to.whom), std::move(batch));
  }

  void fail(std::uint64_t number, const caf::error& reason) {
    if (auto batch = open_.take(number))
      fail_all(batch.mapped(), reason);
  }

  static void fail_all(open_batch& batch, const caf::error& reason) {
    for (auto& promise : batch.promises)
      promise.deliver(caf::error{reason});
  }

  owner_pointer self_;
  std::chrono::milliseconds timeout_;
  std::list<way> ways_;
  open_requests<open_batch> open_;
};

/// The actor of a unit that asks other nodes, which is spawned when it is first
/// asked for, and again if it has died.
/// Thread rule: the unit's thread.
template <class Handle, class F, class Shared>
const role<Handle>& sender_of(unit& home, F spawned, const Shared& shared) {
  using kept = std::shared_ptr<role<Handle>>;
  auto& result =
      *home.shared<kept>([] { return std::make_shared<role<Handle>>(); });
  if (!result || result.has_ended())
    result = home.spawn(spawned, shared);
  return result;
}

} // namespace stagedoor
