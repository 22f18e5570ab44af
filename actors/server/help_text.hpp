#pragma once

#include "stagedoor/actors/server/config.hpp"

#include "caf/config_option_set.hpp"

#include <string>
#include <vector>

namespace stagedoor {

/// Says how a program is called: its commands and its options.
/// @param program the name of the program.
/// @param is_long whether the limits and those options of CAF are listed that
///        have an effect on a server.
std::string help_text(const std::string& program,
                      const std::vector<config::command>& commands,
                      const caf::config_option_set& options, bool is_long);

} // namespace stagedoor
