#include "stagedoor/actors/description/route_tree.hpp"

#include "stagedoor/actors/description/actor_permission.hpp"
#include "stagedoor/actors/description/endpoint_checks.hpp"
#include "stagedoor/actors/description/group_rules.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <algorithm>
#include <set>

namespace stagedoor {

namespace {

/// A can_connect below the root could never be asked.
caf::error check_below_root(const permission_list& list,
                            const std::string& place) {
  for (const auto& entry : list)
    if (entry->overrides(question::can_connect))
      return flaw_at(place, entry->name()
                                + " overrides can_connect, which is asked of "
                                  "root handlers only");
  return caf::none;
}

/// A codename that nobody has been told of would never be granted, and an actor
/// that is null never answers.
caf::error check_leaves(const permission_list& list, const std::string& place,
                        const std::vector<std::string>& known) {
  std::vector<const permission_base*> leaves;
  for (const auto& entry : list)
    entry->collect_leaves(leaves);
  for (const auto* leaf : leaves) {
    for (const auto& name : leaf->codenames())
      if (std::find(known.begin(), known.end(), name) == known.end())
        return flaw_at(place, leaf->name()
                                  + " looks for a codename that the endpoint "
                                    "does not know, see .codenames(…)");
    if (const auto* asks = dynamic_cast<const asked_actor*>(leaf))
      if (auto fault = asks->answering()->fault(); !fault.empty())
        return flaw_at(place, leaf->name() + " asks " + fault);
  }
  return caf::none;
}

/// Permissions that look at objects must be able to.
caf::error check_object(const handler_definition& handler,
                        const action_definition& action,
                        const permission_list& guard,
                        const std::string& place) {
  if (action.takes_object && !handler.loader->to_json
      && guard.overrides(question::has_object_permission))
    return flaw_at(place, "permissions look at its object, which is no JSON");
  return caf::none;
}

/// A name of a group whose captures the route does not have would be the same
/// for all.
caf::error check_broadcast(const action_definition& action,
                           const std::vector<path_pattern>& patterns,
                           const std::string& place) {
  if (!action.broadcast)
    return caf::none;
  const auto& group = action.broadcast->group;
  std::vector<std::string> captures;
  if (!find_placeholders(group, captures) || group.empty())
    return flaw_at(place, "\"" + group + "\" is no name of a group");
  for (const auto& name : captures)
    if (std::none_of(patterns.begin(), patterns.end(),
                     [&](const auto& x) { return x.has_group(name); }))
      return flaw_at(place, "the group \"" + group + "\" names a capture \""
                                + name + "\", which its route does not have");
  return caf::none;
}

/// A message has no arguments of these names.
caf::error check_arguments(const handler_definition& handler,
                           const action_definition& action,
                           const std::vector<path_pattern>& patterns,
                           const std::string& place) {
  auto names = action.arguments;
  if (action.takes_object && handler.loader)
    names.insert(names.end(), handler.loader->arguments.begin(),
                 handler.loader->arguments.end());
  for (const auto& name : names)
    if (is_control_key(name)
        && std::none_of(patterns.begin(), patterns.end(),
                        [&](const auto& x) { return x.has_group(name); }))
      return flaw_at(place, "no message can carry the argument \"" + name
                                + "\", because that is a control key, and no "
                                  "group of its route has this name");
  return caf::none;
}

constexpr const char* own_routes =
    "routes that begin with $ are the server's own";

/// Of two routes of one list only the first would count, and the server keeps
/// those that begin with a dollar sign for itself.
caf::error check_routes(const std::vector<handler_definition::child>& list,
                        bool at_root, const std::string& place) {
  std::set<std::string_view> seen;
  for (const auto& [pattern, handler] : list) {
    const auto here = place + ", route \"" + pattern + '"';
    if (!seen.insert(pattern).second)
      return flaw_at(here, "is there twice, and the second one, with the "
                           "handler \""
                               + (handler ? handler->name : "")
                               + "\", would never be reached");
    if (at_root && (pattern.starts_with('$') || pattern.starts_with("\\$")))
      return flaw_at(here, own_routes);
  }
  return caf::none;
}

/// Actions are run here or elsewhere, and a place is chosen by what is known.
caf::error check_mount(const handler_definition& handler,
                       const std::vector<path_pattern>& patterns,
                       const std::string& place) {
  for (const auto& [name, action] : handler.actions)
    if (handler.mounted.empty() == !action.run)
      return flaw_at(place, "handler \"" + handler.name + "\" has the action \""
                                + name + "\": "
                                + (handler.mounted.empty()
                                       ? "it forwards it to no actor"
                                       : "its actions are those of the actors "
                                         "that it mounts"));
  const auto& lifetime = handler.lifetime;
  const auto& key = handler.placed_by;
  if (lifetime.is_keyed() && !handler.mounted.empty())
    return flaw_at(place, "handler \"" + handler.name
                              + "\" lives by key, but mounts actors");
  if (!lifetime.is_keyed() && (handler.load_state || handler.on_end))
    return flaw_at(place, "handler \"" + handler.name
                              + "\" has a state that is loaded or an on_end, "
                                "but does not live by key");
  if (auto fault = lifetime.bounds().fault(); !fault.empty())
    return flaw_at(place, "handler \"" + handler.name + "\": " + fault);
  if (lifetime.is_keyed() && key != lifetime.capture())
    return flaw_at(place, "is placed by a capture \"" + key
                              + "\", but lives by the key \""
                              + lifetime.capture() + '"');
  if ((lifetime.is_keyed() || !key.empty())
      && std::none_of(patterns.begin(), patterns.end(),
                      [&](const auto& x) { return x.has_group(key); }))
    return flaw_at(place, (lifetime.is_keyed() ? "lives by the key \""
                                               : "is placed by a capture \"")
                              + key + "\", which its route does not have");
  return caf::none;
}

/// The list that an action has for itself; null: it has none.
const permission_list* declared_list(const handler_definition& handler,
                                     std::string_view action) {
  auto declared = handler.actions.find(action);
  if (declared != handler.actions.end() && declared->second.permissions)
    return &*declared->second.permissions;
  auto entry = handler.permissions_by_action.find(action);
  return entry != handler.permissions_by_action.end() ? &entry->second
                                                      : nullptr;
}

/// The list that replaces the default one for an action; null: none does.
const permission_list* own_list(const handler_definition& handler,
                                std::string_view action) {
  if (const auto* list = declared_list(handler, action))
    return list;
  auto declared = handler.actions.find(action);
  if (declared != handler.actions.end()
      && !declared->second.guarded_like.empty())
    return declared_list(handler, declared->second.guarded_like);
  return action == "partial_update" ? declared_list(handler, "update")
                                    : nullptr;
}

/// An entry that guards nothing is a misspelt name, and leaves an action open.
caf::error check_entries(const handler_definition& handler,
                         const std::string& place) {
  auto is_action = [&](std::string_view name) {
    return handler.actions.contains(name) || handler.forwards_undeclared();
  };
  for (const auto& [name, list] : handler.permissions_by_action)
    if (!is_action(name) && !(name == "update" && is_action("partial_update")))
      return flaw_at(place, "handler \"" + handler.name
                                + "\" has permissions for \"" + name
                                + "\", which is no action of it");
  return caf::none;
}

} // namespace

const std::shared_ptr<const permission_list>&
compiled_route::guard_of(std::string_view action) const {
  auto i = action_guards.find(action);
  return i == action_guards.end() ? guard : i->second;
}

caf::expected<route_tree_ptr>
route_tree::compile(const endpoint_spec& spec, default_permission otherwise) {
  auto tree = std::make_shared<route_tree>();
  tree->unmatched_ = spec.unmatched;
  if (auto error =
          tree->add({spec, otherwise}, spec.root,
                    {{}, {}, "endpoint \"" + spec.path + '"', {}}, spec.routes);
      error != caf::none)
    return error;
  return route_tree_ptr{std::move(tree)};
}

caf::error route_tree::add_actions(const compilation& run,
                                   const position& where,
                                   compiled_route& route) {
  const auto& handler = *route.handler;
  auto guard = [&](const std::string& name, const std::string& place) {
    const auto* list = own_list(handler, name);
    if (list == nullptr)
      return caf::error{};
    // Also at the root: there the default list is asked, not an action's.
    if (auto error = check_below_root(*list, place); error != caf::none)
      return error;
    if (auto error = check_leaves(*list, place, run.spec.codenames);
        error != caf::none)
      return error;
    auto whole = std::make_shared<permission_list>(where.outer);
    whole->append(*list);
    route.action_guards.emplace(name, std::move(whole));
    return caf::error{};
  };
  auto place_of = [&](const std::string& name) {
    return where.place + ", action \"" + name + '"';
  };
  // Mounted actors may have actions that nobody declares.
  if (handler.forwards_undeclared())
    for (const auto& [name, list] : handler.permissions_by_action) {
      if (auto error = guard(name, place_of(name)); error != caf::none)
        return error;
      if (name == "update")
        if (auto error = guard("partial_update", place_of(name));
            error != caf::none)
          return error;
    }
  for (const auto& [name, action] : handler.actions) {
    const auto place = place_of(name);
    if (auto error = guard(name, place); error != caf::none)
      return error;
    if (auto error = check_arguments(handler, action, where.patterns, place);
        error != caf::none)
      return error;
    if (auto error = check_broadcast(action, where.patterns, place);
        error != caf::none)
      return error;
    if (auto error =
            check_object(handler, action, *route.guard_of(name), place);
        error != caf::none)
      return error;
  }
  return caf::none;
}

caf::error route_tree::add(const compilation& run, const handler_spec& handler,
                           const position& where,
                           const std::vector<handler_definition::child>& more) {
  const auto& place = where.place;
  if (!handler)
    return flaw_at(place, "has no handler");
  if (!handler->error.empty())
    return flaw_at(place,
                   "handler \"" + handler->name + "\" " + handler->error);
  if (auto error = check_entries(*handler, place); error != caf::none)
    return error;
  if (auto error = check_mount(*handler, where.patterns, place);
      error != caf::none)
    return error;
  auto index = routes_.size();
  auto guarded_with = [&](const permission_list& own) {
    auto list = std::make_shared<permission_list>(where.outer);
    list->append(own);
    return list;
  };
  // For its own actions; the handlers below it are not guarded by that.
  auto own = handler->permissions;
  if (own.empty() && run.otherwise == default_permission::deny)
    own.append(deny_all());
  compiled_route route;
  route.index = index;
  route.patterns = where.route;
  route.handler = handler;
  route.guard = guarded_with(own);
  if (auto error = check_leaves(*route.guard, place, run.spec.codenames);
      error != caf::none)
    return error;
  if (index > 0)
    if (auto error = check_below_root(handler->permissions, place);
        error != caf::none)
      return error;
  if (auto error = add_actions(run, where, route); error != caf::none)
    return error;
  routes_.push_back(std::move(route));
  auto children = handler->children;
  children.insert(children.end(), more.begin(), more.end());
  if (auto error = check_routes(children, index == 0, place);
      error != caf::none)
    return error;
  for (const auto& child : children) {
    position below{where.route + child.pattern,
                   *guarded_with(handler->permissions),
                   place + ", route \"" + child.pattern + '"', where.patterns};
    auto pattern = path_pattern::compile(child.pattern);
    if (!pattern)
      return flaw_at(below.place, text_of(pattern.error()));
    if (index == 0 && pattern->prefix().starts_with('$'))
      return flaw_at(below.place, own_routes);
    below.patterns.push_back(*pattern);
    routes_[index].children.push_back({std::move(*pattern), routes_.size()});
    if (auto error = add(run, child.handler, below, {}); error != caf::none)
      return error;
  }
  return caf::none;
}

const compiled_route* route_tree::match(std::string_view route,
                                        fields& captures) const {
  auto rest = route.substr(0, route.find('?'));
  const auto* reached = &root();
  while (!rest.empty()) {
    const compiled_route* next = nullptr;
    for (const auto& child : reached->children)
      if (auto matched = child.pattern.match_prefix(rest, captures)) {
        rest.remove_prefix(*matched);
        next = &routes_[child.index];
        break;
      }
    if (next == nullptr)
      return unmatched_ == unmatched_route::parent ? reached : nullptr;
    reached = next;
  }
  return reached;
}

caf::expected<endpoint_table_ptr>
compile_endpoints(const std::vector<endpoint_spec>& specs,
                  default_permission otherwise) {
  auto table = std::make_shared<endpoint_table>();
  std::set<std::string_view> paths;
  for (const auto& spec : specs) {
    auto place = "endpoint \"" + spec.path + '"';
    if (!paths.insert(spec.path).second)
      return flaw_at(place, "is there twice, and the second one would never be "
                            "reached");
    auto path = path_pattern::compile(spec.path);
    if (!path)
      return flaw_at(place, text_of(path.error()));
    for (const auto& origin : spec.origin.allowed)
      if (auto reason = check_origin_entry(origin); !reason.empty())
        return flaw_at(place, reason);
    auto routes = route_tree::compile(spec, otherwise);
    if (!routes)
      return routes.error();
    std::vector<compiled_group_rule> groups;
    for (const auto& rule : spec.groups) {
      auto pattern = path_pattern::compile(rule.pattern);
      if (!pattern)
        return flaw_at(place + ", groups", text_of(pattern.error()));
      groups.push_back({std::move(*pattern), rule});
    }
    table->push_back({table->size(), std::move(*path), spec, std::move(*routes),
                      std::move(groups)});
    if (auto error = check_endpoint(table->back(), place); error != caf::none)
      return error;
  }
  if (table->empty())
    return make_error(errc::invalid_endpoint, "a server needs an endpoint");
  if (auto error = check_group_rules(*table); error != caf::none)
    return error;
  return endpoint_table_ptr{std::move(table)};
}

caf::error prepare_handlers(const endpoint_table& endpoints) {
  std::set<handler_spec> prepared;
  for (const auto& endpoint : endpoints)
    for (const auto& route : endpoint.routes->all()) {
      const auto& handler = route.handler;
      if (!handler->prepare || !prepared.insert(handler).second)
        continue;
      if (auto text = handler->prepare(); !text.empty())
        return make_error(errc::invalid_endpoint,
                          "handler \"" + handler->name + "\" " + text);
    }
  return caf::none;
}

} // namespace stagedoor
