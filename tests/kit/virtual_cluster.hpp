#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/cluster_board.hpp"
#include "stagedoor/testing/far_actors.hpp"
#include "stagedoor/testing/virtual_links.hpp"

#include "caf/actor.hpp"
#include "caf/actor_system.hpp"
#include "caf/node_id.hpp"

#include <spdlog/spdlog.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace stagedoor::testing {

/// What a virtual cluster is made with.
struct virtual_cluster_setup {
  virtual_links& links;
  chance& random;
  /// Counts the nodes of the stage.
  std::size_t index;
  /// Of all nodes, this one included, in their order.
  const std::vector<std::string>& names;
  node_roles roles;
  caf::actor_system& system;
  std::shared_ptr<spdlog::logger> log;
};

/// One process among the nodes of a stage. It does over virtual links what the
/// node actor does over TCP: greets other nodes, tells them what this one
/// offers, and keeps what they offer until their link is lost.
/// Thread rule: the thread of the test.
class virtual_cluster final : public cluster,
                              public virtual_links::end,
                              private caf_api::far_ways {
public:
  explicit virtual_cluster(virtual_cluster_setup setup);
  ~virtual_cluster() override = default;

  virtual_cluster(const virtual_cluster&) = delete;
  virtual_cluster& operator=(const virtual_cluster&) = delete;

  /// The process is killed: nothing is sent any more.
  void close() { far_.close(); }

  /// Ends its own actor, and what stands for those of other nodes. The actor
  /// system has to run once more.
  void end();

  /// Why something could not cross; empty if everything could.
  [[nodiscard]] const std::string& flaw() const { return flaw_; }

  // -- cluster ----------------------------------------------------------------

  [[nodiscard]] const std::string& name() const override {
    return setup_.names[setup_.index];
  }
  [[nodiscard]] const node_roles& roles() const override {
    return setup_.roles;
  }
  [[nodiscard]] std::uint16_t port() const override;
  void offer(const std::string& service, const caf::actor& handle) override;
  void withdraw(const std::string& service, const caf::actor& handle) override;
  [[nodiscard]] const std::shared_ptr<service_directory>&
  services() const override {
    return board_.services();
  }
  /// Tells the other nodes. What it sends behind it still arrives.
  void leave() override;
  [[nodiscard]] std::vector<peer_view> peers() const override {
    return board_.peers();
  }
  [[nodiscard]] std::size_t awaited() const override {
    return board_.awaited();
  }
  [[nodiscard]] bool has_joined() const override { return board_.has_joined(); }

  // -- virtual_links::end -----------------------------------------------------

  void connected(std::uint64_t link, std::size_t peer) override;
  void arrived(std::uint64_t link, std::size_t peer,
               const parcel& what) override;
  void lost(std::uint64_t link, std::size_t peer) override;
  void not_reached(std::size_t peer) override;

private:
  /// Another node.
  struct peer_entry {
    peer_view view;
    /// The link to the process that was greeted last.
    std::uint64_t link = 0;
  };

  // -- caf_api::far_ways ------------------------------------------------------

  [[nodiscard]] bool leads_to(const caf::node_id& system) const override {
    return ways_.contains(system);
  }
  void carry(const caf::node_id& system, std::vector<char> bytes) override;
  void failed(const std::string& why) override;

  /// A process that has greeted.
  struct greeted_process {
    caf::node_id system;
    std::size_t peer;
  };

  void greet(std::uint64_t link, std::uint8_t kind);
  void greeted(std::uint64_t link, std::size_t peer,
               const std::vector<char>& bytes, bool is_answer);
  void look_for(std::size_t peer);
  void hear(std::uint64_t link, std::size_t peer,
            const std::vector<char>& bytes);
  void went(std::uint64_t link, std::size_t peer, bool is_lost);
  void changed();
  void send_news(std::uint64_t link);
  void heard_of(std::size_t peer);
  void show_peers();

  virtual_cluster_setup setup_;
  cluster_board board_;
  /// Asks the actors of this node for the others.
  caf::actor answerer_;
  caf_api::far_actors far_;
  std::map<std::size_t, peer_entry> peers_;
  /// The links to the systems that have greeted, and what is beyond each link.
  std::map<caf::node_id, std::uint64_t> ways_;
  std::map<std::uint64_t, greeted_process> beyond_;
  std::set<std::size_t> awaited_;
  bool has_left_ = false;
  std::string flaw_;
};

} // namespace stagedoor::testing
