#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// The reason for a decision: a permission, a question to it, its answer, and
/// the same for its parts. It is for operators and not for clients, and holds
/// no secrets.
struct explanation {
  enum class outcome : std::uint8_t {
    allow,
    deny,
    error,
    /// The permission does not answer that question.
    not_overridden,
    /// An earlier permission had decided already.
    not_asked,
    /// The answer has not come yet.
    awaited,
  };

  /// The permission's name, or the way in which it combines its parts.
  std::string permission;
  question asked = question::has_permission;
  outcome answer = outcome::not_asked;
  /// 0 for an allow.
  std::uint16_t status = 0;
  /// The permission's reason for its answer, or else its description.
  std::string why;
  std::vector<explanation> parts;
};

std::string_view to_string(question asked);
std::string_view to_string(explanation::outcome answer);

/// Returns an explanation as an object with the keys `permission`, `question`
/// and `answer`, and with `status`, `why` and `parts` unless they are empty.
json::object to_json_object(const explanation& tree);

/// Returns an explanation as lines for people, indented by `indent` levels.
std::string to_text(const explanation& tree, std::size_t indent = 0);

} // namespace stagedoor
