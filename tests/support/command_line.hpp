#pragma once

#include "stagedoor/actors/server/config.hpp"

#include <string>
#include <utility>
#include <vector>

namespace stagedoor::test {

/// What a command line comes to.
/// @tparam Options `Options::from(cfg)` reads them.
template <class Options>
struct parsed_command_line {
  using result = decltype(Options::from(std::declval<const config&>()));

  explicit parsed_command_line(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "newsroom");
    cfg.add_command("serve", "serves");
    std::vector<char*> argv;
    for (auto& argument : arguments)
      argv.push_back(argument.data());
    error = cfg.parse_command_line(static_cast<int>(argv.size()), argv.data());
    if (error != caf::none)
      return;
    if (auto read = Options::from(cfg))
      options = std::move(*read);
    else
      error = std::move(read.error());
  }

  config cfg;
  caf::error error;
  typename result::value_type options;
};

} // namespace stagedoor::test
