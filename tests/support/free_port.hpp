#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>

namespace stagedoor::test {

/// A port of 127.0.0.1 that nobody listened on a moment ago.
inline std::uint16_t free_port() {
  using boost::asio::ip::tcp;
  boost::asio::io_context context;
  const tcp::acceptor acceptor{context,
                               {boost::asio::ip::address_v4::loopback(), 0}};
  return acceptor.local_endpoint().port();
}

} // namespace stagedoor::test
