#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <cstdint>
#include <list>
#include <optional>
#include <string>

namespace stagedoor {

/// The lists of one connection that are sent page after page. Each page is the
/// answer to a message of its own, which is the client's with another offset:
/// permissions, deadlines and the database see one more message. The connection
/// asks for a page when the client has taken what is before it, and when no
/// message of the client waits. So a list has at most one page on its way.
/// Limits: `paged_lists_max`.
class following_pages {
public:
  explicit following_pages(const connection_core& core) : core_(core) {}

  /// Looks at a message of the client before it is handled.
  /// @returns the answer to one that no handler gets: `list_cancel`, which ends
  ///          all lists, or a list beyond the limit.
  std::optional<reply> begin(const client_message& message,
                             std::uint64_t sequence);

  /// Looks at an answer. If it is a page that others follow, the next one is
  /// due.
  void answered(std::uint64_t sequence, const reply& answer);

  [[nodiscard]] bool are_due() const { return !due_.empty(); }

  /// Takes the message for a page that is due, of each list in turn.
  client_message next(std::uint64_t sequence);

private:
  struct paged_list {
    client_message message;
    /// The route as the client sent it.
    std::string route;
  };
  struct asked_page {
    std::uint64_t sequence;
    paged_list list;
  };

  const connection_core& core_;
  // Few, so that lists do.
  /// Lists whose page is on its way.
  std::list<asked_page> asked_;
  std::list<paged_list> due_;
};

} // namespace stagedoor
