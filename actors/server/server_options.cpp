#include "stagedoor/actors/server/server_options.hpp"

#include "stagedoor/actors/cluster/config_section.hpp"
#include "stagedoor/actors/server/server_limits.hpp"
#include "stagedoor/actors/units/background_log.hpp"
#include "stagedoor/permissions/credentials/attribute_claims.hpp"
#include "stagedoor/permissions/credentials/file_text.hpp"
#include "stagedoor/permissions/credentials/jwt.hpp"
#include "stagedoor/permissions/credentials/users_file.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/config_value.hpp"
#include "caf/settings.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace stagedoor {

namespace {

/// Takes one option out of `cfg`, if it is there.
template <class T>
caf::error take(const caf::actor_system_config& cfg, const std::string& name,
                T& target) {
  const auto* value = caf::get_if(&cfg.content, name);
  if (value == nullptr)
    return caf::none;
  if constexpr (std::is_same_v<T, std::string>) {
    if (const auto* text = caf::get_if<std::string>(value)) {
      target = *text;
      return caf::none;
    }
    return invalid_option(name + ": must be a text");
  } else if constexpr (std::is_same_v<T, bool>) {
    if (const auto* flag = caf::get_if<bool>(value)) {
      target = *flag;
      return caf::none;
    }
    return invalid_option(name + ": must be true or false");
  } else if constexpr (std::is_integral_v<T>) {
    if (const auto* number = caf::get_if<std::int64_t>(value);
        number != nullptr && std::in_range<T>(*number)) {
      target = static_cast<T>(*number);
      return caf::none;
    }
    return invalid_option(name + ": must be a whole number from 0 to "
                          + std::to_string(std::numeric_limits<T>::max()));
  } else {
    if (const auto* time = caf::get_if<caf::timespan>(value)) {
      target = std::chrono::duration_cast<T>(*time);
      return caf::none;
    }
    return invalid_option(name + ": must be a time such as 500ms or 10s");
  }
}

caf::error take_limits(const caf::actor_system_config& cfg, limits& target) {
  auto group = caf::get_if<caf::settings>(&cfg.content, "limits");
  if (!group)
    return caf::none;
  auto table = limit_table();
  for (const auto& entry : *group) {
    const auto& key = entry.first;
    auto known = std::find_if(table.begin(), table.end(),
                              [&](const auto& x) { return x.name == key; });
    if (known == table.end())
      return invalid_option("limits." + key + ": no such option");
    auto error = std::visit(
        [&](auto member) { return take(cfg, "limits." + key, target.*member); },
        known->member);
    if (error != caf::none)
      return error;
  }
  return validate(target);
}

/// Takes a text that must not be empty: an empty one is a variable of a script
/// that was not set, and would check nothing.
caf::error take_text(const caf::actor_system_config& cfg,
                     const std::string& name,
                     std::optional<std::string>& target) {
  if (caf::get_if(&cfg.content, name) == nullptr)
    return caf::none;
  if (auto error = take(cfg, name, target.emplace()); error != caf::none)
    return error;
  return target->empty() ? invalid_option(name + ": must not be empty")
                         : caf::none;
}

/// Takes the names of claims, which commas separate.
caf::error take_claim_names(const caf::actor_system_config& cfg,
                            std::vector<std::string>& target) {
  const std::string name = "jwt-attribute-claims";
  std::optional<std::string> list;
  if (auto error = take_text(cfg, name, list); error != caf::none || !list)
    return error;
  std::size_t begin = 0;
  for (auto end = list->find(','); end != std::string::npos;
       end = list->find(',', begin)) {
    target.push_back(list->substr(begin, end - begin));
    begin = end + 1;
  }
  target.push_back(list->substr(begin));
  const auto fault = fault_of_claim_names(target);
  return fault.empty() ? caf::none : invalid_option(name + ": " + fault);
}

/// Takes the options of JSON Web Tokens.
/// @param active becomes whether tokens are to be taken at all.
caf::error take_jwt(const caf::actor_system_config& cfg, jwt_options& target,
                    bool& active) {
  std::optional<std::string> key_file;
  if (auto error = take_text(cfg, "jwt-keys", key_file); error != caf::none)
    return error;
  if (auto error = take_text(cfg, "jwt-issuer", target.issuer);
      error != caf::none)
    return error;
  if (auto error = take_text(cfg, "jwt-audience", target.audience);
      error != caf::none)
    return error;
  if (auto error = take(cfg, "jwt-leeway", target.leeway); error != caf::none)
    return error;
  if (target.leeway < target.leeway.zero() || target.leeway > jwt_leeway_max)
    return invalid_option("jwt-leeway: must be from 0s to 1h");
  if (auto error = take(cfg, "jwt-require-expiry", target.expiry_required);
      error != caf::none)
    return error;
  if (auto error = take_claim_names(cfg, target.attribute_claims);
      error != caf::none)
    return error;
  active = key_file.has_value();
  if (active)
    target.key_file = *key_file;
  else
    for (const std::string name :
         {"jwt-issuer", "jwt-audience", "jwt-leeway", "jwt-require-expiry",
          "jwt-attribute-claims"})
      if (caf::get_if(&cfg.content, name) != nullptr)
        return invalid_option(name + ": means nothing without jwt-keys");
  return caf::none;
}

/// The admin endpoint is there if it has a port.
caf::error take_admin(const caf::actor_system_config& cfg,
                      std::optional<admin_options>& target) {
  admin_options admin;
  std::optional<std::string> path;
  if (auto error = take(cfg, "admin-bind", admin.bind); error != caf::none)
    return error;
  if (auto error = take(cfg, "admin-port", admin.port); error != caf::none)
    return error;
  if (auto error = take_text(cfg, "admin-token-file", path); error != caf::none)
    return error;
  if (caf::get_if(&cfg.content, "admin-port") == nullptr) {
    for (const std::string name : {"admin-bind", "admin-token-file"})
      if (caf::get_if(&cfg.content, name) != nullptr)
        return invalid_option(name + ": means nothing without admin-port");
    return caf::none;
  }
  if (!path)
    return invalid_option("admin-token-file: is needed with admin-port");
  if (auto wrong = read_file_text(*path, server_limits::admin_token_bytes_max,
                                  admin.token);
      !wrong.empty())
    return invalid_option("admin-token-file: " + *path + ' ' + wrong);
  while (admin.token.ends_with('\n') || admin.token.ends_with('\r'))
    admin.token.pop_back();
  if (admin.token.size() < admin_options::token_bytes_min)
    return invalid_option("admin-token-file: " + *path + " must hold "
                          + std::to_string(admin_options::token_bytes_min)
                          + " bytes or more");
  target = std::move(admin);
  return caf::none;
}

/// Metrics are counted if they have a port.
caf::error take_metrics(const caf::actor_system_config& cfg,
                        std::optional<metrics_options>& target) {
  metrics_options metrics;
  if (auto error = take(cfg, "metrics-bind", metrics.bind); error != caf::none)
    return error;
  if (auto error = take(cfg, "metrics-port", metrics.port); error != caf::none)
    return error;
  if (auto error = take(cfg, "metrics-sample", metrics.sample);
      error != caf::none)
    return error;
  if (caf::get_if(&cfg.content, "metrics-port") != nullptr) {
    target = std::move(metrics);
    return caf::none;
  }
  for (const std::string name : {"metrics-bind", "metrics-sample"})
    if (caf::get_if(&cfg.content, name) != nullptr)
      return invalid_option(name + ": means nothing without metrics-port");
  return caf::none;
}

caf::error take_io(const caf::actor_system_config& cfg, io_choice& target) {
  std::string name = "auto";
  if (auto error = take(cfg, "io", name); error != caf::none)
    return error;
  if (name == "auto")
    target = io_choice::automatic;
  else if (name == "epoll")
    target = io_choice::epoll;
  else if (name == "uring")
    target = io_choice::uring;
  else
    return invalid_option("io: \"" + name
                          + "\" is not valid, expected auto, epoll or uring");
  return caf::none;
}

/// Takes the options that name no file.
caf::error take_values(const caf::actor_system_config& cfg,
                       server_options& target) {
  if (auto error = take(cfg, "bind", target.bind); error != caf::none)
    return error;
  if (auto error = take(cfg, "port", target.port); error != caf::none)
    return error;
  if (auto error = take(cfg, "threads", target.threads); error != caf::none)
    return error;
  if (target.threads > server_limits::threads_max)
    return invalid_option("threads: at most "
                          + std::to_string(server_limits::threads_max));
  if (auto error = take(cfg, "spin", target.spin); error != caf::none)
    return error;
  if (auto error = check_spin(target.spin); error != caf::none)
    return error;
  if (auto error = take_io(cfg, target.io); error != caf::none)
    return error;
  if (auto error = take_default_permission(cfg, target.default_permission);
      error != caf::none)
    return error;
  if (auto error =
          take(cfg, "standard-close-codes", target.standard_close_codes);
      error != caf::none)
    return error;
  if (auto error = take(cfg, "drain-delay", target.drain_delay);
      error != caf::none)
    return error;
  if (auto error = check_drain_delay(target.drain_delay); error != caf::none)
    return error;
  if (auto error = take_metrics(cfg, target.metrics); error != caf::none)
    return error;
  return take_limits(cfg, target.limits);
}

/// Makes who knows the tokens of users file and key file, in this order.
caf::error make_users(const std::string& users_path, bool with_jwt,
                      jwt_options jwt, authenticator_ptr& target) {
  std::vector<authenticator_ptr> parts;
  if (!users_path.empty()) {
    auto read = read_users_file(users_path);
    if (!read)
      return invalid_option("users: " + text_of(read.error()));
    jwt.groups = (*read)->groups();
    parts.push_back(std::move(*read));
  }
  if (with_jwt) {
    jwt.on_reload_error = [](const caf::error& error) {
      in_background(spdlog::default_logger())
          ->error("jwt-keys: {}; the keys before go on", text_of(error));
    };
    auto made = make_jwt_authenticator(std::move(jwt));
    if (!made)
      return invalid_option("jwt-keys: " + text_of(made.error()));
    parts.push_back(std::move(*made));
  }
  if (parts.size() == 1)
    target = std::move(parts.front());
  else if (!parts.empty())
    target = any_of_authenticators(std::move(parts));
  return caf::none;
}

} // namespace

