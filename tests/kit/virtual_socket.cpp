#include "stagedoor/testing/virtual_socket.hpp"

#include "stagedoor/protocol/utf8.hpp"

#include <utility>

namespace stagedoor::testing {

virtual_socket::virtual_socket(const unit& home, const limits& bounds,
                               denial_teller why)
    : home_(home), bounds_(bounds), why_denied_(std::move(why)),
      heard_at_(home.now()) {}

std::size_t virtual_socket::send_message(std::string text, frame_type type) {
  heard_at_ = home_.now();
  if (heard_ && type == frame_type::text)
    heard_(text_way::from_client, text);
  auto number =
      mail_.sent(decode_message(text, type, bounds_).message.head, text);
  unread_.push_back({std::move(text), type});
  return number;
}

void virtual_socket::hang_up(close_code code) {
  if (is_open_ && code != close_code::none)
    hung_up_ = code;
  else if (!is_over())
    end_ = ending{code, {}};
}

void virtual_socket::vanish() {
  owner_ = nullptr;
  if (!is_over())
    end_ = ending{};
}

bool virtual_socket::work() {
  if (owner_ == nullptr)
    return false;
  if (head_) {
    tell(head_arrived{*std::exchange(head_, std::nullopt)});
  } else if (is_over()) {
    tell_end();
  } else if (std::exchange(is_accepting_, false)) {
    is_open_ = true;
    tell(handshake_done{});
  } else if (is_read_ && !unread_.empty()) {
    deliver_next();
  } else if (is_read_ && hung_up_) {
    is_read_ = false;
    tell(client_closed{});
  } else {
    return false;
  }
  return true;
}

void virtual_socket::deliver_next() {
  is_read_ = false;
  auto next = std::move(unread_.front());
  unread_.pop_front();
  if (next.text.size() > bounds_.message_bytes_max)
    end_ = ending{close_code::message_too_big, "a message over the limit"};
  else if (next.type == frame_type::text && !is_utf8(next.text))
    end_ = ending{close_code::invalid_utf8, "a text that is not UTF-8"};
  else
    tell(message_arrived{next.text, next.type});
}

void virtual_socket::tell_end() {
  transport_event what{
      transport_ended{end_ ? end_->code : close_code::none, "ended"}};
  std::exchange(owner_, nullptr)->happened(what);
}

template <class Event>
void virtual_socket::tell(Event event) {
  transport_event what{std::move(event)};
  owner_->happened(what);
}

// -- transport ----------------------------------------------------------------

void virtual_socket::answer(http_answer answer) {
  refusal_ = std::move(answer);
}

void virtual_socket::accept(std::string_view subprotocol, bool) {
  subprotocol_ = subprotocol;
  is_accepting_ = true;
}

void virtual_socket::send(std::string_view text) {
  if (is_over())
    return;
  taken_ += text.size();
  if (heard_)
    heard_(text_way::to_client, text);
  mail_.received(text);
}

std::chrono::milliseconds virtual_socket::silence() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(home_.now()
                                                               - heard_at_);
}

void virtual_socket::ping() {
  if (answers_pings_)
    heard_at_ = home_.now();
}

void virtual_socket::close(close_code code, std::string reason) {
  if (!is_over())
    end_ = ending{code, std::move(reason)};
}

void virtual_socket::answer_close() {
  close(*hung_up_, {});
}

void virtual_socket::close_and_forget(close_code code) {
  owner_ = nullptr;
  close(code, {});
}

void virtual_socket::abort() {
  owner_ = nullptr;
  close(close_code::none, {});
}

} // namespace stagedoor::testing
