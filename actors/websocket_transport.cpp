#include "stagedoor/actors/websocket_transport.hpp"

#include "stagedoor/actors/head_parser.hpp"
#include "stagedoor/actors/kernel_view.hpp"
#include "stagedoor/actors/outbound_queue.hpp"
#include "stagedoor/protocol/message_deflate.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using boost::system::error_code;

class websocket_transport final
    : public transport,
      public unit_socket,
      public std::enable_shared_from_this<websocket_transport> {
public:
  websocket_transport(io_unit& home, tcp_socket socket, const limits& bounds)
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

  [[nodiscard]] std::string peer() const override { return peer_; }

  // -- HTTP -------------------------------------------------------------------

  void read_head(sink events) override {
    events_ = std::move(events);
    head_ = std::make_unique<head_parser>(bounds_.head_bytes_max);
    read_more_head();
  }

  void answer(http_answer answer) override {
    auto text = "HTTP/1.1 " + std::to_string(answer.status) + ' '
                + std::string{http::obsolete_reason(
                    static_cast<http::status>(answer.status))}
                + "\r\nContent-Type: application/json\r\nContent-Length: "
                + std::to_string(answer.body.size())
                + "\r\nConnection: close\r\n";
    for (const auto& [name, value] : answer.headers)
      text += name + ": " + value + "\r\n";
    text += "\r\n" + answer.body;
    home_.arm(linger_, bounds_.close_timeout);
    write_http(std::move(text), [this] { drain(); });
  }

  void accept(std::string_view subprotocol, bool compression) override {
    std::string extensions;
    if (compression)
      if (auto agreed =
              agree_on_deflate(head_->header("sec-websocket-extensions"))) {
        extensions = agreed->text();
        deflate_ = std::make_unique<message_deflate>(*agreed);
        reader_ = frame_reader{bounds_.message_bytes_max, true};
      }
    auto text = switching_protocols(head_->header("sec-websocket-key"),
                                    subprotocol, extensions);
    unread_ = head_->rest();
    head_.reset();
    write_http(std::move(text), [this] { report(handshake_done{}); });
  }

  // -- WebSocket --------------------------------------------------------------

  void read_message() override {
    wants_message_ = true;
    read_on();
  }

  void send(std::string_view text) override {
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

  [[nodiscard]] bool outbound_full() const override {
    return outbound_.is_full(bounds_);
  }

  [[nodiscard]] std::uint64_t bytes_taken() const override {
    return kernel_view(handle_).bytes_acknowledged;
  }

  [[nodiscard]] std::chrono::milliseconds silence() const override {
    return kernel_view(handle_).silence;
  }

  void ping() override {
    // What waits already shows whether the client is there.
    if (closing_ || !outbound_.empty())
      return;
    append_frame(outbound(), opcode::ping, {});
    home_.flush_later(*this);
  }

  void close(close_code code, std::string reason) override {
    if (closing_)
      return;
    begin_close(code, std::move(reason));
    append_close(outbound(), code, close_reason_);
    // For the client's own close; and a read keeps this socket, whoever else
    // lets it go.
    read();
    read_on();
  }

  void close_and_forget(close_code code) override {
    events_ = nullptr;
    close(code, {});
  }

  void abort() override {
    events_ = nullptr;
    end_socket();
  }

  // -- unit_socket ------------------------------------------------------------

  void read() override {
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

  void deliver() override {
    auto self = shared_from_this();
    use_unread();
  }

  void flush() override {
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

private:
  /// Where the next frame goes.
  std::string& outbound() {
    if (outbound_.bytes().capacity() == 0)
      outbound_.bytes() = home_.take_text();
    return outbound_.bytes();
  }

  template <class Event>
  void report(Event event) {
    // A copy: the handler may tell us to forget it.
    if (auto copy = events_)
      copy(transport_event{std::move(event)});
  }

  void report_end(std::string reason) {
    end_socket();
    report(transport_ended{closed_with_, std::move(reason)});
    events_ = nullptr;
  }

  void end_socket() {
    ended_ = true;
    linger_.disarm();
    error_code ignored;
    socket_.close(ignored);
  }

  // -- HTTP -------------------------------------------------------------------

  void read_more_head() {
    socket_.async_read_some(
        head_->prepare(),
        [self = shared_from_this()](error_code error, std::size_t bytes) {
          self->head_read(error, bytes);
        });
  }

  void head_read(error_code error, std::size_t bytes) {
    if (error) {
      report_end(error.message());
      return;
    }
    auto result = head_->commit(bytes);
    if (auto* request = std::get_if<opening_request>(&result))
      report(head_arrived{std::move(*request)});
    else if (auto* reason = std::get_if<refusal>(&result))
      report(head_refused{*reason});
    else
      read_more_head();
  }

  template <class F>
  void write_http(std::string text, F then) {
    auto kept = std::make_unique<std::string>(std::move(text));
    auto bytes = asio::buffer(*kept);
    asio::async_write(socket_, bytes,
                      [self = shared_from_this(), kept = std::move(kept),
                       then = std::move(then)](error_code error, std::size_t) {
                        if (error)
                          self->report_end(error.message());
                        else
                          then();
                      });
  }

  // -- reading ----------------------------------------------------------------

  [[nodiscard]] bool wants_frame() const {
    return !ended_ && !client_closed_ && (wants_message_ || closing_);
  }

  void read_on() {
    if (delivering_)
      return; // `use` goes on.
    if (unread_.empty())
      home_.read_later(*this);
    else
      home_.deliver_later(*this);
  }

  void bytes_read(error_code error, std::size_t count) {
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

  /// Reads what has come behind the first bytes.
  std::span<char> read_rest() {
    auto buffer = home_.read_buffer();
    std::copy(first_bytes_.begin(), first_bytes_.end(), buffer.begin());
    auto rest = buffer.subspan(first_bytes_.size());
    error_code ignored; // The next read meets it again.
    auto count =
        socket_.read_some(asio::buffer(rest.data(), rest.size()), ignored);
    return buffer.first(first_bytes_.size() + count);
  }

  void use_unread() {
    auto kept = std::exchange(unread_, {});
    std::span<char> bytes{kept};
    use(bytes);
    if (bytes.empty())
      return;
    kept.erase(0, kept.size() - bytes.size());
    unread_ = std::move(kept);
  }

  /// Reads frames while they are wanted; what is left is kept by the caller.
  void use(std::span<char>& bytes) {
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

  void on(frame_reader::need_more&) {}

  void on(frame_reader::message& whole) {
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

  void on(frame_reader::ping& what) {
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

  void on(frame_reader::pong&) {}

  void on(frame_reader::close& what) {
    client_closed_ = true;
    if (closing_)
      return;
    begin_close(what.code, "closed by the client");
    append_close(outbound(),
                 what.code == close_code::none ? close_code::normal : what.code,
                 {});
  }

  void on(frame_reader::violation& what) {
    // What follows cannot be read.
    client_closed_ = true;
    if (closing_)
      return;
    begin_close(what.code, std::string{what.why});
    append_close(outbound(), what.code, what.why);
  }

  // -- writing and closing ----------------------------------------------------

  void wait_writable() {
    waits_to_write_ = true;
    socket_.async_wait(tcp_socket::wait_write,
                       [self = shared_from_this()](error_code) {
                         self->waits_to_write_ = false;
                         if (!self->ended_)
                           self->writable();
                       });
  }

  void writable() {
    if (auto payload = std::exchange(late_pong_, nullptr); payload && !closing_)
      append_frame(outbound(), opcode::pong, *payload);
    flush();
  }

  void write_failed(error_code error) {
    // The read in progress fails as well, and knows the reason better.
    if (is_reading_ && !closing_) {
      outbound_ = {};
      home_.arm(linger_, bounds_.close_timeout);
    } else {
      report_end(error.message());
    }
  }

  void begin_close(close_code code, std::string reason) {
    closing_ = true;
    closed_with_ = code;
    close_reason_ = std::move(reason);
    home_.arm(linger_, bounds_.close_timeout);
    home_.flush_later(*this);
  }

  /// Reads on until the client closes: closing a socket with unread bytes
  /// resets it, and a reset destroys what is on its way to the client.
  void drain() {
    if (std::exchange(draining_, true))
      return;
    closing_ = true;
    unread_ = {};
    error_code ignored;
    socket_.shutdown(tcp_socket::shutdown_send, ignored);
    read();
  }

  io_unit& home_;
  const limits& bounds_;
  int handle_;
  tcp_socket socket_;
  std::string peer_;
  sink events_;
  std::unique_ptr<head_parser> head_;
  std::unique_ptr<message_deflate> deflate_;

  frame_reader reader_;
  /// Where a read that waits for the client puts what comes; most messages fit.
  std::array<char, 512> first_bytes_;
  /// What has come and could not be used yet.
  std::string unread_;
  outbound_queue outbound_;
  std::unique_ptr<std::string> late_pong_;

  bool wants_message_ = false;
  bool is_reading_ = false;
  bool delivering_ = false;
  bool waits_to_write_ = false;
  /// The connection has met a full queue.
  bool was_full_ = false;
  /// A close frame is on its way; nothing is delivered any more.
  bool closing_ = false;
  /// Nothing more of the client is read as frames.
  bool client_closed_ = false;
  bool draining_ = false;
  bool ended_ = false;
  close_code closed_with_ = close_code::none;
  std::string close_reason_;
  /// Ends a close or an answer that the client does not take.
  deadline linger_;
};

} // namespace

std::shared_ptr<transport> make_websocket_transport(io_unit& home,
                                                    tcp_socket socket,
                                                    const limits& bounds) {
  return std::make_shared<websocket_transport>(home, std::move(socket), bounds);
}

} // namespace stagedoor
