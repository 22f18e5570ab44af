#pragma once

#include "stagedoor/permissions/permission.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace stagedoor {

/// The base of the permissions that are made of others: `&`, `|` and `!`. It
/// knows the parts, answers the three questions through an evaluation, which
/// may wait for the answer of a part, and puts parentheses into names where C++
/// would. The operators themselves are declared in permission.hpp.
/// Thread rule: any thread, as it is constant.
class combined_permission : public permission_base {
public:
  [[nodiscard]] bool overrides(question asked) const override;

  [[nodiscard]] decision can_connect(const scope& scope) const override;

  [[nodiscard]] decision has_permission(const scope& scope,
                                        std::string_view action,
                                        const request& request) const override;

  [[nodiscard]] decision
  has_object_permission(const scope& scope, std::string_view action,
                        const request& request,
                        const json::value& object) const override;

  void explain_parts(question asked, evaluation& in,
                     std::vector<explanation>& out) const override;

  void collect_leaves(std::vector<const permission_base*>& out) const override;

protected:
  /// How tightly a name binds, as its C++ operators do.
  enum class binding : std::uint8_t { either, both, negation };

  combined_permission(std::vector<permission> parts, binding strength);

  [[nodiscard]] const permission_base& part(std::size_t index) const {
    return *parts_[index];
  }

  /// The name of a part, in parentheses where it binds less tightly.
  [[nodiscard]] std::string part_name(std::size_t index) const;

private:
  std::vector<permission> parts_;
  binding strength_;
};

} // namespace stagedoor
