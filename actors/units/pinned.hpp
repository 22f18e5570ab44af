#pragma once

#include "stagedoor/actors/caf_api/hosts.hpp"
#include "stagedoor/actors/units/unit.hpp"
#include "stagedoor/protocol/assert.hpp"

#include "caf/mailbox_element.hpp"
#include "caf/stateful_actor.hpp"
#include "caf/typed_event_based_actor.hpp"

#include <utility>

namespace stagedoor {

/// The base of every role of a unit: it names the unit wherever CAF asks where
/// to run the actor, so that the actor runs there and nowhere else. CAF's
/// brokers stick to their multiplexer in the same way.
template <class Base>
class pinned : public caf_api::hosted<Base>, public unit_member {
public:
  explicit pinned(caf::actor_config& cfg)
      : caf_api::hosted<Base>(cfg),
        home_(dynamic_cast<unit*>(caf_api::host_of(cfg))) {
    STAGEDOOR_ASSERT(home_ != nullptr);
    lane_ = &home_->lane();
    home_->enlist(*this, caf::strong_actor_ptr{this->ctrl()});
  }

  /// The unit that runs this actor.
  [[nodiscard]] unit& home() { return *home_; }

  bool take_message(caf::mailbox_element_ptr message, caf_api::host*) override {
    if (!runs_here())
      return this->to_mailbox(std::move(message));
    home_->deliver(*this, std::move(message));
    return true;
  }

  /// Runs the actor's handler for `content` right now, as if it had been the
  /// next message of its mailbox. For callbacks of the unit's sockets.
  /// Thread rule: the unit's thread, while none of its actors is running.
  template <class T>
  void handle_now(T content) {
    caf::strong_actor_ptr keep_alive{this->ctrl()};
    this->handle(std::move(content), home_);
  }

protected:
  /// Whether the caller is the thread that runs this actor.
  [[nodiscard]] bool runs_here() const {
    // In this order: an actor that has ended may outlive its unit.
    return !caf_api::has_ended(*this) && home_->is_current();
  }

private:
  [[nodiscard]] caf_api::host& lane() const noexcept override { return *lane_; }

  void before_end() override {
    // To the mailbox, from where CAF sends back what has not been handled.
    if (home_->is_current())
      for (auto& message : home_->withdraw(*this))
        this->mailbox().push_back(std::move(message));
  }

  void after_end() override { home_->delist(*this); }

  void take(caf::mailbox_element_ptr message) override {
    if (caf_api::has_ended(*this))
      this->to_mailbox(std::move(message));
    else if (caf_api::is_early(*message))
      home_->deliver(*this, std::move(message));
    else if (!this->handle_message(message, home_))
      this->push_to_cache(std::move(message));
  }

  unit* home_;
  caf_api::host* lane_;
};

/// The pointer that the function of a role takes: `Handle` is its typed handle,
/// `State` its state.
template <class Handle, class State>
using pinned_pointer =
    caf::stateful_actor<State, pinned<typename Handle::base>>*;

} // namespace stagedoor
