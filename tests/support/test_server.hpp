#pragma once

#include <caf/actor_system.hpp>

#include <stagedoor/stagedoor.hpp>

#include <atomic>
#include <cstddef>
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
/// With the environment variable `STAGEDOOR_TEST_NODES` there are three linked
/// nodes, an actor system each: two have clients, and a server each, the third
/// runs the handlers. Then clients that look for a port are spread over both.
/// With `STAGEDOOR_TEST_MESSAGES` no actor answers another one directly.
/// `STAGEDOOR_TEST_IO` says what its units run on, see test_io.hpp.
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

  /// Where the next client comes in: with nodes at each of the two in turn.
  [[nodiscard]] std::uint16_t port() const;

  /// Has all clients come in at the first server: for a test of that one alone.
  /// It is so from the start where a test has set one unit, on which its
  /// clients have to meet.
  void keep_together() { is_together_ = true; }

  /// The open connections of all servers.
  [[nodiscard]] std::size_t connection_count() const;

  /// The permission pools of all units of all servers.
  [[nodiscard]] std::vector<permission_pool_actor> permission_pools() const;

  /// What the server has logged so far, a line per entry.
  [[nodiscard]] std::string log() const;
  /// Waits until the log contains `text`.
  /// @returns whether it does.
  [[nodiscard]] bool logs(std::string_view text) const;

  /// The first server, and its actor system.
  server* operator->() { return &*server_; }
  caf::actor_system& system();

private:
  static std::unique_ptr<server>
  start(caf::actor_system& sys, const server_options& options,
        const std::vector<endpoint_spec>& endpoints);
  void start_others(server_options options,
                    const std::vector<endpoint_spec>& endpoints);
  void await_nodes(const std::vector<endpoint_spec>& endpoints,
                   const server_options& options) const;

  std::shared_ptr<log_lines> lines_;
  config config_;
  /// Null where there are nodes.
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<test_node> node_;
  std::unique_ptr<test_node> side_;
  std::unique_ptr<test_node> hands_;
  std::unique_ptr<server> hands_server_;
  std::unique_ptr<server> side_server_;
  std::unique_ptr<server> server_;
  std::size_t units_ = 0;
  bool is_together_ = false;
  mutable std::atomic<unsigned> ports_told_ = 0;
};

/// A `test_server::edit` that changes limits only.
inline test_server::edit limited(std::function<void(limits&)> change) {
  return [change = std::move(change)](server_options& options) {
    change(options.limits);
  };
}

} // namespace stagedoor::test
