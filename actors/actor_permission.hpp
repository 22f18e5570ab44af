#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/permissions/permission.hpp"

#include "caf/actor.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace stagedoor {

/// A permission whose questions an actor answers.
class asked_actor final : public permission_base {
public:
  asked_actor(std::string name, permission_actor handle,
              const std::vector<question>& overridden,
              std::chrono::milliseconds cached_for);

  [[nodiscard]] std::string name() const override { return name_; }
  [[nodiscard]] std::string description() const override;
  [[nodiscard]] bool overrides(question asked) const override;
  [[nodiscard]] answerer answered_by() const override {
    return answerer::actor;
  }
  [[nodiscard]] std::chrono::milliseconds cached_for() const override {
    return cached_for_;
  }

  [[nodiscard]] const permission_actor& handle() const { return handle_; }

private:
  std::string name_;
  permission_actor handle_;
  /// The bits of `question`.
  unsigned overridden_ = 0;
  std::chrono::milliseconds cached_for_;
};

/// Mounts an actor as a permission: one of the application, on this node or on
/// another. For each question it gets a `permission_query` and answers it with
/// a `decision`. If it is late, that is an error (504); if it or its node is
/// gone, an error (503); if it answers with anything else, an error (500). None
/// of them allows.
/// @param overridden the questions that it answers.
/// @param cached_for see `permission_base::cached_for`.
/// Limits: `permission_timeout`, `can_connect_timeout`.
permission actor_permission(
    std::string name, permission_actor handle,
    const std::vector<question>& overridden = {question::has_permission},
    std::chrono::milliseconds cached_for = {});

/// The same for an actor without a static type.
permission actor_permission(
    std::string name, const caf::actor& handle,
    const std::vector<question>& overridden = {question::has_permission},
    std::chrono::milliseconds cached_for = {});

} // namespace stagedoor
