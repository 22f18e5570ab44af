#include "stagedoor/protocol/path_pattern.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/pattern_syntax.hpp"
#include "stagedoor/protocol/plain_pattern.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <set>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

RE2::Options quiet_options() {
  RE2::Options options;
  // A pattern that does not compile is reported by us, and a match that needs
  // more memory than RE2 grants falls back to its slower machine on its own.
  options.set_log_errors(false);
  return options;
}

void replace_field(fields& captures, const std::string& name,
                   std::string_view value) {
  auto same_name = [&](const auto& field) { return field.first == name; };
  auto found = std::find_if(captures.begin(), captures.end(), same_name);
  if (found != captures.end())
    found->second = value;
  else
    captures.emplace_back(name, value);
}

/// The text that every match begins with: what the least and the greatest of
/// all matches begin with.
std::string prefix_of(const RE2& expression) {
  constexpr int bytes_max = 64;
  std::string least;
  std::string greatest;
  if (!expression.PossibleMatchRange(&least, &greatest, bytes_max))
    return {};
  const auto end = std::mismatch(least.begin(), least.end(), greatest.begin(),
                                 greatest.end());
  return {least.begin(), end.first};
}

} // namespace

struct path_pattern::compiled {
  compiled(std::string pattern, const std::string& re2_text)
      : text(std::move(pattern)),
        expression(std::make_unique<RE2>(re2_text, quiet_options())) {
    if (!expression->ok())
      return;
    const auto& by_index = expression->CapturingGroupNames();
    names.assign(by_index.begin(), by_index.end());
    // RE2 works the harder the more groups it is asked for: the unnamed ones
    // behind the last named one are not.
    if (!names.empty())
      group_count = static_cast<std::size_t>(names.back().first) + 1;
    // Each match is anchored at the start. Where the expression itself says so,
    // RE2 compares the text that it begins with, and its automaton has only the
    // rest to do. One that is valid only without that keeps its own form.
    auto anchored =
        std::make_unique<RE2>("^(?:" + re2_text + ')', quiet_options());
    if (anchored->ok()
        && anchored->NumberOfCapturingGroups()
               == expression->NumberOfCapturingGroups())
      expression = std::move(anchored);
    prefix = prefix_of(*expression);
    plain = plain_pattern::parse(re2_text);
  }

  std::optional<std::size_t> match(std::string_view path, fields& captures,
                                   RE2::Anchor anchor) const;
  std::optional<std::size_t> match_with_re2(std::string_view path,
                                            fields& captures,
                                            RE2::Anchor anchor) const;

  std::string text;
  std::unique_ptr<RE2> expression;
  /// The same, if it needs no RE2.
  std::optional<plain_pattern> plain;
  /// Most routes that are not meant differ here already.
  std::string prefix;
  /// The named groups by their index, ascending.
  std::vector<std::pair<int, std::string>> names;
  /// How many groups a match has to tell, the whole match included.
  std::size_t group_count = 1;
};

std::optional<std::size_t>
path_pattern::compiled::match(std::string_view path, fields& captures,
                              RE2::Anchor anchor) const {
  if (!plain)
    return match_with_re2(path, captures, anchor);
  plain_pattern::found found;
  switch (plain->match(path, anchor == RE2::ANCHOR_BOTH, found)) {
  case plain_pattern::outcome::no:
    return std::nullopt;
  case plain_pattern::outcome::unknown:
    return match_with_re2(path, captures, anchor);
  case plain_pattern::outcome::yes:
    break;
  }
  if (captures.empty())
    captures.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    replace_field(captures, names[i].second, found.groups[i]);
  return found.length;
}

std::optional<std::size_t>
path_pattern::compiled::match_with_re2(std::string_view path, fields& captures,
                                       RE2::Anchor anchor) const {
  if (!path.starts_with(prefix))
    return std::nullopt;
  // A group that took no part is told by its null pointer, so an empty path
  // must not have one.
  if (path.data() == nullptr)
    path = "";
  std::array<re2::StringPiece, 4> few;
  std::vector<re2::StringPiece> many;
  auto* groups = few.data();
  if (group_count > few.size()) {
    many.resize(group_count);
    groups = many.data();
  }
  if (!expression->Match(re2::StringPiece(path.data(), path.size()), 0,
                         path.size(), anchor, groups,
                         static_cast<int>(group_count)))
    return std::nullopt;
  if (captures.empty())
    captures.reserve(names.size());
  for (const auto& [index, name] : names) {
    const auto& group = groups[index];
    if (group.data() != nullptr)
      replace_field(captures, name, {group.data(), group.size()});
  }
  return groups->size();
}

caf::expected<path_pattern> path_pattern::compile(std::string text) {
  const auto invalid = [&text](const std::string& reason) {
    return make_error(errc::invalid_endpoint,
                      "pattern \"" + text + "\": " + reason);
  };
  std::string re2_text;
  if (auto reason = to_re2(text, re2_text); !reason.empty())
    return invalid(reason);
  auto result = std::make_shared<compiled>(text, re2_text);
  if (!result->expression->ok())
    return invalid(result->expression->error());
  std::set<std::string_view> names;
  for (const auto& group : result->names)
    if (!names.insert(group.second).second)
      return invalid("has two groups of the name \"" + group.second + '"');
  return path_pattern(std::move(result));
}

path_pattern::path_pattern(std::shared_ptr<const compiled> content)
    : compiled_(std::move(content)) {}

const std::string& path_pattern::text() const {
  return compiled_->text;
}

const std::string& path_pattern::prefix() const {
  return compiled_->prefix;
}

bool path_pattern::may_begin_with(char first) const {
  constexpr int bytes_max = 1;
  std::string least;
  std::string greatest;
  if (!compiled_->expression->PossibleMatchRange(&least, &greatest, bytes_max))
    return true;
  // Both are cut off after a byte, and a cut greatest text is rounded up.
  const std::string begin(1, first);
  return least <= begin && begin <= greatest;
}

bool path_pattern::has_group(std::string_view name) const {
  return std::any_of(compiled_->names.begin(), compiled_->names.end(),
                     [&](const auto& group) { return group.second == name; });
}

std::optional<std::size_t> path_pattern::match_prefix(std::string_view path,
                                                      fields& captures) const {
  return compiled_->match(path, captures, RE2::ANCHOR_START);
}

bool path_pattern::match_whole(std::string_view path, fields& captures) const {
  return compiled_->match(path, captures, RE2::ANCHOR_BOTH).has_value();
}

} // namespace stagedoor
