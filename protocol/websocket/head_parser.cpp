#include "stagedoor/protocol/websocket/head_parser.hpp"

#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <boost/none.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace stagedoor {

namespace http = boost::beast::http;

namespace {

/// The size of a buffer: most heads fit into one read of it.
constexpr std::size_t read_bytes = 2048;

} // namespace

head_parser::head_parser(std::size_t bytes_max) : bytes_max_(bytes_max) {
  parser_.header_limit(std::numeric_limits<std::uint32_t>::max());
  // No body is read, so none is too large.
  parser_.body_limit(boost::none);
}

boost::asio::mutable_buffer head_parser::prepare() {
  return buffer_.prepare(std::min(read_bytes, bytes_max_ - bytes_read_));
}

head_parser::progress head_parser::commit(std::size_t bytes) {
  buffer_.commit(bytes);
  bytes_read_ += bytes;
  if (!begin())
    return bytes_read_ == bytes_max_ ? progress{refusal::head_too_large}
                                     : progress{need_more{}};
  boost::system::error_code error;
  buffer_.consume(parser_.put(buffer_.data(), error));
  if (error && error != http::error::need_more)
    return refusal::bad_request;
  if (parser_.is_header_done())
    return request();
  if (bytes_read_ == bytes_max_)
    return refusal::head_too_large;
  return need_more{};
}

bool head_parser::begin() {
  const auto unread = [this] {
    const auto bytes = buffer_.cdata();
    return std::string_view{static_cast<const char*>(bytes.data()),
                            bytes.size()};
  };
  if (!empty_line_over_) {
    // RFC 9112, section 2.2.
    if (unread() == "\r")
      return false;
    constexpr std::string_view empty_line = "\r\n";
    if (unread().starts_with(empty_line)) {
      buffer_.consume(empty_line.size());
      bytes_read_ -= empty_line.size();
    }
    empty_line_over_ = true;
  }
  // Beast's parser leaves the request line there until it is whole.
  constexpr std::string_view head = "HEAD ";
  if (!method_seen_ && unread().size() >= head.size()) {
    method_seen_ = true;
    is_head_ = unread().starts_with(head);
  }
  return true;
}

std::string head_parser::rest() const {
  auto bytes = buffer_.cdata();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

std::string head_parser::header(std::string_view name) const {
  std::string result;
  auto [first, last] = parser_.get().equal_range(name);
  for (; first != last; ++first) {
    if (!result.empty())
      result += ", ";
    result += first->value();
  }
  return result;
}

opening_request head_parser::request() const {
  const auto& message = parser_.get();
  opening_request result;
  result.method = std::string{message.method_string()};
  result.target = std::string{message.target()};
  result.version = message.version();
  for (const auto& field : message)
    result.headers.emplace_back(lower_case(field.name_string()),
                                std::string{field.value()});
  return result;
}

} // namespace stagedoor
