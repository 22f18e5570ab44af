#pragma once

#include "stagedoor/actors/cluster/cluster.hpp"
#include "stagedoor/actors/cluster/service_directory.hpp"
#include "stagedoor/actors/connections/readiness.hpp"
#include "stagedoor/actors/interfaces.hpp"
#include "stagedoor/actors/runtime.hpp"
#include "stagedoor/actors/server/server_options.hpp"
#include "stagedoor/actors/server/spawn_unit_roles.hpp"
#include "stagedoor/protocol/websocket/handshake.hpp"
#include "stagedoor/testing/token_table.hpp"
#include "stagedoor/testing/virtual_acceptor.hpp"
#include "stagedoor/testing/virtual_socket.hpp"
#include "stagedoor/testing/virtual_system.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor::testing {

/// A server in a virtual system, with the sockets of its clients: what a world
/// holds, and each node of a stage.
/// Errors: throws `failure`.
/// Thread rule: the thread of the test.
class virtual_server {
public:
  /// Hears of each text that crosses a socket, by the number of the socket,
  /// counted from 1.
  using text_hearer =
      std::function<void(std::uint64_t socket, text_way way, std::string_view)>;

  explicit virtual_server(const virtual_system::edit& change,
                          unit::clock::time_point start);
  ~virtual_server();

  virtual_server(const virtual_server&) = delete;
  virtual_server& operator=(const virtual_server&) = delete;

  /// Makes it a node, before it serves.
  /// @param end what follows when the actors of the units have ended, and ends
  ///        what belongs to the node.
  void join(std::shared_ptr<cluster> node, std::function<void()> end) {
    node_ = std::move(node);
    end_of_node_ = std::move(end);
  }

  /// Numbers its connections from here on. No two nodes have the same numbers.
  void number_from(std::uint64_t first) { first_connection_ = first; }

  void hear_texts(text_hearer heard) { heard_ = std::move(heard); }

  void serve(const std::vector<endpoint_spec>& specs,
             const server_options& options);

  /// A client sends an opening request.
  std::shared_ptr<virtual_socket> open(opening_request request);

  /// The process is killed: its sockets end, and nothing runs any more.
  void die();

  // -- what `server` does -----------------------------------------------------

  void close_user(std::string_view id);
  void invalidate(std::string_view id);
  void broadcast(std::string group, event event);
  void drain();
  /// Has the states end that live by key.
  void end_states();
  /// The end of a server: what is offered is not offered any more, and the
  /// clients are gone.
  void stop();
  void offer(const std::string& name, const caf::actor& handle);

  // -- its parts --------------------------------------------------------------

  [[nodiscard]] virtual_system& on() { return on_; }
  [[nodiscard]] const runtime& running() const;
  [[nodiscard]] token_table& tokens() { return *tokens_; }
  void tokens(std::shared_ptr<token_table> shared) {
    tokens_ = std::move(shared);
  }

  void wait_for_workers(bool value) { waits_for_workers_ = value; }
  /// Waits until no job is left, and not only until one has told something.
  void wait_for_all_workers() { waits_for_all_ = true; }

private:
  [[nodiscard]] unit_roles_setup roles_of(const server_options& options);
  void start(const server_options& options);
  void offer_to_nodes();
  void withdraw(std::vector<std::pair<std::string, caf::actor>>& offers);

  /// Lets the clients' side go on, then the worker threads.
  /// @returns whether there was anything to do.
  bool work_outside();
  bool await_workers();

  virtual_system on_;
  text_hearer heard_;
  std::shared_ptr<cluster> node_;
  std::function<void()> end_of_node_;
  runtime_ptr shared_;
  std::shared_ptr<service_directory> services_ =
      std::make_shared<service_directory>();
  /// What the test offers.
  std::vector<std::pair<std::string, caf::actor>> offered_;
  /// What other nodes get of it, by service: its handlers, and the rest.
  std::vector<std::pair<std::string, caf::actor>> offered_handlers_;
  std::vector<std::pair<std::string, caf::actor>> offered_roles_;
  endpoint_table_ptr endpoints_;
  unit_roles_ptr roles_;
  listener_actor listener_;
  std::shared_ptr<virtual_acceptor> acceptor_ =
      std::make_shared<virtual_acceptor>();
  std::shared_ptr<token_table> tokens_ = std::make_shared<token_table>();
  std::shared_ptr<readiness> ready_;
  std::vector<std::shared_ptr<virtual_socket>> sockets_;
  std::uint64_t first_connection_ = 1;
  /// How many of them have a connection.
  std::uint64_t connections_ = 0;
  bool waits_for_workers_ = true;
  bool waits_for_all_ = false;
  /// How many blocking jobs have not returned in time.
  std::size_t given_up_ = 0;
};

} // namespace stagedoor::testing
