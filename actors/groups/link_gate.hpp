#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/actor.hpp"
#include "caf/node_id.hpp"
#include "caf/result.hpp"
#include "caf/typed_response_promise.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace stagedoor {

/// The way of what other nodes send to the members on this node. An
/// invalidation does not reach a node while there is no link to it. So a node
/// asks the guards of its groups again for each new link, and what comes over
/// that link waits until they have answered.
/// Thread rule: belongs to one group hub, which passes on the deaths of hubs.
class link_gate {
public:
  using owner_pointer = pinned<group_hub_actor::base>*;

  link_gate(owner_pointer self, runtime_ptr shared,
            const endpoint_table& endpoints);

  /// There are links to these hubs of other nodes.
  void meet(const std::vector<caf::actor>& hubs);

  /// Has `hand_out` run, now or later, for what the hub of another node has
  /// sent. What a node sends keeps its order.
  /// @returns the answer to that hub, which comes behind it.
  template <class F>
  caf::result<void> pass(F hand_out) {
    const auto question = question_for(self_->current_sender());
    if (question != 0)
      return hold(question, std::move(hand_out));
    hand_out();
    return caf::unit;
  }

  /// A hub of that node has ended, or the link to it.
  void closed(const caf::node_id& node) { asking_.erase(node); }

private:
  struct arrival {
    std::function<void()> hand_out;
    caf::typed_response_promise<void> promise;
  };

  std::uint64_t question_for(const caf::strong_actor_ptr& sender);
  caf::result<void> hold(std::uint64_t question,
                         std::function<void()> hand_out);
  std::uint64_t& opened(const caf::actor& hub);
  std::uint64_t ask(const caf::node_id& node);
  void asked(const caf::node_id& node, std::uint64_t question);

  owner_pointer self_;
  runtime_ptr shared_;
  bool has_guards_;
  /// For each node that is linked, the question to the guards here; 0: they
  /// have been asked.
  std::map<caf::node_id, std::uint64_t> asking_;
  /// By the number of the question that they wait for.
  std::multimap<std::uint64_t, arrival> waiting_;
  std::uint64_t last_question_ = 0;
};

} // namespace stagedoor
