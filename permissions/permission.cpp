#include "stagedoor/permissions/permission.hpp"

namespace stagedoor {

permission_base::~permission_base() = default;

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

} // namespace stagedoor
