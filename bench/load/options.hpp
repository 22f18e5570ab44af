#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "load/expectation.hpp"
#include "load/target.hpp"

namespace stagedoor::load {

/// What the connections do.
enum class mode {
  messages,   ///< Send messages, check the replies.
  handshakes, ///< Open, upgrade, close, and again.
  idle,       ///< Open and stay.
  flood,      ///< Write as fast as the socket takes it, and read.
  slow,       ///< Write, and never read.
  broadcast   ///< Join a group; one more sends to it.
};

/// The command line.
struct options {
  load::mode mode = load::mode::messages;
  /// Connections take turns. At least one.
  std::vector<target> targets;
  std::string message;
  /// What each member of a broadcast sends first.
  std::string join_message;
  /// What each member hears of a message of a broadcast.
  std::string event;
  load::expectation expectation;
  std::size_t connections = 1;
  /// Messages of one connection that wait for their reply, or events on their
  /// way.
  std::size_t in_flight = 1;
  /// Messages per second over all connections; 0: a closed loop.
  double rate = 0;
  std::chrono::duration<double> seconds{5};
  /// Exactly so many messages instead of a time.
  std::optional<std::uint64_t> messages;
  std::chrono::duration<double> warmup{1};
  std::size_t threads = 1;
  /// Source addresses from 127.0.0.1 on: each has ports of its own.
  std::size_t sources = 8;
  std::vector<int> server_pids;
  /// Where the numbers go; `-` is stdout, empty nowhere.
  std::string json_file;
  bool quiet = false;
};

/// @returns the options, or the status to exit with: 0 after `--help`, 2 if
/// they are wrong, which was said on stderr.
std::variant<options, int> parse_options(int argc, char** argv);

/// The name of a mode, as on the command line.
std::string name_of(mode what);

} // namespace stagedoor::load
