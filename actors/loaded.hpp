#pragma once

#include <memory>
#include <utility>

namespace stagedoor {

/// The object that a handler's loader has found, of any type; null if it has
/// found none.
struct loaded_object {
  std::shared_ptr<const void> value;
};

/// A parameter of an action: the object that the handler's loader has found for
/// this message. An action has no other access to the object, so it cannot run
/// before the permissions' `has_object_permission` has allowed it.
template <class T>
class loaded {
public:
  using value_type = T;

  explicit loaded(const loaded_object& object)
      : value_(std::static_pointer_cast<const T>(object.value)) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }

  /// The object as a pointer that can be kept: the one that the loader
  /// returned, or a copy if it returned a value.
  [[nodiscard]] const std::shared_ptr<const T>& shared() const {
    return value_;
  }

private:
  std::shared_ptr<const T> value_;
};

} // namespace stagedoor
