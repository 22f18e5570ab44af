#pragma once

#include "stagedoor/actors/sockets/acceptor.hpp"
#include "stagedoor/actors/units/io_unit.hpp"
#include "stagedoor/protocol/limits.hpp"

#include "caf/expected.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace stagedoor {

/// Listens on a TCP address. The first unit waits for newcomers; each accepted
/// socket belongs to the unit it was accepted for.
class tcp_acceptor : public acceptor {
public:
  /// @param address numeric, IPv4 or IPv6.
  /// @param port 0 lets the system choose one.
  /// @returns errc::cannot_listen with a line that names the address.
  static caf::expected<std::shared_ptr<tcp_acceptor>>
  listen(std::vector<io_unit*> units, const std::string& address,
         std::uint16_t port, const limits& bounds);

  /// The port that is listened on.
  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

} // namespace stagedoor
