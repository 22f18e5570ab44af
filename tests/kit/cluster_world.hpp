#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"
#include "stagedoor/actors/server/server_options.hpp"
#include "stagedoor/testing/history_checker.hpp"
#include "stagedoor/testing/world.hpp"

#include "caf/actor_system.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace stagedoor::testing {

class virtual_stage;

/// The kinds of faults among which a seed chooses.
struct fault_kinds {
  /// Two nodes are cut off from each other.
  bool cuts = true;
  /// A node is killed, and begins again.
  bool crashes = true;
  /// A node stands still, and goes on.
  bool freezes = true;
};

/// A cluster without sockets and threads, for tests of what happens between
/// nodes and when they fail. Each node is a `world` with an actor system of its
/// own, and all of them share one virtual time. Messages between nodes are
/// written as bytes and travel over links whose delays come from the seed, as
/// does every choice that a network has. The same seed and the same test do the
/// same each time.
///
/// The stage keeps each text that crosses a socket, and checks what clients are
/// promised, see `expect_no_violations`.
/// Errors: an expectation that is not met throws a `failure`, which names the
/// seed. Where any other exception ends the test, the seed is written to the
/// standard error stream.
/// Thread rule: the thread that made it. The stage must outlive all clients.
class cluster_world {
public:
  /// Makes the endpoints of a node, which may refer to actors of its system.
  using endpoint_maker =
      std::function<std::vector<endpoint_spec>(caf::actor_system&)>;

  /// Makes a cluster whose nodes have not begun; `serve` begins them. Their
  /// names are `a`, `b`, `c` and so on.
  /// @param seed decides everything that is left to chance.
  /// @param nodes how many there are, from 1 to 26.
  /// @param roles of the nodes, in their order; those that are left out have
  ///        both.
  explicit cluster_world(std::uint64_t seed, std::size_t nodes = 3,
                         std::vector<node_roles> roles = {});
  ~cluster_world();

  cluster_world(const cluster_world&) = delete;
  cluster_world& operator=(const cluster_world&) = delete;

  /// Starts the server on each node, and lets time pass until all nodes see
  /// each other.
  /// @param options as in `world::serve`.
  /// Errors: throws `failure` if the servers do not start with these.
  void serve(endpoint_spec only, const server_options& options = {});
  void serve(std::vector<endpoint_spec> endpoints,
             const server_options& options = {});
  void serve(endpoint_maker make, const server_options& options = {});

  /// Changes the configuration of each actor system. Call it before `serve`.
  void configures(world::edit change);

  // -- nodes ------------------------------------------------------------------

  [[nodiscard]] std::size_t size() const;

  /// A node, with all verbs of a world but `serve`. One that is restarted is
  /// another world.
  /// Errors: throws `failure` if the node is down.
  world& node(std::size_t index);

  /// Whether a node has not been killed.
  [[nodiscard]] bool is_up(std::size_t index) const;
  /// Whether it neither has been killed nor stands still.
  [[nodiscard]] bool runs(std::size_t index) const;

  /// Kills the process of a node, as `kill -9` does: its sockets end, and it
  /// does nothing more. The other nodes soon hear of it, unless they are cut
  /// off.
  void crash(std::size_t index);

  /// Has a node drain its clients, hand over, leave the cluster and end.
  void leave(std::size_t index);

  /// Begins a new process in place of one that has ended.
  void restart(std::size_t index);

  /// Stops the process of a node, as `SIGSTOP` does, and lets it go on.
  void freeze(std::size_t index);
  void thaw(std::size_t index);

  /// Lets nothing through between two nodes, and lets it through again. Each of
  /// the two notices for itself, after 0.5 s to 4 s. Until then messages wait,
  /// and arrive late if the cut is healed.
  void cut(std::size_t one, std::size_t other);
  void heal(std::size_t one, std::size_t other);

  /// Heals all cuts, thaws and restarts all nodes, and lets time pass until all
  /// of them see each other.
  void heal();

  /// Lets the seed choose faults for that time, and then heals everything. At
  /// least one node runs at any moment.
  /// @param meanwhile runs between the faults, and may do anything.
  void shake(std::chrono::milliseconds duration,
             const std::function<void()>& meanwhile = {},
             fault_kinds kinds = {});

  // -- time and chance --------------------------------------------------------

  /// Lets virtual time pass on all nodes.
  void advance(std::chrono::milliseconds by);

  /// Runs all actors of all nodes until they rest. What is on its way between
  /// nodes needs time.
  void settle();

  [[nodiscard]] std::uint64_t seed() const;

  /// A number from 0 up to but not including `bound`, for what a test leaves to
  /// the seed.
  std::uint64_t pick(std::uint64_t bound);

  // -- what has happened ------------------------------------------------------

  /// What hears all texts, for rules of the application.
  history_checker& checker();

  /// Checks what the clients of all nodes have heard.
  /// Errors: throws `failure` with what is wrong, and with the seed.
  void expect_no_violations();

  /// All texts in their order and all faults, a line each: the virtual time in
  /// microseconds, the client, and the text.
  [[nodiscard]] const std::string& record() const;

private:
  std::unique_ptr<virtual_stage> stage_;
  /// How many exceptions were on their way when the stage was made.
  int exceptions_;
};

/// The seeds that a test is to try: 1, 2, 3 and so on. The environment variable
/// `STAGEDOOR_SEEDS` names others: `500` is the first 500, `17-17` is 17 alone,
/// and `1000-1999` is the thousand from 1000 on.
/// Errors: throws `failure` if it says anything else.
/// @param count how many there are unless the variable says so.
std::vector<std::uint64_t> seeds(std::size_t count);

} // namespace stagedoor::testing
