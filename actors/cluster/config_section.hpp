#pragma once

#include "stagedoor/protocol/errors.hpp"

#include "caf/actor_system_config.hpp"
#include "caf/settings.hpp"

#include <string>

namespace stagedoor {

/// Reads options from a section of a configuration, as `Options::from` reads
/// them from a whole one.
/// @returns what that returns; an error names the option with its section.
template <class Options>
auto from_section(const caf::actor_system_config& cfg,
                  const std::string& section) -> decltype(Options::from(cfg)) {
  if (section.empty())
    return Options::from(cfg);
  caf::actor_system_config whole;
  if (auto own = caf::get_if<caf::settings>(&cfg.content, section))
    whole.content = *own;
  auto result = Options::from(whole);
  if (!result)
    return invalid_option(section + '.' + text_of(result.error()));
  return result;
}

} // namespace stagedoor
