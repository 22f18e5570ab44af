#pragma once

#include "stagedoor/actors/answer_promise.hpp"
#include "stagedoor/actors/caf_api/hosts.hpp"
#include "stagedoor/actors/caf_api/questions.hpp"
#include "stagedoor/actors/direct_lines.hpp"
#include "stagedoor/actors/units/unit.hpp"
#include "stagedoor/protocol/assert.hpp"

#include "caf/infer_handle.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/stateful_actor.hpp"
#include "caf/typed_event_based_actor.hpp"

#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>

namespace stagedoor {

template <class Handle>
class role;

/// The base of every role of a unit: it names the unit wherever CAF asks where
/// to run the actor, so that the actor runs there and nowhere else. CAF's
/// brokers stick to their multiplexer in the same way.
template <class Base>
class pinned : public caf_api::hosted<Base>, public unit_member {
public:
  using handle_type = caf::infer_handle_from_class_t<Base>;
  using line_type = typename line_of<handle_type>::type;

  explicit pinned(caf::actor_config& cfg)
      : caf_api::hosted<Base>(cfg),
        home_(dynamic_cast<unit*>(caf_api::host_of(cfg))) {
    STAGEDOOR_ASSERT(home_ != nullptr);
    lane_ = home_->lane();
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

  /// Calls `f` right now, as if it were the handler of the next message of the
  /// actor, which has its behaviour. Nothing happens to one that has ended.
  /// Thread rule: the unit's thread, while none of its actors is running, or
  /// while the actor that is running asks this one.
  /// @param asker whom it sees as the sender of that message.
  template <class F>
  void enter(F&& f, caf::strong_actor_ptr asker = nullptr) {
    if (caf_api::has_ended(*this))
      return;
    this->run_as_handler(std::forward<F>(f), home_, std::move(asker));
  }

  // -- questions within the unit ----------------------------------------------

  /// Has the actor answer these questions without a message from now on. Called
  /// when its behaviour is made.
  void open_line(line_type& line) { line_ = &line; }

  /// Asks a role. `then` of the result takes two callbacks: one of them is
  /// called with the answer or with the error in its place, before `then`
  /// returns if the role is on this unit and can answer now, and with a message
  /// otherwise. Nothing overtakes a message that one of the two has sent to the
  /// other.
  template <class Handle, class... Ts>
  [[nodiscard]] auto ask(const role<Handle>& whom, Ts&&... question) {
    return asking<Handle, Ts...>{*this, whom, {std::forward<Ts>(question)...}};
  }

  /// Has a role keep a promise of this actor.
  template <class T, class Handle, class... Ts>
  void pass_on(answer_promise<T>&& promise, const role<Handle>& whom,
               Ts&&... question) {
    put(std::move(promise), whom, this->current_sender(),
        std::forward<Ts>(question)...);
  }

  /// Answers the message that the actor is handling as it answers that question
  /// without a message.
  template <class T, class... Ts>
  [[nodiscard]] caf::result<T> answer_message(Ts&&... question) {
    // CAF moves the sender into the promise.
    auto asker = this->current_sender();
    auto promise = this->template make_response_promise<T>();
    this->current_sender() = std::move(asker);
    line_->answer(question..., answer_promise<T>{promise});
    return promise;
  }

protected:
  /// Whether the caller is the thread that runs this actor.
  [[nodiscard]] bool runs_here() const {
    return !caf_api::has_ended(*this) && lane_->is_current();
  }

private:
  friend class role<handle_type>;

  /// A question that has not been asked yet. It refers to its parts.
  template <class Handle, class... Ts>
  struct asking {
    using answer = std::tuple_element_t<
        0, caf_api::answer_types<Handle, std::remove_cvref_t<Ts>...>>;

    pinned& self;
    const role<Handle>& whom;
    std::tuple<Ts&&...> question;

    template <class F, class G>
    void then(F answered, G failed) && {
      auto id = self.new_request_id(caf::message_priority::normal);
      answer_slot<answer> slot{self.ctrl(), id, self.queued()};
      std::apply(
          [&](auto&... parts) {
            self.put(slot.promise(), whom, self.ctrl(),
                     std::forward<Ts>(parts)...);
          },
          question);
      if (slot.close())
        slot.take(answered, failed);
      else
        caf_api::await_answer(self, id.response_id(), std::move(answered),
                              std::move(failed));
    }
  };

  /// Puts a question to a role, for which `asker` asks.
  template <class T, class Handle, class... Ts>
  void put(answer_promise<T>&& promise, const role<Handle>& whom,
           caf::strong_actor_ptr asker, Ts&&... question) {
    if (!whom.answer_directly(*home_, std::move(asker), promise, question...))
      promise.pass_on(whom.handle(), std::forward<Ts>(question)...);
  }

  [[nodiscard]] caf_api::host& lane() const noexcept override { return *lane_; }

  void before_run() override { home_->handles(*this); }

  void before_end() override {
    // To the mailbox, from where CAF sends back what has not been handled.
    if (lane_->is_current())
      for (auto& message : home_->withdraw(*this))
        this->mailbox().push_back(std::move(message));
  }

  void after_end() override { home_->delist(*this); }

  void take(caf::mailbox_element_ptr message) override {
    if (caf_api::has_ended(*this))
      this->to_mailbox(std::move(message));
    else if (caf_api::is_early(*message))
      home_->deliver(*this, std::move(message));
    else if (before_run(); !this->handle_message(message, home_))
      this->push_to_cache(std::move(message));
  }

  unit* home_;
  std::shared_ptr<unit_lane> lane_;
  /// Null until it is open.
  line_type* line_ = nullptr;
};

/// A role that others ask: its handle, and the way to ask it without a message,
/// if it is pinned to a unit.
template <class Handle>
class role {
public:
  role() = default;
  role(Handle handle) // NOLINT(google-explicit-constructor): it is that role.
      : handle_(std::move(handle)) {
    if (handle_)
      actor_ = dynamic_cast<pinned<typename Handle::base>*>(
          caf::actor_cast<caf::abstract_actor*>(handle_));
  }

