#include "load/handshake_worker.hpp"

#include <chrono>
#include <limits>
#include <utility>

#include "load/frame.hpp"

namespace stagedoor::load {

namespace {

/// A close frame with the code 1000.
const std::string& good_bye() {
  static const auto result = masked_frame(opcode::close, {"\x03\xE8", 2});
  return result;
}

} // namespace

handshake_worker::handshake_worker(const plan& shared, std::size_t number)
    : worker(shared, number) {
  constexpr auto unbounded = std::numeric_limits<std::uint64_t>::max();
  left_ = opts().messages ? share_of(*opts().messages) : unbounded;
}

void handshake_worker::run(const window& when) {
  window_ = when;
  last_event_ = when.start;
  for (auto& entry : connections_)
    again_.push_back(entry.get());
  while (true) {
    for (auto* entry : std::exchange(again_, {}))
      if (take(std::chrono::steady_clock::now()))
        open(*entry);
    if (busy_ == 0)
      return;
    auto now = std::chrono::steady_clock::now();
    if (now - last_event_ > patience) {
      tally_.missing += busy_;
      tally_.report("the server does not answer opening requests");
      return;
    }
    step(now + wake_interval);
    tell_progress(tally_.messages);
  }
}

bool handshake_worker::take(time_point now) {
  if (now >= window_.end || left_ == 0)
    return false;
  if (now >= window_.begin)
    --left_;
  ++busy_;
  return true;
}

void handshake_worker::opened(connection& from, time_point now) {
  last_event_ = now;
  if (from.began >= window_.begin)
    tally_.latencies.record(now - from.began);
  auto counts = opts().messages ? from.began >= window_.begin
                                : now >= window_.begin && now < window_.end;
  if (counts) {
    ++tally_.messages;
    tally_.last = now;
  }
  from.interject(good_bye());
  flush(from);
}

void handshake_worker::message(connection& /*from*/, std::string_view /*text*/,
                               time_point /*now*/) {}

void handshake_worker::read_done(connection& /*from*/, time_point /*now*/) {}

void handshake_worker::writable(connection& from, time_point /*now*/) {
  flush(from);
}

void handshake_worker::lost(connection& from, const std::string& why) {
  --busy_;
  if (from.at == connection::stage::open) {
    again_.push_back(&from); // It has answered our close.
    return;
  }
  ++tally_.missing;
  tally_.report("a handshake failed: " + why);
}

} // namespace stagedoor::load
