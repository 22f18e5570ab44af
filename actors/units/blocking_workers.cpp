#include "stagedoor/actors/units/blocking_workers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <utility>

namespace stagedoor {

struct blocking_workers::implementation {
  implementation(std::size_t threads, std::size_t waiting)
      : threads_max(threads), queue_max(waiting), pool(threads) {}

  std::size_t threads_max;
  std::size_t queue_max;
  /// Jobs that were submitted and have not returned.
  std::atomic<std::size_t> unfinished = 0;
  /// Those of them that a thread has begun.
  std::atomic<std::size_t> begun = 0;
  std::atomic<bool> stopping = false;
  boost::asio::thread_pool pool;
};

blocking_workers::blocking_workers(std::size_t threads, std::size_t queue_max)
    : impl_(std::make_unique<implementation>(threads, queue_max)) {}

blocking_workers::~blocking_workers() {
  stop();
}

void blocking_workers::stop() {
  impl_->stopping = true;
  impl_->pool.join();
}

bool blocking_workers::submit(cancel_flag cancelled,
                              std::function<void()> job) {
  auto& impl = *impl_;
  if (impl.stopping)
    return false;
  if (impl.unfinished.fetch_add(1) >= impl.threads_max + impl.queue_max) {
    --impl.unfinished;
    return false;
  }
  boost::asio::post(impl.pool, [&impl, cancelled = std::move(cancelled),
                                job = std::move(job)] {
    ++impl.begun;
    if (!impl.stopping && !*cancelled)
      job();
    --impl.begun;
    --impl.unfinished;
  });
  return true;
}

std::size_t blocking_workers::waiting() const {
  // The second may have grown meanwhile.
  auto unfinished = impl_->unfinished.load();
  return unfinished - std::min(unfinished, impl_->begun.load());
}

std::size_t blocking_workers::busy() const {
  return impl_->begun;
}

std::size_t blocking_workers::unfinished() const {
  return impl_->unfinished;
}

} // namespace stagedoor
