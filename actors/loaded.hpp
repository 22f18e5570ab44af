#pragma once

#include <memory>
#include <utility>

namespace stagedoor {

/// What a handler's loader has found, of whatever type; null: nothing.
struct loaded_object {
  std::shared_ptr<const void> value;
};

/// A parameter of an action: the object that the handler's loader has found
/// for this message. There is no other way to it, so an action cannot run
/// before `has_object_permission` of its permissions has allowed it.
template <class T>
class loaded {
public:
  using value_type = T;

  explicit loaded(const loaded_object& object)
      : value_(std::static_pointer_cast<const T>(object.value)) {}

  const T& operator*() const { return *value_; }
  const T* operator->() const { return value_.get(); }

  /// To keep it: what the loader returned, or a copy if that was a value.
  [[nodiscard]] const std::shared_ptr<const T>& shared() const {
    return value_;
  }

private:
  std::shared_ptr<const T> value_;
};

} // namespace stagedoor
