#pragma once

#include "stagedoor/actors/cluster/cluster_options.hpp"

#include <cstdint>
#include <string>
#include <tuple>

namespace stagedoor {

/// The number of all that nodes say to each other behind the hello. Nodes of
/// different numbers refuse each other.
inline constexpr std::uint16_t cluster_protocol = 5;

/// Who a node is: the first that it says to another one. It travels as values
/// of builtin types in an order that no later protocol changes, so that any two
/// versions can tell each other why they do not fit.
struct node_hello {
  /// A magic word, the protocol, the version of the library, name, incarnation,
  /// address, and the roles as bits: 1 is front, 2 is handlers.
  using wire = std::tuple<std::string, std::uint16_t, std::string, std::string,
                          std::uint64_t, std::string, std::uint8_t>;

  std::uint16_t protocol = cluster_protocol;
  /// Of the library: `major.minor.patch`.
  std::string version;
  std::string name;
  /// Random for each process: one that is started anew has another.
  std::uint64_t incarnation = 0;
  /// Where others reach it, `host:port`.
  std::string address;
  node_roles roles;

  /// Says who this process is.
  static node_hello of_this_process(const cluster_options& options);

  [[nodiscard]] wire to_wire() const;
  /// @returns false if the magic word is not ours.
  bool from_wire(wire values);

  /// Why the two cannot be in one cluster, seen from this node; empty: they
  /// can. Versions have to agree in `major.minor`.
  [[nodiscard]] std::string mismatch(const node_hello& other) const;

  /// `node NAME at ADDRESS`, for the log.
  [[nodiscard]] std::string text() const;
};

/// The names of the roles, for the log.
std::string text_of(const node_roles& roles);

} // namespace stagedoor
