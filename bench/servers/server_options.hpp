#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <cstdlib>

namespace stagedoor::bench {

/// The only option of a peer, `--port`: 0 is any free one. Ends the process
/// with 2 if the command line is wrong.
inline std::uint16_t port_option(int argc, char** argv) {
  CLI::App app{"A server to compare with, on 127.0.0.1."};
  std::uint16_t port = 0;
  app.add_option("--port", port, "The port; 0 is any free one");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return port;
}

} // namespace stagedoor::bench
