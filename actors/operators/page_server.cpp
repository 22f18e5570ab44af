#include "stagedoor/actors/operators/page_server.hpp"

#include "stagedoor/actors/operators/operator_limits.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <chrono>
#include <exception>
#include <list>
#include <system_error>
#include <thread>
#include <utility>

namespace stagedoor {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using failure = boost::system::error_code;
using response = http::response<http::string_body>;

/// What all requests share.
struct page_source {
  std::string path;
  page_server::content make;
  std::chrono::milliseconds request_timeout;

  [[nodiscard]] response
  answer_to(const http::request_header<>& request) const {
    const auto target = request.target();
    response result{http::status::ok, request.version()};
    if (target.substr(0, target.find('?')) != path) {
      result.result(http::status::not_found);
    } else if (request.method() != http::verb::get) {
      result.result(http::status::method_not_allowed);
      result.set(http::field::allow, "GET");
    } else {
      try {
        result.body() = make();
        result.set(http::field::content_type,
                   "text/plain; version=0.0.4; charset=utf-8");
      } catch (const std::exception&) {
        result.result(http::status::internal_server_error);
      }
    }
    return result;
  }
};

/// One request, from its socket to the end of it.
class exchange : public std::enable_shared_from_this<exchange> {
public:
  exchange(tcp::socket socket, std::shared_ptr<const page_source> source)
      : stream_(std::move(socket)), source_(std::move(source)) {
    request_.header_limit(operator_limits::metrics_head_bytes_max);
  }

  void start() {
    // One time for the request, the answer and the end together.
    stream_.expires_after(source_->request_timeout);
    http::async_read_header(
        stream_, buffer_, request_,
        [self = shared_from_this()](const failure& error, std::size_t bytes) {
          self->answer(error, bytes);
        });
  }

  void close() { stream_.close(); }

private:
  /// @param bytes what the head had.
  void answer(const failure& error, std::size_t bytes) {
    // Beast's own limit counts the end of the head differently. Where the
    // client is gone, or its time is over, writing fails.
    if (error == http::error::header_limit
        || bytes > operator_limits::metrics_head_bytes_max)
      answer_.result(http::status::request_header_fields_too_large);
    else if (error)
      answer_.result(http::status::bad_request);
    else
      answer_ = source_->answer_to(request_.get());
    answer_.keep_alive(false);
    answer_.prepare_payload();
    http::async_write(
        stream_, answer_,
        [self = shared_from_this()](const failure& failed, std::size_t) {
          if (!failed)
            self->await_end();
        });
  }

  /// What the client still sends would make the system drop our answer.
  void await_end() {
    failure ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    pass_rest();
  }

  void pass_rest() {
    stream_.async_read_some(
        asio::buffer(rest_),
        [self = shared_from_this()](const failure& error, std::size_t) {
          if (!error)
            self->pass_rest();
        });
  }

  beast::tcp_stream stream_;
  std::shared_ptr<const page_source> source_;
  beast::flat_buffer buffer_;
  http::request_parser<http::empty_body> request_;
  response answer_;
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
                    std::string path, content page,
                    std::chrono::milliseconds request_timeout) {
  try {
    const tcp::endpoint where{asio::ip::make_address(address), port};
    return std::unique_ptr<page_server>{std::make_unique<asio_page_server>(
        where, page_source{std::move(path), std::move(page), request_timeout})};
  } catch (const boost::system::system_error& error) {
    return make_error(errc::cannot_listen, error.code().message());
  } catch (const std::system_error& error) {
    // There may be no further thread.
    return make_error(errc::cannot_listen, error.code().message());
  }
}

} // namespace stagedoor
