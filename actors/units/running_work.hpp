#pragma once

#include <string>
#include <string_view>

namespace stagedoor {

/// Says what of the application its thread runs, for as long as it lives, so
/// that whoever waits for the thread can say what holds it up.
/// Thread rule: made and destroyed by one thread, the last one first.
class running_work {
public:
  /// @param kind such as `action`.
  /// @param name of this one; outlives the object, like the others.
  /// @param handler the name of the handler that it belongs to, if there is
  ///        one.
  running_work(std::string_view kind, std::string_view name,
               std::string_view handler = {});
  ~running_work();

  running_work(const running_work&) = delete;
  running_work& operator=(const running_work&) = delete;

  /// What the threads of the process run now, in one line; empty for nothing.
  /// Thread rule: any thread.
  static std::string text();

private:
  struct description {
    std::string_view kind;
    std::string_view name;
    std::string_view handler;
  };
  class place;
  class board;

  static place& here();

  place& place_;
  /// What the thread ran before, and runs again.
  description outer_;
};

} // namespace stagedoor
