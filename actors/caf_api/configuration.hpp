#pragma once

// Configuration: options of our own and of CAF, and what an actor system is
// told before it is made.

#include "stagedoor/protocol/caf_api/errors.hpp"

#include "caf/actor_system_config.hpp"
#include "caf/config_option.hpp"
#include "caf/config_option_adder.hpp"
#include "caf/config_value.hpp"
#include "caf/error.hpp"
#include "caf/message.hpp"
#include "caf/settings.hpp"

#if !STAGEDOOR_CAF_1
#include "caf/atom.hpp"
#endif

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor::caf_api {

/// How an error of `errc` is told to people.
using error_renderer = std::string (*)(std::uint8_t, const caf::message&);

/// What CAF calls an option that 0.17 knows by `name`.
inline std::string option(const std::string& name) {
#if STAGEDOOR_CAF_1
  return "caf." + name;
#else
  return name;
#endif
}

/// Adds a group of options of our own. They stand on the command line or in a
/// config file: CAF 1.x would look for `USER` or `PORT` in the environment too.
class option_group {
public:
  option_group(caf::config_option_set& target, std::string_view name)
      : adder_(target, name) {}

  template <class T>
  option_group& add(std::string_view name, std::string_view help) {
#if STAGEDOOR_CAF_1
    // No short names, no variable.
    adder_.template add<T>(std::string{name} + ",,", help);
#else
    adder_.template add<T>(name, help);
#endif
    return *this;
  }

private:
  caf::config_option_adder adder_;
};

/// Sets an option of CAF's unless it is set.
template <class T>
void set_default(caf::actor_system_config& cfg, const std::string& name,
                 T value) {
  const auto its_name = option(name);
  if (caf::get_if(&cfg.content, its_name) != nullptr)
    return;
#if STAGEDOOR_CAF_1
  // It may be an option of a module that is not loaded yet.
  caf::put(cfg.content, its_name, value);
#else
  cfg.set(its_name, value);
#endif
}

/// Lets CAF's threads share one queue unless a policy is set: those of its
/// default policy steal from each other, and look for work many hundred times a
/// second where there is none.
inline void prefer_sharing(caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  set_default(cfg, "scheduler.policy", std::string{"sharing"});
#else
  set_default(cfg, "scheduler.policy", caf::atom("sharing"));
#endif
}

/// What an option holds, in the words of CAF 0.17: `timespan`, `uint16`.
inline std::string type_of(const caf::config_option& option) {
  auto name = option.type_name();
#if STAGEDOOR_CAF_1
  // `caf::timespan`, `uint16_t`.
  if (const auto colons = name.rfind(':'); colons != name.npos)
    name.remove_prefix(colons + 1);
  if (name.ends_with("_t"))
    name.remove_suffix(2);
#endif
  return {name.begin(), name.end()};
}

/// Whether an option takes this text of a command line.
inline bool accepts_text(const caf::config_option& option,
                         const std::string& text) {
#if STAGEDOOR_CAF_1
  caf::config_value value{text};
  return option.sync(value) == caf::none;
#else
  return static_cast<bool>(option.parse(text));
#endif
}

/// Whether an option takes this value of a config file as it is: CAF 1.x would
/// make one type of another.
inline bool accepts_value(const caf::config_option& option,
                          const caf::config_value& value) {
#if STAGEDOOR_CAF_1
  auto copy = value;
  return option.sync(copy) == caf::none
         && copy.get_data().index() == value.get_data().index();
#else
  return option.check(value) == caf::none;
#endif
}

/// The config file that is read where the command line names none; empty if
/// CAF has put the name of the one that it found into the content.
inline std::string
default_config_file([[maybe_unused]] const caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  return {};
#else
  return cfg.config_file_path;
#endif
}

/// Whether CAF has printed its help.
inline bool help_printed(const caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  return cfg.helptext_printed();
#else
  return cfg.cli_helptext_printed;
#endif
}

/// Has the command line take a module's options before the module is loaded:
/// CAF 0.17 knows those of its own modules anyway.
template <class Module>
void add_module_options([[maybe_unused]] caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  auto content = cfg.content;
  Module::add_module_options(cfg);
  cfg.content = std::move(content);
#endif
}

/// Makes a block of types known to CAF that stay inside the process.
template <class Block>
void add_local_types(caf::actor_system_config&) {
#if STAGEDOOR_CAF_1
  caf::init_global_meta_objects<Block>();
#endif
}

/// Makes `errc` known to CAF, before an actor system is made.
template <class Config>
void add_errors(Config& cfg, [[maybe_unused]] error_renderer render_code) {
#if STAGEDOOR_CAF_1
  caf::init_global_meta_objects<caf::id_block::stagedoor_errors>();
  caf::put(cfg.content, "stagedoor.configured", true);
#else
  cfg.add_error_category(category_of_errc,
                         [render_code](std::uint8_t code, caf::atom_value,
                                       const caf::message& context) {
                           return render_code(code, context);
                         });
#endif
}

/// Whether `add_errors` was called.
inline bool has_errors(const caf::actor_system_config& cfg) {
#if STAGEDOOR_CAF_1
  return caf::get_or(cfg, "stagedoor.configured", false);
#else
  return cfg.error_renderers.count(category_of_errc) > 0;
#endif
}

} // namespace stagedoor::caf_api
