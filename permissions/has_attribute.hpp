#pragma once

#include "stagedoor/permissions/permission.hpp"
#include "stagedoor/protocol/json/json.hpp"

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace stagedoor {

/// Stands for the value of a named group of the route, or else of the
/// endpoint's path, in the message that a permission is asked about.
struct from_capture {
  explicit from_capture(std::string group) : name(std::move(group)) {}

  std::string name;
};

namespace detail {

/// What an attribute is compared with: a string or an integer, or a capture.
using attribute_operand = std::variant<json::value, from_capture>;

template <class T>
inline constexpr bool is_attribute_integer =
    std::conjunction_v<std::is_integral<T>,
                       std::negation<std::is_same<T, bool>>,
                       std::negation<std::is_same<T, char>>,
                       std::negation<std::is_same<T, wchar_t>>,
                       std::negation<std::is_same<T, char8_t>>,
                       std::negation<std::is_same<T, char16_t>>,
                       std::negation<std::is_same<T, char32_t>>>;

template <class T>
inline constexpr bool is_attribute_text =
    std::conjunction_v<std::is_convertible<T, std::string>,
                       std::negation<std::is_null_pointer<T>>>;

permission make_has_attribute(std::string name, attribute_operand wanted);

} // namespace detail

/// Allows users whose attribute has this value; overrides has_permission only.
/// The attribute has to be a string or an integer, and an integer equals the
/// string that spells it. An attribute that is missing or of another type has
/// no value, so the user is denied. A capture that neither the route nor the
/// path has is an error, which denies with 500, also behind `!`.
/// @param name the name of the attribute; dots reach into nested objects, see
///        `--jwt-attribute-claims`. An empty one is an error for every message.
/// @param wanted a string, an integer or `from_capture("group")`.
template <class T>
permission has_attribute(std::string name, T wanted) {
  if constexpr (std::is_same_v<T, from_capture>) {
    return detail::make_has_attribute(std::move(name), std::move(wanted));
  } else if constexpr (detail::is_attribute_integer<T>) {
    return detail::make_has_attribute(std::move(name), json::value(wanted));
  } else {
    static_assert(detail::is_attribute_text<T>,
                  "has_attribute compares with a string, an integer or "
                  "from_capture(\"group\")");
    if constexpr (detail::is_attribute_text<T>)
      return detail::make_has_attribute(
          std::move(name), json::value(std::string(std::move(wanted))));
  }
}

} // namespace stagedoor
