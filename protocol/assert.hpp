#pragma once

namespace stagedoor {

/// Writes the failed condition and its place to standard error and ends the
/// process. A broken invariant is a bug of ours, never the fault of an input.
[[noreturn]] void assertion_failed(const char* condition, const char* file,
                                   int line) noexcept;

} // namespace stagedoor

/// Checks an invariant of our own code, in release builds too.
#define STAGEDOOR_ASSERT(condition)                                            \
  (static_cast<bool>(condition)                                                \
       ? void()                                                                \
       : ::stagedoor::assertion_failed(#condition, __FILE__, __LINE__))
