#pragma once

#include "stagedoor/actors/operators/metrics.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace stagedoor::test {

/// Times as a text: for each bucket that has some, its number and how many, and
/// behind them the sum in milliseconds. `-` for none.
inline std::string text(const time_tally& times) {
  using std::chrono::milliseconds;
  if (times.count() == 0)
    return "-";
  std::string result;
  for (std::size_t i = 0; i <= time_tally::bounds.size(); ++i)
    if (const auto count = times.bucket(i); count > 0)
      result += '[' + std::to_string(i) + "]*" + std::to_string(count) + ' ';
  const auto sum = std::chrono::duration_cast<milliseconds>(times.sum());
  return result + std::to_string(sum.count()) + "ms";
}

/// What has been measured: a line per action, with the times of permissions
/// and of actions.
inline std::string latencies(const unit_metrics& counted) {
  std::string result;
  counted.messages().each([&](const auto& place, const auto& actions) {
    actions.each([&](const std::string& action, const message_tallies& row) {
      if (row.permission_times.count() > 0)
        result += place.first + '|' + place.second + '|' + action
                  + ": permissions " + text(row.permission_times) + ", action "
                  + text(row.action_times) + '\n';
    });
  });
  return result;
}

} // namespace stagedoor::test
