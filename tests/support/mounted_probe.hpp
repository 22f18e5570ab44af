#pragma once

#include "stagedoor/actors/interfaces.hpp"

#include "caf/actor_cast.hpp"
#include "caf/actor_system.hpp"
#include "caf/send.hpp"
#include "caf/typed_event_based_actor.hpp"

#include "role_probes.hpp"

namespace stagedoor::test {

/// Plays an actor of the application: keeps each request until the test answers
/// it.
class mounted_probe : public questions<request, reply> {
public:
  explicit mounted_probe(caf::actor_system& sys)
      : handle_(sys.spawn(behave, questions{*this})) {}

  // What it has not answered keeps it alive.
  ~mounted_probe() { caf::anon_send_exit(handle_, caf::exit_reason::kill); }

  mounted_probe(const mounted_probe&) = delete;
  mounted_probe& operator=(const mounted_probe&) = delete;

  [[nodiscard]] const mounted_actor& handle() const { return handle_; }
  [[nodiscard]] caf::actor actor() const {
    return caf::actor_cast<caf::actor>(handle_);
  }

private:
  static mounted_actor::behavior_type behave(mounted_actor::pointer self,
                                             questions asked) {
    return {[=](const request& message) mutable {
      return asked.add(self, message);
    }};
  }

  mounted_actor handle_;
};

} // namespace stagedoor::test
