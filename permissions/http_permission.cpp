#include "stagedoor/permissions/http_permission.hpp"

#include <algorithm>

namespace stagedoor {

std::string http_method_of(std::string_view action) {
  if (action == "list" || action == "retrieve")
    return "GET";
  if (action == "create")
    return "POST";
  if (action == "update")
    return "PUT";
  if (action == "partial_update")
    return "PATCH";
  if (action == "destroy")
    return "DELETE";
  if (action == "connect")
    return "HEAD";
  std::string result(action);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return result;
}

} // namespace stagedoor
