#pragma once

#include "stagedoor/permissions/custom_permission.hpp"

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

/// A message or an opening request in the form of an HTTP request, for
/// predicates that were written for HTTP views.
struct http_style_request {
  /// See `http_method_of`.
  std::string method;
  const stagedoor::scope& scope;
  const stagedoor::user& user;
};

/// Returns the method that an action would have over HTTP: GET for list and
/// retrieve, POST for create, PUT for update, PATCH for partial_update, DELETE
/// for destroy, HEAD for connect, and its own name in capitals for any other.
std::string http_method_of(std::string_view action);

namespace detail {

template <class Predicate>
concept http_predicate = requires(const Predicate& p,
                                  const http_style_request& r,
                                  std::string_view action) {
  to_decision(p(r, action));
};

/// A predicate over (request, action) as a permission for messages.
template <class Predicate>
class http_rule {
public:
  explicit http_rule(Predicate predicate) : predicate_(std::move(predicate)) {}

  [[nodiscard]] decision has_permission(const scope& scope,
                                        std::string_view action,
                                        const request&) const {
    return ask(scope, action);
  }

protected:
  [[nodiscard]] decision ask(const scope& scope,
                             std::string_view action) const {
    return to_decision(
        predicate_({http_method_of(action), scope, scope.user}, action));
  }

private:
  Predicate predicate_;
};

/// The same for connections too.
template <class Predicate>
class http_rule_strictly : public http_rule<Predicate> {
public:
  using http_rule<Predicate>::http_rule;

  [[nodiscard]] decision can_connect(const scope& scope) const {
    return this->ask(scope, "connect");
  }
};

} // namespace detail

/// Makes a permission for messages of a predicate that knows HTTP only:
/// `http_permission("ReadOnly", [](const http_style_request& request,
/// std::string_view action) { return request.method == "GET"; })`.
/// @param predicate a const callable that returns `bool` or `decision`.
/// @param options those of `custom_permission`.
template <detail::http_predicate Predicate, class... Options>
permission http_permission(std::string name, Predicate predicate,
                           Options... options) {
  return custom_permission(std::move(name),
                           detail::http_rule<Predicate>{std::move(predicate)},
                           options...);
}

/// The same for connections too: the predicate is also asked before a
/// connection is accepted, with the action `connect` and the method HEAD.
template <detail::http_predicate Predicate, class... Options>
permission http_permission_strictly(std::string name, Predicate predicate,
                                    Options... options) {
  return custom_permission(
      std::move(name),
      detail::http_rule_strictly<Predicate>{std::move(predicate)}, options...);
}

} // namespace stagedoor
