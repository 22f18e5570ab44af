#pragma once

#include "stagedoor/actors/units/pinned.hpp"

#include <functional>
#include <utility>

namespace stagedoor {

/// The base of a role that only picks who is to have a message: what is sent
/// to it on its unit goes straight to that actor, which answers the sender,
/// without a turn of its own. CAF's actor_pool does the same.
template <class Base>
class forwarding : public pinned<Base> {
public:
  using pinned<Base>::pinned;

  /// Picks the receiver of a message, and may put another one in its place;
  /// null to take it as any actor does.
  /// Thread rule: called on the unit's thread, while the sender is running.
  using picker =
      std::function<caf::strong_actor_ptr(caf::mailbox_element_ptr&)>;

  void forward_with(picker pick) { pick_ = std::move(pick); }

  bool take_message(caf::mailbox_element_ptr message,
                    caf_api::host* from) override {
    if (pick_ && this->runs_here())
      if (auto receiver = pick_(message)) {
        receiver->enqueue(std::move(message), from);
        return true;
      }
    return pinned<Base>::take_message(std::move(message), from);
  }

private:
  picker pick_;
};

/// The pointer that the function of such a role takes; see `pinned_pointer`.
template <class Handle, class State>
using forwarding_pointer =
    caf::stateful_actor<State, forwarding<typename Handle::base>>*;

} // namespace stagedoor
