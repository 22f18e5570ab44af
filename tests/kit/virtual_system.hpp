#pragma once

#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/testing/conductor.hpp"
#include "stagedoor/testing/manual_scheduler.hpp"
#include "stagedoor/testing/manual_unit.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor::testing {

/// An actor system and units that run when the test says so, on its thread, in
/// virtual time: what happens is the same each time. The clock of CAF's own
/// scheduler goes with that of the units.
/// Thread rule: the thread that made it.
class virtual_system {
public:
  /// A change to the configuration, before the actor system is made of it.
  using edit = std::function<void(caf::actor_system_config&)>;

  /// @param start what the clock begins with.
  explicit virtual_system(
      std::size_t units = 1, const edit& change = {},
      unit::clock::time_point start = manual_unit::beginning);
  ~virtual_system();

  virtual_system(const virtual_system&) = delete;
  virtual_system& operator=(const virtual_system&) = delete;

  [[nodiscard]] caf::actor_system& system();
  [[nodiscard]] manual_unit& home(std::size_t index = 0) {
    return *homes_.at(index);
  }

  /// CAF's own scheduler, where actors run that are not pinned.
  [[nodiscard]] caf_api::manual_scheduler& scheduler() { return scheduler_; }

  /// Makes a logger for the log that is kept in memory.
  [[nodiscard]] std::shared_ptr<spdlog::logger> make_logger() const;

  /// What the roles of a server share: without actors of other nodes, and with
  /// a log that is kept in memory. Its threads begin with the first job.
  [[nodiscard]] std::shared_ptr<runtime> make_runtime(const limits& bounds);

  /// What has been logged, a line per entry: the level and the text.
  [[nodiscard]] std::string log() const;
  [[nodiscard]] bool logged(std::string_view text) const {
    return log().find(text) != std::string::npos;
  }

  /// Has somebody else run it, together with other systems; null for nobody.
  void led_by(conductor* leader) { leader_ = leader; }

  /// Runs everything until there is nothing to do.
  /// Errors: throws `failure` if that never comes to an end.
  void settle();

  /// The same, with what other threads send, until `holds()`.
  /// @returns whether it came true before nothing was sent for `patience()`.
  template <class Predicate>
  bool settle_until(Predicate holds) {
    if (leader_ != nullptr)
      return leader_->settle_until(holds);
    for (;;) {
      settle();
      if (holds())
        return true;
      if (!homes_.front()->await_wake(patience_))
        return false;
    }
  }

  /// How long it waits for other threads, in real time. Default: 5 s.
  [[nodiscard]] std::chrono::milliseconds patience() const { return patience_; }
  void patience(std::chrono::milliseconds value) { patience_ = value; }

  /// Runs `work` whenever there is nothing else to do.
  /// @param work returns whether there was anything; empty for none.
  void when_idle(std::function<bool()> work) { outside_ = std::move(work); }

  /// Lets time pass: everything is done at its time, in order.
  void advance(unit::clock::duration by);

  /// The wall clock. It goes with the units' clock.
  [[nodiscard]] std::chrono::system_clock::time_point wall_now() const;

  /// Somebody sets the wall clock.
  void shift_wall_clock(std::chrono::system_clock::duration by) {
    wall_beginning_ += by;
  }

  /// Ends all actors of the units, as at the end of a server.
  void end_members();

  /// What a failure says of the system.
  [[nodiscard]] std::string note() const {
    return leader_ != nullptr ? leader_->note() : std::string{};
  }

  // -- for who leads it -------------------------------------------------------

  /// Does what there is to do now.
  /// @param jobs_left how many messages CAF's scheduler may still handle.
  /// @returns whether there was anything.
  bool work(std::size_t& jobs_left);

  [[nodiscard]] unit::clock::time_point now() const;
  [[nodiscard]] unit::clock::time_point next_wake() const;

  /// Moves the clock. What is due by then has not run.
  void move_clock(unit::clock::time_point to);

  /// Moves the clock as seen by whoever asks for the time, and nothing is due
  /// before it is moved again.
  void set_clock(unit::clock::time_point to);

  /// Waits until another thread has called one of the units, in real time.
  bool await_wake(std::chrono::milliseconds patience) {
    return homes_.front()->await_wake(patience);
  }

private:
  class log_lines;
  class configuration;

  /// @returns false if it never comes to rest.
  bool come_to_rest();

  conductor* leader_ = nullptr;
  /// The time up to which CAF's scheduler has run.
  unit::clock::time_point scheduled_to_;
  std::chrono::milliseconds patience_{5000};
  std::chrono::system_clock::time_point wall_beginning_;
  std::function<bool()> outside_;
  std::shared_ptr<log_lines> log_;
  std::unique_ptr<configuration> config_;
  caf_api::manual_scheduler scheduler_;
  std::unique_ptr<caf::actor_system> system_;
  std::vector<std::unique_ptr<manual_unit>> homes_;
};

} // namespace stagedoor::testing
