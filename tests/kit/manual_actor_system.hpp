#pragma once

#include "stagedoor/protocol/caf_api/version.hpp"

#if STAGEDOOR_CAF_2

#include "caf/actor_clock.hpp"
#include "caf/actor_registry.hpp"
#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"
#include "caf/actor_system_module.hpp"
#include "caf/console_printer.hpp"
#include "caf/detail/actor_system_access.hpp"
#include "caf/detail/actor_system_impl.hpp"
#include "caf/local_actor.hpp"
#include "caf/logger.hpp"
#include "caf/node_id.hpp"
#include "caf/scheduler.hpp"
#include "caf/telemetry/metric_registry.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace stagedoor::caf_api {

/// An actor system as CAF 2 makes it, except for its scheduler and its clock,
/// which are a test's: CAF 2 has no setters for these. A second actor system,
/// in which no actor runs, does everything else.
class manual_actor_system final : public caf::detail::actor_system_impl {
public:
  using make_scheduler =
      std::function<std::unique_ptr<caf::scheduler>(caf::actor_system&)>;

  manual_actor_system(caf::actor_system_config& cfg, make_scheduler make,
                      std::unique_ptr<caf::actor_clock> clock)
      : other_(cfg), make_(std::move(make)), clock_(std::move(clock)) {}

  void start(caf::actor_system& owner) override { scheduler_ = make_(owner); }
  void stop() override { scheduler_->stop(); }
  caf::scheduler& scheduler() override { return *scheduler_; }
  caf::actor_clock& clock() noexcept override { return *clock_; }

  void launch(caf::local_actor* actor, caf::scheduler* at,
              caf::spawn_options options) override {
    impl().launch(actor, at == &impl().scheduler() ? scheduler_.get() : at,
                  options);
  }

  caf::telemetry::actor_metrics
  make_actor_metrics(std::string_view name) override {
    return impl().make_actor_metrics(name);
  }
  void thread_started(caf::thread_owner owner) override {
    impl().thread_started(owner);
  }
  void thread_terminates() override { impl().thread_terminates(); }
  std::size_t inc_running_actors_count(caf::actor_id actor) override {
    return impl().inc_running_actors_count(actor);
  }
  std::size_t dec_running_actors_count(caf::actor_id actor) override {
    return impl().dec_running_actors_count(actor);
  }
  void await_running_actors_count_equal(std::size_t expected,
                                        caf::timespan timeout) override {
    impl().await_running_actors_count_equal(expected, timeout);
  }
  caf::detail::global_meta_objects_guard_type
  meta_objects_guard() const noexcept override {
    return impl().meta_objects_guard();
  }
  caf::actor_system_config& config() override { return impl().config(); }
  const caf::actor_system_config& config() const override {
    return std::as_const(impl()).config();
  }
  std::size_t detached_actors() const noexcept override {
    return impl().detached_actors();
  }
  bool await_actors_before_shutdown() const override {
    return impl().await_actors_before_shutdown();
  }
  void await_actors_before_shutdown(bool value) override {
    impl().await_actors_before_shutdown(value);
  }
  caf::telemetry::metric_registry& metrics() noexcept override {
    return impl().metrics();
  }
  const caf::telemetry::metric_registry& metrics() const noexcept override {
    return std::as_const(impl()).metrics();
  }
  const caf::node_id& node() const override { return impl().node(); }
  caf::logger& logger() override { return impl().logger(); }
  caf::actor_registry& registry() override { return impl().registry(); }
  std::span<std::unique_ptr<caf::actor_system_module>> modules() override {
    return impl().modules();
  }
  caf::actor_id next_actor_id() override { return impl().next_actor_id(); }
  caf::actor_id latest_actor_id() const override {
    return impl().latest_actor_id();
  }
  std::size_t running_actors_count() const override {
    return impl().running_actors_count();
  }
  caf::detail::private_thread* acquire_private_thread() override {
    return impl().acquire_private_thread();
  }
  void release_private_thread(caf::detail::private_thread* thread) override {
    impl().release_private_thread(thread);
  }
  caf::detail::mailbox_factory* mailbox_factory() override {
    return impl().mailbox_factory();
  }
  void
  redirect_text_output(std::unique_ptr<caf::console_printer> printer) override {
    impl().redirect_text_output(std::move(printer));
  }
  void do_print(caf::term color, const char* text, std::size_t size) override {
    impl().do_print(color, text, size);
  }
  void set_node(caf::node_id node) override {
    impl().set_node(std::move(node));
  }
  void message_rejected(caf::abstract_actor* actor) override {
    impl().message_rejected(actor);
  }
  void max_throughput_reached(caf::abstract_actor* actor) override {
    impl().max_throughput_reached(actor);
  }

private:
  caf::detail::actor_system_impl& impl() const {
    return *caf::detail::actor_system_access{other_}.impl();
  }

  mutable caf::actor_system other_;
  make_scheduler make_;
  std::unique_ptr<caf::actor_clock> clock_;
  std::unique_ptr<caf::scheduler> scheduler_;
};

} // namespace stagedoor::caf_api

#endif
