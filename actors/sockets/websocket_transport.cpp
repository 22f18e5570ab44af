#include "stagedoor/actors/sockets/websocket_transport.hpp"

#include "stagedoor/protocol/utf8.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <variant>

namespace stagedoor {

namespace asio = boost::asio;

websocket_transport::websocket_transport(io_unit& home, tcp_socket socket,
                                         const limits& bounds)
    : home_(home), bounds_(bounds), handle_(socket.native_handle()),
      socket_(std::move(socket)), reader_(bounds.message_bytes_max),
      linger_([this] { report_end("the client did not close"); }) {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
  socket_.non_blocking(true, ignored);
  if (auto remote = socket_.remote_endpoint(ignored); !ignored) {
    auto host = remote.address().to_string();
    peer_ = (remote.address().is_v6() ? '[' + host + ']' : host) + ':'
            + std::to_string(remote.port());
  }
}

// -- WebSocket ----------------------------------------------------------------

void websocket_transport::send(std::string_view text) {
  if (closing_)
    return;
  if (deflate_) {
    auto compressed = deflate_->compress(text);
    append_frame(outbound(), opcode::text, compressed, true);
    outbound_.add_message(compressed.size());
  } else {
    append_frame(outbound(), opcode::text, text);
    outbound_.add_message(text.size());
  }
  was_full_ = outbound_full();
  home_.flush_later(*this);
}

void websocket_transport::ping() {
  // What waits already shows whether the client is there.
  if (closing_ || !outbound_.empty())
    return;
  append_frame(outbound(), opcode::ping, {});
  home_.flush_later(*this);
}

void websocket_transport::close(close_code code, std::string reason) {
  if (closing_)
    return;
  begin_close(code, std::move(reason));
  append_close(outbound(), code, close_reason_);
  // For the client's own close; and a read keeps this socket, whoever else
  // lets it go.
  read();
  read_on();
}

// -- unit_socket --------------------------------------------------------------

void websocket_transport::read() {
  if (ended_ || std::exchange(is_reading_, true))
    return;
  socket_.async_read_some(
      asio::buffer(first_bytes_),
      [self = shared_from_this()](error_code error, std::size_t count) {
        self->is_reading_ = false;
        if (!self->ended_)
          self->bytes_read(error, count);
      });
}

void websocket_transport::flush() {
  auto self = shared_from_this();
  while (!outbound_.empty() && !waits_to_write_) {
    error_code error;
    auto text = outbound_.unwritten();
    auto count =
        socket_.write_some(asio::buffer(text.data(), text.size()), error);
    if (error == asio::error::would_block)
      wait_writable();
    else if (error)
      write_failed(error);
    else
      outbound_.written(count);
    if (error)
      break;
  }
  if (outbound_.empty()) {
    home_.give_back(outbound_.release());
    if (client_closed_)
      drain();
  }
  if (was_full_ && !closing_ && !outbound_full()) {
    was_full_ = false;
    report(outbound_drained{});
  }
}

void websocket_transport::end_socket() {
  ended_ = true;
  linger_.disarm();
  error_code ignored;
  socket_.close(ignored);
}

// -- reading ------------------------------------------------------------------

void websocket_transport::read_on() {
  if (delivering_)
    return; // `use` goes on.
  if (unread_.empty())
    home_.read_later(*this);
  else
    home_.deliver_later(*this);
}

void websocket_transport::bytes_read(error_code error, std::size_t count) {
  auto all = std::span{first_bytes_}.first(count);
  if (count == first_bytes_.size() && !error)
    all = read_rest();
  if (error) {
    report_end(closing_ ? close_reason_ : error.message());
  } else if (draining_) {
    read();
  } else if (unread_.empty()) {
    use(all);
    unread_.assign(all.data(), all.size());
  } else {
    unread_.append(all.data(), all.size());
    use_unread();
  }
}

std::span<char> websocket_transport::read_rest() {
  auto buffer = home_.read_buffer();
  std::copy(first_bytes_.begin(), first_bytes_.end(), buffer.begin());
  auto rest = buffer.subspan(first_bytes_.size());
  error_code ignored; // The next read meets it again.
  auto count =
      socket_.read_some(asio::buffer(rest.data(), rest.size()), ignored);
  return buffer.first(first_bytes_.size() + count);
}

void websocket_transport::use_unread() {
  auto kept = std::exchange(unread_, {});
  std::span<char> bytes{kept};
  use(bytes);
  if (bytes.empty())
    return;
  kept.erase(0, kept.size() - bytes.size());
  unread_ = std::move(kept);
}

void websocket_transport::use(std::span<char>& bytes) {
  delivering_ = true;
  while (wants_frame()) {
    auto next = reader_.next(bytes);
    if (std::holds_alternative<frame_reader::need_more>(next)) {
      home_.read_later(*this);
      break;
    }
    std::visit([this](auto& what) { on(what); }, next);
  }
  delivering_ = false;
  if (client_closed_ && !ended_)
    flush();
}

void websocket_transport::on(frame_reader::message& whole) {
  if (closing_)
    return;
  std::string expanded;
  if (whole.compressed) {
    auto problem =
        deflate_->expand(whole.payload, bounds_.message_bytes_max, expanded);
    if (problem == close_code::none && whole.type == frame_type::text
        && !is_utf8(expanded))
      problem = close_code::invalid_utf8;
    if (problem != close_code::none) {
      frame_reader::violation what{problem, "a bad compressed message"};
      on(what);
      return;
    }
    whole.payload = expanded;
  }
  wants_message_ = false;
  report(message_arrived{whole.payload, whole.type});
}

void websocket_transport::on(frame_reader::ping& what) {
  if (closing_)
    return;
  if (waits_to_write_) {
    // Of pings that the client does not wait for, the last one is answered.
    late_pong_ = std::make_unique<std::string>(what.payload);
    return;
  }
  append_frame(outbound(), opcode::pong, what.payload);
  home_.flush_later(*this);
}

void websocket_transport::on(frame_reader::close& what) {
  client_closed_ = true;
  if (closing_)
    return;
  begin_close(what.code, "closed by the client");
  append_close(outbound(),
               what.code == close_code::none ? close_code::normal : what.code,
               {});
}

void websocket_transport::on(frame_reader::violation& what) {
  // What follows cannot be read.
  client_closed_ = true;
  if (closing_)
    return;
  begin_close(what.code, std::string{what.why});
  append_close(outbound(), what.code, what.why);
}

// -- writing and closing ------------------------------------------------------

void websocket_transport::wait_writable() {
  waits_to_write_ = true;
  socket_.async_wait(tcp_socket::wait_write,
                     [self = shared_from_this()](error_code) {
                       self->waits_to_write_ = false;
                       if (!self->ended_)
                         self->writable();
                     });
}

void websocket_transport::write_failed(error_code error) {
  // A read fails as well, and knows the reason better: the client's close may
  // have come already.
  if ((is_reading_ || wants_message_) && !closing_) {
    outbound_ = {};
    home_.arm(linger_, bounds_.close_timeout);
  } else {
    report_end(error.message());
  }
}

void websocket_transport::begin_close(close_code code, std::string reason) {
  closing_ = true;
  closed_with_ = code;
  close_reason_ = std::move(reason);
  home_.arm(linger_, bounds_.close_timeout);
  home_.flush_later(*this);
}

void websocket_transport::drain() {
  if (std::exchange(draining_, true))
    return;
  closing_ = true;
  unread_ = {};
  error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
  read();
}

std::shared_ptr<transport> make_websocket_transport(io_unit& home,
                                                    tcp_socket socket,
                                                    const limits& bounds) {
  return std::make_shared<websocket_transport>(home, std::move(socket), bounds);
}

} // namespace stagedoor
