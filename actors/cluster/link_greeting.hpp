#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace stagedoor {

/// What arrives over a connection between two nodes, as far as CAF's protocol
/// is concerned: headers of one size, each of which announces how many bytes of
/// payload follow it. The first message of either side has to be its handshake,
/// and its length has bounds. CAF itself is less careful with strangers.
/// Thread rule: one owner.
class link_greeting {
public:
  enum class verdict : std::uint8_t {
    fine,
    /// This does not belong here. It may come from anybody.
    refused,
    /// The handshake of a CAF that this one does not understand.
    other_version,
  };

  /// The side of the connection that accepted it sends another handshake than
  /// the side that connected.
  enum class side : std::uint8_t { accepts, connects };

  /// The version of CAF's protocol that this node speaks.
  static std::uint64_t own_version();

  /// Writes this node's version into a handshake, where CAF reserves the place
  /// for it in the other one. CAF does not look at it.
  /// @param written all that is written to a connection; nothing is changed if
  ///        it does not begin with the handshake of the side that connects.
  static void say_version(std::span<std::byte> written);

  /// Spoils a header, so that CAF refuses it.
  static void spoil(std::span<std::byte> header);

  /// @param self which side this node is.
  explicit link_greeting(side self) : self_(self) {}

  [[nodiscard]] side self() const { return self_; }

  /// Looks at the next header, or at the payload that it has announced.
  verdict take(std::span<const std::byte> message);

  /// Whether the handshake of the other side has arrived as a whole.
  [[nodiscard]] bool is_over() const { return is_over_; }

  /// The version of CAF's protocol that the other side speaks; 0: it has not
  /// said it.
  [[nodiscard]] std::uint64_t version() const { return version_; }

private:
  verdict take_header(std::span<const std::byte> header);
  verdict take_greeting(std::uint8_t operation, std::size_t announced,
                        std::uint64_t version);

  side self_;
  bool is_over_ = false;
  /// Of the payload that comes next; 0: a header does.
  std::size_t announced_ = 0;
  std::uint64_t version_ = 0;
};

} // namespace stagedoor
