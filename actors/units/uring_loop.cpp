#include "stagedoor/actors/units/uring_loop.hpp"

#include "stagedoor/actors/units/loop_errors.hpp"
#include "stagedoor/protocol/assert.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace stagedoor {

namespace {

using error_code = boost::system::error_code;

/// What one operation receives at most: large messages cost few operations, and
/// the memory of a unit stays small.
constexpr std::size_t buffer_bytes = std::size_t{16} * 1024;

/// From one buffer to the next: their beginnings, which is all that small
/// messages need, do not share the same few lines of the processor's caches.
constexpr std::size_t buffer_stride = buffer_bytes + 64;

/// What one operation sends at most, as the system counts in 32 bits.
constexpr std::size_t send_bytes_max = std::size_t{1} << 30;

/// Whether an operation ended without having done anything.
bool is_in_vain(int result) {
  // There are no buffers until what has come has been told.
  return result == -EAGAIN || result == -EINTR || result == -ECANCELED
         || result == -ENOBUFS;
}

std::uint16_t buffer_in(std::uint32_t flags) {
  return static_cast<std::uint16_t>(flags >> IORING_CQE_BUFFER_SHIFT);
}

} // namespace

uring_loop::uring_loop()
    : ring_(std::make_unique<uring>()),
      wake_(opened(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      buffers_(std::make_unique_for_overwrite<char[]>(uring::buffers_max
                                                      * buffer_stride)) {}

uring_loop::~uring_loop() {
  while (!entries_.empty())
    forget(entries_.front());
  let_go();
}

void uring_loop::wake() {
  // Fails only after 2^64 times.
  eventfd_write(wake_.number(), 1);
}

// -- waiting ------------------------------------------------------------------

socket_loop::outcome uring_loop::wait(clock::time_point until,
                                      std::size_t events_max) {
  let_go();
  if (thread_ != std::this_thread::get_id())
    take_over();
  if (events_max == 0)
    until = clock::time_point::min();
  outcome result;
  auto has_told = false;
  do {
    enter(until);
    result.is_woken = std::exchange(is_woken_, false);
    has_told = sends_.tell();
    result.events = handle_found(events_max);
    // Else what has come was nobody's, as after `forget`.
  } while (!result.is_woken && !has_told && result.events == 0 && found_.empty()
           && clock::now() < until);
  let_go();
  return result;
}

void uring_loop::take_over() {
  if (std::exchange(thread_, std::this_thread::get_id()) != std::thread::id{}) {
    // It belongs to the other thread.
    ring_.reset();
    ring_ = std::make_unique<uring>();
  }
  ring_->begin();
  is_wake_watched_ = false;
  std::vector<bool> is_full(uring::buffers_max);
  for (const auto& each : found_)
    if ((each.flags & IORING_CQE_F_BUFFER) != 0)
      is_full[buffer_in(each.flags)] = true;
  for (std::uint16_t number = 0; number < uring::buffers_max; ++number)
    if (!is_full[number])
      provide(number);
  for (auto& entry : entries_) {
    auto& at = place_of(entry);
    at.has_input = at.has_output = false;
    ask(entry);
  }
  // What has come already is not asked for once more.
  for (const auto& each : found_) {
    const auto number = operation_table::place_in(each.name);
    auto& at = operations_[number];
    at.has_input |= each.name == operations_.name(kind::input, number);
    at.has_output |= each.name == operations_.name(kind::output, number);
  }
}

void uring_loop::enter(clock::time_point until) {
  put_cancels();
  put_wake();
  put_sends();
  put_asked();
  // What is sent ends the wait, too.
  if (!found_.empty())
    until = clock::time_point::min();
  ring_->enter(until);
  collect();
  while (sends_.are_open()) {
    // The system lacked memory to take it.
    ring_->enter(clock::time_point::max());
    collect();
  }
}

void uring_loop::collect() {
  ring_->take([this](const io_uring_cqe& next) {
    const std::uint64_t name = next.user_data;
    switch (operation_table::kind_in(name)) {
    case kind::cancel:
      break;
    case kind::wake:
      is_woken_ = true;
      is_wake_watched_ = (next.flags & IORING_CQE_F_MORE) != 0;
      break;
    case kind::send:
      sends_.settle(operation_table::number_in(name), next.res);
      break;
    default:
      found_.push_back({name, next.res, next.flags});
    }
  });
}

std::size_t uring_loop::handle_found(std::size_t events_max) {
  std::size_t events = 0;
  std::size_t handled = 0;
  while (handled < found_.size() && events < events_max) {
    // A call does not add to them.
    if (handle(found_[handled++]))
      ++events;
  }
  found_.erase(found_.begin(),
               found_.begin() + static_cast<std::ptrdiff_t>(handled));
  return events;
}

bool uring_loop::handle(const completion& next) {
  const auto number = operation_table::place_in(next.name);
  auto* const entry = operations_[number].entry;
  auto is_call = false;
  if (next.name == operations_.name(kind::output, number)) {
    operations_[number].has_output = false;
    // The thread that began it may have ended.
    is_call = next.result != -ECANCELED;
    if (is_call) {
      notes_of(*entry).wants_output = false;
      static_cast<loop_socket&>(*entry).writable();
    } else {
      ask(*entry);
    }
  } else if (next.name == operations_.name(kind::input, number)) {
    operations_[number].has_input = false;
    is_call = handle_input(*entry, next);
  }
  // Also that of a socket that has been forgotten meanwhile.
  if ((next.flags & IORING_CQE_F_BUFFER) != 0)
    provide(buffer_in(next.flags));
  return is_call;
}

bool uring_loop::handle_input(loop_entry& entry, const completion& next) {
  if (is_in_vain(next.result)) {
    // Said of what nobody can wait for: to receive from it tells the error.
    place_of(entry).has_more = next.result == -EAGAIN;
    ask(entry);
    return false;
  }
  return notes_of(entry).is_listener
             ? accept_one(static_cast<loop_listener&>(entry), next.result)
             : read(static_cast<loop_socket&>(entry), next);
}

bool uring_loop::read(loop_socket& socket, const completion& next) {
  notes_of(socket).wants_input = false;
  place_of(socket).has_more = (next.flags & IORING_CQE_F_SOCK_NONEMPTY) != 0;
  if (next.result < 0)
    socket.received({}, system_error(-next.result));
  else if (next.result == 0)
    socket.received({}, {});
  else
    socket.received({buffers_.get() + buffer_in(next.flags) * buffer_stride,
                     static_cast<std::size_t>(next.result)},
                    {});
  return true;
}

bool uring_loop::accept_one(loop_listener& listener, int result) {
  auto error = result < 0 ? -result : 0;
  descriptor client;
  if (error == 0) {
    client = descriptor{
        accept4(notes_of(listener).handle, nullptr, nullptr, SOCK_CLOEXEC)};
    error = client.is_open() ? 0 : errno;
  }
  if (is_nobody(error)) {
    ask(listener);
    return false;
  }
  notes_of(listener).wants_input = false;
  listener.accepted(std::move(client),
                    error == 0 ? error_code{} : system_error(error));
  return true;
}

void uring_loop::let_go() {
  // What ends may have others forgotten.
  while (!forgotten_.empty())
    std::exchange(forgotten_, {}).clear();
}

// -- what is handed over ------------------------------------------------------

template <class Prepare>
io_uring_sqe& uring_loop::put(std::uint64_t name, Prepare prepare) {
  auto* next = ring_->next();
  while (next == nullptr) {
    ring_->enter(clock::time_point::min());
    collect();
    next = ring_->next();
  }
  prepare(next);
  io_uring_sqe_set_data64(next, name);
  return *next;
}

void uring_loop::put_cancels() {
  for (const auto each : cancels_) {
    auto& next = put(operation_table::name_of(kind::cancel),
                     [&](auto* to) { io_uring_prep_cancel64(to, each, 0); });
    next.flags |= IOSQE_CQE_SKIP_SUCCESS;
  }
  cancels_.clear();
}

void uring_loop::put_wake() {
  if (std::exchange(is_wake_watched_, true))
    return;
  // Each write is reported once, and nobody has to read it.
  put(operation_table::name_of(kind::wake), [this](auto* to) {
    io_uring_prep_poll_multishot(to, wake_.number(), POLLIN);
  });
}

void uring_loop::put_sends() {
  sends_.hand_over([this](const queued_sends::item& each, std::size_t number) {
    put(operation_table::name_of(kind::send, number), [&](auto* to) {
      // What does not fit now is not waited for.
      io_uring_prep_send(to, each.handle, each.bytes.data(), each.bytes.size(),
                         MSG_DONTWAIT | MSG_NOSIGNAL);
    });
  });
}

void uring_loop::put_asked() {
  for (const auto number : asking_) {
    auto& at = operations_[number];
    at.is_asking = false;
    if (at.entry == nullptr)
      continue;
    const auto& known = notes_of(*at.entry);
    if (known.wants_output && !std::exchange(at.has_output, true))
      put(operations_.name(kind::output, number),
          [&](auto* to) { io_uring_prep_poll_add(to, known.handle, POLLOUT); });
    if (known.wants_input && !std::exchange(at.has_input, true))
      put_input(number);
  }
  asking_.clear();
}

void uring_loop::put_input(std::uint32_t at) {
  const auto& known = notes_of(*operations_[at].entry);
  const auto name = operations_.name(kind::input, at);
  if (known.is_listener) {
    put(name,
        [&](auto* to) { io_uring_prep_poll_add(to, known.handle, POLLIN); });
    return;
  }
  auto& next = put(name, [&](auto* to) {
    io_uring_prep_recv(to, known.handle, nullptr,
                       std::min<std::size_t>(known.bytes_max, buffer_bytes), 0);
  });
  next.flags |= IOSQE_BUFFER_SELECT;
  next.buf_group = uring::buffer_group;
  // To try to receive is in vain for most.
  if (!operations_[at].has_more)
    next.ioprio |= IORING_RECVSEND_POLL_FIRST;
}

void uring_loop::provide(std::uint16_t number) {
  ring_->provide(number,
                 {buffers_.get() + number * buffer_stride, buffer_bytes});
}

// -- entries ------------------------------------------------------------------

void uring_loop::watch(std::shared_ptr<loop_socket> socket, int handle) {
  keep(std::move(socket), handle, false);
}

void uring_loop::watch(std::shared_ptr<loop_listener> listener, int handle) {
  keep(std::move(listener), handle, true);
}

void uring_loop::keep(std::shared_ptr<loop_entry> entry, int handle,
                      bool is_listener) {
  auto& known = notes_of(*entry);
  STAGEDOOR_ASSERT(handle >= 0 && known.handle < 0);
  known.handle = handle;
  known.is_listener = is_listener;
  known.mark = operations_.add(*entry);
  entries_.push_back(*entry);
  known.keeper = std::move(entry);
}

void uring_loop::forget(loop_entry& entry) {
  auto& known = notes_of(entry);
  if (known.handle < 0)
    return;
  sends_.forget(entry);
  const auto& at = place_of(entry);
  if (at.has_input)
    cancels_.push_back(operations_.name(kind::input, known.mark));
  if (at.has_output)
    cancels_.push_back(operations_.name(kind::output, known.mark));
  operations_.remove(known.mark);
  entries_.erase(entries_.iterator_to(entry));
  forgotten_.push_back(std::exchange(known, {}).keeper);
}

// -- input and output ---------------------------------------------------------

void uring_loop::ask(loop_entry& entry) {
  if (!std::exchange(place_of(entry).is_asking, true))
    asking_.push_back(notes_of(entry).mark);
}

void uring_loop::receive(loop_socket& socket, std::size_t bytes_max) {
  auto& known = notes_of(socket);
  STAGEDOOR_ASSERT(known.handle >= 0 && bytes_max > 0);
  if (std::exchange(known.wants_input, true))
    return;
  known.bytes_max = static_cast<std::uint32_t>(
      std::min<std::size_t>(bytes_max, receive_bytes_max));
  ask(socket);
}

void uring_loop::accept(loop_listener& listener) {
  auto& known = notes_of(listener);
  STAGEDOOR_ASSERT(known.handle >= 0);
  if (!std::exchange(known.wants_input, true))
    ask(listener);
}

void uring_loop::await_writable(loop_socket& socket) {
  auto& known = notes_of(socket);
  STAGEDOOR_ASSERT(known.handle >= 0);
  if (!std::exchange(known.wants_output, true))
    ask(socket);
}

void uring_loop::send(loop_socket& socket, std::string_view bytes) {
  const auto handle = notes_of(socket).handle;
  STAGEDOOR_ASSERT(handle >= 0 && !bytes.empty());
  sends_.add(socket, handle, bytes.substr(0, send_bytes_max));
}

} // namespace stagedoor
