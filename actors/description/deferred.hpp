#pragma once

#include "stagedoor/protocol/reply.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace stagedoor {

/// An answer that comes later. An action returns it instead of a reply. Copy it
/// to the place where the answer will be known and call `answer` once; later
/// calls are ignored. If the last copy is destroyed without an answer, the
/// client gets a 500, so that no client waits for ever. A coroutine may
/// `co_await` it, once and right away, and gets the reply.
/// Thread rule: any thread.
class deferred {
public:
  using delivery = std::function<void(reply)>;

  deferred(std::uint64_t id, delivery deliver);

  /// An answer that only the runner itself gives.
  explicit deferred(std::uint64_t id) : id_(id) {}

  void answer(reply answer) const;

  /// The runner's own number for this answer.
  [[nodiscard]] std::uint64_t id() const { return id_; }

private:
  class state;
  std::uint64_t id_;
  /// Null if only the runner answers.
  std::shared_ptr<state> state_;
};

/// The answer that the callback of a question gives; see `context::ask`.
class callback_answer : public deferred {
public:
  explicit callback_answer(deferred answer) : deferred(std::move(answer)) {}
};

} // namespace stagedoor
