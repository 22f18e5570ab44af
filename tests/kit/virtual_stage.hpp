#pragma once

#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/server/server_options.hpp"
#include "stagedoor/testing/chance.hpp"
#include "stagedoor/testing/conductor.hpp"
#include "stagedoor/testing/history_checker.hpp"
#include "stagedoor/testing/token_table.hpp"
#include "stagedoor/testing/virtual_cluster.hpp"
#include "stagedoor/testing/virtual_links.hpp"
#include "stagedoor/testing/virtual_server.hpp"
#include "stagedoor/testing/world.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor::testing {

/// The nodes of a cluster world, the links between them, and the one clock of
/// all.
/// Errors: throws `failure`.
/// Thread rule: the thread of the test.
class virtual_stage final : public conductor {
public:
  using endpoint_maker =
      std::function<std::vector<endpoint_spec>(caf::actor_system&)>;

  /// What each process of a node is made of.
  struct plan {
    world::edit change = {};
    endpoint_maker endpoints = {};
    server_options options = {};
  };

  virtual_stage(std::uint64_t seed, std::vector<std::string> names,
                std::vector<node_roles> roles);
  ~virtual_stage();

  virtual_stage(const virtual_stage&) = delete;
  virtual_stage& operator=(const virtual_stage&) = delete;

  // -- nodes ------------------------------------------------------------------

  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] plan& plans() { return plan_; }

  /// Begins a process, of which the others do not know yet.
  void begin(std::size_t index);
  void crash(std::size_t index);
  void leave(std::size_t index);
  void freeze(std::size_t index);
  void thaw(std::size_t index);
  void cut(std::size_t one, std::size_t other);
  void heal(std::size_t one, std::size_t other);

  [[nodiscard]] virtual_links& links() { return links_; }

  /// Errors: throws `failure` if the node is down.
  world& face(std::size_t index);

  /// Lets time pass until all nodes that run see each other.
  /// Errors: throws `failure` if that takes longer than `meeting_max`.
  void meet();

  // -- chance, and what has happened ------------------------------------------

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  /// What the test asks for, apart from what the network does.
  [[nodiscard]] chance& choices() { return choices_; }
  [[nodiscard]] history_checker& checker() { return checker_; }
  [[nodiscard]] const std::string& record() const { return record_; }

  // -- conductor --------------------------------------------------------------

  void settle() override;
  bool settle_until(const std::function<bool()>& holds) override;
  void advance(std::chrono::nanoseconds by) override;
  [[nodiscard]] std::string note() const override;

private:
  using time_point = virtual_links::clock::time_point;

  /// How long nodes take to see each other, at most.
  static constexpr std::chrono::seconds meeting_max{20};
  /// The virtual time for which an expectation waits.
  static constexpr std::chrono::seconds patience{5};

  /// One process.
  struct process {
    std::unique_ptr<world> face;
    std::shared_ptr<virtual_cluster> cluster;
  };

  [[nodiscard]] virtual_server& server(std::size_t index) {
    return *nodes_.at(index).face->server_;
  }
  [[nodiscard]] virtual_system& system(std::size_t index) {
    return server(index).on();
  }
  void check(std::size_t index, bool is_wanted_up) const;
  [[nodiscard]] bool have_met() const;
  void step(time_point limit);
  void move_clock(time_point to);
  void heard(const std::string& client, text_way way, std::string_view text);
  void write(std::string_view what, std::string_view of, std::string_view text);

  const std::uint64_t seed_;
  const std::vector<std::string> names_;
  std::vector<node_roles> roles_;
  plan plan_;
  /// What the network does, and what the test chooses.
  chance random_;
  chance choices_;
  virtual_links links_;
  std::shared_ptr<token_table> tokens_ = std::make_shared<token_table>();
  history_checker checker_;
  std::string record_;
  std::vector<process> nodes_;
  /// Processes that were killed: their clients are looked at.
  std::vector<process> killed_;
  /// Counts the processes.
  std::uint32_t begun_ = 0;
};

} // namespace stagedoor::testing
