#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>

namespace stagedoor {

/// Threads for what blocks or computes for long: bounded in number, with a
/// bounded queue. A job gets its input by value and sends its answer as a
/// message; it touches no actor's state.
/// Thread rule: any thread.
class blocking_workers {
public:
  /// Set to true by whoever does not want the answer any more: a job that has
  /// not begun by then is dropped.
  using cancel_flag = std::shared_ptr<std::atomic<bool>>;

  /// When the threads begin: with this object, or with the first job.
  enum class start { at_once, with_first_job };

  blocking_workers(std::size_t threads, std::size_t queue_max,
                   start when = start::at_once);

  ~blocking_workers();

  /// Drops the jobs that have not begun and waits for those that have. Once:
  /// no job is taken afterwards. Not from one of the threads.
  void stop();

  /// Queues a job. It must not throw.
  /// @returns false if `queue_max` jobs are waiting for a thread.
  [[nodiscard]] bool submit(cancel_flag cancelled, std::function<void()> job);

  /// How many jobs wait for a thread.
  [[nodiscard]] std::size_t waiting() const;

  /// How many threads run a job.
  [[nodiscard]] std::size_t busy() const;

  /// How many jobs wait or run. What a job sends is on its way before it is not
  /// counted any more.
  [[nodiscard]] std::size_t unfinished() const;

private:
  struct implementation;
  std::unique_ptr<implementation> impl_;
};

} // namespace stagedoor
