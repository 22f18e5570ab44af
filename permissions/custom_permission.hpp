#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <string>
#include <utility>

namespace stagedoor {

/// A custom permission with a name and options:
/// `custom_permission("IsWeekday", [](const request&) { … }, cached(1min))`.
/// @param f a lambda, or a value of a type with one of the three questions.
/// @param options any of `blocking` and `cached(time)`.
template <detail::custom_rule P, class... Options>
permission custom_permission(std::string name, P f, Options... options) {
  custom_options all;
  all.name = std::move(name);
  (apply(all, options), ...);
  return permission(detail::make_custom(std::move(f), std::move(all)));
}

} // namespace stagedoor
