#pragma once

#include "stagedoor/actors/once_messages.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// The keys that a node keeps, and what is known of each: a message runs under
/// it, its answer, or that nobody knows its outcome. It answers whoever wants
/// to run under a key.
///
/// A key is kept for `once_kept` after its action has ended, or after the node
/// was lost where the action runs. Nothing goes earlier.
/// Limits: `once_kept_max`, `once_kept_bytes_max`, `once_waiting_max`.
/// Thread rule: one owner, which says what time it is.
class once_book {
public:
  using clock = std::chrono::steady_clock;
  using time_point = clock::time_point;

  /// What happens to a message with a key.
  enum class fate : std::uint8_t {
    /// It is the first one.
    runs,
    /// Another one runs; the number that it was given waits for that.
    waits,
    /// It is answered.
    answered,
  };

  struct decision {
    fate what = fate::answered;
    reply answer = {};
  };

  /// Whose question is answered now, and how.
  struct answers {
    std::vector<std::uint64_t> waiting = {};
    reply answer = {};
  };

  /// @param is_there whether the life of a node goes on, as far as this node
  ///        can see.
  once_book(const limits& bounds,
            std::function<bool(const std::string& life)> is_there)
      : bounds_(bounds), is_there_(std::move(is_there)) {}

  // -- messages ---------------------------------------------------------------

  /// Decides what happens to a message with a key.
  /// @param waiting stands for the message if it has to wait.
  /// @param since when this node has begun to keep what it was given.
  decision claim(const once_claim& wanted, std::uint64_t waiting,
                 time_point since, time_point now);

  /// Notes how a message has ended that has run under a key, even if the key is
  /// not known here.
  /// @returns who has waited for that.
  answers end(const once_record& ended, time_point now);

  /// Forgets a key under which nothing has begun.
  /// @param runner whose it must be, with the number of its message.
  /// @returns who has waited for it: one of these may run.
  std::vector<std::uint64_t> give_back(const once_key& key,
                                       const std::string& runner,
                                       std::uint64_t number);

  /// Somebody does not wait any more.
  void stop_waiting(const once_key& key, std::uint64_t waiting);

  // -- other nodes ------------------------------------------------------------

  /// Takes what another node knows of a key.
  /// @returns who has waited for that.
  answers take(const once_record& told, time_point now);

  /// Whether there is room for one more key.
  [[nodiscard]] bool has_room() const {
    return bytes_ < bounds_.once_kept_bytes_max;
  }

  /// The life of a node has ended, or it cannot be reached.
  /// @returns who has waited for what runs there.
  answers lose(const std::string& life, time_point now);

  /// Nobody has said for a while of what runs on some nodes that it does.
  /// @param since it was not said since then.
  /// @returns who has waited for that.
  answers doubt(time_point since, time_point now);

  /// What is known of all keys, for other nodes.
  [[nodiscard]] std::vector<once_record> records(time_point now) const;

  /// What is known of a key; nothing if it is not kept.
  [[nodiscard]] std::optional<once_record> record_of(const once_key& key,
                                                     time_point now) const;

  /// Drops a key that other nodes keep.
  void drop(const once_key& key);

  // -- time -------------------------------------------------------------------

  /// Forgets what was kept for long enough.
  void expire(time_point now);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  /// Of all keys and answers.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

private:
  struct entry {
    std::string fingerprint;
    std::string runner;
    std::uint64_t number = 0;
    /// When it was said last that it runs.
    time_point confirmed = {};
    once_state state = once_state::running;
    reply answer = {};
    /// It runs on a node that was lost.
    bool is_lost = false;
    /// For what runs at a node that is there, the end of time.
    time_point until = time_point::max();
    std::vector<std::uint64_t> waiting = {};
  };

  using entry_map = std::map<once_key, entry>;

  /// What an entry takes besides its texts, roughly.
  static constexpr std::size_t entry_bytes = 512;

  static std::size_t bytes_of(const once_key& key, const entry& x);

  entry& add(const once_key& key, entry added);
  void remove(entry_map::iterator at);
  void lose(entry_map::iterator at, answers& told, time_point now);
  void keep_until(entry_map::iterator at, time_point until);
  answers close(entry_map::iterator at, once_state state, const reply& answer,
                time_point until);
  [[nodiscard]] once_record record_of(const once_key& key, const entry& known,
                                      time_point now) const;

  const limits& bounds_;
  std::function<bool(const std::string&)> is_there_;
  entry_map entries_;
  std::map<std::string, std::size_t> by_user_;
  std::multimap<time_point, once_key> by_end_;
  std::size_t bytes_ = 0;
};

/// What a client gets if nobody knows whether its message has run.
reply unknown_outcome();

} // namespace stagedoor
