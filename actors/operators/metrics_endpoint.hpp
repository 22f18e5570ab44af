#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/runtime.hpp"

#include "caf/expected.hpp"
#include "caf/fwd.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Collectable;
} // namespace prometheus

namespace stagedoor {

class unit;

/// What a metrics endpoint reads. All of it outlives the endpoint.
struct metrics_source {
  caf::actor_system* system = nullptr;
  /// Its `metrics` and `workers` are not null.
  runtime_ptr shared;
  std::vector<const unit*> units;
  /// Null for a server that stands alone.
  cluster_ptr node;
  /// The actions that are counted from the start.
  endpoint_table_ptr endpoints;
  /// Those of the application; none is null.
  std::vector<std::shared_ptr<prometheus::Collectable>> own = {};
};

/// Answers `GET /metrics` in the text format of Prometheus, on an address and a
/// thread of its own: units only count, and are not asked. It has no access
/// control. What has not happened yet is there with 0. Destroying it ends it.
/// Limits: see `page_server`.
/// Thread rule: any thread, one at a time.
class metrics_endpoint {
public:
  virtual ~metrics_endpoint() = default;

  /// Starts to answer.
  /// @param address a numeric one.
  /// @param port 0 lets the system choose one.
  /// @returns errc::cannot_listen with a line that names the option.
  static caf::expected<std::unique_ptr<metrics_endpoint>>
  listen(const std::string& address, std::uint16_t port, metrics_source source);

  [[nodiscard]] virtual std::uint16_t port() const = 0;
};

} // namespace stagedoor
