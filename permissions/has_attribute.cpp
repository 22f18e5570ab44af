#include "stagedoor/permissions/has_attribute.hpp"

#include "stagedoor/protocol/attributes.hpp"

#include <string_view>

namespace stagedoor {

namespace {

struct has_attribute_rule {
  std::string attribute;
  detail::attribute_operand wanted;

  [[nodiscard]] std::string name() const {
    return "HasAttribute(\"" + attribute + "\", " + operand() + ')';
  }
  [[nodiscard]] std::string description() const {
    return "users whose " + attribute + " is " + operand();
  }

  [[nodiscard]] decision has_permission(const scope& scope, std::string_view,
                                        const request& request) const {
    if (attribute.empty())
      return decision_error("has_attribute: the name is empty");
    json::value value;
    if (const auto* capture = std::get_if<from_capture>(&wanted)) {
      const auto* found = request.capture(capture->name);
      if (found == nullptr)
        found = find_field(scope.path_captures, capture->name);
      if (found == nullptr)
        return decision_error("has_attribute: neither the route nor the path "
                              "has a capture "
                              + capture->name);
      value = *found;
    } else {
      value = std::get<json::value>(wanted);
    }
    return compare(scope.user, value);
  }

private:
  [[nodiscard]] std::string operand() const {
    if (const auto* capture = std::get_if<from_capture>(&wanted))
      return '{' + capture->name + '}';
    return to_json(std::get<json::value>(wanted));
  }

  [[nodiscard]] decision compare(const user& who,
                                 const json::value& value) const {
    if (!who.is_authenticated())
      return deny().because("nobody is logged in");
    const auto called =
        who.username.empty() ? "user " + to_json(who.id) : who.username;
    if (!who.is_active)
      return deny().because(called + " is not active");
    const auto* own = find_attribute(who.attributes, attribute);
    if (own == nullptr)
      return deny().because(called + " has no " + attribute);
    if (!is_same_id(*own, value))
      return deny().because(called + " has another " + attribute);
    return allow();
  }
};

} // namespace

permission detail::make_has_attribute(std::string name,
                                      attribute_operand wanted) {
  return has_attribute_rule{std::move(name), std::move(wanted)};
}

} // namespace stagedoor
