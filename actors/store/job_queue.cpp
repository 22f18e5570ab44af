#include "stagedoor/actors/store/job_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace stagedoor {

namespace {

std::exception_ptr error_of(sql_fault fault, const char* text) {
  return std::make_exception_ptr(sql_error{fault, text});
}

} // namespace

void waiting_job::check_deadline() const {
  if (store::clock::now() >= deadline)
    throw sql_error{sql_fault::late, "a job has waited for too long"};
}

void waiting_job::end(const std::exception_ptr& error) {
  std::exchange(then, {})(error);
}

void job_queue::add(waiting_job added) {
  std::unique_lock lock{mutex_};
  std::exception_ptr refusal;
  if (is_closed_)
    refusal = error_of(sql_fault::gone, "the store is closed");
  else if (jobs_.size() >= waiting_max_)
    refusal = error_of(sql_fault::full, "too many jobs wait");
  if (refusal) {
    lock.unlock();
    added.end(refusal);
    return;
  }
  // Who takes the look-up before it takes this one along.
  const auto goes_along =
      added.look_up && !jobs_.empty() && jobs_.back().look_up;
  jobs_.push_back(std::move(added));
  lock.unlock();
  if (!goes_along)
    changed_.notify_one();
}

std::vector<waiting_job> job_queue::take(std::size_t most) {
  std::unique_lock lock{mutex_};
  changed_.wait(lock, [this] { return is_closed_ || !jobs_.empty(); });
  const auto end_of = [this](std::size_t count) {
    return jobs_.begin()
           + static_cast<std::ptrdiff_t>(std::min(count, jobs_.size()));
  };
  const auto look_ups_end =
      std::find_if(jobs_.begin(), end_of(look_ups_max),
                   [](const auto& job) { return !job.look_up; });
  const auto last = std::max(end_of(most), look_ups_end);
  std::vector<waiting_job> result(std::make_move_iterator(jobs_.begin()),
                                  std::make_move_iterator(last));
  jobs_.erase(jobs_.begin(), last);
  return result;
}

void job_queue::close() {
  std::deque<waiting_job> left;
  {
    std::lock_guard lock{mutex_};
    is_closed_ = true;
    left.swap(jobs_);
  }
  changed_.notify_all();
  for (auto& job : left)
    job.end(error_of(sql_fault::gone, "the store is closed"));
}

} // namespace stagedoor
