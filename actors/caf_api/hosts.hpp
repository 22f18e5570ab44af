#pragma once

// The places where actors run, and actors that run in a place of our own.

#include "stagedoor/actors/caf_api/actors.hpp"
#include "stagedoor/actors/caf_api/monitors.hpp"

#include "caf/actor_config.hpp"
#include "caf/actor_system.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"
#include "caf/resumable.hpp"
#include "caf/scheduled_actor.hpp"
#include "caf/spawn_options.hpp"

#if STAGEDOOR_CAF_2
#include "caf/action.hpp"
#include "caf/detail/current_actor.hpp"
#endif
#if STAGEDOOR_CAF_1
#include "caf/scheduler.hpp"
#else
#include "caf/execution_unit.hpp"
#include "caf/scheduler/abstract_coordinator.hpp"
#endif

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

namespace stagedoor::caf_api {

#if STAGEDOOR_CAF_1
/// What CAF hands around as the place where an actor runs.
using host = caf::scheduler;
#else
using host = caf::execution_unit;
#endif

/// The place that an actor is to be spawned at.
inline host* host_of(const caf::actor_config& cfg) {
#if STAGEDOOR_CAF_1
  return cfg.sched;
#else
  return cfg.host;
#endif
}

/// Spawns a function-based actor at a place, apart from the actors that a
/// system waits for. Thread rule: any thread.
template <class F, class... Ts>
auto spawn_at(host& place, caf::actor_system& sys, F& f, Ts&&... xs) {
#if STAGEDOOR_CAF_2
  caf::actor_config cfg{caf::hidden, &place};
  return sys.spawn_functor(std::true_type{}, cfg, f, std::forward<Ts>(xs)...);
#else
  caf::actor_config cfg{&place};
  return sys.spawn_functor<caf::hidden>(std::true_type{}, cfg, f,
                                        std::forward<Ts>(xs)...);
#endif
}

#if STAGEDOOR_CAF_2
/// An actor that has something to do.
struct job {
  caf::resumable_ptr actor;
  std::uint64_t event = caf::resumable::default_event_id;
};
#else
/// Whoever holds a job holds a reference to the actor.
using job = caf::resumable*;
#endif

/// Gives up a job of an actor that has ended. Thread rule: any thread.
inline void drop_job([[maybe_unused]] job next) {
#if !STAGEDOOR_CAF_2
  caf::intrusive_ptr_release(next);
#endif
}

/// Has an actor do what it has to do.
/// @param messages_max after how many messages it stops; CAF 2 takes that from
/// the configuration of the actor system.
/// @returns whether the job has to run again; otherwise it is used up.
inline bool run_job(job& next, host* at,
                    [[maybe_unused]] std::size_t messages_max) {
#if STAGEDOOR_CAF_2
  // An actor that has more to do delays itself.
  next.actor->resume(at, next.event);
  return false;
#else
  if (next->resume(at, messages_max) == caf::resumable::resume_later)
    return true;
  drop_job(next);
  return false;
#endif
}

/// Hands a job to CAF's own scheduler. Thread rule: any thread.
inline void schedule(caf::actor_system& sys, job next) {
#if STAGEDOOR_CAF_2
  sys.scheduler().schedule(std::move(next.actor), next.event);
#elif STAGEDOOR_CAF_1
  sys.scheduler().schedule(next);
#else
  sys.scheduler().enqueue(next);
#endif
}

/// A place where actors run that is not CAF's.
class own_host : public host {
public:
  /// Takes an actor that has something to do. Thread rule: any thread.
  virtual void take_job(job next) = 0;

#if STAGEDOOR_CAF_1
  explicit own_host(caf::actor_system& sys) : system_(sys) {}

  [[nodiscard]] caf::actor_system& system() const {
    return system_;
  }

#if STAGEDOOR_CAF_2
  void schedule(caf::resumable_ptr actor, std::uint64_t event) final {
    take_job({std::move(actor), event});
  }
  void delay(caf::resumable_ptr actor, std::uint64_t event) final {
    // The actor may run here without belonging here.
    auto* own = actor->pinned_scheduler();
    if (own != nullptr && own != this)
      own->schedule(std::move(actor), event);
    else
      take_job({std::move(actor), event});
  }
  [[nodiscard]] bool is_system_scheduler() const noexcept final {
    return false;
  }
#else
  void schedule(job next) final {
    take_job(next);
  }
  void delay(job next) final {
    take_job(next);
  }
#endif
  // CAF calls these of its own scheduler only.
  void start() override {}
  void stop() override {}

private:
  caf::actor_system& system_;
#else
  explicit own_host(caf::actor_system& sys) : host(&sys) {}

