#pragma once

// The places where actors run, and actors that run in a place of our own.

#include "stagedoor/actors/caf_api/actors.hpp"

#include "caf/actor_config.hpp"
#include "caf/actor_system.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"
#include "caf/resumable.hpp"

#if STAGEDOOR_CAF_1
#include "caf/scheduler.hpp"
#else
#include "caf/execution_unit.hpp"
#include "caf/scheduler/abstract_coordinator.hpp"
#endif

#include <chrono>
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

/// Hands a job to CAF's own scheduler. Thread rule: any thread.
inline void schedule(caf::actor_system& sys, caf::resumable* job) {
#if STAGEDOOR_CAF_1
  sys.scheduler().schedule(job);
#else
  sys.scheduler().enqueue(job);
#endif
}

/// A place where actors run that is not CAF's.
class own_host : public host {
public:
  /// Takes an actor that has something to do. Thread rule: any thread.
  virtual void take_job(caf::resumable* job) = 0;

#if STAGEDOOR_CAF_1
  explicit own_host(caf::actor_system& sys) : system_(sys) {}

  [[nodiscard]] caf::actor_system& system() const {
    return system_;
  }

  void schedule(caf::resumable* job) final {
    take_job(job);
  }
  void delay(caf::resumable* job) final {
    take_job(job);
  }
  // CAF calls these of its own scheduler only.
  void start() override {}
  void stop() override {}

private:
  caf::actor_system& system_;
#else
  explicit own_host(caf::actor_system& sys) : host(&sys) {}

  void exec_later(caf::resumable* job) final {
    take_job(job);
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
  if (!is_new || !message.payload.match_elements<caf::down_msg>())
    return false;
  message.set_enqueue_time();
  return true;
#else
  return false;
#endif
}

/// An actor that says itself where it runs and how messages reach it.
template <class Base>
class hosted : public Base {
public:
  using Base::Base;

  /// Takes a message. Thread rule: any thread.
  /// @param from where the sender runs; null where it is no actor.
  virtual bool take_message(caf::mailbox_element_ptr message, host* from) = 0;

  void launch(host*, bool lazy, bool hide) override {
    Base::launch(&lane(), lazy, hide);
  }

#if STAGEDOOR_CAF_1
  bool enqueue(caf::mailbox_element_ptr message, host* from) override {
    return take_message(std::move(message), from);
  }

  void on_cleanup(const caf::error& reason) override {
    before_end();
    Base::on_cleanup(reason);
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
    auto result = Base::cleanup(std::move(reason), from);
    after_end();
    return result;
  }
#endif

protected:
  /// Where it queues that has something in its mailbox.
  virtual host& lane() = 0;

  /// Called before CAF sends back what is in the mailbox, and after it.
  virtual void before_end() = 0;
  virtual void after_end() = 0;

  /// Puts a message into the mailbox, where CAF does it.
  bool to_mailbox(caf::mailbox_element_ptr message) {
#if STAGEDOOR_CAF_1
    return Base::enqueue(std::move(message), &lane());
#else
    Base::enqueue(std::move(message), &lane());
    return true;
#endif
  }

  /// Runs the actor's handler for `content`, now.
  template <class T>
  void handle(T content, host* at) {
#if STAGEDOOR_CAF_1
    caf::mailbox_element element{nullptr, caf::make_message_id(),
                                 caf::make_message(std::move(content))};
#else
    caf::mailbox_element_vals<T> element{
        nullptr, caf::make_message_id(), {}, std::move(content)};
#endif
    this->activate(at, element);
  }
};

} // namespace stagedoor::caf_api
