#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/result.hpp"
#include "caf/typed_response_promise.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

namespace stagedoor {

/// The invalidations of one server on one node: orders to the connections to
/// drop cached decisions and to ask the guards of groups again, and the
/// questions whether all nodes have done so.
/// Limits: `invalidate_timeout`.
/// Thread rule: belongs to one listener, which passes on `answer_atom` and the
/// deadlines.
class invalidations {
public:
  using owner_pointer = pinned<listener_actor::base>*;

  /// @param tell sends an order to all connections.
  invalidations(owner_pointer self, runtime_ptr shared,
                std::function<void(const invalidation_order&)> tell)
      : self_(self), shared_(std::move(shared)), tell_(std::move(tell)) {}

  /// Fails what is open: a dying actor breaks no promise by itself.
  ~invalidations();

  invalidations(const invalidations&) = delete;
  invalidations& operator=(const invalidations&) = delete;

  /// Invalidates on all nodes, and answers when all have asked their guards.
  /// @param id see `listener_actor`.
  caf::result<void> everywhere(const std::string& id);

  /// The same for the connections of this node.
  caf::result<void> here(const std::string& id);

  /// All connections have let go of an order.
  void done_here(std::uint64_t order);

  /// Answers a question with what is known by now, unless it has been answered.
  void finish(std::uint64_t question);

private:
  /// An invalidation on all nodes.
  struct open_question {
    open_question(caf::typed_response_promise<void> owed,
                  std::set<std::string> awaited,
                  std::function<void()> on_expiry)
        : promise(std::move(owed)), silent(std::move(awaited)),
          due(std::move(on_expiry)) {}

    caf::typed_response_promise<void> promise;
    /// The nodes that have not answered.
    std::set<std::string> silent;
    /// How many of them may still do so.
    std::size_t open = 0;
    deadline due;
  };

  void order(const std::string& id, std::function<void()>&& then);
  void answered(std::uint64_t question, const std::string& node, bool is_done);
  [[nodiscard]] std::string own_name() const;
  [[nodiscard]] std::set<std::string> lost_nodes() const;

  owner_pointer self_;
  runtime_ptr shared_;
  std::function<void(const invalidation_order&)> tell_;
  open_requests<open_question> questions_;
  /// What follows when an order to the connections of this node is done.
  open_requests<std::function<void()>> orders_;
};

} // namespace stagedoor
