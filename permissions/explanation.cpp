#include "stagedoor/permissions/explanation.hpp"

namespace stagedoor {

std::string_view to_string(question asked) {
  switch (asked) {
  case question::can_connect:
    return "can_connect";
  case question::has_permission:
    return "has_permission";
  case question::has_object_permission:
    return "has_object_permission";
  }
  return "unknown";
}

std::string_view to_string(explanation::outcome answer) {
  using outcome = explanation::outcome;
  switch (answer) {
  case outcome::allow:
    return "allow";
  case outcome::deny:
    return "deny";
  case outcome::error:
    return "error";
  case outcome::not_overridden:
    return "not overridden";
  case outcome::not_asked:
    return "not asked";
  case outcome::awaited:
    return "awaited";
  }
  return "unknown";
}

json::object to_json_object(const explanation& tree) {
  json::object result;
  result["permission"] = tree.permission;
  result["question"] = to_string(tree.asked);
  result["answer"] = to_string(tree.answer);
  if (tree.status != 0)
    result["status"] = tree.status;
  if (!tree.why.empty())
    result["why"] = tree.why;
  if (!tree.parts.empty()) {
    auto& parts = result["parts"].emplace_array();
    for (const auto& part : tree.parts)
      parts.emplace_back(to_json_object(part));
  }
  return result;
}

std::string to_text(const explanation& tree, std::size_t indent) {
  std::string result(2 * indent, ' ');
  result += tree.permission;
  result += "  ";
  result += to_string(tree.asked);
  result += ": ";
  result += to_string(tree.answer);
  if (tree.status != 0)
    result += ' ' + std::to_string(tree.status);
  if (!tree.why.empty())
    result += " (" + tree.why + ')';
  result += '\n';
  for (const auto& part : tree.parts)
    result += to_text(part, indent + 1);
  return result;
}

} // namespace stagedoor
