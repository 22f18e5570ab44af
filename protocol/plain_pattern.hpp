#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// An expression that needs no backtracking and no automaton: texts and runs of
/// characters, such as `articles/(?P<pk>\d+)/$`, where the character behind a
/// run is never one of the run. A match is what RE2 finds, at a fraction of the
/// cost. What else an expression may hold is left to RE2.
/// Thread rule: may be used from any thread.
class plain_pattern {
public:
  /// Named groups of an expression; one with more is left to RE2.
  static constexpr std::size_t groups_max = 4;

  enum class outcome : std::uint8_t {
    no,
    yes,
    /// The path has a character that is not ASCII where it matters.
    unknown
  };

  /// What has been matched: how many bytes, and the named groups in the order
  /// of the expression.
  struct found {
    std::size_t length = 0;
    std::array<std::string_view, groups_max> groups;
  };

  /// @param expression what RE2 takes.
  /// @returns nothing if it is to be left to RE2.
  static std::optional<plain_pattern> parse(std::string_view expression);

  /// Matches the begin of a path, or all of it.
  outcome match(std::string_view path, bool whole, found& result) const;

private:
  using characters = std::array<bool, 256>;

  /// One part of the expression: a text, or a run of characters, or the begin
  /// or the end of a named group.
  struct step {
    enum class kind : std::uint8_t { text, run, group_begin, group_end };

    kind what = kind::text;
    std::string text = {};
    characters set = {};
    /// Whether a run may be empty, and whether it may have several characters.
    bool may_be_empty = false;
    bool may_repeat = false;
    /// Whether all that is not ASCII is in the set.
    bool takes_others = false;
  };

  class parser;

  [[nodiscard]] bool is_plain() const;

  std::vector<step> steps_;
  /// Whether a match has to reach the end of the path.
  bool ends_ = false;
};

} // namespace stagedoor
