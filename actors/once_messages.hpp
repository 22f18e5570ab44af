#pragma once

#include "stagedoor/actors/messages.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

// What handlers and once keepers say to each other, see
// keeping/once_keeper.hpp. No application sends it.

namespace stagedoor {

/// The key of a message, with the user whose key it is.
struct once_key {
  /// See `user_key`.
  std::string user;
  std::string key;

  // NOLINTNEXTLINE(modernize-use-nullptr): there is no pointer.
  friend auto operator<=>(const once_key&, const once_key&) = default;
};

/// handler → once keeper → the keeper of the key: a message with a key wants to
/// run.
struct once_claim {
  once_key key;
  /// Says which message it is, see `fingerprint_of`.
  std::string fingerprint;
  /// How long ago the client has sent it for the first time.
  std::uint64_t age_ms = 0;
  /// The life of the once keeper on whose node it would run. Handlers leave it
  /// empty.
  std::string runner = {};
  /// Tells the messages of one life apart. Handlers leave it 0.
  std::uint64_t number = 0;
};

/// The answer to a `once_claim`.
struct once_verdict {
  /// The message is the first one: it runs.
  bool runs = false;
  /// By which the handler says how it has ended; 0 if it does not run.
  std::uint64_t number = 0;
  /// What the client gets if it does not run.
  reply answer = {};
};

/// How a message has ended that had a key.
enum class once_ending : std::uint8_t {
  /// Its action has answered, or has died.
  answered,
  /// Its action may have run, and nobody knows how it has ended.
  unknown,
  /// Its action has not begun, and another message may have the key.
  given_back,
};

/// handler → once keeper: how a message has ended that it was told to run.
struct once_end {
  std::uint64_t number = 0;
  once_ending how = once_ending::given_back;
  /// What the action has answered.
  reply answer = {};
};

/// What is known of a key.
enum class once_state : std::uint8_t { running, answered, unknown };

/// What is known of a key, as it goes from node to node.
struct once_record {
  once_key key;
  std::string fingerprint;
  /// Where it runs or has run, and which message it is, see `once_claim`.
  std::string runner;
  std::uint64_t number = 0;
  once_state state = once_state::running;
  /// Of an action that has answered.
  reply answer = {};
  /// For how long it is still kept; it counts from the end of the action.
  std::uint64_t left_ms = 0;
};

/// What a once keeper tells those of other nodes.
enum class once_note_kind : std::uint8_t {
  /// It is alive, and sees a ring.
  beat,
  /// The same, and it asks for the keys that it is to keep.
  ask,
  /// A key is about to begin: keep a copy.
  begin,
  /// A key has ended.
  end,
  /// A key has not begun after all.
  give_back,
  /// Keys that the other node is to keep, or of which it is to know that they
  /// still run.
  sync,
  /// It was the last of these that an `ask` was for.
  synced,
  /// It ends, and has handed over its keys.
  farewell,
};

/// once keeper → once keeper of another node.
struct once_note {
  once_note_kind what = once_note_kind::beat;
  /// Which node says it, and which life of it.
  std::string from;
  /// The lives of the nodes among which the keys are spread, in their order.
  std::vector<std::string> ring = {};
  std::vector<once_record> records = {};
  /// For how long no key of its can have been lost, if it knows.
  bool knows_since = false;
  std::uint64_t kept_ms = 0;
  /// It had taken the other node out of its ring.
  bool was_out = false;
};

/// The answer to a `once_note`.
struct once_receipt {
  /// That it does so, or that the sender may go on.
  bool is_yes = false;
  /// Which life of the node answers.
  std::string from = {};
};

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, once_claim& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::once_claim", x.key.user,
                                 x.key.key, x.fingerprint, x.age_ms, x.runner,
                                 x.number);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, once_verdict& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::once_verdict", x.runs,
                                 x.number, x.answer);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, once_record& x) {
  auto state = static_cast<std::uint8_t>(x.state);
  auto load = [&]() -> caf::error {
    x.state = static_cast<once_state>(state);
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::once_record", load,
                                 x.key.user, x.key.key, x.fingerprint, x.runner,
                                 x.number, state, x.answer, x.left_ms);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, once_note& x) {
  auto what = static_cast<std::uint8_t>(x.what);
  auto load = [&]() -> caf::error {
    x.what = static_cast<once_note_kind>(what);
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::once_note", load, what,
                                 x.from, x.ring, x.records, x.knows_since,
                                 x.kept_ms, x.was_out);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, once_receipt& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::once_receipt", x.is_yes,
                                 x.from);
}

} // namespace stagedoor
