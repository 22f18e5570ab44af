#pragma once

#include "stagedoor/protocol/scope.hpp"

#include "caf/expected.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor {

/// An RE2 regular expression with named groups `(?P<name>…)`, compiled once and
/// anchored at the start of what it is matched against. `{int}`, `{slug}`,
/// `{str}`, `{uuid}` and `{path}` stand for what Django's path converters of
/// these names match, and `{int:pk}` for a group with one. Cheap to copy.
/// Thread rule: may be used from any thread.
class path_pattern {
public:
  /// @returns errc::invalid_endpoint with RE2's reason, with the name that two
  ///          groups have (RE2 would keep one of them), or with what to write
  ///          in place of what versions of RE2 take differently.
  static caf::expected<path_pattern> compile(std::string text);

  [[nodiscard]] const std::string& text() const;

  /// The text that every match begins with, or the first bytes of it.
  [[nodiscard]] const std::string& prefix() const;

  /// Whether a match may begin with `first`, as far as RE2 can tell.
  [[nodiscard]] bool may_begin_with(char first) const;

  /// Whether there is a group of this name.
  [[nodiscard]] bool has_group(std::string_view name) const;

  /// Matches a prefix of `path` (all of it, where the pattern ends in `$`).
  /// Named groups are put into `captures`, replacing earlier ones of the same
  /// name; a group that took no part in the match is left out.
  /// @returns how many bytes were matched, or nothing: then `captures` is left
  ///          alone.
  std::optional<std::size_t> match_prefix(std::string_view path,
                                          fields& captures) const;

  /// Matches the whole of `path`, otherwise like `match_prefix`.
  bool match_whole(std::string_view path, fields& captures) const;

private:
  struct compiled;
  explicit path_pattern(std::shared_ptr<const compiled> compiled);
  std::shared_ptr<const compiled> compiled_;
};

} // namespace stagedoor
