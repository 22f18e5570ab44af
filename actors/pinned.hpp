#pragma once

#include "stagedoor/actors/unit.hpp"
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
class pinned : public Base, public unit_member {
public:
  explicit pinned(caf::actor_config& cfg)
      : Base(cfg), home_(dynamic_cast<unit*>(cfg.host)) {
    STAGEDOOR_ASSERT(home_ != nullptr);
    lane_ = &home_->lane();
    home_->enlist(*this, caf::strong_actor_ptr{this->ctrl()});
  }

  /// The unit that runs this actor.
  [[nodiscard]] unit& home() { return *home_; }

  void enqueue(caf::mailbox_element_ptr element,
               caf::execution_unit*) override {
    if (runs_here())
      home_->deliver(*this, std::move(element));
    else
      Base::enqueue(std::move(element), lane_);
  }

  void enqueue(caf::strong_actor_ptr source, caf::message_id id,
               caf::message content, caf::execution_unit*) override {
    enqueue(caf::make_mailbox_element(std::move(source), id, {},
                                      std::move(content)),
            lane_);
  }

  void launch(caf::execution_unit*, bool lazy, bool hide) override {
    Base::launch(lane_, lazy, hide);
  }

  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    // To the mailbox, where CAF sends back what has not been handled, before it
    // tells anybody of the death.
    if (runs_here())
      for (auto& message : home_->withdraw(*this))
        this->mailbox().push_back(std::move(message));
    auto result = Base::cleanup(std::move(reason), host);
    home_->delist(*this);
    return result;
  }

  /// Runs the actor's handler for `content` right now, as if it had been the
  /// next message of its mailbox. For callbacks of the unit's sockets.
  /// Thread rule: the unit's thread, while none of its actors is running.
  template <class T>
  void handle_now(T content) {
    caf::strong_actor_ptr keep_alive{this->ctrl()};
    caf::mailbox_element_vals<T> element{
        nullptr, caf::make_message_id(), {}, std::move(content)};
    this->activate(home_, element);
  }

protected:
  /// Whether the caller is the thread that runs this actor.
  [[nodiscard]] bool runs_here() const {
    // In this order: an actor that has ended may outlive its unit.
    return !has_ended() && home_->is_current();
  }

private:
  /// Whether its mailbox is closed: what comes is sent back.
  [[nodiscard]] bool has_ended() const {
    return this->getf(caf::abstract_actor::is_cleaned_up_flag);
  }

  void take(caf::mailbox_element_ptr message) override {
    if (has_ended())
      Base::enqueue(std::move(message), lane_);
    else if (this->activate(home_, *message)
             == caf::scheduled_actor::activation_result::skipped)
      this->push_to_cache(std::move(message));
  }

  unit* home_;
  caf::execution_unit* lane_;
};

/// The pointer that the function of a role takes: `Handle` is its typed handle,
/// `State` its state.
template <class Handle, class State>
using pinned_pointer =
    caf::stateful_actor<State, pinned<typename Handle::base>>*;

} // namespace stagedoor
