#pragma once

#include <chrono>
#include <cstddef>

namespace stagedoor {

/// The limits of a node of a cluster. No option changes them.
struct cluster_limits {
  // -- names and files --------------------------------------------------------

  /// Bytes of the name of a node.
  static constexpr std::size_t node_name_bytes_max = 64;
  /// Bytes of the file with the passphrase of the private key.
  static constexpr std::size_t passphrase_bytes_max = 1024;

  // -- other nodes ------------------------------------------------------------

  /// Addresses of other nodes that a node knows at once. It learns no more.
  static constexpr std::size_t addresses_max = 256;
  /// The bound of the random time until an address is tried again, after the
  /// first failure. Each further failure doubles the bound.
  static constexpr std::chrono::milliseconds backoff_min{100};
  /// What the bound of that time doubles up to. A node that refuses is tried
  /// again after this time.
  static constexpr std::chrono::milliseconds backoff_max{2000};
  /// Time that a node waits before it connects to one with a smaller address:
  /// if both connected at once, CAF would close both connections.
  static constexpr std::chrono::milliseconds head_start{200};
  /// Time for another process to accept a connection. CAF has no such bound,
  /// and the kernel's is minutes.
  static constexpr std::chrono::milliseconds accept_timeout{2000};
  /// Time for the answer to a hello.
  static constexpr std::chrono::milliseconds hello_timeout{2000};
  /// Time after which a node forgets an address that does not answer and is no
  /// seed, with the node that was there.
  static constexpr std::chrono::minutes forget_after{10};

  // -- TLS between nodes ------------------------------------------------------

  /// Incoming connections that may be in their TLS handshake. One more is
  /// closed at once.
  static constexpr std::size_t tls_handshakes_max = 64;
  /// Time for such a handshake once another connection comes. Until then it
  /// holds nothing but its socket.
  static constexpr std::chrono::seconds tls_handshake_timeout{5};
  /// Time between two warnings that connections were closed because too many
  /// handshakes were open, so that strangers do not fill the log.
  static constexpr std::chrono::minutes tls_warning_interval{1};

  // -- this node --------------------------------------------------------------

  /// Time for the node to open its port.
  static constexpr std::chrono::seconds join_timeout{10};
  /// Time for the node to tell the others that it leaves.
  static constexpr std::chrono::seconds leave_timeout{5};
};

} // namespace stagedoor