caf::error take_default_permission(const caf::actor_system_config& cfg,
                                   default_permission& target) {
  std::string name = "allow";
  if (auto error = take(cfg, "default-permission", name); error != caf::none)
    return error;
  if (name != "allow" && name != "deny")
    return invalid_option("default-permission: \"" + name
                          + "\" is not valid, expected allow or deny");
  target =
      name == "deny" ? default_permission::deny : default_permission::allow;
  return caf::none;
}

caf::error check_drain_delay(limits::duration delay) {
  return delay < delay.zero() || delay > server_limits::drain_delay_max
             ? invalid_option("drain-delay: must be from 0s to 1h")
             : caf::none;
}

caf::error check_spin(std::chrono::microseconds time) {
  return time < time.zero() || time > server_limits::spin_max
             ? invalid_option("spin: must be from 0us to 1000us")
             : caf::none;
}

caf::error check_values(const caf::actor_system_config& cfg) {
  server_options ignored;
  return take_values(cfg, ignored);
}

caf::expected<server_options>
server_options::from(const caf::actor_system_config& cfg) {
  server_options result;
  std::string users;
  if (auto error = take_values(cfg, result); error != caf::none)
    return error;
  if (auto error = take(cfg, "users", users); error != caf::none)
    return error;
  jwt_options jwt;
  bool with_jwt = false;
  if (auto error = take_jwt(cfg, jwt, with_jwt); error != caf::none)
    return error;
  if (auto error = take_admin(cfg, result.admin); error != caf::none)
    return error;
  if (auto error = make_users(users, with_jwt, std::move(jwt), result.users);
      error != caf::none)
    return error;
  return result;
}

caf::expected<server_options>
server_options::from(const caf::actor_system_config& cfg,
                     const std::string& section) {
  return from_section<server_options>(cfg, section);
}

} // namespace stagedoor
