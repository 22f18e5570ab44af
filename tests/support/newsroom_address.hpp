#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "network_namespace.hpp"
#include "newsroom_load.hpp"
#include "raw_client.hpp"

namespace stagedoor::test {

/// Where clients come in to a node of the example.
class newsroom_address {
public:
  /// @param where the network namespace whose 127.0.0.1 has the port; null for
  ///              this process's own.
  explicit newsroom_address(std::uint16_t port,
                            std::shared_ptr<const network_namespace> where = {})
      : port_(port), where_(std::move(where)) {}

  /// Opens a WebSocket.
  [[nodiscard]] websocket_client client(const std::string& target) const;

  /// Lets clients in that keep asking.
  [[nodiscard]] std::unique_ptr<newsroom_load> load(std::size_t clients) const;

  /// Whether the node sees another one up, by what it tells of its health. Down
  /// also if it does not know it.
  [[nodiscard]] bool sees(const std::string& other) const;

  /// Whether a client is answered by the node with the handlers.
  [[nodiscard]] bool serves() const;

private:
  std::uint16_t port_;
  std::shared_ptr<const network_namespace> where_;
};

} // namespace stagedoor::test
