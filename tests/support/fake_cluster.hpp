#pragma once

#include <stagedoor/actors/cluster/cluster.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace stagedoor::test {

/// A node, a, that has seen three others, of which one is down.
class fake_cluster : public cluster {
public:
  /// @param awaited how many nodes it has not heard of.
  explicit fake_cluster(std::size_t awaited = 0) : awaited_(awaited) {}

  /// It has heard of all.
  void hear() { awaited_ = 0; }

  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] const node_roles& roles() const override { return roles_; }
  [[nodiscard]] std::uint16_t port() const override { return 0; }
  void offer(const std::string&, const caf::actor&) override {}
  void withdraw(const std::string&, const caf::actor&) override {}
  void leave() override {}
  [[nodiscard]] const std::shared_ptr<service_directory>&
  services() const override {
    return services_;
  }
  [[nodiscard]] std::vector<peer_view> peers() const override {
    return {{"b", "127.0.0.1:1", {}, true},
            {"c", "127.0.0.1:2", {}, true},
            {"d", "127.0.0.1:3", {}, false}};
  }
  [[nodiscard]] std::size_t awaited() const override { return awaited_; }
  [[nodiscard]] bool has_joined() const override { return awaited_ == 0; }

private:
  std::string name_ = "a";
  node_roles roles_;
  std::shared_ptr<service_directory> services_ =
      std::make_shared<service_directory>();
  std::size_t awaited_;
};

} // namespace stagedoor::test
