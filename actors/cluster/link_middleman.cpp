#include "stagedoor/actors/cluster/link_middleman.hpp"

#include "stagedoor/actors/cluster/link_doorman.hpp"
#include "stagedoor/actors/cluster/tls_scribe.hpp"

#include "caf/io/middleman.hpp"
#include "caf/io/middleman_actor_impl.hpp"
#include "caf/io/network/default_multiplexer.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace stagedoor {

namespace {

namespace network = caf::io::network;

class link_middleman_actor final : public caf::io::middleman_actor_impl {
public:
  link_middleman_actor(caf::actor_config& cfg, link_middleman_setup setup,
                       other_version told)
      : middleman_actor_impl(cfg, std::move(setup.broker)),
        tls_(std::move(setup.tls)), log_(std::move(setup.log)),
        told_(std::move(told)) {}

  [[nodiscard]] const char* name() const override {
    return "stagedoor.link_middleman";
  }

protected:
  caf::expected<caf::io::scribe_ptr> connect(const std::string& host,
                                             std::uint16_t port) override {
    auto socket = network::new_tcp_connection(host, port);
    if (!socket)
      return std::move(socket.error());
    const link_side side{nullptr, told_};
    if (tls_)
      return make_tls_scribe(loop(), *socket, side, *tls_);
    return make_plain_scribe(loop(), *socket, side);
  }

  caf::expected<caf::io::doorman_ptr>
  open(std::uint16_t port, const char* address, bool reuse) override {
    auto socket = network::new_tcp_acceptor_impl(port, address, reuse);
    if (!socket)
      return std::move(socket.error());
    return make_link_doorman(loop(), *socket, tls_, log_);
  }

private:
  network::default_multiplexer& loop() {
    return static_cast<network::default_multiplexer&>(
        system().middleman().backend());
  }

  const std::optional<cluster_tls> tls_;
  const std::shared_ptr<spdlog::logger> log_;
  const other_version told_;
};

} // namespace

caf::io::middleman_actor link_middleman(caf::actor_system& sys,
                                        link_middleman_setup setup,
                                        other_version told) {
  return sys.spawn<link_middleman_actor, caf::detached + caf::hidden>(
      std::move(setup), std::move(told));
}

} // namespace stagedoor
