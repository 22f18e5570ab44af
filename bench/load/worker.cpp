#include "load/worker.hpp"

#include <sys/epoll.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "load/frame.hpp"
#include "load/upgrade.hpp"

namespace stagedoor::load {

namespace {

constexpr std::size_t buffer_bytes = 262'144;
constexpr int events_max = 256;
/// Handshakes at once: fewer than a server lets wait to be accepted.
constexpr std::size_t opening_max = 128;

std::string errno_text() {
  return errno == 0 ? "the server closed the socket" : std::strerror(errno);
}

} // namespace

worker::worker(const plan& shared, std::size_t number)
    : number_(number), interest_(EPOLLIN), plan_(shared),
      epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(buffer_bytes) {
  auto threads = opts().threads;
  for (auto i = number; i < opts().connections; i += threads) {
    connections_.push_back(std::make_unique<connection>());
    connections_.back()->index = i;
  }
}

worker::~worker() {
  connections_.clear();
  if (epoll_ >= 0)
    close(epoll_);
}

std::uint64_t worker::share_of(std::uint64_t all) const {
  auto rest = all % opts().threads;
  return all / opts().threads + (number_ < rest ? 1 : 0);
}

void worker::open(connection& which) {
  const auto& to = opts().targets[target_of(which)];
  auto source = source_of(to, which.index, opts().sources);
  if (which.connect(to.address, source, epoll_))
    upgrade(which);
  else
    lose(which, errno_text());
}

void worker::upgrade(connection& which) {
  auto problem = which.upgrade(plan_.requests[target_of(which)]);
  if (!problem.empty())
    lose(which, problem);
}

bool worker::open_all() {
  last_event_ = std::chrono::steady_clock::now();
  std::size_t begun = 0;
  while (ready_ < connections_.size() && tally_.problem.empty()) {
    while (begun < connections_.size() && begun - ready_ < opening_max
           && tally_.problem.empty())
      open(*connections_[begun++]);
    auto now = std::chrono::steady_clock::now();
    step(now + wake_interval);
    if (now - last_event_ > patience)
      tally_.report("the server does not answer opening requests");
  }
  return tally_.problem.empty();
}

void worker::ready(time_point now) {
  ++ready_;
  last_event_ = now;
  tell_progress(ready_);
}

void worker::lose(connection& which, const std::string& why) {
  lost(which, why);
  which.close();
}

void worker::flush(connection& to) {
  switch (to.flush(frames())) {
  case connection::flow::done:
    if (to.waits_to_write()) {
      to.wait_to_write(false);
      to.watch(interest_);
    }
    return;
  case connection::flow::blocked:
    to.wait_to_write(true);
    to.watch(interest_ | EPOLLOUT);
    return;
  case connection::flow::failed:
    // What the server said last may still be there to read.
    if ((interest_ & EPOLLIN) == 0)
      lose(to, errno_text());
  }
}

void worker::step(time_point until) {
  using namespace std::chrono;
  auto left = std::max(until - steady_clock::now(), nanoseconds{0});
  auto whole = duration_cast<seconds>(left);
  timespec timeout{};
  timeout.tv_sec = whole.count();
  timeout.tv_nsec = nanoseconds{left - whole}.count();
  std::array<epoll_event, events_max> events{};
  auto count =
      epoll_pwait2(epoll_, events.data(), events_max, &timeout, nullptr);
  auto some = static_cast<std::size_t>(std::max(count, 0));
  for (std::size_t i = 0; i < some; ++i)
    handle(*static_cast<connection*>(events[i].data.ptr), events[i].events);
}

void worker::handle(connection& which, std::uint32_t events) {
  switch (which.at) {
  case connection::stage::closed:
    return;
  case connection::stage::connecting:
    upgrade(which);
    return;
  case connection::stage::upgrading:
    receive(which);
    return;
  case connection::stage::open:
    break;
  }
  if ((interest_ & EPOLLIN) != 0) {
    if ((events & ~EPOLLOUT) != 0)
      receive(which);
  } else if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
    lose(which, "the server closed the socket");
  }
  if ((events & EPOLLOUT) != 0 && which.at == connection::stage::open)
    writable(which, std::chrono::steady_clock::now());
}

void worker::receive(connection& from) {
  auto bytes = from.receive(buffer_);
  if (!bytes) {
    lose(from, errno_text());
    return;
  }
  if (bytes->empty())
    return;
  auto now = std::chrono::steady_clock::now();
  if (from.at == connection::stage::upgrading) {
    if (!take_answer(from, *bytes, now))
      return;
    opened(from, now);
    if (from.at == connection::stage::closed)
      return;
  }
  if (!take_frames(from, *bytes, now))
    return;
  from.keep(*bytes);
  read_done(from, now);
}

bool worker::take_answer(connection& from, std::string_view& bytes,
                         time_point /*now*/) {
  auto answer = read_upgrade_answer(bytes);
  switch (answer.what) {
  case upgrade_answer::state::incomplete:
    from.keep(bytes);
    return false;
  case upgrade_answer::state::refused:
    lose(from, answer.problem);
    return false;
  case upgrade_answer::state::accepted:
    break;
  }
  bytes.remove_prefix(answer.size);
  from.at = connection::stage::open;
  from.watch(interest_);
  return true;
}

bool worker::take_frames(connection& from, std::string_view& bytes,
                         time_point now) {
  while (auto event = from.reader.next(bytes)) {
    switch (event->what) {
    case frame_event::kind::message:
      message(from, event->payload, now);
      break;
    case frame_event::kind::ping:
      from.interject(masked_frame(opcode::pong, event->payload));
      flush(from);
      break;
    case frame_event::kind::pong:
      break;
    case frame_event::kind::close:
      lose(from, "the server closed with " + close_text(event->payload));
      return false;
    case frame_event::kind::broken:
      lose(from, "the server sent " + std::string{event->payload});
      return false;
    }
  }
  return true;
}

} // namespace stagedoor::load
