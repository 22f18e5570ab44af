#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/once_messages.hpp"

#include "caf/actor_addr.hpp"

#include <cstdint>
#include <map>
#include <vector>

namespace stagedoor {

/// The messages of a handler that run under a key. A ticket outlives the answer
/// to its client, which may come before the action has ended: the once keeper
/// hears how that ends. What is still open at the end of the handler has an
/// unknown outcome, or its key is given back.
/// Thread rule: belongs to one actor.
class once_tickets {
public:
  once_tickets() = default;
  ~once_tickets();

  once_tickets(const once_tickets&) = delete;
  once_tickets& operator=(const once_tickets&) = delete;

  [[nodiscard]] bool empty() const { return tickets_.empty(); }

  /// A message may run.
  /// @param id its number in the handler.
  /// @param number that of the keeper.
  void add(std::uint64_t id, once_keeper_actor keeper, std::uint64_t number);

  [[nodiscard]] bool has(std::uint64_t id) const {
    return tickets_.contains(id);
  }

  /// The action of a message begins.
  void begin(std::uint64_t id);

  /// The action of a message has begun.
  [[nodiscard]] bool has_begun(std::uint64_t id) const;

  /// Nobody waits any more for the answer to a message whose action has begun.
  /// @param holder the actor that has it; null if none has.
  void detach(std::uint64_t id, caf::actor_addr holder);

  /// What the client gets is what the action has answered. If the action has
  /// not begun, the key is given back. A 503 or 504 of the action itself says
  /// that nobody knows what it has done.
  void end(std::uint64_t id, const reply& answer);

  /// Nobody knows how the action of a message has ended, or its key is given
  /// back if the action has not begun.
  void lose(std::uint64_t id);

  /// The same, unless the action still answers.
  void doubt(std::uint64_t id);

  /// An actor has died that had messages nobody waits for.
  /// @param answer what they get, or nothing known if it is a success.
  void holder_died(const caf::actor_addr& holder, const reply& answer);

private:
  struct ticket {
    once_keeper_actor keeper;
    std::uint64_t number = 0;
    bool has_begun = false;
    /// Of a message that nobody waits for.
    caf::actor_addr holder = nullptr;
  };

  static void tell_lost(const ticket& known);
  static void tell(const ticket& known, once_ending how, reply answer = {});

  std::map<std::uint64_t, ticket> tickets_;
};

} // namespace stagedoor
