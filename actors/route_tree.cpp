#include "stagedoor/actors/route_tree.hpp"

#include "stagedoor/protocol/errors.hpp"

namespace stagedoor {

namespace {

caf::error invalid(const std::string& place, const std::string& reason) {
  return make_error(errc::invalid_endpoint, place + ": " + reason);
}

/// A can_connect below the root could never be asked.
caf::error check_below_root(const permission_list& list,
                            const std::string& place) {
  for (const auto& entry : list)
    if (entry->overrides(question::can_connect))
      return invalid(place, entry->name()
                                + " overrides can_connect, which is asked of "
                                  "root handlers only");
  return caf::none;
}

} // namespace

const std::shared_ptr<const permission_list>&
route_node::guard_of(std::string_view action) const {
  auto i = action_guards.find(action);
  return i == action_guards.end() ? guard : i->second;
}

caf::expected<route_tree_ptr> route_tree::compile(const endpoint_spec& spec) {
  auto tree = std::make_shared<route_tree>();
  tree->unmatched_ = spec.unmatched;
  if (auto error = tree->add(spec.root, {}, "endpoint \"" + spec.path + '"',
                             spec.routes))
    return error;
  return route_tree_ptr{std::move(tree)};
}

caf::error route_tree::add(const handler_spec& handler,
                           const permission_list& outer,
                           const std::string& place,
                           const std::vector<handler_definition::child>& more) {
  if (!handler)
    return invalid(place, "has no handler");
  if (!handler->error.empty())
    return invalid(place,
                   "handler \"" + handler->name + "\" " + handler->error);
  auto index = nodes_.size();
  auto with_outer = [&](const permission_list& own) {
    auto list = std::make_shared<permission_list>(outer);
    list->append(own);
    return list;
  };
  auto guard = with_outer(handler->permissions);
  if (index > 0)
    if (auto error = check_below_root(handler->permissions, place))
      return error;
  route_node node;
  node.index = index;
  node.handler = handler;
  node.guard = guard;
  for (const auto& [name, action] : handler->actions)
    if (action.permissions) {
      // Also at the root: there the default list is asked, not an action's.
      if (auto error = check_below_root(*action.permissions,
                                        place + ", action \"" + name + '"'))
        return error;
      node.action_guards.emplace(name, with_outer(*action.permissions));
    }
  nodes_.push_back(std::move(node));
  auto children = handler->children;
  children.insert(children.end(), more.begin(), more.end());
  for (const auto& child : children) {
    auto child_place = place + ", route \"" + child.pattern + '"';
    auto pattern = path_pattern::compile(child.pattern);
    if (!pattern)
      return invalid(child_place, text_of(pattern.error()));
    nodes_[index].children.push_back({std::move(*pattern), nodes_.size()});
    if (auto error = add(child.handler, *guard, child_place, {}))
      return error;
  }
  return caf::none;
}

const route_node* route_tree::match(std::string_view route,
                                    fields& captures) const {
  auto rest = route.substr(0, route.find('?'));
  const auto* node = &root();
  while (!rest.empty()) {
    const route_node* next = nullptr;
    for (const auto& child : node->children)
      if (auto matched = child.pattern.match_prefix(rest, captures)) {
        rest.remove_prefix(*matched);
        next = &nodes_[child.index];
        break;
      }
    if (next == nullptr)
      return unmatched_ == unmatched_route::parent ? node : nullptr;
    node = next;
  }
  return node;
}

caf::expected<endpoint_table_ptr>
compile_endpoints(const std::vector<endpoint_spec>& specs) {
  auto table = std::make_shared<endpoint_table>();
  for (const auto& spec : specs) {
    auto place = "endpoint \"" + spec.path + '"';
    auto path = path_pattern::compile(spec.path);
    if (!path)
      return invalid(place, text_of(path.error()));
    for (const auto& origin : spec.origin.allowed)
      if (auto reason = check_origin_entry(origin); !reason.empty())
        return invalid(place, reason);
    auto routes = route_tree::compile(spec);
    if (!routes)
      return routes.error();
    table->push_back(
        {table->size(), std::move(*path), spec, std::move(*routes)});
  }
  if (table->empty())
    return make_error(errc::invalid_endpoint, "a server needs an endpoint");
  return endpoint_table_ptr{std::move(table)};
}

} // namespace stagedoor
