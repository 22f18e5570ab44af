#include "stagedoor/actors/units/uring.hpp"

#include <sys/syscall.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>

namespace stagedoor {

namespace {

/// Where the list of buffers begins, as the system wants it.
constexpr std::size_t page_bytes = 4096;

void check(int result, const char* what) {
  if (result < 0)
    throw std::system_error{-result, std::system_category(), what};
}

/// Whether the system says what it says to a user who does nothing wrong: a
/// signal, the time is reached, or it lacks memory for the moment.
bool is_passing(int result) {
  return result >= 0 || result == -EINTR || result == -ETIME
         || result == -EAGAIN || result == -EBUSY || result == -ENOMEM;
}

__kernel_timespec time_left(uring::clock::time_point until) {
  using namespace std::chrono;
  const auto left = std::max(until - uring::clock::now(), 0ns);
  const auto whole = duration_cast<seconds>(left);
  return {whole.count(), nanoseconds{left - whole}.count()};
}

} // namespace

uring::uring() {
  io_uring_params params{};
  // The thread that enables it is the one that uses it. What has come is done
  // by that thread, inside of `enter` and nowhere else.
  params.flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER
                 | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG
                 | IORING_SETUP_SUBMIT_ALL | IORING_SETUP_CQSIZE;
  params.cq_entries = completions_max;
  check(io_uring_queue_init_params(submissions_max, &ring_, &params),
        "io_uring_setup");
  try {
    provide_list();
  } catch (...) {
    io_uring_queue_exit(&ring_);
    throw;
  }
}

uring::~uring() {
  io_uring_queue_exit(&ring_);
}

void uring::provide_list() {
  constexpr auto bytes = page_bytes;
  static_assert(buffers_max * sizeof(io_uring_buf) <= bytes);
  buffers_.reset(
      static_cast<io_uring_buf_ring*>(std::aligned_alloc(page_bytes, bytes)));
  if (buffers_ == nullptr)
    check(-ENOMEM, "aligned_alloc");
  std::memset(static_cast<void*>(buffers_.get()), 0, bytes);
  io_uring_buf_ring_init(buffers_.get());
  io_uring_buf_reg list{};
  list.ring_addr = reinterpret_cast<std::uintptr_t>(buffers_.get());
  list.ring_entries = buffers_max;
  list.bgid = buffer_group;
  check(io_uring_register_buf_ring(&ring_, &list, 0),
        "io_uring_register_buf_ring");
}

void uring::begin() {
  // The shared library of liburing 2.3 lacks `io_uring_enable_rings`.
  if (syscall(__NR_io_uring_register, ring_.ring_fd,
              IORING_REGISTER_ENABLE_RINGS, nullptr, 0)
      != 0)
    check(-errno, "io_uring_register");
}

void uring::provide(std::uint16_t number, std::span<char> buffer) {
  io_uring_buf_ring_add(buffers_.get(), buffer.data(),
                        static_cast<unsigned>(buffer.size()), number,
                        io_uring_buf_ring_mask(buffers_max), 0);
  io_uring_buf_ring_advance(buffers_.get(), 1);
}

void uring::enter(clock::time_point until) {
  int result = 0;
  if (until == clock::time_point::max()) {
    result = io_uring_submit_and_wait(&ring_, 1);
  } else if (until != clock::time_point::min()) {
    auto left = time_left(until);
    io_uring_cqe* first = nullptr;
    result =
        io_uring_submit_and_wait_timeout(&ring_, &first, 1, &left, nullptr);
  } else {
    // To look costs no system call while there is nothing to be done.
    const auto has_work = IO_URING_READ_ONCE(*ring_.sq.kflags)
                          & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
    if (has_work != 0 || io_uring_sq_ready(&ring_) > 0)
      result = io_uring_submit_and_get_events(&ring_);
  }
  if (!is_passing(result))
    check(result, "io_uring_enter");
}

} // namespace stagedoor
