#pragma once

#include "stagedoor/actors/messages.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/event_based_actor.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "answer_text.hpp"

namespace stagedoor::test {

/// Counts the responses that come, those included that nobody waits for.
template <class Base>
class counting : public Base {
public:
  using Base::Base;

  bool take_message(caf::mailbox_element_ptr message,
                    caf_api::host* from) override {
    if (message->mid.is_response())
      ++responses_;
    return Base::take_message(std::move(message), from);
  }

  [[nodiscard]] std::size_t responses() const { return responses_; }

private:
  std::size_t responses_ = 0;
};

/// Plays a connection: asks what a test tells it to and keeps what comes back.
/// It also plays whoever else asks a role: a handler to a runner or to a pool.
class client_probe {
public:
  explicit client_probe(unit& home, std::uint64_t connection_id = 1) {
    handle_ = home.spawn(behave, record_);
    self_ = caf::actor_cast<actor_type*>(handle_);
    auto scope = std::make_shared<stagedoor::scope>();
    scope->connection_id = connection_id;
    scope_ = std::move(scope);
  }

  [[nodiscard]] const caf::actor& handle() const { return handle_; }
  [[nodiscard]] const scope_ptr& scope() const { return scope_; }

  /// What the connection says of itself.
  [[nodiscard]] connection_opened opened() const { return {scope_, handle_}; }

  /// A message of this client.
  request_data data(std::string action, std::string route = {},
                    json::object arguments = {}) {
    request_data result;
    result.scope = scope_;
    result.message.head.action = std::move(action);
    result.message.head.route = std::move(route);
    result.message.arguments = std::move(arguments);
    result.connection = handle_;
    result.sequence = ++last_sequence_;
    return result;
  }

  /// The same as it is before the routing.
  request_draft draft(std::string action, std::string route = {}) {
    return request_draft{data(std::move(action), std::move(route))};
  }

  /// And behind it.
  request message(std::string action, json::object arguments = {}) {
    return request{data(std::move(action), {}, std::move(arguments))};
  }

  /// Asks `whom`; the answer comes when the actors run.
  /// @returns the number of the question, from 0.
  template <class Answer = reply, class Handle, class... Ts>
  std::size_t ask(const Handle& whom, Ts&&... xs) {
    auto number = record_->answers.size();
    record_->answers.emplace_back();
    auto keep = [record = record_, number](const auto& answer) {
      record->answers[number] += text(answer);
    };
    self_->request(whom, caf::infinite, std::forward<Ts>(xs)...)
        .then([keep](const Answer& answer) { keep(answer); },
              [keep](const caf::error& error) { keep(error); });
    return number;
  }

  /// The answer to a question, see answer_text.hpp; empty while there is none.
  [[nodiscard]] const std::string& answer(std::size_t number) const {
    return record_->answers.at(number);
  }

  /// How many answers have come to all questions, wanted or not.
  [[nodiscard]] std::size_t responses() const { return self_->responses(); }

  /// The late replies that have come: `3: 200 null` is that to message 3.
  [[nodiscard]] const std::vector<std::string>& late() const {
    return record_->late;
  }

  /// The types of the events that have come.
  [[nodiscard]] const std::vector<std::string>& pushed() const {
    return record_->pushed;
  }

private:
  struct record_type {
    std::vector<std::string> answers;
    std::vector<std::string> late;
    std::vector<std::string> pushed;
  };
  using record_ptr = std::shared_ptr<record_type>;

  struct state {
    static inline const char* name = "test.client";
  };
  using actor_type =
      caf::stateful_actor<state, counting<pinned<caf::event_based_actor>>>;

  static caf::behavior behave(actor_type*, record_ptr record) {
    return {
        [record](const late_reply& late) {
          record->late.push_back(std::to_string(late.sequence) + ": "
                                 + text(late.answer));
        },
        [record](const event& what) { record->pushed.push_back(what.type); },
    };
  }

  record_ptr record_ = std::make_shared<record_type>();
  caf::actor handle_;
  actor_type* self_ = nullptr;
  scope_ptr scope_;
  std::uint64_t last_sequence_ = 0;
};

} // namespace stagedoor::test
