#pragma once

// Actors and their messages, as far as CAF's versions differ in them.

#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/actors/caf_api/questions.hpp"
#include "stagedoor/protocol/caf_api/version.hpp"

#include "caf/abstract_actor.hpp"
#include "caf/actor.hpp"
#include "caf/error.hpp"
#include "caf/mailbox_element.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"
#include "caf/result.hpp"
#include "caf/send.hpp"

#if !STAGEDOOR_CAF_1
#include "caf/atom.hpp"
#endif

#include <string>
#include <utility>

namespace stagedoor::caf_api {

/// Whether an actor takes messages no more. Thread rule: any thread.
inline bool has_ended(const caf::abstract_actor& actor) {
#if STAGEDOOR_CAF_1
  return actor.getf(caf::abstract_actor::is_terminated_flag);
#else
  return actor.getf(caf::abstract_actor::is_cleaned_up_flag);
#endif
}

/// Sends a message as if another actor did.
template <class... Ts>
void send_as(const caf::actor& from, const caf::actor& to, Ts&&... xs) {
#if STAGEDOOR_CAF_2
  caf::detail::unsafe_send_as(caf::actor_cast<caf::abstract_actor*>(from), to,
                              std::forward<Ts>(xs)...);
#elif STAGEDOOR_CAF_1
  caf::detail::send_as(from, to, std::forward<Ts>(xs)...);
#else
  caf::send_as(from, to, std::forward<Ts>(xs)...);
#endif
}

/// A broker that a middleman keeps under a name.
template <class Broker, class Middleman>
caf::actor named_broker(Middleman& keeper, const std::string& name) {
#if STAGEDOOR_CAF_1
  return keeper.template named_broker<Broker>(name);
#else
  return keeper.template named_broker<Broker>(caf::atom_from_string(name));
#endif
}

/// Answers a request of an actor's own with an error: CAF keeps what is to be
/// done with an answer for as long as none comes.
template <class Self>
void give_up(Self& self, caf::message_id request, caf::error reason) {
  send_from(nullptr, request, &self, std::move(reason));
}

#if STAGEDOOR_CAF_1
/// What a handler of unexpected messages returns.
using default_result = caf::skippable_result;
#else
using default_result = caf::result<caf::message>;
#endif

} // namespace stagedoor::caf_api
