#pragma once

#include "stagedoor/actors/description/route_tree.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// Who may do one thing: one row of the access matrix.
struct access_row {
  /// Stands for all actions that have no row of their own, where actors of the
  /// application get actions that nobody declares.
  static constexpr std::string_view other_actions = "*";

  /// The endpoint's path pattern.
  std::string endpoint;
  /// The patterns of the handler and of those around it; empty at the root.
  std::string route;
  /// The action, or `other_actions`; `connect` for the opening of a connection.
  std::string action;
  /// In the order in which they are asked: all must allow.
  std::vector<std::string> permissions;
  /// The codenames that they look for.
  std::vector<std::string> codenames;
  /// False if none of them is asked: nothing stands before the action.
  bool is_guarded = false;
};

/// Every endpoint, route and action of a server, in the order in which they are
/// declared, actions by name.
std::vector<access_row> collect_permissions(const endpoint_table& endpoints);

enum class matrix_format { table, json, markdown };

std::string render(const std::vector<access_row>& matrix, matrix_format format);

/// What has changed between two renderings in the same format: the lines that
/// are gone with a `-`, those that are new with a `+`; empty if nothing has.
/// Runs of blanks count as one: a longer name pads the lines of a table anew.
std::string difference(std::string_view before, std::string_view after);

} // namespace stagedoor
