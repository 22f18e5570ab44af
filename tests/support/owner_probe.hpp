#pragma once

#include "stagedoor/actors/handlers/pending_message.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "role_probes.hpp"

namespace stagedoor::test {

/// Plays a handler or a relay: the actor that owns the objects which a test
/// tries one by one. The test says what happens with its messages.
class owner_probe {
public:
  explicit owner_probe(unit& home) : handle_(home.spawn(behave, record_)) {
    self_ = caf::actor_cast<actor_type*>(handle_);
  }

  [[nodiscard]] const handler_actor& handle() const { return handle_; }
  [[nodiscard]] handler_role* self() const { return self_; }

  /// Sets what it does with a message.
  void on_request(std::function<void(request&, answer_promise<reply>)> f) {
    record_->on_request = std::move(f);
  }

  /// Sets what it does when it hears of a death.
  void on_death(std::function<void(const caf::down_msg&)> f) {
    record_->on_death = std::move(f);
  }

  /// Sets what it does when a state says that it ends.
  void on_end(std::function<void(const caf::strong_actor_ptr&)> f) {
    record_->on_end = std::move(f);
  }

  /// Sets what it does when a state has been loaded, or cannot be.
  void
  on_begun(std::function<void(const caf::strong_actor_ptr&, const reply&)> f) {
    record_->on_begun = std::move(f);
  }

  /// Sets what it does when the deadline of a runner expires.
  void on_runner_expiry(std::function<void(std::uint64_t)> f) {
    record_->on_runner_expiry = std::move(f);
  }

  /// Sets what it does when a deadline with this number expires.
  void on_expiry(std::function<void(std::uint64_t)> f) {
    record_->on_expiry = std::move(f);
  }

private:
  struct record_type {
    std::function<void(request&, answer_promise<reply>)> on_request;
    std::function<void(const caf::down_msg&)> on_death =
        [](const caf::down_msg&) {};
    std::function<void(const caf::strong_actor_ptr&)> on_end;
    std::function<void(const caf::strong_actor_ptr&, const reply&)> on_begun;
    std::function<void(std::uint64_t)> on_runner_expiry;
    std::function<void(std::uint64_t)> on_expiry = [](std::uint64_t) {};
  };
  using record_ptr = std::shared_ptr<record_type>;
  using pointer = pinned_pointer<handler_actor, probe_state>;
  using actor_type = std::remove_pointer_t<pointer>;

  static handler_actor::behavior_type behave(pointer self, record_ptr record) {
    auto take = [self, record](request& message) -> caf::result<reply> {
      auto promise = self->make_response_promise<reply>();
      record->on_request(message, answer_promise<reply>{promise});
      return promise;
    };
    self->set_down_handler(
        [record](const caf::down_msg& down) { record->on_death(down); });
    return {
        [take](request& message) { return take(message); },
        [take](unmatched_atom, request& message) { return take(message); },
        [](run_atom, permitted_request&) -> caf::result<reply> { return ok(); },
        [](connection_opened&) {},
        [](answer_atom, std::uint64_t, preparation&) {},
        [](answer_atom, std::uint64_t, reply&) {},
        [self, record](caf::open_atom, const reply& answer) {
          record->on_begun(self->current_sender(), answer);
        },
        [](drain_atom) {},
        [self, record](caf::close_atom) {
          record->on_end(self->current_sender());
        },
        [record](expired_atom, caf::close_atom, std::uint64_t number) {
          record->on_runner_expiry(number);
        },
        [record](expired_atom, std::uint64_t id) { record->on_expiry(id); },
    };
  }

  record_ptr record_ = std::make_shared<record_type>();
  handler_actor handle_;
  handler_role* self_ = nullptr;
};

} // namespace stagedoor::test
