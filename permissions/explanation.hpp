#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace stagedoor {

/// Why a decision came out as it did: a permission, a question to it, its
/// answer, and the same for its parts. Nothing in it is secret; it is for
/// operators, not for clients.
struct explanation {
  enum class outcome : std::uint8_t {
    allow,
    deny,
    error,
    /// The permission does not answer that question.
    not_overridden,
    /// What came before had decided.
    not_asked,
    /// The answer has not come.
    awaited,
  };

  /// The permission's name, or how it puts its parts together.
  std::string permission;
  question asked = question::has_permission;
  outcome answer = outcome::not_asked;
  /// 0 for an allow.
  std::uint16_t status = 0;
  /// What the permission says of its answer, else whom it lets through.
  std::string why;
  std::vector<explanation> parts;
};

std::string_view to_string(question asked);
std::string_view to_string(explanation::outcome answer);

/// An explanation as an object with the keys `permission`, `question`,
/// `answer`, `status`, `why` and `parts`, the last three where they say
/// something.
json::object to_json_object(const explanation& tree);

/// An explanation as lines for people, indented by `indent` levels.
std::string to_text(const explanation& tree, std::size_t indent = 0);

} // namespace stagedoor
