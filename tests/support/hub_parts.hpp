#pragma once

#include "stagedoor/actors/groups/hub_links.hpp"
#include "stagedoor/actors/groups/member_survey.hpp"
#include "stagedoor/actors/history_messages.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"

namespace stagedoor::test {

/// An actor that owns the parts of a group hub and does nothing else: it sends
/// the events of broadcasts over its links, and asks its survey.
class hub_parts {
public:
  explicit hub_parts(actor_world& world)
      : handle_(world.home().spawn(behave, world.shared(), record_)) {
    world.settle();
  }

  [[nodiscard]] const group_hub_actor& handle() const { return handle_; }

  /// How often the links have told of a change.
  [[nodiscard]] std::size_t changes() const { return record_->changes; }

  /// The hubs that the survey asks.
  void asks(std::vector<member_survey::recipient> others) {
    record_->others = std::move(others);
  }

private:
  struct record_type {
    std::size_t changes = 0;
    std::vector<member_survey::recipient> others;
  };
  using record_ptr = std::shared_ptr<record_type>;

  struct parts {
    static inline const char* name = "test.hub_parts";

    std::optional<hub_links> links;
    std::optional<member_survey> survey;
  };
  using pointer = pinned_pointer<group_hub_actor, parts>;

  static group_hub_actor::behavior_type
  behave(pointer self, const runtime_ptr& shared, const record_ptr& record) {
    auto& state = caf_api::state_of(self);
    state.links.emplace(self, shared, [record] { ++record->changes; });
    state.survey.emplace(self, shared->limits.members_timeout);
    caf_api::on_down(*self, [&state](const caf::down_msg& down) {
      state.links->hub_died(down);
    });
    return {
        [&state](const group_broadcast& order) {
          state.links->send({order.group, std::make_shared<const std::string>(
                                              order.event.type)});
        },
        [](group_joined&) {},
        [](const group_left&) {},
        [&state](std::vector<caf::actor>& units) {
          state.links->own_hub(units.front());
        },
        [](const group_batch&) {},
        [](const numbered_line&) {},
        [](caf::put_atom, const group_batch&) -> caf::result<void> {
          return caf::unit;
        },
        [](const presence_note&) {},
        [](caf::put_atom, const presence_notes&) -> caf::result<void> {
          return caf::unit;
        },
        [](caf::flush_atom) -> caf::result<void> { return caf::unit; },
        [&state, record](caf::get_atom, const std::string& group_name,
                         group_reach) {
          member_count own{10};
          own.add({json::value(1), "own", 1});
          return state.survey->ask(group_name, std::move(own), record->others);
        },
        [&state](expired_atom, std::uint64_t id) {
          if (id == 0)
            state.links->look_for_nodes();
          else
            state.survey->finish(id);
        },
    };
  }

  record_ptr record_ = std::make_shared<record_type>();
  group_hub_actor handle_;
};

} // namespace stagedoor::test
