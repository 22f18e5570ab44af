#include "stagedoor/actors/cluster/link_scribe.hpp"

#include "stagedoor/actors/cluster/cluster_limits.hpp"

#include "caf/io/network/stream_impl.hpp"
#include "caf/make_counted.hpp"
#include "caf/policy/tcp.hpp"

#include <algorithm>

namespace stagedoor {

namespace {

namespace network = caf::io::network;

class plain_scribe final : public link_scribe {
public:
  plain_scribe(network::default_multiplexer& loop, native_socket socket,
               link_side side)
      : link_scribe(socket, std::move(side)), stream_(loop, socket) {}

protected:
  network::stream& stream() override { return stream_; }
  [[nodiscard]] bool is_open() const override { return true; }
  void start() override { stream_.start(this); }

private:
  network::stream_impl<caf::policy::tcp> stream_;
};

} // namespace

link_scribe::link_scribe(native_socket socket, link_side side)
    : scribe(network::conn_hdl_from_socket(socket)), socket_(socket),
      side_(std::move(side)),
      greeting_(side_.accepted ? link_greeting::side::accepts
                               : link_greeting::side::connects) {
  if (side_.accepted)
    side_.accepted->add(this);
}

link_scribe::~link_scribe() {
  leave_list();
}

void link_scribe::drop() {
  const caf::intrusive_ptr<link_scribe> guard{this};
  leave_list();
  detach(&stream().backend(), true);
}

// -- for CAF's broker ---------------------------------------------------------

void link_scribe::configure_read(caf::io::receive_policy::config amount) {
  wanted_ = amount.second;
  read_piece(wanted_);
  if (!std::exchange(is_started_, true))
    start();
}

void link_scribe::ack_writes(bool enable) {
  stream().ack_writes(enable);
}

link_scribe::buffer& link_scribe::wr_buf() {
  return stream().wr_buf();
}

link_scribe::buffer& link_scribe::rd_buf() {
  return pieces_.empty() ? stream().rd_buf() : pieces_;
}

void link_scribe::flush() {
  if (!is_open())
    return;
  const auto is_first = !std::exchange(has_said_version_, true);
  if (is_first && greeting_.self() == link_greeting::side::connects)
    link_greeting::say_version(std::as_writable_bytes(std::span{wr_buf()}));
  stream().flush(this);
}

void link_scribe::graceful_shutdown() {
  // CAF keeps the scribe until it has seen to all events of this round.
  leave_list();
  stream().graceful_shutdown();
  detach(&stream().backend(), false);
}

std::string link_scribe::addr() const {
  auto found = network::remote_addr_of_fd(socket_);
  return found ? *found : std::string{};
}

std::uint16_t link_scribe::port() const {
  const auto found = network::remote_port_of_fd(socket_);
  return found ? *found : std::uint16_t{0};
}

void link_scribe::add_to_loop() {
  stream().activate(this);
}

void link_scribe::remove_from_loop() {
  stream().passivate();
}

// -- for CAF's stream ---------------------------------------------------------

bool link_scribe::consume(caf_api::host* at, const void* bytes,
                          std::size_t count) {
  if (detached())
    return false;
  if (!pieces_.empty() || count < wanted_) {
    const auto* from = static_cast<const buffer::value_type*>(bytes);
    pieces_.insert(pieces_.end(), from, from + count);
    if (pieces_.size() < wanted_) {
      read_piece(wanted_ - pieces_.size());
      return true;
    }
    count = pieces_.size();
  }
  examine(std::as_bytes(std::span{rd_buf().data(), count}));
  const auto goes_on = scribe::consume(at, bytes, count);
  pieces_ = {};
  return goes_on;
}

void link_scribe::read_piece(std::size_t missing) {
  stream().configure_read(caf::io::receive_policy::exactly(
      std::min(missing, cluster_limits::announced_bytes_max)));
}

void link_scribe::examine(std::span<const std::byte> message) {
  const auto verdict = greeting_.take(message);
  if (verdict == link_greeting::verdict::fine) {
    if (greeting_.is_over())
      leave_list();
    return;
  }
  if (verdict == link_greeting::verdict::other_version) {
    if (side_.accepted)
      side_.accepted->warn_version(addr(), greeting_.version());
    if (side_.told)
      *side_.told = greeting_.version();
  }
  // CAF closes the connection, and forgets about it.
  link_greeting::spoil(std::as_writable_bytes(std::span{rd_buf()}));
}

void link_scribe::leave_list() {
  if (auto list = std::exchange(side_.accepted, nullptr))
    list->remove(this);
}

caf::io::scribe_ptr make_plain_scribe(network::default_multiplexer& loop,
                                      network::native_socket socket,
                                      link_side side) {
  return caf::io::scribe_ptr{
      caf::make_counted<plain_scribe>(loop, socket, std::move(side))};
}

} // namespace stagedoor
