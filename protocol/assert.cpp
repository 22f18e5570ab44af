#include "stagedoor/protocol/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace stagedoor {

void assertion_failed(const char* condition, const char* file,
                      int line) noexcept {
  std::fprintf(stderr, "stagedoor: assertion failed: %s (%s:%d)\n", condition,
               file, line);
  std::abort();
}

} // namespace stagedoor
