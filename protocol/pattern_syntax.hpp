#pragma once

#include <string>
#include <string_view>

namespace stagedoor {

/// Turns the pattern of a route or path into an expression that every version
/// of RE2 takes, and takes alike. `{int}`, `{slug}`, `{str}`, `{uuid}` and
/// `{path}` become what Django's path converters of these names match, and
/// `{int:pk}` becomes a group of the name `pk` around it.
/// @returns why the pattern is refused: an unknown name in braces, or a part
///          whose meaning depends on the version or is not what its author can
///          have meant. Empty if it is good.
/// Source:
/// https://docs.djangoproject.com/en/stable/topics/http/urls/#path-converters
std::string to_re2(std::string_view pattern, std::string& expression);

} // namespace stagedoor
