#include "load/message_worker.hpp"

#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace stagedoor::load {

namespace {

/// Messages that a flood hands to the socket at once.
constexpr std::uint64_t flood_burst = 64;

} // namespace

message_worker::message_worker(const plan& shared, std::size_t number)
    : worker(shared, number), reads_(opts().mode != mode::slow) {
  if (opts().mode == mode::idle)
    pacing_ = pacing::none;
  else if (opts().rate > 0)
    pacing_ = pacing::scheduled;
  else
    pacing_ = opts().mode == mode::messages ? pacing::closed : pacing::flood;
  constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();
  left_ = opts().messages ? share_of(*opts().messages) : unbounded;
  if (!reads_)
    interest_ = 0;
}

void message_worker::opened(connection& /*from*/, time_point now) {
  ++alive_;
  ready(now);
}

void message_worker::lost(connection& from, const std::string& why) {
  freed_ = 0;
  if (from.at == connection::stage::open) {
    --alive_;
    outstanding_ -= from.outstanding();
    if (!reads_) // It was to be expected.
      return;
    tally_.missing += from.outstanding();
  }
  tally_.report("connection " + std::to_string(from.index) + " of "
                + std::to_string(opts().connections) + ": " + why);
}

void message_worker::begin(const window& when) {
  window_ = when;
  last_event_ = when.start;
  tell_progress(0);
  auto rate = opts().rate;
  auto threads = static_cast<double>(opts().threads);
  if (pacing_ == pacing::scheduled) {
    // Threads take turns as well.
    std::chrono::duration<double> shift{static_cast<double>(number_) / rate};
    schedule_.emplace(
        when.start
            + std::chrono::duration_cast<std::chrono::nanoseconds>(shift),
        rate / threads);
    return;
  }
  if (pacing_ == pacing::flood)
    interest_ |= EPOLLOUT;
  for (auto& entry : connections_) {
    if (pacing_ == pacing::none || entry->at != connection::stage::open)
      continue;
    auto now = std::chrono::steady_clock::now();
    owe(*entry, pacing_ == pacing::closed ? opts().in_flight : flood_burst,
        now);
    if (pacing_ == pacing::flood)
      entry->watch(interest_);
    flush(*entry);
  }
}

void message_worker::run(const window& when) {
  begin(when);
  while (true) {
    auto now = std::chrono::steady_clock::now();
    if (pacing_ == pacing::scheduled)
      take_due(now);
    if (finished(now))
      break;
    step(next_wake(now));
    tell_progress(tally_.messages);
  }
  tally_.missing += reads_ ? outstanding_ : 0;
  if (reads_ && outstanding_ > 0)
    tally_.report(std::to_string(outstanding_) + " messages got no reply");
  if (pacing_ == pacing::none)
    tally_.messages = alive_;
}

bool message_worker::sent_enough(time_point now) const {
  return left_ == 0 || now >= window_.end;
}

bool message_worker::finished(time_point now) const {
  if (alive_ == 0)
    return true;
  auto silent =
      outstanding_ > 0 && now - std::max(last_event_, window_.begin) > patience;
  if (!sent_enough(now))
    return reads_ && silent && opts().messages;
  return !reads_ || outstanding_ == 0 || silent;
}

bool message_worker::owe(connection& to, std::uint64_t count, time_point due) {
  auto measured = due >= window_.begin;
  if (measured) {
    count = std::min(count, left_);
    left_ -= count;
  }
  for (auto i = count; i > 0; --i)
    to.owe(due, frames());
  outstanding_ += count;
  if (!reads_ && measured)
    tally_.messages += count;
  return count > 0;
}

void message_worker::take_due(time_point now) {
  // As many at once as there are connections, so that each is flushed once.
  auto first = turn_;
  std::size_t taken = 0;
  auto flush_taken = [&] {
    for (; taken > 0; --taken, first = (first + 1) % connections_.size())
      if (connections_[first]->at == connection::stage::open)
        flush(*connections_[first]);
  };
  while (!sent_enough(now) && alive_ > 0 && schedule_->due(now)) {
    auto& next = *connections_[turn_];
    turn_ = (turn_ + 1) % connections_.size();
    ++taken;
    if (next.at == connection::stage::open) {
      auto due = schedule_->take();
      if (due >= window_.begin)
        tally_.delays.record(now - due);
      owe(next, 1, due);
    }
    if (taken == connections_.size())
      flush_taken();
  }
  flush_taken();
}

message_worker::time_point message_worker::next_wake(time_point now) const {
  auto result = std::min(now + wake_interval, window_.end);
  if (now >= window_.end)
    result = now + wake_interval;
  else if (pacing_ == pacing::scheduled && left_ > 0)
    result = std::min(result, schedule_->next());
  return result;
}

void message_worker::message(connection& from, std::string_view text,
                             time_point now) {
  constexpr std::size_t shown_max = 200;
  last_event_ = now;
  if (from.outstanding() == 0) {
    ++tally_.wrong;
    tally_.report("a message that nobody asked for: "
                  + std::string{text.substr(0, shown_max)});
    return;
  }
  --outstanding_;
  ++freed_;
  if (!opts().expectation.met_by(text)) {
    ++tally_.wrong;
    tally_.report("a reply that is not as expected ("
                  + opts().expectation.text()
                  + "): " + std::string{text.substr(0, shown_max)});
  }
  count_reply(from.answered(), now);
}

void message_worker::count_reply(time_point due, time_point now) {
  auto measured = due >= window_.begin;
  if (measured)
    tally_.latencies.record(now - due);
  // Where time is measured, what comes in that time: as many messages of before
  // as are left over for afterwards.
  if (opts().messages ? measured : now >= window_.begin && now < window_.end) {
    ++tally_.messages;
    tally_.last = now;
  }
}

void message_worker::read_done(connection& from, time_point now) {
  auto freed = freed_;
  freed_ = 0;
  if (pacing_ == pacing::closed && freed > 0 && !sent_enough(now)
      && owe(from, freed, now))
    flush(from);
}

void message_worker::writable(connection& from, time_point now) {
  if (pacing_ != pacing::flood) {
    flush(from);
    return;
  }
  if (from.sent_all() && (sent_enough(now) || !owe(from, flood_burst, now)))
    from.watch(interest_ & ~static_cast<std::uint32_t>(EPOLLOUT));
  else
    flush(from);
}

} // namespace stagedoor::load
