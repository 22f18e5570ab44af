#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/node_id.hpp"
#include "caf/result.hpp"
#include "caf/typed_response_promise.hpp"

#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace stagedoor {

/// What other nodes send to the members on this node. An invalidation does not
/// reach a node while there is no link to it. So what comes over a new link
/// waits until this node has asked the guards of its groups again.
/// Thread rule: belongs to one group hub, which passes on the deaths of hubs.
class link_gate {
public:
  using owner_pointer = pinned<group_hub_actor::base>*;

  /// @param spread hands events out on this node.
  link_gate(owner_pointer self, runtime_ptr shared,
            const endpoint_table& endpoints,
            std::function<void(const group_batch&)> spread);

  /// Takes what the hub of another node has sent.
  /// @returns the answer to that hub.
  caf::result<void> take(group_batch& batch);

  /// A hub of that node has ended, or the link to it.
  void closed(const caf::node_id& node) { nodes_.erase(node); }

private:
  struct arrival {
    group_batch batch;
    caf::typed_response_promise<void> promise;
  };

  /// A node that is linked.
  struct entry {
    /// Of the question to the guards; 0: they have been asked.
    std::uint64_t asking = 0;
  };

  void ask(const caf::node_id& node, entry& linked);
  void asked(const caf::node_id& node, std::uint64_t question);

  owner_pointer self_;
  runtime_ptr shared_;
  std::function<void(const group_batch&)> spread_;
  bool has_guards_;
  std::map<caf::node_id, entry> nodes_;
  /// By the number of the question that they wait for.
  std::multimap<std::uint64_t, arrival> waiting_;
  std::uint64_t last_question_ = 0;
};

} // namespace stagedoor
