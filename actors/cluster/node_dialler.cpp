#include "stagedoor/actors/cluster/node_dialler.hpp"

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/cluster/cluster_limits.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/sec.hpp"
#include "caf/send.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>

#include <set>
#include <string>
#include <utility>

namespace stagedoor {

node_dialler_state::node_dialler_state(pointer self) : self_(self) {}

node_dialler_state::~node_dialler_state() {
  if (helper_)
    caf::anon_send_exit(helper_, caf::exit_reason::kill);
}

caf::behavior node_dialler_state::start(connector connects) {
  connects_ = std::move(connects);
  return {[this](caf::connect_atom, std::string& host, std::uint16_t port) {
    auto promise = self_->make_response_promise<caf::strong_actor_ptr>();
    if (auto error = look_at({host, port}); error != caf::none) {
      promise.deliver(std::move(error));
      self_->quit();
      return promise;
    }
    helper_ = connects_(told_);
    self_
        ->request(helper_, caf::infinite, caf::connect_atom_v, std::move(host),
                  port)
        .then(
            [this, promise](const caf::node_id&,
                            caf::strong_actor_ptr& published,
                            const std::set<std::string>&) mutable {
              promise.deliver(std::move(published));
              self_->quit();
            },
            [this, promise](caf::error& error) mutable {
              if (const auto version = told_->load(); version != 0)
                error = make_error(errc::unavailable, version_text(version));
              promise.deliver(std::move(error));
              self_->quit();
            });
    return promise;
  }};
}

caf::error node_dialler_state::look_at(const node_address& where) {
  try {
    return is_reachable(where)
               ? caf::error{}
               : caf::make_error(caf::sec::cannot_connect_to_node);
  } catch (const boost::system::system_error& lacking) {
    // Asio lacks file descriptors. CAF would never answer who asked.
    return make_error(errc::unavailable,
                      "was not asked: " + lacking.code().message());
  }
}

bool node_dialler_state::is_reachable(const node_address& where) {
  using boost::asio::ip::tcp;
  boost::asio::io_context context;
  boost::system::error_code failed;
  tcp::resolver resolver{context};
  auto found = resolver.resolve(where.host, std::to_string(where.port), failed);
  if (failed)
    return false;
  tcp::socket socket{context};
  auto accepted = false;
  boost::asio::async_connect(socket, found,
                             [&](const boost::system::error_code& error,
                                 const tcp::endpoint&) { accepted = !error; });
  context.run_for(cluster_limits::accept_timeout);
  return accepted;
}

std::string dial_failure(const caf::error& error) {
  if (error == caf::sec::cannot_connect_to_node)
    return "cannot be reached";
  if (error == caf::sec::connection_timeout
      || error == caf::sec::request_timeout)
    return "does not answer";
  if (error == caf::sec::disconnect_during_handshake)
    return "closed the connection in the handshake: it is no node, or one "
           "with other TLS";
  if (error == caf::sec::unexpected_message
      || error == caf::sec::unexpected_response)
    return "is not a Stagedoor node";
  if (error == make_error(errc::invalid_option))
    return "was not asked: " + text_of(error);
  if (error == make_error(errc::unavailable))
    return text_of(error);
  return "is not a Stagedoor node: " + text_of(error);
}

caf::behavior node_dialler(node_dialler_state::pointer self,
                           connector connects) {
  return caf_api::state_of(self).start(std::move(connects));
}

} // namespace stagedoor
