#include "stagedoor/actors/sockets/frame_writer.hpp"

namespace stagedoor {

void frame_writer::add_ping() {
  append_frame(bytes(), opcode::ping, {});
}

void frame_writer::add_pong(std::string_view payload) {
  if (is_blocked_)
    late_pong_ = std::make_unique<std::string>(payload);
  else
    append_frame(bytes(), opcode::pong, payload);
}

void frame_writer::add_close(close_code code, std::string_view reason) {
  late_pong_ = nullptr;
  append_close(bytes(), code, reason);
}

void frame_writer::sent(std::size_t count) {
  queue_.written(count);
  if (queue_.empty())
    home_.give_back(queue_.release());
}

void frame_writer::unblock() {
  is_blocked_ = false;
  if (auto payload = std::exchange(late_pong_, nullptr))
    add_pong(*payload);
}

} // namespace stagedoor
