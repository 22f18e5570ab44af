#include "stagedoor/permissions/credentials/attribute_claims.hpp"

#include "stagedoor/permissions/credentials/credential_limits.hpp"
#include "stagedoor/protocol/attributes.hpp"

#include <algorithm>
#include <string_view>

namespace stagedoor {

namespace {

bool is_blank(char c) {
  return static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
}

/// Whether one of two claims would be the other, or inside it.
bool overlap(std::string_view a, std::string_view b) {
  if (a.size() > b.size())
    std::swap(a, b);
  return b.starts_with(a) && (a.size() == b.size() || b[a.size()] == '.');
}

bool is_attribute(const json::value& value) {
  if (const auto* text = value.if_string())
    return !text->empty()
           && text->size() <= credential_limits::attribute_bytes_max;
  return value.is_int64() || value.is_uint64() || value.is_bool();
}

/// The object of `all` that is to hold the last key of `name`, which becomes
/// that key.
json::object& place_for(json::object& all, std::string_view& name) {
  auto* level = &all;
  for (auto dot = name.find('.'); dot != std::string_view::npos;
       dot = name.find('.')) {
    auto& next = (*level)[name.substr(0, dot)];
    level = next.is_object() ? &next.get_object() : &next.emplace_object();
    name.remove_prefix(dot + 1);
  }
  return *level;
}

} // namespace

complaint fault_of_claim_names(const std::vector<std::string>& names) {
  if (names.size() > credential_limits::attribute_claims_max)
    return "at most " + std::to_string(credential_limits::attribute_claims_max)
           + " claims";
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (name->empty() || name->front() == '.' || name->back() == '.'
        || name->find("..") != std::string::npos)
      return about(*name, "has an empty part");
    if (name->size() > credential_limits::attribute_name_bytes_max)
      return about(*name, "has more than ")
             + std::to_string(credential_limits::attribute_name_bytes_max)
             + " bytes";
    if (std::any_of(name->begin(), name->end(), is_blank))
      return about(*name, "has a blank");
    if (std::any_of(names.begin(), name,
                    [&](const auto& other) { return overlap(other, *name); }))
      return about(*name, "is named twice, or is inside another claim");
  }
  return {};
}

bool read_attributes(const json::object& claims,
                     const std::vector<std::string>& names, json::object& out) {
  for (std::string_view name : names) {
    const auto* value = find_attribute(claims, name);
    if (value == nullptr)
      continue;
    if (!is_attribute(*value))
      return false;
    auto& place = claims.contains(name) ? out : place_for(out, name);
    place[name] = *value;
  }
  return true;
}

} // namespace stagedoor
