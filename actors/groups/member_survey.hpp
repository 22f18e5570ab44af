#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"
#include "stagedoor/protocol/limits.hpp"

#include "caf/actor.hpp"
#include "caf/typed_response_promise.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace stagedoor {

/// Asks other group hubs who is in a group, and answers with the sum: each hub
/// says it of the connections of its unit, the hub of another node of all units
/// there. A list that lacks the answer of a hub is delivered after
/// `members_timeout`, marked as incomplete.
/// Thread rule: belongs to one group hub, which passes its deadlines on to
/// `finish`.
class member_survey {
public:
  using owner_pointer = pinned<group_hub_actor::base>*;

  /// A hub that is asked, and for how much it answers.
  struct recipient {
    caf::actor hub;
    group_reach reach;
  };

  member_survey(owner_pointer self, limits::duration members_timeout)
      : self_(self), timeout_(members_timeout) {}

  /// Fails what is open: a dying actor breaks no promise by itself.
  ~member_survey();

  member_survey(const member_survey&) = delete;
  member_survey& operator=(const member_survey&) = delete;

  /// Answers the message that the owner is handling.
  /// @param own the members that the owner knows of.
  caf::result<member_list> ask(const std::string& group_name, member_count own,
                               const std::vector<recipient>& others);

  /// Answers a question with what has come by now, unless it has been answered.
  void finish(std::uint64_t id);

private:
  struct open_question {
    open_question(caf::typed_response_promise<member_list> owed,
                  member_count own, std::function<void()> on_expiry)
        : promise(std::move(owed)), present(std::move(own)),
          due(std::move(on_expiry)) {}

    caf::typed_response_promise<member_list> promise;
    member_count present;
    /// How many hubs have not answered.
    std::size_t missing = 0;
    deadline due;
  };

  void answered(std::uint64_t id, const member_list* part);

  owner_pointer self_;
  limits::duration timeout_;
  open_requests<open_question> questions_;
};

} // namespace stagedoor
