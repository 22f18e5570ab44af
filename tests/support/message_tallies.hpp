#pragma once

#include "stagedoor/actors/operators/metrics.hpp"

#include <cstdint>
#include <string>

namespace stagedoor::test {

/// What has been counted of messages, a line per number.
inline std::string messages(const unit_metrics& counted) {
  std::string result;
  counted.messages().each([&](const auto& place, const auto& actions) {
    actions.each([&](const std::string& action, const auto& row) {
      row.answers.each(
          [&](std::uint16_t status, const stagedoor::tally& count) {
            result += place.first + '|' + place.second + '|' + action + '|'
                      + std::to_string(status) + ": "
                      + std::to_string(count.value()) + '\n';
          });
    });
  });
  return result;
}

} // namespace stagedoor::test
