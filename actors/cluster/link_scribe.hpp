#pragma once

#include "stagedoor/actors/caf_api/hosts.hpp"
#include "stagedoor/actors/cluster/link_greeting.hpp"
#include "stagedoor/actors/cluster/open_handshakes.hpp"

#include "caf/io/network/default_multiplexer.hpp"
#include "caf/io/network/native_socket.hpp"
#include "caf/io/network/stream.hpp"
#include "caf/io/receive_policy.hpp"
#include "caf/io/scribe.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace stagedoor {

/// Where a connection of this node's leaves the version of CAF's protocol that
/// the other node speaks, if it is another one than ours.
using other_version = std::shared_ptr<std::atomic<std::uint64_t>>;

/// What belongs to one side of a connection.
struct link_side {
  /// Has the connection until its handshake is over; null if this node has
  /// connected.
  open_handshakes_ptr accepted;
  /// Null if this node has accepted the connection, or nobody asks.
  other_version told;
};

/// A connection between two nodes, for CAF's broker. It looks at what arrives
/// as `link_greeting` says, and takes no memory for what is only announced.
/// Thread rule: that of CAF's multiplexer.
class link_scribe : public caf::io::scribe {
public:
  /// CAF's buffer of bytes, whose type differs between its versions.
  using buffer = std::remove_reference_t<
      decltype(std::declval<caf::io::scribe>().wr_buf())>;
  using native_socket = caf::io::network::native_socket;

  ~link_scribe() override;

  link_scribe(const link_scribe&) = delete;
  link_scribe& operator=(const link_scribe&) = delete;

  /// Ends the connection as if the other side had, so that CAF's broker forgets
  /// all about it.
  void drop();

  // -- for CAF's broker -------------------------------------------------------

  void configure_read(caf::io::receive_policy::config amount) override;
  void ack_writes(bool enable) override;
  buffer& wr_buf() override;
  buffer& rd_buf() override;
  void flush() override;
  void graceful_shutdown() override;
  [[nodiscard]] std::string addr() const override;
  [[nodiscard]] std::uint16_t port() const override;
  void add_to_loop() override;
  void remove_from_loop() override;

  // -- for CAF's stream -------------------------------------------------------

  bool consume(caf_api::host* at, const void* bytes,
               std::size_t count) override;

protected:
  link_scribe(native_socket socket, link_side side);

  /// What reads and writes.
  virtual caf::io::network::stream& stream() = 0;
  /// Whether the stream takes what is written.
  [[nodiscard]] virtual bool is_open() const = 0;
  /// Starts to read.
  virtual void start() = 0;

private:
  /// Has the stream read the next piece of a message.
  void read_piece(std::size_t missing);
  void examine(std::span<const std::byte> message);
  void leave_list();

  const native_socket socket_;
  link_side side_;
  link_greeting greeting_;
  bool is_started_ = false;
  bool has_said_version_ = false;
  /// Of the next message, which is a header or a payload.
  std::size_t wanted_ = 0;
  /// The pieces of a message that does not come in one.
  buffer pieces_;
};

/// Makes a connection over plain TCP, which owns the socket.
caf::io::scribe_ptr
make_plain_scribe(caf::io::network::default_multiplexer& loop,
                  caf::io::network::native_socket socket, link_side side);

} // namespace stagedoor
