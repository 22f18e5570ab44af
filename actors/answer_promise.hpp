#pragma once

#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_control_block.hpp"
#include "caf/error.hpp"
#include "caf/message_id.hpp"
#include "caf/typed_response_promise.hpp"

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

namespace stagedoor {

template <class T>
class answer_promise;

/// Where the answer to a question lands that is given before the question has
/// returned. It lives on the stack of the actor that asks; an answer that comes
/// when it has ended is a message.
/// Thread rule: the unit of the actor that asks.
template <class T>
class answer_slot {
public:
  /// @param asker the actor that asks.
  /// @param id of the question; CAF knows a later answer by it.
  /// @param queued how many messages wait for the asker: an answer that would
  ///        overtake one of them is a message as well.
  answer_slot(caf::strong_actor_ptr::pointer asker, caf::message_id id,
              const std::size_t& queued)
      : asker_(asker), id_(id), queued_(queued) {}

  ~answer_slot() { close(); }

  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;

  /// The promise of the answer. To be made once.
  [[nodiscard]] answer_promise<T> promise() { return answer_promise<T>{*this}; }

  /// Ends the time for an answer that comes at once.
  /// @returns whether there is one.
  bool close() {
    if (promise_ != nullptr)
      promise_->become_message();
    return !std::holds_alternative<std::monostate>(answer_);
  }

  /// Calls `then` with the answer, or `fail` with the error that it is.
  template <class F, class G>
  void take(F& then, G& fail) {
    if (auto* error = std::get_if<caf::error>(&answer_))
      fail(*error);
    else
      then(std::get<T>(answer_));
  }

private:
  friend class answer_promise<T>;

  caf::strong_actor_ptr::pointer asker_;
  caf::message_id id_;
  const std::size_t& queued_;
  /// Who owes the answer; null if nobody does any more.
  answer_promise<T>* promise_ = nullptr;
  std::variant<std::monostate, T, caf::error> answer_;
};

/// The answer that an actor owes to the actor that has asked it: with a
/// message, or on its unit without one (units/pinned.hpp). It is kept with the
/// first `deliver` or `pass_on`. What is dropped without that answers with
/// `errc::server_error`, as an actor that throws does.
/// A function that only hands it on takes it by `&&`, because every message
/// would pay for one more move and one more destructor.
/// Thread rule: belongs to the actor that owes the answer.
template <class T>
class answer_promise {
public:
  /// The answer to the message that the actor is handling.
  explicit answer_promise(caf::typed_response_promise<T> promise)
      : later_(std::make_unique<later>(std::move(promise))) {}

  /// The answer to a question without a message.
  explicit answer_promise(answer_slot<T>& slot) : slot_(&slot) {
    slot.promise_ = this;
  }

  answer_promise(answer_promise&& other) noexcept
      : slot_(std::exchange(other.slot_, nullptr)),
        later_(std::move(other.later_)) {
    if (slot_ != nullptr)
      slot_->promise_ = this;
  }

  answer_promise(const answer_promise&) = delete;
  answer_promise& operator=(const answer_promise&) = delete;
  answer_promise& operator=(answer_promise&&) = delete;

  ~answer_promise() {
    if (is_owed()) [[unlikely]]
      break_promise();
  }

  void deliver(T&& answer) { keep(std::move(answer)); }
  void deliver(const T& answer) { keep(answer); }
  void deliver(caf::error&& error) { keep(std::move(error)); }

  /// Has another actor answer a message in its place.
  template <class Handle, class... Ts>
  void pass_on(const Handle& whom, Ts&&... question) {
    if (!is_owed())
      return;
    if (slot_ != nullptr)
      become_message();
    auto answer = std::move(*std::exchange(later_, nullptr));
    if (auto* asked = std::get_if<question_id>(&answer))
      caf_api::send_from(std::move(asked->asker), asked->id, whom,
                         std::forward<Ts>(question)...);
    else
      std::get<caf::typed_response_promise<T>>(answer).delegate(
          whom, std::forward<Ts>(question)...);
  }

private:
  friend class answer_slot<T>;

  /// A question that was asked without a message and is answered with one.
  struct question_id {
    caf::strong_actor_ptr asker;
    caf::message_id id;
  };

  /// What is answered with a message.
  using later = std::variant<caf::typed_response_promise<T>, question_id>;

  [[nodiscard]] bool is_owed() const {
    return slot_ != nullptr || later_ != nullptr;
  }

  /// By itself, so that the destructor of a kept one is short.
  void break_promise() { deliver(make_error(errc::server_error)); }

  /// The answer was not given at once: it will be a message.
  void become_message() {
    auto* slot = std::exchange(slot_, nullptr);
    slot->promise_ = nullptr;
    later_ = std::make_unique<later>(question_id{slot->asker_, slot->id_});
  }

  template <class Answer>
  void keep(Answer&& answer) {
    if (!is_owed())
      return;
    if (slot_ != nullptr && slot_->queued_ == 0) {
      auto* slot = std::exchange(slot_, nullptr);
      slot->promise_ = nullptr;
      slot->answer_.template emplace<std::remove_cvref_t<Answer>>(
          std::forward<Answer>(answer));
      return;
    }
    if (slot_ != nullptr)
      become_message();
    auto asker = std::move(*std::exchange(later_, nullptr));
    if (auto* asked = std::get_if<question_id>(&asker))
      caf_api::send_from(nullptr, asked->id.response_id(), asked->asker,
                         std::forward<Answer>(answer));
    else
      std::get<caf::typed_response_promise<T>>(asker).deliver(
          std::forward<Answer>(answer));
  }

  /// While the question has not returned; null after that.
  answer_slot<T>* slot_ = nullptr;
  /// From then on, and for the answer to a message; null if none is owed.
  std::unique_ptr<later> later_;
};

} // namespace stagedoor
