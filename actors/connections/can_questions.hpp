#pragma once

#include "stagedoor/actors/connections/connection_core.hpp"
#include "stagedoor/actors/connections/credential_watch.hpp"
#include "stagedoor/actors/connections/outbox.hpp"
#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/reply.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// What the client of one connection asks through `$can/`: which actions it
/// may run. Each question is a message that goes its way up to the run of its
/// action, see `request_data::only_asks`; those of a `check` are asked at once,
/// and each has the deadlines of a message.
///
/// The answers of the last `check` that said so are watched. They are asked for
/// again when they may have changed, beside the messages of the client, and the
/// client is told of those that have. While its outbound queue is full, what
/// it was told last is kept, so that no change is lost.
/// Limits: `can_queries_max`, `can_watched_max`, `route_bytes_max`.
class can_questions {
public:
  /// The connection, as the questions of its client see it.
  class owner {
  public:
    /// This is the answer to a `check`.
    virtual void checked(std::uint64_t sequence, const reply& answer) = 0;

  protected:
    ~owner() = default;
  };

  /// @param endpoint that at which the connection was opened.
  can_questions(const connection_core& core, const credential_watch& whose,
                outbox& out, owner& connection,
                const compiled_endpoint& endpoint, role<router_actor> router)
      : core_(core), credentials_(whose), outbox_(out), owner_(connection),
        endpoint_(endpoint), router_(std::move(router)) {}

  /// Handles a `check`. The owner is told of its answer, before this returns or
  /// later.
  void check(client_message message, std::uint64_t sequence);

  /// Asks for what is watched again, because the answers may have changed.
  void ask_again();

  /// Tells the client of the answers that have changed, as far as its queue has
  /// room.
  void tell_changes();

  /// Nothing is asked or told any more, because the connection closes.
  void stop() { is_over_ = true; }

private:
  struct question {
    std::string route;
    std::string action;
  };

  /// Nothing if it is not known whether the message would be allowed.
  using verdict = std::optional<bool>;

  /// Questions that are asked together.
  struct round {
    std::vector<question> questions;
    /// By question.
    std::vector<verdict> answers = {};
    /// How many answers are missing.
    std::size_t awaited = 0;
    /// That of the `check`; 0 if what is watched is asked for again.
    std::uint64_t sequence = 0;
    bool watches = false;
  };
  using round_ptr = std::shared_ptr<round>;

  struct watched_question {
    question asked;
    verdict answer;
    /// What the client knows.
    verdict told;
  };

  [[nodiscard]] std::optional<question> read(const json::value& entry,
                                             json::object& errors) const;
  [[nodiscard]] std::vector<question>
  read_all(const json::array& list, bool watches, json::object& errors) const;
  void ask(const round_ptr& begun);
  void ask(const round_ptr& begun, std::size_t place);
  void answered(const round_ptr& begun);
  void finish_check(const round& done);
  void answer(std::uint64_t sequence, const reply& result);

  const connection_core& core_;
  const credential_watch& credentials_;
  outbox& outbox_;
  owner& owner_;
  const compiled_endpoint& endpoint_;
  role<router_actor> router_;
  std::vector<watched_question> watched_;
  /// Whether a `check` is under way whose answers will be watched.
  bool is_replacing_ = false;
  /// The round for what is watched. Null if none is under way.
  round_ptr asking_again_;
  /// Whether the answers may have changed since the round began.
  bool is_outdated_ = false;
  bool is_over_ = false;
};

} // namespace stagedoor
