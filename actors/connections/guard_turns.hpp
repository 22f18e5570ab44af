#pragma once

#include <cstddef>
#include <list>

namespace stagedoor {

/// Bounds the questions to guards of groups that are under way on one unit, so
/// that asking all guards again does not crowd out the permissions of messages,
/// nor let guards be late for each other.
/// Limits: `questions_max`.
/// Thread rule: belongs to one unit.
class guard_turns {
public:
  /// Questions that are under way at a time.
  static constexpr std::size_t questions_max = 64;

  /// The connection's part that waits for its turn.
  class asker {
  public:
    /// A question may be asked: call `take` for it.
    virtual void turn_is_free() = 0;

  protected:
    ~asker() = default;
  };

  /// Takes a turn, for one question.
  /// @returns false if none is free. The asker is told when one is, once.
  bool take(asker& next);

  /// Questions have been answered, or will never be.
  void give_back(std::size_t count = 1);

  /// The asker ends.
  void forget(asker& ended) { waiting_.remove(&ended); }

private:
  std::size_t taken_ = 0;
  /// The first one is next. Each is in it once at most.
  std::list<asker*> waiting_;
};

} // namespace stagedoor
