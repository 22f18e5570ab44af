#include "load/broadcast_worker.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>

#include "load/frame.hpp"

namespace stagedoor::load {

namespace {

/// Whether a member of a group with a history is told where it stands.
bool is_position(std::string_view text) {
  return text.starts_with(R"({"type":"group.position",)");
}

/// Whether a text is an event, with the keys behind it that a group with a
/// history adds, or without them.
bool is_event(std::string_view text, std::string_view event) {
  if (text == event)
    return true;
  event.remove_suffix(1); // The brace.
  return text.starts_with(event)
         && text.substr(event.size()).starts_with(R"(,"group":)");
}

} // namespace

broadcast_worker::broadcast_worker(const plan& shared, std::size_t number)
    : worker(shared, number), members_(connections_.size()) {
  constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();
  left_ = opts().messages.value_or(unbounded);
  connections_.insert(connections_.begin(), std::make_unique<connection>());
  for (std::size_t i = 0; i < connections_.size(); ++i)
    connections_[i]->index = i;
}

void broadcast_worker::opened(connection& from, time_point now) {
  if (&from == &sender()) {
    ready(now);
    return;
  }
  from.interject(masked_frame(opcode::text, opts().join_message));
  flush(from);
}

void broadcast_worker::lost(connection& from, const std::string& why) {
  lost_one_ = true;
  tally_.report("connection " + std::to_string(from.index) + " of "
                + std::to_string(connections_.size()) + ": " + why);
}

void broadcast_worker::run(const window& when) {
  window_ = when;
  last_event_ = when.start;
  tell_progress(0);
  send(std::chrono::steady_clock::now());
  while (true) {
    auto now = std::chrono::steady_clock::now();
    if (finished(now))
      break;
    step(now + wake_interval);
    tell_progress(heard_by_all_);
  }
  for (const auto& event : spreading_)
    tally_.missing += event.missing;
  if (tally_.missing > 0)
    tally_.report(std::to_string(tally_.missing) + " events were not heard");
}

bool broadcast_worker::sent_enough(time_point now) const {
  return left_ == 0 || now >= window_.end;
}

bool broadcast_worker::finished(time_point now) const {
  return lost_one_ || (sent_enough(now) && spreading_.empty())
         || now - last_event_ > patience;
}

void broadcast_worker::send(time_point now) {
  while (spreading_.size() < opts().in_flight && !sent_enough(now)) {
    auto measured = now >= window_.begin;
    if (measured)
      --left_;
    spreading_.push_back({measured, members_.size()});
    sender().owe(now, frames());
  }
  flush(sender());
}

void broadcast_worker::message(connection& from, std::string_view text,
                               time_point now) {
  last_event_ = now;
  if (&from == &sender())
    report_wrong("what the sender was told", text);
  else if (auto& who = member_at(from); who.joined)
    take_event(who, text, now);
  else
    take_join_reply(from, text, now);
}

void broadcast_worker::take_join_reply(connection& from, std::string_view text,
                                       time_point now) {
  if (!opts().expectation.met_by(text))
    report_wrong("a reply that is not as expected (" + opts().expectation.text()
                     + ')',
                 text);
  member_at(from).joined = true;
  ready(now);
}

void broadcast_worker::take_event(member& who, std::string_view text,
                                  time_point now) {
  if (is_position(text))
    return;
  auto which = static_cast<std::size_t>(who.heard - heard_by_all_);
  if (which >= spreading_.size()) {
    report_wrong("an event that nobody sent", text);
    return;
  }
  if (!is_event(text, opts().event))
    report_wrong("an event that is not as expected", text);
  ++who.heard;
  auto& event = spreading_[which];
  --event.missing;
  auto counts = opts().messages ? event.measured
                                : now >= window_.begin && now < window_.end;
  if (counts) {
    ++tally_.messages;
    tally_.last = now;
  }
  // An event before it is missing nowhere, either.
  if (event.missing == 0)
    all_heard_first(now);
}

void broadcast_worker::all_heard_first(time_point now) {
  auto due = sender().answered();
  if (spreading_.front().measured)
    tally_.latencies.record(now - due);
  spreading_.pop_front();
  ++heard_by_all_;
}

void broadcast_worker::report_wrong(const std::string& what,
                                    std::string_view text) {
  constexpr std::size_t shown_max = 200;
  ++tally_.wrong;
  tally_.report(what + ": " + std::string{text.substr(0, shown_max)});
}

void broadcast_worker::read_done(connection& /*from*/, time_point now) {
  if (spreading_.size() < opts().in_flight && !sent_enough(now))
    send(now);
}

void broadcast_worker::writable(connection& from, time_point /*now*/) {
  flush(from);
}

} // namespace stagedoor::load
