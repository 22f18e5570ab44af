#include "stagedoor/actors/sockets/frame_writer.hpp"

#include <boost/asio/buffer.hpp>

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

frame_writer::error_code frame_writer::write() {
  error_code error;
  while (!queue_.empty() && !is_blocked_ && !error) {
    auto text = queue_.unwritten();
    auto count = socket_.write_some(
        boost::asio::buffer(text.data(), text.size()), error);
    if (!error)
      queue_.written(count);
  }
  if (queue_.empty())
    home_.give_back(queue_.release());
  return error;
}

} // namespace stagedoor
