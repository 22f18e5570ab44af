#pragma once

#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/testing/virtual_system.hpp"

#include "caf/send.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace stagedoor::test {

using testing::manual_unit;

/// Units and an actor system in virtual time, with what the roles of a server
/// share: for roles that a test spawns one by one.
class actor_world : public testing::virtual_system {
public:
  /// @param node that the roles run on; null for none.
  explicit actor_world(const limits& bounds = {}, std::size_t units = 1,
                       std::shared_ptr<const cluster> node = {})
      : virtual_system(units),
        services_(std::make_shared<service_directory>()) {
    auto shared = make_runtime(bounds);
    shared->services = services_;
    shared->cluster = std::move(node);
    shared->metrics = std::make_shared<server_metrics>(units);
    shared_ = std::move(shared);
  }

  ~actor_world() {
    end_members();
    // Waits for the worker threads, which may still send.
    shared_.reset();
    settle();
  }

  actor_world(const actor_world&) = delete;
  actor_world& operator=(const actor_world&) = delete;

  [[nodiscard]] const runtime_ptr& shared() const { return shared_; }
  [[nodiscard]] service_directory& services() { return *services_; }
  [[nodiscard]] const limits& bounds() const { return shared_->limits; }
  /// What a unit has counted.
  [[nodiscard]] unit_metrics& metrics(std::size_t index = 0) const {
    return shared_->metrics->of_unit(index);
  }

  /// Ends an actor as a crash would and lets everybody hear of it.
  template <class Handle>
  void kill(const Handle& actor) {
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    settle();
  }

private:
  std::shared_ptr<service_directory> services_;
  runtime_ptr shared_;
};

} // namespace stagedoor::test
