#pragma once

// Questions to actors and the types of their answers, as far as CAF's versions
// differ in them.

#include "stagedoor/protocol/caf_api/version.hpp"

#include "caf/actor_addr.hpp"
#include "caf/actor_cast.hpp"
#include "caf/message.hpp"
#include "caf/message_id.hpp"
#include "caf/response_type.hpp"
#include "caf/type_id.hpp"
#include "caf/typed_actor.hpp"

#include <tuple>
#include <type_traits>

namespace stagedoor::caf_api {

namespace detail {

template <class T>
struct sent_as {
#if STAGEDOOR_CAF_1
  using type = caf::detail::strip_and_convert_t<T>;
#else
  using type = typename caf::detail::implicit_conversions<T>::type;
#endif
};

/// The types of an answer as a tuple; void if they are not known.
template <class Types>
struct answer_types;
template <>
struct answer_types<caf::message> {
  using type = void;
};
template <template <class...> class List>
struct answer_types<List<void>> {
  using type = std::tuple<>;
};
template <template <class...> class List, class... Ts>
struct answer_types<List<Ts...>> {
  using type = std::tuple<Ts...>;
};

} // namespace detail

/// The type as which CAF sends a value: a literal is a `std::string`.
template <class T>
using sent_as = typename detail::sent_as<std::decay_t<T>>::type;

/// Whether a value of this type may be part of a message.
template <class T>
#if STAGEDOOR_CAF_1
inline constexpr bool is_sendable = caf::has_type_id_v<T>;
#else
inline constexpr bool is_sendable = caf::has_type_id<T>::value;
#endif

/// Whether an actor takes a message of these parts; true for `caf::actor`.
template <class Handle, class... Parts>
inline constexpr bool takes =
    caf::response_type<typename Handle::signatures, Parts...>::valid;

/// The types of the answer to such a message as a tuple; void for `caf::actor`.
template <class Handle, class... Parts>
using answer_types = typename detail::answer_types<
    caf::response_type_t<typename Handle::signatures, Parts...>>::type;

/// What identifies the answer to a request.
template <class ResponseHandle>
caf::message_id id_of(ResponseHandle& request) {
#if STAGEDOOR_CAF_1
  return request.policy().id();
#else
  return request.id();
#endif
}

} // namespace stagedoor::caf_api
