#pragma once

// Errors: how CAF tells those of this library from others, and their texts.

#include "stagedoor/protocol/caf_api/messages.hpp"

#include "caf/error.hpp"
#include "caf/exit_reason.hpp"
#include "caf/message.hpp"
#include "caf/sec.hpp"

#if !STAGEDOOR_CAF_1
#include "caf/actor_system_config.hpp"
#include "caf/atom.hpp"
#endif

#include <cstdint>
#include <string>
#include <utility>

namespace stagedoor::caf_api {

// Whether there is an error at all is asked as `error != caf::none`, which all
// versions understand: with CAF 2 an error is no condition of an `if`.

#if STAGEDOOR_CAF_1

/// The mark by which CAF knows the errors of `errc`.
constexpr auto category_of_errc = caf::type_id_v<errc>;
constexpr auto category_of_exits = caf::type_id_v<caf::exit_reason>;

/// Makes an error of `errc`.
/// @param context what else there is to say of it.
inline caf::error error_of(errc code, caf::message context = {}) {
  return {code, std::move(context)};
}

/// The text of one of CAF's own errors, for people.
inline std::string render(const caf::error& error) {
  return to_string(error);
}

#else

constexpr auto category_of_errc = caf::atom("stagedoor");
constexpr auto category_of_exits = caf::atom("exit");

inline caf::error error_of(errc code, caf::message context = {}) {
  return {static_cast<std::uint8_t>(code), category_of_errc,
          std::move(context)};
}

inline std::string render(const caf::error& error) {
  return caf::actor_system_config::render(error);
}

#endif

/// Whether nobody will answer a request, because its receiver is gone or has
/// forgotten it. CAF 0.17 does not tell.
inline bool is_broken_promise([[maybe_unused]] const caf::error& error) {
#if STAGEDOOR_CAF_1
  return error == caf::sec::broken_promise;
#else
  return false;
#endif
}

} // namespace stagedoor::caf_api
