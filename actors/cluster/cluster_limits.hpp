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
  /// The same for an address where no node has ever answered: nobody waits for
  /// one to come back, and each try takes the time of a processor.
  static constexpr std::chrono::milliseconds backoff_unknown_max{10000};
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

  // -- batches between nodes --------------------------------------------------

  /// Questions for actors of one node that a unit sends with one message.
  static constexpr std::size_t queries_per_batch_max = 256;
  /// Messages for the handlers of one unit of another node that a unit sends
  /// with one message.
  static constexpr std::size_t requests_per_batch_max = 256;
  /// Bytes of packed questions, messages or answers, without scopes, with which
  /// a batch is sent before the end of the turn. One may be of any size.
  static constexpr std::size_t batch_bytes_max = 256 * 1024;
  /// Connections that a unit and the actor that answers it on another node keep
  /// with their scopes, so that a connection need not bring its scope again.
  static constexpr std::size_t batch_origins_max = 1024;
  /// Time between two looks for answers that nobody waits for any more, and the
  /// time for which an answer is waited for beyond the deadline of what was
  /// asked.
  static constexpr std::chrono::seconds batch_look_interval{1};

  // -- states by key ----------------------------------------------------------

  /// Time between two signs of life that the keeper of a node's keys gives to
  /// the keepers of other nodes.
  static constexpr std::chrono::milliseconds key_beat{500};
  /// Time for which a node may keep its states after a majority of the nodes
  /// has heard of it.
  static constexpr std::chrono::milliseconds key_lease{2000};
  /// Time for which a node that has heard of another one lets nobody have the
  /// keys of that one. It is longer than the lease, because clocks run at
  /// different rates.
  static constexpr std::chrono::milliseconds key_promise{3000};
  /// Time for the answers of other nodes about a key that is to begin.
  static constexpr std::chrono::milliseconds key_claim_timeout{2000};

  // -- keys of messages that run once -----------------------------------------

  /// Keys that a node tells another one with one message.
  static constexpr std::size_t once_records_per_note_max = 256;

  // -- connections between nodes ----------------------------------------------

  /// Incoming connections that may be in their handshake, over TLS or plain.
  /// One more is closed at once.
  static constexpr std::size_t handshakes_max = 64;
  /// Time for such a handshake once another connection comes. Until then it
  /// holds nothing but its socket.
  static constexpr std::chrono::seconds handshake_timeout{5};
  /// Time between two warnings of one kind about connections that were closed,
  /// so that strangers do not fill the log.
  static constexpr std::chrono::minutes handshake_warning_interval{1};
  /// Bytes that the handshake of CAF's protocol may have besides its header. A
  /// node sends about a hundred.
  static constexpr std::size_t greeting_bytes_max = 16 * 1024;
  /// Bytes that such a handshake has at least besides its header.
  static constexpr std::size_t greeting_bytes_min = 8;
  /// Bytes of a message for which a node takes memory when another node
  /// announces the message. It takes the rest as the message arrives.
  static constexpr std::size_t announced_bytes_max = 1024 * 1024;
  /// Time until the port is looked at again if it can neither accept a
  /// connection nor close it.
  static constexpr std::chrono::milliseconds accept_pause{10};

  // -- this node --------------------------------------------------------------

  /// Time for the node to open its port.
  static constexpr std::chrono::seconds join_timeout{10};
  /// Time for the node to tell the others that it leaves.
  static constexpr std::chrono::seconds leave_timeout{5};
  /// Time after which the log says that a node whose server has stopped has not
  /// left, so that the actor system cannot end.
  static constexpr std::chrono::seconds idle_notice{5};
};

} // namespace stagedoor
