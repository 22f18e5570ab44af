#pragma once

#include "stagedoor/actors/messages.hpp"

#include "caf/actor_system.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/exit_reason.hpp"
#include "caf/send.hpp"

#include "role_probes.hpp"

namespace stagedoor::test {

/// An actor of the application that is mounted as a permission, which a test
/// answers for.
class mounted_permission : public questions<permission_query, decision> {
public:
  explicit mounted_permission(caf::actor_system& system)
      : handle_(system.spawn(behave, questions{*this})) {}

  /// What it has not answered keeps it, and it keeps that.
  ~mounted_permission() {
    caf::anon_send_exit(handle_, caf::exit_reason::kill);
  }

  mounted_permission(const mounted_permission&) = delete;
  mounted_permission& operator=(const mounted_permission&) = delete;

  [[nodiscard]] const caf::actor& handle() const { return handle_; }

  /// Has the actor itself answer the last question, when it runs: CAF answers
  /// an actor of its own scheduler on the thread that runs the one that
  /// answers.
  void let_answer_last(const decision& answer) {
    caf::anon_send(handle_, answer);
  }

private:
  static caf::behavior behave(caf::event_based_actor* self, questions asked) {
    return {
        [=](const permission_query& query) mutable {
          return asked.add(self, query);
        },
        [=](const decision& answer) mutable { asked.answer_last(answer); },
    };
  }

  caf::actor handle_;
};

} // namespace stagedoor::test
