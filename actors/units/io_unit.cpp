#include "stagedoor/actors/units/io_unit.hpp"

#include "stagedoor/actors/units/unit_limits.hpp"
#include "stagedoor/protocol/assert.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

// Buffers that are kept for the next text: how many, and how large ones.
constexpr std::size_t spare_texts_max = 64;
constexpr std::size_t spare_text_bytes_max = 16 * 1024;

} // namespace

io_unit::io_unit(caf::actor_system& sys, std::size_t index,
                 std::unique_ptr<socket_loop> loop,
                 std::size_t resumes_per_turn_max, clock::duration spin)
    : unit(sys, index, clock::now()),
      resumes_per_turn_max_(resumes_per_turn_max), spin_(spin),
      loop_(std::move(loop)) {
  forget_now(); // What is armed before it starts counts from that moment.
}

io_unit::~io_unit() {
  stop();
  close(); // Where it was never started.
}

void io_unit::start() {
  thread_ = std::thread{[this] { run_turns(); }};
}

void io_unit::stop() {
  if (!thread_.joinable())
    return;
  STAGEDOOR_ASSERT(!is_current());
  stopping_ = true;
  loop_->wake();
  thread_.join();
}

io_unit::clock::duration io_unit::busy_for() const {
  auto began = turn_began_.load(std::memory_order_relaxed);
  return began == 0 ? clock::duration{0}
                    : clock::now().time_since_epoch() - clock::duration{began};
}

io_unit::clock::time_point io_unit::look_at_clock() const {
  const auto now = clock::now();
  if (is_current()) // Before the start there is no turn.
    turn_began_.store(now.time_since_epoch().count(),
                      std::memory_order_relaxed);
  return now;
}

void io_unit::wake() {
  loop_->wake();
}

std::string io_unit::take_text() {
  if (spare_texts_.empty())
    return {};
  auto result = std::move(spare_texts_.back());
  spare_texts_.pop_back();
  return result;
}

void io_unit::give_back(std::string text) {
  if (spare_texts_.size() >= spare_texts_max
      || text.capacity() > spare_text_bytes_max)
    return;
  text.clear();
  spare_texts_.push_back(std::move(text));
}

void io_unit::deliver_later(unit_socket& socket) {
  if (!socket.deliver_hook_.is_linked())
    deliveries_.push_back(socket);
}

bool io_unit::is_waited_for() const {
  return has_work() || !deliveries_.empty() || has_flushes();
}

void io_unit::run_turns() {
  take_thread();
  while (!stopping_ || member_count() > 0) {
    begin_turn(resumes_per_turn_max_);
    turn(handle_events());
    // Again and again: another unit may be about to spawn an actor here.
    if (stopping_ && !has_work())
      end_members();
  }
  settle();
  take_posted();
  while (has_work()) {
    begin_turn(resumes_per_turn_max_);
    run();
  }
  flush();
  settle();
  let_go();
  close();
}

void io_unit::settle() {
  loop_->wait(clock::time_point::min(), 0);
}

std::size_t io_unit::wait(clock::time_point until) {
  const auto result = loop_->wait(until, unit_limits::events_per_turn_max);
  if (result.is_woken)
    take_posted();
  return result.events + (result.is_woken ? 1 : 0);
}

/// Handles the next events, when there are some.
std::size_t io_unit::look_and_sleep(clock::time_point until) {
  const auto longest = spin_.next();
  const auto began = clock::now();
  for (auto now = began; now < began + longest; now = clock::now()) {
    const auto events = wait(clock::time_point::min());
    if (events > 0 || now >= until) {
      spin_.found();
      return events;
    }
  }
  const auto events = wait(until);
  const auto now = clock::now();
  // Else it has only been told what has become of what was sent.
  if (events > 0 || now >= until)
    spin_.slept(now - began, longest > longest.zero());
  return events;
}

/// Handles what sockets and other threads have for this unit; waits for it if
/// there is nothing else to do. The others that are ready are handled as well:
/// so each actor runs for many sockets in a row.
/// @returns how many there were, about.
std::size_t io_unit::handle_events() {
  forget_now();
  std::size_t events = 0;
  if (is_waited_for())
    events = wait(clock::time_point::min());
  else if (stopping_)
    // An actor may end in another thread, which wakes nobody.
    events = wait(clock::now() + timing_wheel::tick);
  else if (spin_.is_on())
    events = look_and_sleep(wheel().next_wake());
  else
    events = wait(wheel().next_wake());
  return std::max<std::size_t>(events, 1);
}

void io_unit::turn(std::size_t events) {
  const auto began = now();
  auto deliveries_left = events * unit_limits::deliveries_per_event_max;
  while (true) {
    run();
    if (is_turn_over() || deliveries_.empty() || deliveries_left == 0)
      break;
    --deliveries_left;
    auto& next = deliveries_.front();
    deliveries_.pop_front();
    next.deliver();
  }
  wheel().advance(began);
  flush();
  let_go();
  turn_began_.store(0, std::memory_order_relaxed);
}

} // namespace stagedoor
