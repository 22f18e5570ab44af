#pragma once

#include "stagedoor/actors/handlers/pending_message.hpp"
#include "stagedoor/actors/handlers/runner.hpp"
#include "stagedoor/actors/units/respawner.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace stagedoor {

/// What runners of keys need besides.
struct key_setup {
  /// Counts them, for all handlers of the route.
  std::shared_ptr<std::atomic<std::size_t>> count;
  /// What the names of the keys begin with, see `key_prefix`.
  std::string prefix = {};
  /// Takes the messages that have waited for the state of their key to begin.
  /// The reply is that of a failure if it does not.
  std::function<void(const std::vector<std::uint64_t>&, const reply&)>
      on_begun = {};
};

/// The runners of one handler, and the connections that it serves: which runner
/// serves which message, and which runner has been told of which connection.
///
/// A handler that lives for its connections has a runner for each of them, and
/// one that lives by key has one for each key; any other handler has one runner
/// for all. A runner is spawned when it is needed first, and again when it has
/// died (see `respawner`). It is told of a connection before the first message
/// of that connection, so that `on_open` runs before any action, and of the
/// connection's end.
///
/// The runner of a key ends when its state says so, or after a time without
/// messages: it is told that nothing more comes, and messages of its key wait
/// here until it has ended. So no key has two states at a time. Where a key has
/// one state in the cluster, messages also wait until the key keeper has agreed
/// that it begins here, and they wait for a state that is loaded.
/// Limits: a runner per connection at most, or `key_bounds::states_max`.
/// Thread rule: belongs to one actor.
class runner_slots {
public:
  /// @param self the handler, which hears of the deaths of runners and
  ///        connections and of deadlines, and passes them on to this object.
  /// @param setup what each runner works with.
  /// @param greets whether the runners are told of connections, for the hooks
  ///        of the handler.
  runner_slots(handler_role* self, runner_setup setup, bool greets,
               key_setup keys);

  /// Ends the runners.
  ~runner_slots();

  runner_slots(const runner_slots&) = delete;
  runner_slots& operator=(const runner_slots&) = delete;

  /// The runner of a message.
  /// @returns null while the next life of a runner that has died must wait, if
  ///          the bound of keys is reached, and while the runner ends.
  role<runner_actor> runner_for(const request& message);

  /// The runner of the connections that no message has told of yet.
  role<runner_actor> runner_for(const connection_opened& connection);

  /// Keeps the number of a message, if the runner of its key is about to begin
  /// or to end.
  /// @returns false if it is not.
  bool hold(std::uint64_t id, const request& message);

  /// Watches the connection of a message from now on, and tells its runner of
  /// it, unless both have happened before.
  void introduce(const request& message);

  /// The same for a connection that no message has told of yet.
  void introduce(const connection_opened& connection);

  /// Ends what a connection had, if the actor is one that is watched.
  /// @returns the number of the connection, or nothing if it is none of them.
  std::optional<std::uint64_t> connection_died(const caf::actor_addr& actor);

  /// This runner has loaded its state, or answers with the failure.
  void begun(const caf::strong_actor_ptr& runner, const reply& result);

  /// Ends all states that live by key, and begins none any more.
  void end_all();

  /// The state of this runner wants to end.
  void end(const caf::strong_actor_ptr& runner);

  /// The time is over that was set for the runner with this number.
  void expire(std::uint64_t number);

  /// Makes room for the next life of a runner, if the actor was one.
  /// @returns the messages that were held until it had ended.
  std::vector<std::uint64_t> runner_died(const caf::down_msg& down);

private:
  enum class phase : std::uint8_t { claimed, loading, alive, ending };

  /// What only runners of keys have.
  struct key_slot {
    key_slot(std::string value, std::function<void()> on_expiry)
        : key(std::move(value)), due(std::move(on_expiry)) {}

    std::string key;
    std::chrono::steady_clock::time_point last_use;
    /// Of the time without messages, then of the end.
    deadline due;
    phase stage = phase::alive;
    std::vector<std::uint64_t> held;

    [[nodiscard]] bool is_beginning() const {
      return stage == phase::claimed || stage == phase::loading;
    }
  };

  struct slot {
    respawner<role<runner_actor>> runner;
    /// Null unless the handler lives by key.
    std::unique_ptr<key_slot> keyed;

    [[nodiscard]] bool is_open() const {
      return !keyed || keyed->stage == phase::alive;
    }
  };

  /// That a runner serves a connection.
  struct service {
    std::uint64_t number;
    /// The runner that has heard of the connection.
    caf::actor_addr told;
  };

  struct known_connection {
    connection_opened connection;
    /// One entry, unless the handler lives by key.
    std::vector<service> served_by;
  };

  role<runner_actor> runner_under(std::uint64_t number);
  void introduce(const connection_opened& connection, std::uint64_t number);
  void greet(const connection_opened& connection, service& served);
  [[nodiscard]] std::string text_of_client(std::uint64_t number) const;
  std::uint64_t number_for(const request& message);
  [[nodiscard]] std::uint64_t number_for(std::uint64_t connection_id) const;
  std::uint64_t add_key(const std::string& key);
  slot* place_of(std::uint64_t number);
  [[nodiscard]] std::uint64_t
  number_of(const caf::strong_actor_ptr& runner) const;
  void claim(std::uint64_t number);
  void claimed(std::uint64_t number, bool is_granted);
  void begin_end(std::uint64_t number);
  void drop(std::uint64_t number);
  void remove(std::uint64_t number);
  [[nodiscard]] const stagedoor::lifetime& lifetime() const {
    return setup_.handler->lifetime;
  }
  [[nodiscard]] std::chrono::milliseconds unused_time() const;

  handler_role* self_;
  runner_setup setup_;
  bool greets_;
  key_setup keys_;
  /// By connection, by the number of a key, or under 0 where one runner serves
  /// all connections.
  std::unordered_map<std::uint64_t, slot> runners_;
  std::unordered_map<caf::actor_addr, std::uint64_t> numbers_by_runner_;
  /// By key.
  std::unordered_map<std::string, std::uint64_t> numbers_;
  std::uint64_t last_number_ = 0;
  /// Whether the log tells when the bound of keys is reached.
  bool warns_when_full_ = true;
  /// No state begins any more.
  bool is_closed_ = false;
  /// By the connection's actor: a number may be that of another node's
  /// connection as well.
  std::unordered_map<caf::actor_addr, known_connection> connections_;
};

} // namespace stagedoor
