#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "child_process.hpp"

namespace stagedoor::test {

/// A program that serves, with one unit, on a port that the system has chosen.
/// It ends with the object.
struct running_program {
  /// Waits until the program says where it listens.
  explicit running_program(std::vector<std::string> command)
      : process([&] {
          command.insert(command.end(), {"--port=0", "--threads=1"});
          return std::move(command);
        }()) {
    const std::string head = " on ws://127.0.0.1:";
    const auto line = process.wait_for_line(head);
    const auto where = line.find(head) + head.size();
    const auto slash = line.find('/', where);
    port = static_cast<std::uint16_t>(
        std::stoul(line.substr(where, slash - where)));
    path = line.substr(slash);
  }

  child_process process;
  std::uint16_t port = 0;
  /// Of its first endpoint.
  std::string path;
};

} // namespace stagedoor::test
