#pragma once

#include <stdexcept>

namespace stagedoor::testing {

/// An expectation that was not met. The text says what was expected and what
/// came instead. It is an exception, as every test framework reports those.
class failure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace stagedoor::testing
