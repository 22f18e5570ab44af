#include "stagedoor/permissions/permission.hpp"

#include "stagedoor/permissions/evaluation.hpp"

namespace stagedoor {

permission_base::~permission_base() = default;

bool permission_base::allows_all_of(const scope&) const {
  return !overrides(question::has_permission);
}

decision permission_base::can_connect(const scope&) const {
  return allow();
}

decision permission_base::has_permission(const scope&, std::string_view,
                                         const request&) const {
  return allow();
}

decision permission_base::has_object_permission(const scope&, std::string_view,
                                                const request&,
                                                const json::value&) const {
  return allow();
}

const decision* permission_base::answer(question asked, evaluation& in) const {
  return in.ask_leaf(*this, asked);
}

void permission_base::explain_parts(question, evaluation&,
                                    std::vector<explanation>&) const {}

void permission_base::collect_leaves(
    std::vector<const permission_base*>& out) const {
  out.push_back(this);
}

} // namespace stagedoor
