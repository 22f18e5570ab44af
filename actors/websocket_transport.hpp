#pragma once

#include "stagedoor/actors/io_unit.hpp"
#include "stagedoor/actors/transport.hpp"
#include "stagedoor/protocol/limits.hpp"

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <memory>

namespace stagedoor {

/// A TCP socket whose executor is known at compile time: type-erased executors
/// show in profiles.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                     boost::asio::io_context::executor_type>;

/// Makes the transport of an accepted socket: Beast's HTTP parser for the
/// opening request, then frames of our own: see protocol/frames.hpp.
/// @param socket belongs to the `io_context` of `home`.
/// Thread rule: any thread; then as `transport` says.
std::shared_ptr<transport> make_websocket_transport(io_unit& home,
                                                    tcp_socket socket,
                                                    const limits& bounds);

} // namespace stagedoor
