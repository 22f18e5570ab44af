#pragma once

#include <stdexcept>

namespace stagedoor::testing {

/// An expectation that was not met. The text tells the expected message and the
/// actual one. It is an exception, because every test framework reports
/// exceptions.
class failure : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

} // namespace stagedoor::testing
