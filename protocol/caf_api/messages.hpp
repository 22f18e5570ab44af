#pragma once

// How CAF reads and writes the objects in messages, and the IDs of their types.

#include "stagedoor/protocol/caf_api/version.hpp"

#include "caf/allowed_unsafe_message_type.hpp"
#include "caf/type_id.hpp"

#if STAGEDOOR_CAF_1
#include "caf/error.hpp"
#include "caf/init_global_meta_objects.hpp"
#else
#include "caf/meta/load_callback.hpp"
#include "caf/meta/type_name.hpp"
#endif

#include <cstdint>
#include <type_traits>

// -- IDs of types -----------------------------------------------------------

namespace stagedoor {

enum class errc : std::uint8_t;

} // namespace stagedoor

#if STAGEDOOR_CAF_1
// Before the block of the messages, see actors/messages.hpp.
CAF_BEGIN_TYPE_ID_BLOCK(stagedoor_errors, 49990)
CAF_ADD_TYPE_ID(stagedoor_errors, (stagedoor::errc))
CAF_END_TYPE_ID_BLOCK(stagedoor_errors)
CAF_ERROR_CODE_ENUM(stagedoor::errc)
#endif

// CAF 1.x wants an ID also for types that stay inside the process.
#if STAGEDOOR_CAF_1
#define STAGEDOOR_BEGIN_LOCAL_TYPES                                            \
  CAF_BEGIN_TYPE_ID_BLOCK(stagedoor_local, 50500)
#define STAGEDOOR_LOCAL_TYPE(type)                                             \
  CAF_ADD_TYPE_ID(stagedoor_local, (type))                                     \
  CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
#define STAGEDOOR_END_LOCAL_TYPES CAF_END_TYPE_ID_BLOCK(stagedoor_local)
#else
#define STAGEDOOR_BEGIN_LOCAL_TYPES
#define STAGEDOOR_LOCAL_TYPE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
#define STAGEDOOR_END_LOCAL_TYPES                                              \
  namespace caf::id_block {                                                    \
  struct stagedoor_local {};                                                   \
  }
#endif

// -- inspection -------------------------------------------------------------

namespace stagedoor::caf_api {

#if STAGEDOOR_CAF_1

/// CAF can make neither a message nor an error with a text before it knows its
/// own types.
inline const auto core_types_are_known = [] {
  caf::core::init_global_meta_objects();
  return true;
}();

/// The result type of `inspect`.
template <class Inspector>
using inspect_result = bool;

/// True if the inspector reads the fields of the object, false if it writes
/// them.
template <class Inspector>
constexpr bool reads_object = !Inspector::is_loading;

/// Passes the fields of a message to the inspector, in their order on the wire.
template <class Inspector, class T, class... Fields>
bool inspect_fields(Inspector& f, T& x, const char* name, Fields&... fields) {
  return f.object(x).pretty_name(name).fields(f.field("", fields)...);
}

/// The same for fields that represent the contents of `x`.
/// @param load puts the fields into `x` after they have been read, and returns
///        a caf::error.
template <class Inspector, class T, class Load, class... Fields>
bool inspect_loaded(Inspector& f, T& x, const char* name, Load load,
                    Fields&... fields) {
  return f.object(x).pretty_name(name).on_load(load).fields(
      f.field("", fields)...);
}

/// Inspectors that need `inspect_enum` for enumerations.
template <class>
concept asks_about_enums = true;

template <class Inspector, class Enum>
bool inspect_enum(Inspector& f, Enum& x) {
  if constexpr (!Inspector::is_loading && requires { to_string(x); })
    if (f.has_human_readable_format()) {
      auto name = to_string(x);
      return f.apply(name);
    }
  using number = std::underlying_type_t<Enum>;
  auto get = [&x] { return static_cast<number>(x); };
  auto set = [&x](number value) {
    x = static_cast<Enum>(value);
    return true;
  };
  return f.apply(get, set);
}

#else

template <class Inspector>
using inspect_result = typename Inspector::result_type;

template <class Inspector>
constexpr bool reads_object = Inspector::reads_state;

template <class Inspector, class T, class... Fields>
inspect_result<Inspector> inspect_fields(Inspector& f, T&, const char* name,
                                         Fields&... fields) {
  return f(caf::meta::type_name(name), fields...);
}

template <class Inspector, class T, class Load, class... Fields>
inspect_result<Inspector> inspect_loaded(Inspector& f, T&, const char* name,
                                         Load load, Fields&... fields) {
  return f(caf::meta::type_name(name), fields...,
           caf::meta::load_callback(load));
}

template <class>
concept asks_about_enums = false;

template <class Inspector, class Enum>
bool inspect_enum(Inspector& f, Enum& x);

#endif

} // namespace stagedoor::caf_api
