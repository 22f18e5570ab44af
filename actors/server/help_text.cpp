#include "stagedoor/actors/server/help_text.hpp"

#include "stagedoor/actors/caf_api/configuration.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace stagedoor {

namespace {

/// The options of CAF that a server feels, in CAF 0.17's spelling. The others
/// set up what is not there: CAF's log, its streams, its own TLS and OpenCL.
constexpr std::string_view effective_groups[] = {"scheduler", "work-stealing"};
constexpr std::string_view effective_options[] = {
    "middleman.heartbeat-interval", "middleman.connection-timeout",
    "middleman.max-consecutive-reads", "middleman.workers"};

using lines = std::vector<std::pair<std::string, std::string>>;

std::string string_of(std::string_view value) {
  return std::string(value);
}

template <class View>
std::string string_of(const View& view) {
  return {view.data(), view.size()};
}

/// What stands behind the `=` of an option.
std::string placeholder_of(const caf::config_option& option) {
  if (option.is_flag())
    return {};
  const auto type = caf_api::type_of(option);
  if (type == "timespan")
    return "=TIME";
  return type.starts_with("uint") ? "=NUMBER" : "=TEXT";
}

bool is_effective(const std::string& group, const std::string& name) {
  return std::any_of(std::begin(effective_groups), std::end(effective_groups),
                     [&](auto each) {
                       return group == caf_api::option(string_of(each));
                     })
         || std::any_of(std::begin(effective_options),
                        std::end(effective_options), [&](auto each) {
                          return group + '.' + name
                                 == caf_api::option(string_of(each));
                        });
}

/// Adds a block of lines with a title, the right column aligned.
void add_block(std::string& to, const std::string& title, const lines& rows) {
  if (rows.empty())
    return;
  std::size_t width = 0;
  for (const auto& [left, right] : rows)
    width = std::max(width, left.size());
  to += '\n' + title + ":\n";
  for (const auto& [left, right] : rows)
    to +=
        "  " + left + std::string(width - left.size() + 2, ' ') + right + '\n';
}

} // namespace

std::string help_text(const std::string& program,
                      const std::vector<config::command>& commands,
                      const caf::config_option_set& options, bool is_long) {
  std::string result = "Usage: " + program
                       + (commands.empty() ? "" : " [COMMAND]")
                       + " [--OPTION=VALUE]...\n";
  lines words;
  for (const auto& [name, help] : commands)
    words.emplace_back(name, help);
  add_block(result, "Commands", words);
  lines own;
  lines bounds;
  lines of_caf;
  for (const auto& option : options) {
    const auto group = string_of(option.category());
    const auto name = string_of(option.long_name());
    const auto is_global = group == "global";
    auto spelled =
        "--" + (is_global ? "" : group + '.') + name + placeholder_of(option);
    const auto help = string_of(option.description());
    if (is_global)
      own.emplace_back(std::move(spelled), help);
    else if (group == "limits")
      bounds.emplace_back(std::move(spelled), help);
    else if (is_effective(group, name))
      of_caf.emplace_back(std::move(spelled), help);
  }
  add_block(result, "Options", own);
  if (!is_long)
    return result;
  add_block(result, "Limits", bounds);
  add_block(result, "Options of CAF", of_caf);
  return result;
}

} // namespace stagedoor
