#include "servers/action_endpoint.hpp"

#include "stagedoor/permissions/custom_permission.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace stagedoor::bench {

namespace {

using namespace std::chrono_literals;

/// The name of a group that has a history.
constexpr std::string_view kept_group = "kept";

handler_builder<stateless> child(const std::string& name) {
  return handler(name).action(
      "your_custom_action", [](arg<"pk", std::string> pk) {
        return ok({{"message", "your_custom_action will be handled"},
                   {"model_id", *pk}});
      });
}

/// Those who join hear what is published, and nobody else does.
handler_spec telling(const std::string& group) {
  return handler("group")
      .action("join",
              [group](const context& client) { return client.join(group); })
      .action(
          "publish",
          [](arg<"text", std::string> text) {
            return ok({{"text", *text}});
          },
          broadcasts(group), no_reply);
}

std::string below(const std::string& prefix) {
  return prefix + R"(/(?P<pk>[-\w]+)/$)";
}

template <class... Options>
permission computing(Options... options) {
  return custom_permission("Computing", computed_permission, options...);
}

} // namespace

bool computed_permission(const request& about) {
  // FNV-1a over the route: a few dozen steps that nobody can leave out.
  constexpr std::uint32_t basis = 2'166'136'261;
  constexpr std::uint32_t prime = 16'777'619;
  auto sum = basis;
  for (char c : about.route())
    sum = (sum ^ static_cast<std::uint8_t>(c)) * prime;
  return sum != 0;
}

endpoint_spec action_endpoint(std::size_t routes, bool has_judge,
                              const std::string& group) {
  endpoint result{"/ws/"};
  for (std::size_t i = 1; i < routes; ++i) {
    auto name = "other" + std::to_string(i);
    result.route(below(name), child(name));
  }
  result.route(below("open"), child("open").permissions(allow_any()))
      .route(below("free"), child("free"))
      .route(below("cached"),
             child("cached").permissions(computing(cached(1h))))
      .route(below("computing"), child("computing").permissions(computing()))
      .route(below("blocking"),
             child("blocking").permissions(computing(blocking)));
  result.route("group/$", telling(group));
  if (group == kept_group)
    result.group(group, guarded_by(allow_any()), history{});
  for (std::size_t length : {1U, 2U, 4U, 8U, 16U}) {
    auto name = "list" + std::to_string(length);
    auto handler = child(name);
    for (std::size_t i = 0; i < length; ++i)
      handler.permissions(computing());
    result.route(below(name), handler);
  }
  if (has_judge)
    result.route(below("remote"), child("remote").permissions(actor_permission(
                                      "Far", service("judge"))));
  return result;
}

} // namespace stagedoor::bench
