#pragma once

#include "stagedoor/actors/loaded.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/request.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace stagedoor {

/// A change that subscribers may be told of, read once for all of a unit.
class observed_change {
public:
  virtual ~observed_change() = default;
};

using observed_change_ptr = std::shared_ptr<const observed_change>;

/// The event that one subscriber gets for a change.
struct notice {
  /// Such as `update`.
  std::string_view type;
  std::uint16_t status = 200;
  /// The data as JSON. All subscribers who see the same share it.
  std::shared_ptr<const std::string> data;
  /// Whether the permissions have to allow it. If they do not, the subscriber
  /// gets `subscription::revoked` in its place.
  bool is_guarded = true;
  /// Whether the subscription ends with it.
  bool is_last = false;
};

/// What one client has subscribed to.
/// Thread rule: any thread. Whatever throws ends the subscription.
class subscription {
public:
  virtual ~subscription() = default;

  /// What a change is to the subscriber.
  /// @param who who the subscriber is by now.
  /// @returns nothing if the subscriber has not seen and does not see what has
  ///          changed.
  [[nodiscard]] virtual std::optional<notice>
  judge(const observed_change& change, const user& who) const = 0;

  /// The object about which the permissions are asked; null if they are asked
  /// about none.
  [[nodiscard]] virtual std::shared_ptr<const json::value>
  object(const observed_change& change) const = 0;

  /// What the subscriber gets when the permissions do not allow a notice.
  [[nodiscard]] virtual notice revoked() const = 0;
};

/// Hears of the changes of a feed, on any thread. It must not throw, nor wait.
struct change_watcher {
  /// Takes the text of an event, as the feed's group would get it.
  std::function<void(const std::shared_ptr<const std::string>&)> changed;
  /// Hears that changes were missed, and nobody knows which.
  std::function<void()> missed;
};

/// Something that clients may subscribe to, such as the rows of a model.
/// Thread rule: any thread.
class change_feed {
public:
  virtual ~change_feed() = default;

  /// The reserved group to which changes are sent, with its name as the type of
  /// the event.
  [[nodiscard]] virtual std::string group() const = 0;

  /// Reads the data of such an event. May throw, and then the change is
  /// dropped.
  /// @returns null if subscribers have to know that they have missed a change.
  [[nodiscard]] virtual observed_change_ptr
  read(const json::value& data) const = 0;

  /// Has a watcher hear of the changes, if they do not come from the group.
  /// @returns what ends that when it is destroyed; null if they come from the
  ///          group.
  [[nodiscard]] virtual std::shared_ptr<void>
  watch(const change_watcher&) const {
    return nullptr;
  }

  /// Begins the subscription of a client whose message is permitted.
  /// @returns the answer of the client if it asks for something that cannot be
  ///          subscribed to.
  [[nodiscard]] virtual std::variant<std::unique_ptr<const subscription>, reply>
  begin(const request& message, const loaded_object& object) const = 0;
};

using change_feed_ptr = std::shared_ptr<const change_feed>;

/// What the success of an action does to the subscription of its `request_id`.
struct subscription_effect {
  /// Begins one; null: ends it.
  change_feed_ptr begins;
};

} // namespace stagedoor
