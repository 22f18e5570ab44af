#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/actors/connections/credential_watch.hpp"
#include "stagedoor/actors/connections/memberships.hpp"
#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stagedoor {

/// What the client of one connection sends to `$groups/`: the groups in which
/// it goes on, each with the position behind which it has missed events. The
/// groups are taken one after the other only as far as their guards wait for
/// their turn; the answer has them in the order in which they were named.
/// Limits: `groups_max`.
class resume_orders {
public:
  /// The connection, as the orders of its client see it.
  class owner {
  public:
    /// This is the answer to a `resume`.
    virtual void resumed(std::uint64_t sequence, const reply& answer) = 0;

  protected:
    ~owner() = default;
  };

  /// @param endpoint that at which the connection was opened.
  resume_orders(const connection_core& core, const credential_watch& whose,
                memberships& groups, owner& connection,
                const compiled_endpoint& endpoint)
      : core_(core), credentials_(whose), memberships_(groups),
        owner_(connection), endpoint_(endpoint) {}

  /// Handles a `resume`. The owner is told of its answer, before this returns
  /// or later.
  void resume(client_message message, std::uint64_t sequence);

private:
  /// A `resume` that is under way.
  struct round {
    std::uint64_t sequence = 0;
    std::vector<std::string> groups = {};
    /// The entries of the answer, by group.
    std::vector<std::optional<group_cursors::resumption>> found = {};
    /// How many entries are missing.
    std::size_t awaited = 0;
  };

  void resume(const std::shared_ptr<round>& begun, std::size_t place,
              const group_position& from);
  void answered(round& begun);
  void answer(std::uint64_t sequence, const reply& result);

  const connection_core& core_;
  const credential_watch& credentials_;
  memberships& memberships_;
  owner& owner_;
  const compiled_endpoint& endpoint_;
};

} // namespace stagedoor
