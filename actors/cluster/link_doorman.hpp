#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"

#include "caf/io/doorman.hpp"
#include "caf/io/network/default_multiplexer.hpp"
#include "caf/io/network/native_socket.hpp"

#include <spdlog/spdlog.h>

#include <memory>
#include <optional>

namespace stagedoor {

/// Makes what accepts the connections of other nodes for CAF's broker, over TLS
/// or plain. It owns the socket, which listens. Connections that it refuses are
/// closed at once: those over `handshakes_max`, and all others when the process
/// has no file descriptor left. CAF's own doorman keeps a core busy then.
caf::io::doorman_ptr
make_link_doorman(caf::io::network::default_multiplexer& loop,
                  caf::io::network::native_socket socket,
                  std::optional<cluster_tls> tls,
                  std::shared_ptr<spdlog::logger> log);

} // namespace stagedoor
