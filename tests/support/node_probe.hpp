#pragma once

#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/role_probes.hpp"

namespace stagedoor::test {

/// Plays the hub of another node.
class node_probe {
public:
  explicit node_probe(unit& home) : handle_(home.spawn(behave, record_)) {}

  [[nodiscard]] const caf::actor& handle() const { return handle_; }

  /// The batches that have come since the last call: `[group text …]` each.
  [[nodiscard]] std::string take() {
    std::string result;
    for (const auto& batch : std::exchange(record_->batches, {})) {
      result += '[';
      for (const auto& line : batch.lines)
        result += line.group + ' ' + *line.text + ' ';
      result += ']';
    }
    return result;
  }

  /// The notes on who is present since the last call: `[+who group …]` for each
  /// message, with `all` before it if it has all. Further messages wait for
  /// `acknowledge_notes`.
  [[nodiscard]] std::string take_notes() {
    return std::exchange(record_->notes, {});
  }
  void acknowledge_notes() { record_->owed_for_notes.deliver(caf::unit); }

  void acknowledge() { record_->owed.deliver(caf::unit); }
  /// Who is there; null: it never answers.
  void has(std::unique_ptr<member_list> list) {
    record_->list = std::move(list);
  }

private:
  struct record_type {
    std::vector<group_batch> batches;
    caf::response_promise owed;
    /// Promises that will not be kept: one that is dropped is an answer to CAF
    /// 1.x.
    std::vector<caf::response_promise> given_up;
    std::unique_ptr<member_list> list;
    std::string notes;
    caf::response_promise owed_for_notes;
  };
  using record_ptr = std::shared_ptr<record_type>;
  using pointer =
      caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*;

  static caf::behavior behave(pointer self, record_ptr record) {
    return {
        [=](caf::put_atom, const group_batch& batch) {
          record->batches.push_back(batch);
          record->given_up.push_back(
              std::exchange(record->owed, self->make_response_promise()));
          return record->owed;
        },
        [=](caf::put_atom, const presence_notes& told) {
          record->notes += told.is_all ? "all[" : "[";
          for (const auto& note : told.notes)
            record->notes += (note.is_there ? '+' : '-') + note.username + ' '
                             + note.group + note.meta.text + ' ';
          record->notes += ']';
          record->given_up.push_back(std::exchange(
              record->owed_for_notes, self->make_response_promise()));
          return record->owed_for_notes;
        },
        [=](caf::publish_atom, const caf::actor& hub,
            const presence_notes& told) {
          self->send(caf::actor_cast<group_hub_actor>(hub), caf::put_atom_v,
                     told);
        },
        [=](caf::get_atom, const std::string&,
            group_reach reach) -> caf::result<member_list> {
          BOOST_TEST((reach == group_reach::node));
          if (record->list)
            return *record->list;
          record->given_up.push_back(self->make_response_promise());
          return record->given_up.back();
        },
    };
  }

  record_ptr record_ = std::make_shared<record_type>();
  caf::actor handle_;
};

} // namespace stagedoor::test
