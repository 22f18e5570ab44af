#pragma once

#include "stagedoor/actors/caf_api/hosts.hpp"
#include "stagedoor/actors/units/timing_wheel.hpp"
#include "stagedoor/actors/units/unit_limits.hpp"

#include "caf/actor_system.hpp"
#include "caf/infer_handle.hpp"
#include "caf/local_actor.hpp"
#include "caf/mailbox_element.hpp"

#include <boost/intrusive/list.hpp>

#include <any>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

namespace stagedoor {

class unit;

/// What does something at the end of a turn.
class flushable {
public:
  flushable() = default;
  flushable(const flushable&) = delete;
  flushable& operator=(const flushable&) = delete;

  /// Sends what has been gathered. This leads to no call that queues more to
  /// any socket: the loop may look at what was queued until its next wait.
  virtual void flush() = 0;

protected:
  ~flushable() = default;

private:
  friend class unit;
  /// Leaves its list with the object.
  using hook = boost::intrusive::list_member_hook<
      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;
  hook flush_hook_;
};

/// What a unit knows of an actor that is pinned to it.
class unit_member : public boost::intrusive::list_base_hook<> {
public:
  virtual ~unit_member() = default;

  /// How many messages the unit has queued for it.
  [[nodiscard]] const std::size_t& queued() const { return queued_; }

private:
  friend class unit;

  /// Has the actor handle one message, whose sender is on the unit as well.
  virtual void take(caf::mailbox_element_ptr message) = 0;

  std::size_t queued_ = 0;

  /// Held until the actor has ended and its code has returned: an actor that
  /// nobody refers to any more would be ended by the thread that drops the last
  /// reference.
  caf::strong_actor_ptr self_;
};

/// Where the actors of a unit queue that have something in their mailbox. They
/// share it, since it has to outlive the unit: an actor can end while another
/// thread, which has just put a message into its mailbox, is about to queue it.
/// Thread rule: any thread.
class unit_lane final : public caf_api::own_host {
public:
  explicit unit_lane(unit& owner);

  /// Queues the job, or drops it where the unit has ended, and so its actors.
  void take_job(caf_api::job next) override;

  /// Whether the caller is the unit's thread.
  [[nodiscard]] bool is_current() const {
    return thread_.load(std::memory_order_relaxed)
           == std::this_thread::get_id();
  }

private:
  friend class unit;

  /// Of no thread while the unit has none.
  std::atomic<std::thread::id> thread_;
  mutable std::mutex mutex_;
  /// Null once the unit has ended.
  unit* owner_;
  /// What other threads have queued.
  std::vector<caf_api::job> posted_;
};

/// An execution unit that runs the roles of one core: a connection, the router,
/// handlers and permission workers that its messages meet all run here, one
/// after the other, on the thread where the bytes arrived. Only pinned actors
/// run on it; whatever else is to be run because a pinned actor sent it a
/// message, it hands to CAF's scheduler. It owns the clock and the deadlines of
/// its actors.
///
/// Messages between its actors do not go through their mailboxes, which are
/// made for many threads, but through one queue of the unit, in the order in
/// which they were sent. What other threads send goes through the mailboxes. A
/// question to an actor for which nothing is queued needs no message at all,
/// see `pinned::ask`; it counts as one.
///
/// Why not CAF's scheduler: every hop between threads costs a wake-up, and a
/// foreign actor that blocks would stall sockets.
/// Thread rule: a member function may be called from the unit's thread only,
/// unless it says otherwise.
class unit : public caf_api::own_host {
public:
  using clock = timing_wheel::clock;

  unit(caf::actor_system& sys, std::size_t index, clock::time_point start);
  ~unit() override;

  unit(const unit&) = delete;
  unit& operator=(const unit&) = delete;

  /// Counts the units of a server, from 0.
  [[nodiscard]] std::size_t index() const { return index_; }

  /// The time of the turn: it stands still while the actors run.
  [[nodiscard]] clock::time_point now() const {
    if (std::exchange(is_now_stale_, false)) [[unlikely]]
      now_ = look_at_clock();
    return now_;
  }

  /// The time of this moment, for those who measure. In virtual time, `now`.
  [[nodiscard]] virtual clock::time_point precise_now() const {
    return clock::now();
  }

  /// Arms `target` to expire in `delay`, or in `unit_limits::deadline_max` if
  /// that is shorter.
  template <class Rep, class Period>
  void arm(deadline& target, std::chrono::duration<Rep, Period> delay) {
    constexpr clock::duration longest = unit_limits::deadline_max;
    wheel_.arm(target,
               now()
                   + (delay < unit_limits::deadline_max
                          ? std::chrono::duration_cast<clock::duration>(delay)
                          : longest));
  }

  [[nodiscard]] timing_wheel& wheel() { return wheel_; }

  /// Spawns a function-based actor on this unit; its first parameter is a
  /// pointer to `caf::stateful_actor<State, pinned<Base>>`.
  /// Thread rule: any thread.
  template <class F, class... Ts>
  auto spawn(F f, Ts&&... xs) {
    using impl = caf::infer_impl_from_fun_t<F>;
    static_assert(std::is_base_of_v<unit_member, impl>,
                  "only pinned actors run on a unit");
    return caf_api::spawn_at(*this, system(), f, std::forward<Ts>(xs)...);
  }

  /// Takes jobs of actors that are not pinned: they go to CAF's scheduler.
  void take_job(caf_api::job next) override;

