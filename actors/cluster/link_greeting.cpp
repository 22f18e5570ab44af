#include "stagedoor/actors/cluster/link_greeting.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include "caf/io/basp/header.hpp"
#include "caf/io/basp/version.hpp"

#include <algorithm>

namespace stagedoor {

namespace {

namespace basp = caf::io::basp;

// Where a header has what; numbers are big-endian.
constexpr std::size_t operation_at = 0;
constexpr std::size_t length_at = 4;
constexpr std::size_t length_bytes = 4;
constexpr std::size_t version_at = 8;
constexpr std::size_t version_bytes = 8;

constexpr auto server_handshake =
    static_cast<std::uint8_t>(basp::message_type::server_handshake);
constexpr auto client_handshake =
    static_cast<std::uint8_t>(basp::message_type::client_handshake);

/// No message has this number.
constexpr std::byte no_operation{0xFF};

std::uint64_t number_of(std::span<const std::byte> bytes) {
  std::uint64_t result = 0;
  for (const auto byte : bytes)
    result = result << 8U | std::to_integer<std::uint64_t>(byte);
  return result;
}

} // namespace

std::uint64_t link_greeting::own_version() {
  return basp::version;
}

void link_greeting::say_version(std::span<std::byte> written) {
  if (written.size() < basp::header_size
      || written[operation_at] != std::byte{client_handshake})
    return;
  auto rest = own_version();
  auto place = written.subspan(version_at, version_bytes);
  std::for_each(place.rbegin(), place.rend(), [&](std::byte& byte) {
    byte = static_cast<std::byte>(rest & 0xFFU);
    rest >>= 8U;
  });
}

void link_greeting::spoil(std::span<std::byte> header) {
  header[operation_at] = no_operation;
}

link_greeting::verdict link_greeting::take(std::span<const std::byte> message) {
  if (announced_ == 0)
    return take_header(message);
  announced_ = 0;
  is_over_ = true; // Only a handshake was let through before.
  return verdict::fine;
}

link_greeting::verdict
link_greeting::take_header(std::span<const std::byte> header) {
  if (header.size() != basp::header_size)
    return verdict::refused;
  const auto operation = std::to_integer<std::uint8_t>(header[operation_at]);
  const auto announced = static_cast<std::size_t>(
      number_of(header.subspan(length_at, length_bytes)));
  const auto is_handshake =
      operation == server_handshake || operation == client_handshake;
  if (is_handshake && announced < cluster_limits::greeting_bytes_min)
    return verdict::refused;
  if (!is_over_)
    if (const auto result =
            take_greeting(operation, announced,
                          number_of(header.subspan(version_at, version_bytes)));
        result != verdict::fine)
      return result;
  announced_ = announced;
  return verdict::fine;
}

link_greeting::verdict link_greeting::take_greeting(std::uint8_t operation,
                                                    std::size_t announced,
                                                    std::uint64_t version) {
  const auto expected =
      self_ == side::accepts ? client_handshake : server_handshake;
  if (operation != expected || announced > cluster_limits::greeting_bytes_max)
    return verdict::refused;
  version_ = version;
  // CAF's own handshake of the side that connects does not say it.
  const auto is_unknown = self_ == side::accepts && version == 0;
  return is_unknown || version == own_version() ? verdict::fine
                                                : verdict::other_version;
}

} // namespace stagedoor
