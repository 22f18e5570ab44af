#include "stagedoor/actors/operators/page_server.hpp"

#include "stagedoor/actors/operators/operator_limits.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <list>
#include <string_view>
#include <thread>
#include <utility>

namespace stagedoor {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using failure = boost::system::error_code;

std::string answer(std::string_view status, const std::string& body,
                   std::string_view more = {}) {
  std::string result = "HTTP/1.1 ";
  result.append(status).append("\r\n").append(more);
  result += "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
            "Content-Length: "
            + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  return result + body;
}

/// What all requests share.
struct page_source {
  std::string path;
  page_server::content make;

  /// @param head the request up to its empty line.
  [[nodiscard]] std::string answer_to(std::string_view head) const {
    const auto line = head.substr(0, head.find("\r\n"));
    const auto first = line.find(' ');
    const auto second = line.find(' ', first + 1);
    if (second == std::string_view::npos
        || !line.substr(second).starts_with(" HTTP/1."))
      return answer("400 Bad Request", "");
    const auto target = line.substr(first + 1, second - first - 1);
    if (target.substr(0, target.find('?')) != path)
      return answer("404 Not Found", "");
    if (line.substr(0, first) != "GET")
      return answer("405 Method Not Allowed", "", "Allow: GET\r\n");
    try {
      return answer("200 OK", make());
    } catch (const std::exception&) {
      return answer("500 Internal Server Error", "");
    }
  }
};

/// One request, from its socket to the end of it.
class exchange : public std::enable_shared_from_this<exchange> {
public:
  exchange(tcp::socket socket, std::shared_ptr<const page_source> source)
      : socket_(std::move(socket)), timer_(socket_.get_executor()),
        source_(std::move(source)) {}

  void start() {
    timer_.expires_after(operator_limits::metrics_request_timeout);
    timer_.async_wait([self = weak_from_this()](const failure& error) {
      if (auto here = self.lock(); here && !error)
        here->close();
    });
    asio::async_read_until(
        socket_,
        asio::dynamic_buffer(head_, operator_limits::metrics_head_bytes_max),
        "\r\n\r\n",
        [self = shared_from_this()](const failure& error, std::size_t size) {
          if (!error)
            self->send(size);
          else if (error == asio::error::not_found)
            self->write(answer("431 Request Header Fields Too Large", ""));
        });
  }

  void close() {
    failure ignored;
    socket_.close(ignored);
    timer_.cancel();
  }

private:
  void send(std::size_t size) {
    write(source_->answer_to(std::string_view{head_}.substr(0, size)));
  }

  void write(std::string text) {
    answer_ = std::move(text);
    asio::async_write(
        socket_, asio::buffer(answer_),
        [self = shared_from_this()](const failure& error, std::size_t) {
          if (!error)
            self->await_end();
        });
  }

  /// What the client still sends would make the system drop our answer.
  void await_end() {
    failure ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    pass_rest();
  }

  void pass_rest() {
    socket_.async_read_some(
        asio::buffer(rest_),
        [self = shared_from_this()](const failure& error, std::size_t) {
          if (!error)
            self->pass_rest();
        });
  }

  tcp::socket socket_;
  asio::steady_timer timer_;
  std::shared_ptr<const page_source> source_;
  std::string head_;
  std::string answer_;
  std::array<char, 512> rest_{};
};

class asio_page_server : public page_server {
public:
  asio_page_server(const tcp::endpoint& where, page_source source)
      : acceptor_(context_),
        source_(std::make_shared<const page_source>(std::move(source))),
        pause_(context_) {
    acceptor_.open(where.protocol());
    acceptor_.set_option(tcp::acceptor::reuse_address(true));
    acceptor_.bind(where);
    acceptor_.listen();
    port_ = acceptor_.local_endpoint().port();
    accept();
    thread_ = std::jthread{[this] { context_.run(); }};
  }

  ~asio_page_server() override { context_.stop(); }

  asio_page_server(const asio_page_server&) = delete;
  asio_page_server& operator=(const asio_page_server&) = delete;

  [[nodiscard]] std::uint16_t port() const override { return port_; }

private:
  void accept() {
    acceptor_.async_accept([this](const failure& error, tcp::socket socket) {
      if (error) {
        // There may be no file descriptor for a moment.
        pause_.expires_after(operator_limits::accept_pause);
        pause_.async_wait([this](const failure&) { accept(); });
        return;
      }
      begin(std::move(socket));
      accept();
    });
  }

  void begin(tcp::socket socket) {
    open_.remove_if([](const auto& each) { return each.expired(); });
    // Whoever has been here longest has had its time.
    if (open_.size() >= operator_limits::metrics_requests_max) {
      if (auto oldest = open_.front().lock())
        oldest->close();
      open_.pop_front();
    }
    auto next = std::make_shared<exchange>(std::move(socket), source_);
    open_.push_back(next);
    next->start();
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  std::shared_ptr<const page_source> source_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
  /// In the order in which they came.
  std::list<std::weak_ptr<exchange>> open_;
  // The last one, so that it ends first.
  std::jthread thread_;
};

} // namespace

caf::expected<std::unique_ptr<page_server>>
page_server::listen(const std::string& address, std::uint16_t port,
                    std::string path, content page) {
  try {
    const tcp::endpoint where{asio::ip::make_address(address), port};
    return std::unique_ptr<page_server>{std::make_unique<asio_page_server>(
        where, page_source{std::move(path), std::move(page)})};
  } catch (const boost::system::system_error& error) {
    return make_error(errc::cannot_listen, error.code().message());
  }
}

} // namespace stagedoor
