#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "descriptor_limit.hpp"
#include "servers/server_options.hpp"

// The yardstick of a broadcast: one thread that writes the same bytes to the
// bare socket of each member, with one system call for each of them. A client
// that sends `join` is a member from then on and is sent the same back; all
// else that clients send goes to all members.

namespace {

using tcp = boost::asio::ip::tcp;
using error_code = boost::system::error_code;

/// The frame of a text message; the text has less than 64 KiB.
std::string text_frame(std::string_view text) {
  constexpr char final_text = '\x81';
  constexpr std::size_t short_max = 125;
  constexpr char two_bytes_follow = 126;
  constexpr unsigned bits_per_byte = 8;
  std::string result{final_text};
  if (text.size() <= short_max) {
    result += static_cast<char>(text.size());
  } else {
    result += two_bytes_follow;
    result += static_cast<char>(text.size() >> bits_per_byte);
    result += static_cast<char>(text.size());
  }
  return result.append(text);
}

class session;
using member_set = std::unordered_set<session*>;

/// One client; it is read with Beast, and written to without.
class session : public std::enable_shared_from_this<session> {
public:
  session(tcp::socket socket, member_set& members)
      : websocket_(std::move(socket)), members_(members) {
    error_code ignored; // The client may be gone already.
    websocket_.next_layer().set_option(tcp::no_delay(true), ignored);
    websocket_.next_layer().non_blocking(true, ignored);
  }
  ~session() { members_.erase(this); }
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  void run() {
    websocket_.async_accept([self = shared_from_this()](error_code error) {
      if (!error)
        self->read();
    });
  }

private:
  void read() {
    websocket_.async_read(
        message_, [self = shared_from_this()](error_code error, std::size_t) {
          if (!error)
            self->use_message();
        });
  }

  void use_message() {
    auto bytes = message_.cdata();
    std::string_view text{static_cast<const char*>(bytes.data()), bytes.size()};
    auto frame = text_frame(text);
    if (text == "join") {
      members_.insert(this);
      write(frame);
    } else {
      for (auto* member : members_)
        member->write(frame);
    }
    message_.clear();
    read();
  }

  /// A client whose socket does not take all of it at once is given up.
  void write(const std::string& frame) {
    error_code error;
    auto& socket = websocket_.next_layer();
    if (socket.write_some(boost::asio::buffer(frame), error) < frame.size())
      socket.close(error);
  }

  boost::beast::websocket::stream<tcp::socket> websocket_;
  boost::beast::flat_buffer message_;
  member_set& members_;
};

/// One thread, until SIGTERM or SIGINT.
class broadcast_server {
public:
  explicit broadcast_server(std::uint16_t port)
      : acceptor_(context_, {boost::asio::ip::address_v4::loopback(), port}),
        signals_(context_, SIGTERM, SIGINT) {}

  void run() {
    signals_.async_wait([this](error_code, int) { context_.stop(); });
    accept();
    std::cout << "listening on " << acceptor_.local_endpoint() << std::endl;
    context_.run();
  }

private:
  void accept() {
    acceptor_.async_accept([this](error_code error, tcp::socket socket) {
      if (!error)
        std::make_shared<session>(std::move(socket), members_)->run();
      accept();
    });
  }

  /// Outlives the context, whose end destroys the last sessions.
  member_set members_;
  boost::asio::io_context context_{1};
  tcp::acceptor acceptor_;
  boost::asio::signal_set signals_;
};

} // namespace

int main(int argc, char** argv) {
  auto port = stagedoor::bench::port_option(argc, argv);
  stagedoor::bench::raise_descriptor_limit();
  broadcast_server{port}.run();
}