  void exec_later(job next) final {
    take_job(next);
  }
#endif
};

/// Whether a message has to wait for those that came right behind it: CAF 1.x
/// tells of a death before it sends back what the dead one has not handled.
/// True once.
inline bool is_early([[maybe_unused]] caf::mailbox_element& message) {
#if STAGEDOOR_CAF_1
  const auto is_new =
      message.enqueue_time == std::chrono::steady_clock::time_point{};
#if STAGEDOOR_CAF_2
  using notice = caf::action;
#else
  using notice = caf::down_msg;
#endif
  if (!is_new || !message.payload.match_elements<notice>())
    return false;
  message.set_enqueue_time();
  return true;
#else
  return false;
#endif
}

/// An actor that says itself where it runs and how messages reach it.
template <class Base>
class hosted : public watching<Base> {
public:
  using super = watching<Base>;
  using super::super;

  /// Takes a message. Thread rule: any thread.
  /// @param from where the sender runs; null where it is no actor.
  virtual bool take_message(caf::mailbox_element_ptr message, host* from) = 0;

#if STAGEDOOR_CAF_2
  [[nodiscard]] host* pinned_scheduler() const noexcept override {
    return &lane();
  }
#else
  void launch(host*, bool lazy, bool hide) override {
    super::launch(&lane(), lazy, hide);
  }
#endif

#if STAGEDOOR_CAF_1
  bool enqueue(caf::mailbox_element_ptr message, host* from) override {
    return take_message(std::move(message), from);
  }

  void on_cleanup(const caf::error& reason) override {
    before_end();
    super::on_cleanup(reason);
    after_end();
  }
#else
  void enqueue(caf::mailbox_element_ptr message, host* from) override {
    take_message(std::move(message), from);
  }

  void enqueue(caf::strong_actor_ptr source, caf::message_id id,
               caf::message content, host* from) override {
    take_message(caf::make_mailbox_element(std::move(source), id, {},
                                           std::move(content)),
                 from);
  }

  bool cleanup(caf::error&& reason, host* from) override {
    if (has_ended(*this))
      return false;
    before_end();
    auto result = super::cleanup(std::move(reason), from);
    after_end();
    return result;
  }
#endif

#if STAGEDOOR_CAF_2
  void resume(host* at, std::uint64_t event) override {
    before_run();
    super::resume(at, event);
  }
#else
  caf::resumable::resume_result resume(host* at,
                                       std::size_t messages_max) override {
    before_run();
    return super::resume(at, messages_max);
  }
#endif

protected:
  /// What an actor handles while it handles no message: nobody waits for an
  /// answer to it.
  static caf::mailbox_element* no_message() {
    thread_local const auto result = [] {
      auto id = caf::make_message_id();
      id.mark_as_answered();
      return caf::make_mailbox_element(nullptr, id,
#if !STAGEDOOR_CAF_1
                                       caf::mailbox_element::forwarding_stack{},
#endif
                                       0);
    }();
    return result.get();
  }

  /// Where it queues that has something in its mailbox.
  [[nodiscard]] virtual host& lane() const noexcept = 0;

  /// Called before CAF runs it for what is in the mailbox.
  virtual void before_run() = 0;

  /// Called before CAF sends back what is in the mailbox, and after it.
  virtual void before_end() = 0;
  virtual void after_end() = 0;

  /// Puts a message into the mailbox, where CAF does it.
  bool to_mailbox(caf::mailbox_element_ptr message) {
#if STAGEDOOR_CAF_1
    return super::enqueue(std::move(message), &lane());
#else
    super::enqueue(std::move(message), &lane());
    return true;
#endif
  }

  /// Runs the actor's handler for `message`, now.
  /// @returns false if the handler has skipped the message, which stays where
  /// it is then.
  bool handle_message(caf::mailbox_element_ptr& message, host* at) {
#if STAGEDOOR_CAF_2
    // What CAF does for one message of a mailbox.
    const caf::detail::current_actor_guard current{this};
    this->context(at);
    if ((!this->initialized() && !this->initialize(at)) || !this->alive())
      return true;
    try {
      return this->consume(message)
             != caf::local_actor::consume_result::skipped;
    } catch (...) {
      auto thrown = std::current_exception();
      auto reason = this->call_handler(this->exception_handler_, this, thrown);
      this->make_response_promise().deliver(reason);
      this->quit(std::move(reason));
      this->finalize();
      return true;
    }
#else
    return this->activate(at, *message)
           != caf::scheduled_actor::activation_result::skipped;
#endif
  }

  /// Calls `f` as CAF calls the handler of a message: an actor that throws or
  /// quits ends. It must have its behaviour.
  /// @param asker whom the actor sees as the sender of that message.
  template <class F>
  void run_as_handler(F&& f, host* at, caf::strong_actor_ptr asker) {
#if STAGEDOOR_CAF_2
    const caf::detail::current_actor_guard current{this};
#endif
    this->context(at);
    auto* const message = no_message();
    this->current_mailbox_element(message);
    message->sender.swap(asker);
    try {
      std::forward<F>(f)();
    } catch (...) {
      auto thrown = std::current_exception();
      this->quit(this->call_handler(this->exception_handler_, this, thrown));
    }
    // The actor that runs around this one has another sender.
    message->sender.swap(asker);
    if (this->getf(caf::abstract_actor::is_shutting_down_flag))
      this->finalize();
  }
};

} // namespace stagedoor::caf_api
