#pragma once

// The bytes that travel between nodes, as tests look at them.

#include "stagedoor/protocol/caf_api/version.hpp"

#include "caf/actor_system.hpp"
#include "caf/binary_deserializer.hpp"
#include "caf/binary_serializer.hpp"
#include "caf/error.hpp"
#include "caf/sec.hpp"

#if STAGEDOOR_CAF_2
#include "caf/detail/default_actor_handle_codec.hpp"
#endif

#include <cstddef>
#include <vector>

namespace stagedoor::caf_api {

/// Writes `fields` as CAF sends them to another node.
template <class... Fields>
std::vector<char> to_bytes([[maybe_unused]] caf::actor_system& sys,
                           const Fields&... fields) {
#if STAGEDOOR_CAF_1
  caf::byte_buffer bytes;
#if STAGEDOOR_CAF_2
  caf::detail::default_actor_handle_codec codec{sys};
  caf::binary_serializer sink{bytes, &codec};
#else
  caf::binary_serializer sink{sys, bytes};
#endif
  if (!(sink.apply(fields) && ...))
    return {};
  const auto* first = reinterpret_cast<const char*>(bytes.data());
  return {first, first + bytes.size()};
#else
  std::vector<char> bytes;
  caf::binary_serializer sink{sys, bytes};
  if (sink(fields...) != caf::none)
    return {};
  return bytes;
#endif
}

/// Reads `x` from such bytes.
/// @returns an error of CAF if some are left.
template <class T>
caf::error from_bytes(caf::actor_system& sys, const std::vector<char>& bytes,
                      T& x) {
#if STAGEDOOR_CAF_1
#if STAGEDOOR_CAF_2
  caf::detail::default_actor_handle_codec codec{sys};
  caf::binary_deserializer source{bytes.data(), bytes.size(), &codec};
#else
  caf::binary_deserializer source{sys, bytes.data(), bytes.size()};
#endif
  if (!source.apply(x))
    return source.get_error();
#else
  caf::binary_deserializer source{sys, bytes};
  if (auto error = source(x); error != caf::none)
    return error;
#endif
#if STAGEDOOR_CAF_2
  // CAF 2 does not tell how many bytes are left.
  std::byte more{};
  const auto is_read = !source.apply(more);
#else
  const auto is_read = source.remaining() == 0;
#endif
  return is_read ? caf::error{} : caf::error{caf::sec::invalid_argument};
}

} // namespace stagedoor::caf_api
