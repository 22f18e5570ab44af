#include "load/options.hpp"

#include <CLI/CLI.hpp>

#include <array>
#include <iostream>
#include <string_view>
#include <utility>

namespace stagedoor::load {

namespace {

constexpr std::array<std::pair<std::string_view, mode>, 6> modes{{
    {"messages", mode::messages},
    {"handshakes", mode::handshakes},
    {"idle", mode::idle},
    {"flood", mode::flood},
    {"slow", mode::slow},
    {"broadcast", mode::broadcast},
}};

constexpr int usage_status = 2;

/// What is text on the command line and a value in the options.
struct raw_options {
  std::string mode = "messages";
  std::vector<std::string> urls;
  std::string expect = "any";
  double seconds = 5;
  double warmup = 1;
};

void describe(CLI::App& app, options& out, raw_options& raw) {
  app.add_option("--url", raw.urls,
                 "ws://HOST:PORT/PATH; of several, connections take turns")
      ->required();
  app.add_option("--mode", raw.mode,
                 "messages, handshakes, idle, flood, slow or broadcast");
  app.add_option("--message", out.message, "The text of each message");
  app.add_option("--expect", raw.expect,
                 "Each reply: its status, as 200, or echo, or any");
  app.add_option("--join-message", out.join_message,
                 "Broadcast: what each connection sends first; --expect is "
                 "for its reply");
  app.add_option("--event", out.event,
                 "Broadcast: what each connection hears when one more sends "
                 "--message");
  app.add_option("--connections", out.connections, "Connections")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--in-flight", out.in_flight,
                 "Messages of one connection that wait for a reply; events "
                 "of a broadcast that some have not heard")
      ->check(CLI::Range(1, 100'000));
  app.add_option("--rate", out.rate,
                 "Messages per second over all connections: an open loop, "
                 "latency counts from when a message was due")
      ->check(CLI::NonNegativeNumber);
  auto* seconds = app.add_option("--seconds", raw.seconds, "Measured time")
                      ->check(CLI::PositiveNumber);
  app.add_option("--messages", out.messages, "Exactly so many, measured")
      ->check(CLI::PositiveNumber)
      ->excludes(seconds);
  app.add_option("--warmup", raw.warmup, "Seconds before, not measured")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--threads", out.threads, "Threads")
      ->check(CLI::Range(1, 256));
  app.add_option("--sources", out.sources,
                 "Source addresses, from 127.0.0.1 on")
      ->check(CLI::Range(1, 254));
  app.add_option("--server-pid", out.server_pids,
                 "Measures the CPU time and memory of that process as well, or "
                 "the sum of several");
  app.add_option("--json", out.json_file, "Writes the numbers; - is stdout");
  app.add_flag("--quiet", out.quiet, "No progress");
}

/// Takes what is text over into the options.
/// @returns what is wrong with it.
std::optional<std::string> convert(options& out, const raw_options& raw) {
  const auto* found =
      std::find_if(modes.begin(), modes.end(),
                   [&](const auto& entry) { return entry.first == raw.mode; });
  if (found == modes.end())
    return "--mode: no mode is called " + raw.mode;
  out.mode = found->second;
  for (const auto& url : raw.urls) {
    auto where = parse_target(url);
    if (const auto* problem = std::get_if<std::string>(&where))
      return "--url: " + *problem;
    out.targets.push_back(std::get<target>(where));
  }
  auto what = parse_expectation(raw.expect, out.message);
  if (!what)
    return "--expect: a status from 100 to 599, or echo, or any";
  out.expectation = *what;
  if (out.message.empty() && out.mode != mode::handshakes
      && out.mode != mode::idle)
    return "--message is missing";
  if (out.messages && (out.mode == mode::idle))
    return "--messages: an idle connection sends none";
  if (out.connections < out.threads)
    return "--threads: more threads than connections";
  if (out.mode == mode::broadcast) {
    if (out.join_message.empty() || out.event.empty())
      return "--join-message or --event is missing";
    if (out.threads > 1 || out.rate > 0)
      return "--mode: a broadcast is a closed loop of one thread";
  }
  out.seconds = std::chrono::duration<double>{raw.seconds};
  out.warmup = std::chrono::duration<double>{raw.warmup};
  return std::nullopt;
}

} // namespace

std::variant<options, int> parse_options(int argc, char** argv) {
  CLI::App app{"Puts a WebSocket server under load, and measures it.",
               "stagedoor-load"};
  options result;
  raw_options raw;
  describe(app, result, raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_status;
  }
  if (auto problem = convert(result, raw)) {
    std::cerr << "stagedoor-load: " << *problem << '\n';
    return usage_status;
  }
  return result;
}

std::string name_of(mode what) {
  for (const auto& [name, entry] : modes)
    if (entry == what)
      return std::string{name};
  return {};
}

} // namespace stagedoor::load
