#include "stagedoor/actors/units/running_work.hpp"

#include "stagedoor/actors/units/log_details.hpp"

#include <atomic>
#include <list>
#include <mutex>

namespace stagedoor {

/// Where a thread says what it runs.
class running_work::place {
public:
  /// Thread rule: the thread itself.
  const running_work* begin(const running_work& next) {
    const auto* outer = now_.load(std::memory_order_relaxed);
    now_.store(&next, std::memory_order_release);
    return outer;
  }

  /// The one that ends may be destroyed behind this call. So either a reader
  /// sees the outer one, or this sees the reader and waits for it.
  /// Thread rule: the thread itself.
  void end(const running_work* outer) {
    now_.store(outer, std::memory_order_seq_cst);
    if (has_reader_.load(std::memory_order_seq_cst))
      std::lock_guard wait{reading_};
  }

  /// What the thread runs; empty for nothing.
  /// Thread rule: any thread.
  std::string text() {
    std::lock_guard lock{reading_};
    has_reader_.store(true, std::memory_order_seq_cst);
    const auto* now = now_.load(std::memory_order_seq_cst);
    auto result = now != nullptr ? text_of(now->about_) : std::string{};
    has_reader_.store(false, std::memory_order_release);
    return result;
  }

private:
  static std::string text_of(const description& about) {
    std::string result{about.kind};
    if (!about.name.empty())
      result.append(" ").append(quoted_name(about.name));
    if (!about.handler.empty())
      result.append(" of handler ").append(quoted_name(about.handler));
    if (about.message != nullptr)
      result.append(" (").append(log_details(*about.message)).append(")");
    return result;
  }

  std::atomic<const running_work*> now_{nullptr};
  std::atomic<bool> has_reader_{false};
  std::mutex reading_;
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

running_work::running_work(const description& about)
    : about_(about), place_(here()), outer_(place_.begin(*this)) {}

running_work::~running_work() {
  place_.end(outer_);
}

std::string running_work::text() {
  return board::instance().text();
}

} // namespace stagedoor
