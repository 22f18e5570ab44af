#pragma once

#include <caf/actor_system.hpp>

#include <stagedoor/stagedoor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "newsroom.hpp"

namespace stagedoor::test {

class log_lines;
class test_node;

/// A server in this process, on a port of 127.0.0.1 that the system chose, with
/// two units and the users of the newsroom. It ends with the object.
///
/// With the environment variable `STAGEDOOR_TEST_NODES` it runs no handlers:
/// another node does, an actor system of its own that is linked to this one.
class test_server {
public:
  using edit = std::function<void(server_options&)>;

  /// A change for which actors are spawned.
  struct spawning_edit {
    std::function<void(server_options&, caf::actor_system&)> make;
  };

  explicit test_server(
      std::vector<endpoint_spec> endpoints = newsroom::endpoints(),
      const edit& change = {});
  test_server(std::vector<endpoint_spec> endpoints,
              const spawning_edit& change);
  ~test_server();

  test_server(const test_server&) = delete;
  test_server& operator=(const test_server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

  /// What the server has logged so far, a line per entry.
  [[nodiscard]] std::string log() const;
  /// Waits until the log contains `text`.
  /// @returns whether it does.
  [[nodiscard]] bool logs(std::string_view text) const;

  server* operator->() { return &*server_; }
  caf::actor_system& system();

private:
  static std::unique_ptr<server>
  start(caf::actor_system& sys, const server_options& options,
        const std::vector<endpoint_spec>& endpoints);
  void await_handlers(const std::vector<endpoint_spec>& endpoints,
                      const server_options& options);

  std::shared_ptr<log_lines> lines_;
  config config_;
  /// Null where there are nodes.
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<test_node> node_;
  std::unique_ptr<test_node> hands_;
  std::unique_ptr<server> hands_server_;
  std::unique_ptr<server> server_;
};

/// A `test_server::edit` that changes limits only.
inline test_server::edit limited(std::function<void(limits&)> change) {
  return [change = std::move(change)](server_options& options) {
    change(options.limits);
  };
}

} // namespace stagedoor::test