  [[nodiscard]] const Handle& handle() const { return handle_; }
  explicit operator bool() const { return static_cast<bool>(handle_); }

  /// Whether it is pinned to a unit and has ended.
  [[nodiscard]] bool has_ended() const {
    return actor_ != nullptr && caf_api::has_ended(*actor_);
  }

  /// Has the role answer now, if it is on this unit and nothing is queued for
  /// it.
  /// @param asker who asks.
  /// @returns false if it cannot, and the promise and the question are what
  ///          they were.
  template <class T, class... Ts>
  [[nodiscard]] bool answer_directly(unit& home, caf::strong_actor_ptr asker,
                                     answer_promise<T>& promise,
                                     Ts&... question) const {
    if (actor_ == nullptr || actor_->line_ == nullptr || &home != actor_->home_
        || caf_api::has_ended(*actor_) || !home.begin_direct(*actor_))
      return false;
    actor_->enter(
        [&] { actor_->line_->answer(question..., std::move(promise)); },
        std::move(asker));
    return true;
  }

private:
  Handle handle_;
  /// Null if it is not pinned to a unit.
  pinned<typename Handle::base>* actor_ = nullptr;
};

/// The pointer that the function of a role takes: `Handle` is its typed handle,
/// `State` its state.
template <class Handle, class State>
using pinned_pointer =
    caf::stateful_actor<State, pinned<typename Handle::base>>*;

/// The state of whichever actor of a role handles a message. All actors of the
/// role on a unit can have one behaviour then, in place of one each.
template <class Handle, class State>
class handling {
public:
  explicit handling(const unit& home) : home_(&home) {}

  State& operator()() const {
    return caf_api::state_of(
        static_cast<pinned_pointer<Handle, State>>(home_->handling()));
  }

private:
  const unit* home_;
};

} // namespace stagedoor
