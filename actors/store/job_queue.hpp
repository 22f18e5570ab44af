#pragma once

#include "stagedoor/actors/store/store.hpp"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

namespace stagedoor {

/// A job of a store on its way to a thread.
struct waiting_job {
  store::clock::time_point deadline;
  store::job run;
  store::ending then;
  /// What the job does, if that is to look something up.
  std::shared_ptr<const sql_look_up> look_up = nullptr;

  /// @throws sql_error if the deadline has passed.
  void check_deadline() const;

  /// Says how it has ended. It may hold the last pointer to the store, so it
  /// goes after all that ended with it have been told.
  void end(const std::exception_ptr& error);
};

/// The jobs that wait for the threads of a store, in their order.
/// Thread rule: any thread.
class job_queue {
public:
  /// How many look-ups that follow each other are taken at once.
  static constexpr std::size_t look_ups_max = 16;

  /// @param waiting_max how many may wait. One more ends at once, as `full`.
  explicit job_queue(std::size_t waiting_max) : waiting_max_(waiting_max) {}

  void add(waiting_job added);

  /// Waits for jobs.
  /// @returns at most `most`, or `look_ups_max` look-ups, and none once the
  ///          queue is closed.
  std::vector<waiting_job> take(std::size_t most);

  /// Ends the jobs that wait, and any further one, as `gone`.
  void close();

private:
  const std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<waiting_job> jobs_;
  bool is_closed_ = false;
};

} // namespace stagedoor
