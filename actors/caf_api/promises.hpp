#pragma once

// Answers that are sent by hand, as far as CAF's versions differ in them.

#include "stagedoor/protocol/caf_api/version.hpp"

#include "caf/abstract_actor.hpp"
#include "caf/actor_cast.hpp"
#include "caf/actor_control_block.hpp"
#include "caf/behavior.hpp"
#include "caf/error.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"
#include "caf/response_promise.hpp"
#include "caf/typed_response_promise.hpp"
#include "caf/unit.hpp"

#include <utility>

namespace stagedoor::caf_api {

/// Sends a message of which `from` is the sender.
/// Thread rule: any thread.
template <class Handle, class... Ts>
void send_from(caf::strong_actor_ptr from, caf::message_id id, const Handle& to,
               Ts&&... xs) {
#if STAGEDOOR_CAF_1
  caf::actor_cast<caf::abstract_actor*>(to)->enqueue(
      caf::make_mailbox_element(std::move(from), id, std::forward<Ts>(xs)...),
      nullptr);
#else
  caf::actor_cast<caf::abstract_actor*>(to)->enqueue(
      std::move(from), id, caf::make_message(std::forward<Ts>(xs)...), nullptr);
#endif
}

/// Answers that something is done.
inline void deliver_done(caf::typed_response_promise<void> promise) {
#if STAGEDOOR_CAF_1
  promise.deliver();
#else
  // The typed one takes errors only.
  static_cast<caf::response_promise&>(promise).deliver(caf::unit);
#endif
}

/// Has an actor wait for the answer to a question of its own.
/// @param answer the number of that answer.
template <class Self, class F, class G>
void await_answer(Self& self, caf::message_id answer, F then, G fail) {
  self.add_multiplexed_response_handler(
      answer, caf::behavior{std::move(then), std::move(fail)});
}

} // namespace stagedoor::caf_api
