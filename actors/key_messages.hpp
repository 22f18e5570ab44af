#pragma once

#include "stagedoor/actors/messages.hpp"

#include <cstdint>
#include <string>
#include <vector>

// What key keepers and handlers say to each other, see handlers/key_keeper.hpp.
// No application sends it.

namespace stagedoor {

/// handler → key keeper: the state of a key is to begin.
struct key_claim {
  /// The key with its route, see `key_prefix`.
  std::string key;
  /// The number of its runner, by which the handler is told that it must end.
  std::uint64_t number = 0;
};

/// handler → key keeper: the state of a key has ended.
struct key_release {
  std::string key;
};

/// What the keeper of a node tells those of other nodes.
enum class key_note_kind : std::uint8_t {
  /// All keys that it has.
  all,
  /// It is about to have a key, if most others agree.
  claim,
  /// It has a key.
  hold,
  /// It has a key no more.
  release,
  /// It is alive.
  beat,
  /// It ends, and has no keys.
  farewell,
};

template <caf_api::asks_about_enums Inspector>
bool inspect(Inspector& f, key_note_kind& x) {
  return caf_api::inspect_enum(f, x);
}

/// key keeper → key keeper of another node.
struct key_note {
  /// The name of the node that says it.
  std::string node;
  key_note_kind what = key_note_kind::beat;
  std::vector<std::string> keys;
};

/// The answer to a `key_note`.
struct key_vote {
  /// That a node may have the key.
  bool is_yes = false;
  /// The node that has the key already; empty if none is known to.
  std::string holder;
  /// The sender knows of an earlier life of the node, which has ended without a
  /// farewell.
  bool knew_another = false;
};

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, key_note& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::key_note", x.node, x.what,
                                 x.keys);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, key_vote& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::key_vote", x.is_yes,
                                 x.holder, x.knew_another);
}

} // namespace stagedoor