  /// Where its actors queue. Thread rule: any thread.
  [[nodiscard]] const std::shared_ptr<unit_lane>& lane() const { return lane_; }

  /// Has it flush at the end of the turn, once.
  void flush_later(flushable& what) {
    if (!what.flush_hook_.is_linked())
      flushes_.push_back(what);
  }

  /// Queues a message for `member`, which has not ended.
  void deliver(unit_member& member, caf::mailbox_element_ptr message);

  /// Takes what is queued for `member` out again.
  std::vector<caf::mailbox_element_ptr> withdraw(unit_member& member);

  /// Whether the caller is the unit's thread. Thread rule: any thread.
  [[nodiscard]] bool is_current() const { return lane_->is_current(); }

  /// From now on actors run `runs_max` times at most, until the next call.
  void begin_turn(std::size_t runs_max) { runs_left_ = runs_max; }

  /// Whether actors have run that often.
  [[nodiscard]] bool is_turn_over() const { return runs_left_ == 0; }

  /// Runs queued actors, each for one message of the unit's queue or for what
  /// is in its mailbox, until none is queued or the turn is over.
  void run();

  /// Has a question to `member` answered without a message, as one run of the
  /// turn.
  /// @returns false where that has to be a message.
  [[nodiscard]] bool begin_direct(const unit_member& member) {
    if (!is_direct_ || runs_left_ == 0 || member.queued_ > 0)
      return false;
    --runs_left_;
    return true;
  }

  /// Whether questions may be answered without messages, which is so unless it
  /// is said.
  void set_direct(bool is_direct) { is_direct_ = is_direct; }

  /// The actor that handles a message, or has handled the last one.
  [[nodiscard]] unit_member* handling() const { return handling_; }

  /// What the actors of this unit share: the only `T` of the unit, which `make`
  /// makes when it is first asked for.
  template <class T, class F>
  const T& shared(F make) {
    auto& found = shared_[typeid(T)];
    if (!found.has_value())
      found = make();
    return *std::any_cast<T>(&found);
  }

  /// How many runs of actors are queued, as of the begin or the end of the last
  /// `run`, and how many jobs other threads have posted since.
  /// Thread rule: any thread.
  [[nodiscard]] std::size_t queued() const;

  /// Whether an actor is queued.
  [[nodiscard]] bool has_work() const { return !queue_.empty(); }

  /// Ends all actors of the unit. Thread rule: any thread.
  void end_members();

  /// Whether that has begun. Thread rule: any thread.
  [[nodiscard]] bool is_ending() const {
    return is_ending_.load(std::memory_order_acquire);
  }

  /// How many actors of the unit have not ended. Thread rule: any thread.
  [[nodiscard]] std::size_t member_count() const {
    return member_count_.load(std::memory_order_acquire);
  }

  /// For `pinned`.
  void handles(unit_member& member) { handling_ = &member; }

  /// For `pinned`. Thread rule: any thread.
  void enlist(unit_member& member, caf::strong_actor_ptr self);
  void delist(unit_member& member);

protected:
  /// Makes the calling thread the unit's.
  void take_thread() { lane_->thread_ = std::this_thread::get_id(); }

  /// Has nothing queued from now on. Called when no actor is left and before
  /// what `wake` needs has gone.
  void close();

  /// Makes the unit's thread call `take_posted`. Thread rule: any thread.
  virtual void wake() = 0;

  /// Reads the clock: for `now`, once in a turn in which that is asked for.
  [[nodiscard]] virtual clock::time_point look_at_clock() const = 0;

  /// Time may have passed since the clock was read.
  void forget_now() { is_now_stale_ = true; }

  /// Moves what other threads have posted to the unit's own queue.
  void take_posted();

  /// Whether anything has asked for the end of the turn.
  [[nodiscard]] bool has_flushes() const { return !flushes_.empty(); }

  /// Ends the turn for what has asked for it.
  void flush();

  /// Lets go of the actors that have ended. Called while none of them runs.
  void let_go();

private:
  friend class unit_lane;

  /// One run of an actor.
  struct run_entry {
    /// For what is in its mailbox; empty where it is for a message.
    caf_api::job job;
    caf::strong_actor_ptr actor;
    /// Null where it is for what is in its mailbox.
    unit_member* member;
    /// Null if it has been withdrawn.
    caf::mailbox_element_ptr message;
  };

  std::size_t index_;
  std::shared_ptr<unit_lane> lane_;
  timing_wheel wheel_;
  mutable clock::time_point now_;
  mutable bool is_now_stale_ = false;
  std::deque<run_entry> queue_;
  boost::intrusive::list<
      flushable,
      boost::intrusive::member_hook<flushable, flushable::hook,
                                    &flushable::flush_hook_>,
      boost::intrusive::constant_time_size<false>>
      flushes_;
  std::size_t runs_left_ = 0;
  bool is_direct_ = true;
  unit_member* handling_ = nullptr;
  /// Few, so that they are found without the hash of a name.
  std::map<std::type_index, std::any> shared_;
  /// Actors that have ended, whose code may still be running.
  std::vector<caf::strong_actor_ptr> ended_;
  /// The length of the queue, for `queued`.
  std::atomic<std::size_t> queue_length_ = 0;

  std::mutex members_mutex_;
  boost::intrusive::list<unit_member> members_;
  std::atomic<std::size_t> member_count_ = 0;
  std::atomic<bool> is_ending_{false};
};

} // namespace stagedoor
