#include "stagedoor/actors/units/running_work.hpp"

#include <list>
#include <mutex>
#include <utility>

namespace stagedoor {

/// Where a thread says what it runs.
class running_work::place {
public:
  description exchange(description next) {
    std::lock_guard lock{mutex_};
    return std::exchange(now_, next);
  }

  /// What the thread runs; empty for nothing.
  std::string text() {
    std::lock_guard lock{mutex_};
    std::string result{now_.kind};
    if (!now_.name.empty())
      result.append(" \"").append(now_.name).append("\"");
    if (!now_.handler.empty())
      result.append(" of handler \"").append(now_.handler).append("\"");
    return result;
  }

private:
  std::mutex mutex_;
  description now_;
};

/// The places of all threads that have run something.
class running_work::board {
public:
  static board& instance() {
    // Threads may end after all static objects.
    static auto& result = *new board;
    return result;
  }

  std::list<place>::iterator add() {
    std::lock_guard lock{mutex_};
    return places_.emplace(places_.end());
  }

  void remove(std::list<place>::iterator which) {
    std::lock_guard lock{mutex_};
    places_.erase(which);
  }

  std::string text() {
    std::lock_guard lock{mutex_};
    std::string result;
    for (auto& each : places_)
      if (auto text = each.text(); !text.empty())
        result.append(result.empty() ? "" : ", ").append(text);
    return result;
  }

private:
  std::mutex mutex_;
  std::list<place> places_;
};

running_work::place& running_work::here() {
  struct entry {
    ~entry() { board::instance().remove(where); }
    std::list<place>::iterator where = board::instance().add();
  };
  thread_local entry mine;
  return *mine.where;
}

running_work::running_work(std::string_view kind, std::string_view name,
                           std::string_view handler)
    : place_(here()), outer_(place_.exchange({kind, name, handler})) {}

running_work::~running_work() {
  place_.exchange(outer_);
}

std::string running_work::text() {
  return board::instance().text();
}

} // namespace stagedoor
