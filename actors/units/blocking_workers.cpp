#include "stagedoor/actors/units/blocking_workers.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

namespace stagedoor {

struct blocking_workers::implementation {
  implementation(std::size_t threads, std::size_t waiting)
      : threads_max(threads), queue_max(waiting) {}

  /// Has the threads begin, unless they have.
  /// @returns null if they had not before they were stopped.
  boost::asio::thread_pool* begin() {
    std::call_once(begun_once, [this] { pool.emplace(threads_max); });
    return pool ? &*pool : nullptr;
  }

  void stop() {
    stopping = true;
    // None begins any more.
    std::call_once(begun_once, [] {});
    if (pool)
      pool->join();
  }

  std::size_t threads_max;
  std::size_t queue_max;
  /// Jobs that were submitted and have not returned.
  std::atomic<std::size_t> unfinished = 0;
  /// Those of them that a thread has begun.
  std::atomic<std::size_t> begun = 0;
  std::atomic<bool> stopping = false;
  std::once_flag begun_once;
  /// Empty until the threads begin.
  std::optional<boost::asio::thread_pool> pool;
};

blocking_workers::blocking_workers(std::size_t threads, std::size_t queue_max,
                                   start when)
    : impl_(std::make_unique<implementation>(threads, queue_max)) {
  if (when == start::at_once)
    impl_->begin();
}

blocking_workers::~blocking_workers() {
  stop();
}

void blocking_workers::stop() {
  impl_->stop();
}

bool blocking_workers::submit(cancel_flag cancelled,
                              std::function<void()> job) {
  auto& impl = *impl_;
  auto* pool = impl.stopping ? nullptr : impl.begin();
  if (pool == nullptr)
    return false;
  if (impl.unfinished.fetch_add(1) >= impl.threads_max + impl.queue_max) {
    --impl.unfinished;
    return false;
  }
  boost::asio::post(
      *pool, [&impl, cancelled = std::move(cancelled), job = std::move(job)] {
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
