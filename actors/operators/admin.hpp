#pragma once

#include "stagedoor/actors/description/route_tree.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/sockets/acceptor.hpp"
#include "stagedoor/actors/units/open_requests.hpp"
#include "stagedoor/actors/units/pinned.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace stagedoor {

/// What the admin endpoint works with.
struct admin_setup {
  runtime_ptr shared;
  endpoint_table_ptr endpoints;
  std::shared_ptr<stagedoor::acceptor> acceptor;
  /// What every request has to carry as its bearer token.
  std::string token;
  /// Passes orders on to the connections.
  listener_actor listener;
};

class admin_state {
public:
  using pointer = pinned_pointer<admin_actor, admin_state>;

  static inline const char* name = "stagedoor.admin";

  explicit admin_state(pointer self);
  ~admin_state();

  admin_actor::behavior_type start(admin_setup setup);

private:
  /// One HTTP request, which is one socket.
  class session : public transport_owner {
  public:
    session(admin_state& admin, std::uint64_t id,
            std::shared_ptr<transport> socket, std::function<void()> on_expiry)
        : client(std::move(socket)), due(std::move(on_expiry)), admin_(admin),
          id_(id) {}

    void happened(transport_event& event) override {
      admin_.self_->enter([&] { admin_.happened(id_, event); });
    }

    std::shared_ptr<transport> client;
    deadline due;

  private:
    admin_state& admin_;
    std::uint64_t id_;
  };

  void accept_next();
  void accepted(socket_accepted& event);
  void failed(const accept_failed& event);
  void happened(std::uint64_t id, const transport_event& event);
  void expired(std::uint64_t id);

  std::optional<http_answer> serve(std::uint64_t id,
                                   const opening_request& request);
  http_answer read(const std::string& path, const fields& query);
  std::optional<http_answer> order(std::uint64_t id, const std::string& path,
                                   const fields& query);
  void invalidate(std::uint64_t id, const std::string& user);

  pointer self_;
  admin_setup setup_;
  open_requests<session> sessions_;
  bool accepting_ = false;
  deadline retry_;
};

/// Answers operators over HTTP, on an address of its own: why requests were
/// denied, who may do what, and orders to connections. Each request carries the
/// admin token and gets one JSON answer:
///
/// - `GET /denials?count=N`: the last denials, each with the tree of its
///   decision;
/// - `GET /permissions`: the access matrix;
/// - `GET /cache`: how often cached decisions served;
/// - `POST /users/close?user=ID`: closes all connections of a user with 4401,
///   on all nodes that this one sees;
/// - `POST /cache/invalidate?user=ID`: drops the cached decisions of a user, or
///   of all without `user`, and asks the guards of their groups again, on all
///   nodes. The answer comes when that is done; it is a 504 that names the
///   nodes if some have not answered in time.
///
/// Receives: accepted sockets, what they say, its deadlines.
/// Sends: orders (listener).
/// Limits: `handshake_timeout`, `head_bytes_max`, `admin_requests_max`,
/// `invalidate_timeout`.
/// Ends when: the server stops.
admin_actor::behavior_type admin(admin_state::pointer self, admin_setup setup);

} // namespace stagedoor
