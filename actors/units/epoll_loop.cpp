#include "stagedoor/actors/units/epoll_loop.hpp"

#include "stagedoor/actors/units/loop_errors.hpp"
#include "stagedoor/protocol/assert.hpp"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace stagedoor {

namespace {

using error_code = boost::system::error_code;
using clock = socket_loop::clock;

// The system reports an end and an error whether one asks for them or not.
constexpr std::uint32_t input_events = EPOLLIN | EPOLLHUP | EPOLLERR;
constexpr std::uint32_t output_events = EPOLLOUT | EPOLLHUP | EPOLLERR;

/// Of an entry that asks for nothing, ends and errors are reported once.
constexpr std::uint32_t no_interest = EPOLLET;

/// The time-out of a wait until then, in milliseconds.
int timeout_until(clock::time_point until) {
  using std::chrono::milliseconds;
  if (until == clock::time_point::max())
    return -1;
  if (until == clock::time_point::min())
    return 0;
  const auto now = clock::now();
  if (until <= now)
    return 0;
  const auto left = std::chrono::ceil<milliseconds>(until - now).count();
  return static_cast<int>(
      std::min<milliseconds::rep>(left, std::numeric_limits<int>::max()));
}

} // namespace

epoll_loop::epoll_loop()
    : epoll_(opened(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      wake_(opened(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "eventfd")),
      buffer_(receive_bytes_max) {
  // Edge-triggered: each write is reported once, and nobody has to read it.
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;
  if (epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, wake_.number(), &event) != 0)
    throw std::system_error{errno, std::system_category(), "epoll_ctl"};
}

epoll_loop::~epoll_loop() {
  while (!entries_.empty())
    forget(entries_.front());
  let_go();
}

void epoll_loop::wake() {
  // Fails only after 2^64 times.
  eventfd_write(wake_.number(), 1);
}

// -- waiting ------------------------------------------------------------------

socket_loop::outcome epoll_loop::wait(clock::time_point until,
                                      std::size_t events_max) {
  let_go();
  if (events_max == 0)
    return {}; // What was sent has been told of.
  if (!failures_.empty())
    until = clock::time_point::min();
  const auto count =
      epoll_wait(epoll_.number(), found_.data(),
                 static_cast<int>(std::min(events_max, found_.size())),
                 timeout_until(until));
  outcome result;
  // Less than 0 after a signal.
  for (int i = 0; i < count; ++i) {
    const auto& next = found_[static_cast<std::size_t>(i)];
    if (next.data.ptr == nullptr) {
      result.is_woken = true;
      continue;
    }
    ++result.events;
    // One that has been forgotten meanwhile is still there, and asks for
    // nothing.
    handle(*static_cast<loop_entry*>(next.data.ptr), next.events);
  }
  tell_failures();
  let_go();
  return result;
}

void epoll_loop::handle(loop_entry& entry, std::uint32_t events) {
  auto& known = notes_of(entry);
  if (known.wants_output && (events & output_events) != 0) {
    known.wants_output = false;
    static_cast<loop_socket&>(entry).writable();
  }
  auto is_in_vain = false;
  if ((events & input_events) != 0) {
    if (!known.wants_input)
      is_in_vain = (known.mark & EPOLLIN) != 0;
    else if (known.is_listener)
      accept_one(static_cast<loop_listener&>(entry));
    else
      read(static_cast<loop_socket&>(entry));
  }
  // The system would report the same again and again.
  if (is_in_vain || (!known.wants_output && (known.mark & EPOLLOUT) != 0))
    update(entry);
}

void epoll_loop::read(loop_socket& socket) {
  auto& known = notes_of(socket);
  const auto count =
      recv(known.handle, buffer_.data(), known.bytes_max, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    return; // It still asks.
  known.wants_input = false;
  if (count < 0)
    socket.received({}, system_error(errno));
  else
    socket.received({buffer_.data(), static_cast<std::size_t>(count)}, {});
}

void epoll_loop::accept_one(loop_listener& listener) {
  auto& known = notes_of(listener);
  descriptor client{accept4(known.handle, nullptr, nullptr, SOCK_CLOEXEC)};
  if (!client.is_open() && is_nobody(errno))
    return; // It still asks.
  known.wants_input = false;
  const auto error = client.is_open() ? error_code{} : system_error(errno);
  listener.accepted(std::move(client), error);
}

void epoll_loop::tell_failures() {
  for (const auto& [entry, number] : std::exchange(failures_, {})) {
    auto& known = notes_of(*entry);
    const auto error = system_error(number);
    if (std::exchange(known.wants_output, false))
      static_cast<loop_socket&>(*entry).writable();
    if (!std::exchange(known.wants_input, false))
      continue;
    if (known.is_listener)
      static_cast<loop_listener&>(*entry).accepted({}, error);
    else
      static_cast<loop_socket&>(*entry).received({}, error);
  }
}

void epoll_loop::let_go() {
  // What ends may have others forgotten.
  while (!forgotten_.empty())
    std::exchange(forgotten_, {}).clear();
}

// -- entries ------------------------------------------------------------------

void epoll_loop::watch(std::shared_ptr<loop_socket> socket, int handle) {
  keep(std::move(socket), handle, false);
}

void epoll_loop::watch(std::shared_ptr<loop_listener> listener, int handle) {
  keep(std::move(listener), handle, true);
}

void epoll_loop::keep(std::shared_ptr<loop_entry> entry, int handle,
                      bool is_listener) {
  auto& known = notes_of(*entry);
  STAGEDOOR_ASSERT(handle >= 0 && known.handle < 0);
  known.handle = handle;
  known.is_listener = is_listener;
  entries_.push_back(*entry);
  known.keeper = std::move(entry);
}

void epoll_loop::forget(loop_entry& entry) {
  auto& known = notes_of(entry);
  if (known.handle < 0)
    return;
  // Not by closing alone: another process may have inherited the socket.
  if (known.mark != 0)
    epoll_ctl(epoll_.number(), EPOLL_CTL_DEL, known.handle, nullptr);
  entries_.erase(entries_.iterator_to(entry));
  forgotten_.push_back(std::exchange(known, {}).keeper);
}

void epoll_loop::update(loop_entry& entry) {
  auto& known = notes_of(entry);
  epoll_event event{};
  if (known.wants_input)
    event.events |= EPOLLIN;
  if (known.wants_output)
    event.events |= EPOLLOUT;
  if (event.events == 0)
    event.events = no_interest;
  event.data.ptr = &entry;
  const auto operation = known.mark == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (epoll_ctl(epoll_.number(), operation, known.handle, &event) == 0)
    known.mark = event.events;
  else
    failures_.push_back({known.keeper, errno});
}

// -- input and output ---------------------------------------------------------

void epoll_loop::receive(loop_socket& socket, std::size_t bytes_max) {
  auto& known = notes_of(socket);
  STAGEDOOR_ASSERT(known.handle >= 0 && bytes_max > 0);
  if (std::exchange(known.wants_input, true))
    return;
  known.bytes_max = static_cast<std::uint32_t>(
      std::min<std::size_t>(bytes_max, receive_bytes_max));
  if ((known.mark & EPOLLIN) == 0)
    update(socket);
}

void epoll_loop::accept(loop_listener& listener) {
  auto& known = notes_of(listener);
  STAGEDOOR_ASSERT(known.handle >= 0);
  known.wants_input = true;
  if ((known.mark & EPOLLIN) == 0)
    update(listener);
}

void epoll_loop::await_writable(loop_socket& socket) {
  auto& known = notes_of(socket);
  STAGEDOOR_ASSERT(known.handle >= 0);
  known.wants_output = true;
  if ((known.mark & EPOLLOUT) == 0)
    update(socket);
}

void epoll_loop::send(loop_socket& socket, std::string_view bytes) {
  const auto handle = notes_of(socket).handle;
  STAGEDOOR_ASSERT(handle >= 0 && !bytes.empty());
  ssize_t count = 0;
  do
    count =
        ::send(handle, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  while (count < 0 && errno == EINTR);
  if (count >= 0)
    socket.sent(static_cast<std::size_t>(count), {});
  else if (errno == EAGAIN || errno == EWOULDBLOCK)
    socket.sent(0, {});
  else
    socket.sent(0, system_error(errno));
}

} // namespace stagedoor
