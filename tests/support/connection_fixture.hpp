#pragma once

#include "stagedoor/actors/connections/connection.hpp"
#include "stagedoor/actors/denial_error.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actor_world.hpp"
#include "envelopes.hpp"
#include "fake_transport.hpp"
#include "role_probes.hpp"

namespace stagedoor::test {

/// One endpoint of each kind.
inline std::vector<endpoint_spec> connection_endpoints() {
  return {endpoint("/ws/"),
          endpoint("/told/", handler("told").on_open([](const context&) {})),
          endpoint("/strict/",
                   handler("strict").permissions(is_authenticated_strictly())),
          endpoint("/browser/").accept_then_close(),
          endpoint("/spoken/").subprotocols({"chat"}).compression(),
          endpoint("/cookie/").token_cookie("session")};
}

/// Who most tokens belong to.
inline user alice() {
  user result;
  result.id = 1;
  result.username = "alice";
  return result;
}

/// A connection between a socket, an authenticator, a pool and routers that are
/// played by the test.
struct connection_fixture {
  connection_fixture() : connection_fixture(limits{}) {}
  explicit connection_fixture(const limits& bounds) : world(bounds) {}

  actor_world world;
  manual_unit& home = world.home();
  std::shared_ptr<fake_transport> socket =
      std::make_shared<fake_transport>(home);
  authenticator_probe authenticator{home};
  pool_probe pool{home};
  history_probe histories{home};
  std::vector<router_probe> routers;
  endpoint_table_ptr table = *compile_endpoints(connection_endpoints());
  std::shared_ptr<readiness> ready = std::make_shared<readiness>();
  bool over_limit = false;
  connection_actor subject;

  router_probe& router() { return routers.front(); }

  void start() {
    auto roles = std::make_shared<unit_roles>();
    roles->authenticator = authenticator.handle();
    roles->pool = pool.handle();
    roles->histories = histories.handle();
    for (std::size_t i = 0; i < table->size(); ++i) {
      routers.emplace_back(home);
      roles->routers.push_back(routers.back().handle());
    }
    subject = home.spawn(stagedoor::connection,
                         connection_setup{world.shared(), table, roles, socket,
                                          ready, 7, over_limit});
    world.settle();
    BOOST_TEST(socket->take() == "read_head\n");
  }

  template <class Event>
  void emit(Event event) {
    socket->emit(std::move(event));
    world.settle();
  }

  template <class... Ts>
  void tell(Ts&&... content) {
    caf::anon_send(subject, std::forward<Ts>(content)...);
    world.settle();
  }

  /// The opening request comes.
  void request_head(const std::string& target, fields more = {}) {
    opening_request request{
        "GET",
        target,
        11,
        {{"host", "localhost"},
         {"connection", "Upgrade"},
         {"upgrade", "websocket"},
         {"sec-websocket-version", "13"},
         {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}}};
    request.headers.insert(request.headers.end(), more.begin(), more.end());
    emit(head_arrived{std::move(request)});
  }

  /// The authenticator answers.
  void authenticate(authentication answer) {
    authenticator.answer_last(std::move(answer));
    world.settle();
  }

  /// What becomes of an order to the connection: "done", the text of an error,
  /// or "nothing" as long as it is not answered.
  template <class... Order>
  std::shared_ptr<std::string> order(const Order&... asked) {
    auto result = std::make_shared<std::string>("nothing");
    home.spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           connection_actor whom, std::shared_ptr<std::string> target,
           const Order&... each) {
          self->request(whom, caf::infinite, each...)
              .then([target] { *target = "done"; },
                    [target](const caf::error& error) {
                      const auto answer = to_reply(error);
                      *target = std::to_string(answer.status) + ' '
                                + to_json(answer.errors.value());
                    });
        },
        subject, result, asked...);
    world.settle();
    return result;
  }

  void decide(decision answer) {
    pool.answer_last(std::move(answer));
    world.settle();
  }

  /// All of the opening, up to the first read.
  void open(const std::string& target = "/ws/", fields more = {}) {
    start();
    request_head(target, std::move(more));
    decide(allow());
    emit(handshake_done{});
    BOOST_TEST(socket->take().ends_with("read\n"));
  }

  /// A message comes.
  void receive(const std::string& payload, frame_type type = frame_type::text) {
    emit(message_arrived{payload, type});
  }
  /// The message of an action that is named by a digit.
  void receive(int number) {
    receive(R"({"action":")" + std::to_string(number) + "\"}");
  }

  /// The router answers the last message.
  void reply_last(reply answer = ok()) {
    router().answer_last(std::move(answer));
    world.settle();
  }

  /// Whether the connection's actor lives.
  [[nodiscard]] bool is_alive() {
    return home.member_count() == routers.size() + 4;
  }

  /// How many messages have been read until the connection reads no more.
  int fill_window() {
    int count = 0;
    for (; socket->is_read() && count < 1000; ++count)
      receive(count);
    return count;
  }
};

/// A text that is sent, as the socket notes it.
inline std::string sent(const std::string& text) {
  return "send " + text + '\n';
}

/// The reply without data to `receive(0)`.
inline const std::string done_sent = sent(success("null", "0"));

} // namespace stagedoor::test
