#pragma once

#include "stagedoor/protocol/request.hpp"

#include <string>
#include <string_view>

namespace stagedoor {

/// Says what of the application its thread runs, for as long as it lives, so
/// that whoever waits for the thread can say what holds it up. It takes no lock
/// as long as nobody asks, because each action of each message has one.
/// Thread rule: made and destroyed by one thread, the last one first.
class running_work {
public:
  /// All parts outlive the object.
  struct description {
    /// Such as `action`.
    std::string_view kind;
    /// Its name, if it has one.
    std::string_view name = {};
    /// The name of the handler that it belongs to, if there is one.
    std::string_view handler = {};
    /// The message that it runs for, if there is one.
    const request* message = nullptr;
  };

  explicit running_work(const description& about);
  ~running_work();

  running_work(const running_work&) = delete;
  running_work& operator=(const running_work&) = delete;

  /// What the threads of the process run now, in one line; empty for nothing.
  /// Thread rule: any thread.
  static std::string text();

private:
  class place;
  class board;

  static place& here();

  description about_;
  place& place_;
  /// What the thread ran before, and runs again. Null for nothing.
  const running_work* outer_;
};

} // namespace stagedoor
