#pragma once

#include "stagedoor/actors/connections/can_questions.hpp"
#include "stagedoor/actors/connections/resume_orders.hpp"

#include <memory>
#include <utility>

namespace stagedoor {

/// The messages for the routes that a connection handles itself, and the parts
/// that handle them, see own_routes.hpp. A part is made when the client first
/// needs it.
/// Thread rule: belongs to one connection.
class own_messages {
public:
  /// The connection, as these messages see it.
  class owner : public can_questions::owner, public resume_orders::owner {
  protected:
    ~owner() = default;
  };

  own_messages(const connection_core& core, credential_watch& credentials,
               memberships& groups, outbox& out, owner& connection)
      : core_(core), credentials_(credentials), memberships_(groups),
        outbox_(out), owner_(connection) {}

  /// Handles a message for such a route.
  /// @param endpoint that at which the connection was opened.
  /// @returns the answer, if the owner is not told of it.
  std::optional<reply> handle(client_message& message, std::uint64_t sequence,
                              const compiled_endpoint& endpoint,
                              const role<router_actor>& router);

  /// What is allowed may have changed.
  void ask_again() {
    if (questions_)
      questions_->ask_again();
  }

  /// The client's queue has room.
  void go_on() {
    if (questions_)
      questions_->tell_changes();
  }

  /// The connection closes.
  void stop() {
    if (questions_)
      questions_->stop();
  }

private:
  const connection_core& core_;
  credential_watch& credentials_;
  memberships& memberships_;
  outbox& outbox_;
  owner& owner_;
  std::unique_ptr<can_questions> questions_;
  std::unique_ptr<resume_orders> resumes_;
};

} // namespace stagedoor
