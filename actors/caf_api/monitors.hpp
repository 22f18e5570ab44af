#pragma once

// How an actor learns that others have ended.

#include "stagedoor/protocol/caf_api/version.hpp"

#include "caf/system_messages.hpp"

#if STAGEDOOR_CAF_2
#include "caf/actor.hpp"
#include "caf/actor_addr.hpp"
#include "caf/actor_cast.hpp"
#include "caf/disposable.hpp"
#include "caf/error.hpp"

#include <functional>
#include <map>
#endif

#include <utility>

namespace stagedoor::caf_api {

#if STAGEDOOR_CAF_2

/// The base of an actor that monitors others: CAF 2 takes a callback with each
/// monitor, and has none for all of them.
template <class Base>
class watching : public Base {
public:
  using Base::Base;

  void on_down(std::function<void(const caf::down_msg&)> callback) {
    on_down_ = std::move(callback);
  }

  void watch(const caf::actor& watched) {
    if (!watched)
      return;
    auto source = watched->address();
    auto place = watches_.emplace(source, caf::disposable{});
    place->second =
        Base::monitor(watched, [this, source, place](caf::error reason) {
          watches_.erase(place);
          if (on_down_)
            on_down_(caf::down_msg{source, std::move(reason)});
        });
  }

  void unwatch(const caf::actor_addr& watched) {
    auto [first, last] = watches_.equal_range(watched);
    for (auto watch = first; watch != last; ++watch)
      watch->second.dispose();
    watches_.erase(first, last);
  }

private:
  std::function<void(const caf::down_msg&)> on_down_;
  std::multimap<caf::actor_addr, caf::disposable> watches_;
};

#else

template <class Base>
using watching = Base;

#endif

/// Has an actor call `callback` with a `caf::down_msg` for each actor that it
/// monitors, when that actor has ended.
template <class Self, class Callback>
void on_down(Self& self, Callback callback) {
#if STAGEDOOR_CAF_2
  self.on_down(std::move(callback));
#else
  self.set_down_handler(std::move(callback));
#endif
}

/// Has an actor monitor another, which may be on another node. Each call
/// counts: an actor that monitors another twice is called twice.
template <class Self, class Handle>
void monitor(Self& self, const Handle& watched) {
#if STAGEDOOR_CAF_2
  self.watch(caf::actor_cast<caf::actor>(watched));
#else
  self.monitor(watched);
#endif
}

/// Has an actor monitor another no more.
template <class Self, class Handle>
void demonitor(Self& self, const Handle& watched) {
#if STAGEDOOR_CAF_2
  self.unwatch(caf::actor_cast<caf::actor_addr>(watched));
#else
  self.demonitor(watched);
#endif
}

} // namespace stagedoor::caf_api
