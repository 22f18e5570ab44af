#include "stagedoor/actors/connections/listener.hpp"

#include "stagedoor/actors/caf_api/promises.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"
#include "caf/scoped_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/fake_transport.hpp"
#include "support/role_probes.hpp"

namespace listener_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// A listening socket that is none: clients come when the test says so.
class fake_acceptor final : public acceptor {
public:
  void accept(std::size_t unit_index, sink accepted,
              failure_sink failed) override {
    BOOST_REQUIRE_MESSAGE(!is_accepting(), "two accepts at once");
    unit_index_ = unit_index;
    accepted_ = std::move(accepted);
    failed_ = std::move(failed);
  }

  void close() override { closed_ = true; }

  /// Whether the listener waits for a client.
  [[nodiscard]] bool is_accepting() const { return accepted_ != nullptr; }
  [[nodiscard]] bool is_closed() const { return closed_; }
  [[nodiscard]] std::size_t unit_index() const { return unit_index_; }

  void connect(std::shared_ptr<transport> socket) {
    BOOST_REQUIRE(is_accepting());
    std::exchange(accepted_,
                  nullptr)(socket_accepted{std::move(socket), unit_index_});
  }

  void fail() {
    BOOST_REQUIRE(is_accepting());
    accepted_ = nullptr;
    failed_(accept_failed{"too many open files"});
  }

private:
  std::size_t unit_index_ = 0;
  sink accepted_;
  failure_sink failed_;
  bool closed_ = false;
};

limits bounds_of_three() {
  limits result;
  result.connections_max = 3;
  result.refusals_max = 2;
  return result;
}

struct listener_fixture {
  listener_fixture() : world(bounds_of_three(), 2) {
    listener_setup setup;
    setup.shared = world.shared();
    setup.endpoints = compile_endpoints({endpoint("/ws/")}).value();
    for (std::size_t i = 0; i < 2; ++i)
      setup.units.push_back(
          {&world.home(i), std::make_shared<const unit_roles>()});
    setup.acceptor = listening_socket;
    setup.ready = ready;
    setup.on_drained = [this] { ++drained; };
    actor = world.home().spawn(listener, std::move(setup));
    world.settle();
  }

  /// A client connects; it sends nothing.
  std::shared_ptr<fake_transport> connect() {
    auto socket = std::make_shared<fake_transport>(
        world.home(listening_socket->unit_index()));
    listening_socket->connect(socket);
    world.settle();
    return socket;
  }

  /// A client's whole opening request comes.
  /// @returns what is done to its socket.
  std::string knock(fake_transport& socket) {
    socket.take();
    socket.emit(
        head_arrived{{"GET", "/nowhere/", 11, {{"host", "example.org"}}}});
    world.settle();
    return socket.take();
  }

  void disconnect(fake_transport& socket) {
    socket.emit(transport_ended{close_code::none, "gone"});
    world.settle();
  }

  /// What becomes of an invalidation: "done", the text of its error, or
  /// "nothing" as long as it is not answered.
  std::shared_ptr<std::string> invalidate() {
    auto result = std::make_shared<std::string>("nothing");
    world.home().spawn(
        [](caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*
               self,
           listener_actor whom, std::shared_ptr<std::string> target) {
          self->request(whom, caf::infinite, invalidate_atom_v, std::string{})
              .then([target] { *target = "done"; },
                    [target](const caf::error& error) {
                      *target = text_of(error);
                    });
        },
        actor, result);
    world.settle();
    return result;
  }

  std::vector<std::size_t> counts() {
    std::vector<std::size_t> result;
    caf::scoped_actor self{world.system()};
    self->send(actor, caf::get_atom_v);
    world.settle();
    self->receive(
        [&](connection_counts& counts) { result = std::move(counts.by_unit); });
    return result;
  }

  std::shared_ptr<fake_acceptor> listening_socket =
      std::make_shared<fake_acceptor>();
  std::shared_ptr<readiness> ready = std::make_shared<readiness>();
  int drained = 0;
  listener_actor actor;
  actor_world world;
};

/// Plays the listener of another node: keeps what it is told.
caf::behavior keep_orders(caf::event_based_actor*,
                          std::vector<std::string>* kept) {
  return {
      [kept](caf::put_atom, revoke_atom, const std::string& id) {
        kept->push_back("revoke " + id);
      },
      [kept](caf::put_atom, invalidate_atom, const std::string& id) {
        kept->push_back("invalidate " + id);
      },
  };
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(listener, listener_fixture)

BOOST_AUTO_TEST_CASE(tells_other_nodes_what_it_is_told_but_not_by_them) {
  std::vector<std::string> kept;
  const auto far = world.system().spawn(keep_orders, &kept);
  world.services().set(
      "a", {{"stagedoor.listeners", caf::actor_cast<caf::actor>(actor)}});
  world.services().set("b", {{"stagedoor.listeners", far}});
  world.services().set("c", {{"other.listeners", far}});
  caf::anon_send(actor, revoke_atom_v, std::string{"7"});
  caf::anon_send(actor, invalidate_atom_v, std::string{});
  world.settle();
  const std::vector<std::string> told{"revoke 7", "invalidate "};
  BOOST_TEST(kept == told, boost::test_tools::per_element());
  caf::anon_send(actor, caf::put_atom_v, revoke_atom_v, std::string{"7"});
  caf::anon_send(actor, caf::put_atom_v, invalidate_atom_v, std::string{});
  world.settle();
  BOOST_TEST(kept == told, boost::test_tools::per_element());
  caf::anon_send_exit(far, caf::exit_reason::kill);
  world.services().set("b", {});
  world.services().set("c", {});
}

/// Another node that keeps the promises of invalidations.
struct silent_node {
  caf::typed_response_promise<void> promise;
};

BOOST_AUTO_TEST_CASE(an_invalidation_is_over_when_all_nodes_have_asked) {
  silent_node slow;
  const auto far = world.system().spawn(
      [&slow](caf::event_based_actor* self) -> caf::behavior {
        return {[=, &slow](caf::put_atom, invalidate_atom, const std::string&) {
          slow.promise = self->make_response_promise<void>();
          return slow.promise;
        }};
      });
  world.services().set("b", {{"stagedoor.listeners", far}});
  const auto answered = invalidate();
  BOOST_TEST(*answered == "nothing");
  caf_api::deliver_done(slow.promise);
  world.settle();
  BOOST_TEST(*answered == "done");
  const auto late = invalidate();
  world.advance(world.bounds().invalidate_timeout - 1ms);
  BOOST_TEST(*late == "nothing");
  world.advance(1ms);
  BOOST_TEST(*late == "These nodes have not answered: b.");
  caf_api::deliver_done(slow.promise); // Too late.
  const auto lost = invalidate();
  world.kill(far); // Nobody tells of a question that is lost with its node.
  world.advance(world.bounds().invalidate_timeout);
  BOOST_TEST(*lost == "These nodes have not answered: b.");
  world.services().set("b", {});
  BOOST_TEST(*invalidate() == "done");
}

BOOST_AUTO_TEST_CASE(an_invalidation_fails_when_the_server_stops) {
  const auto far =
      world.system().spawn([](caf::event_based_actor* self) -> caf::behavior {
        return {[=](caf::put_atom, invalidate_atom, const std::string&) {
          return self->make_response_promise<void>();
        }};
      });
  world.services().set("b", {{"stagedoor.listeners", far}});
  const auto answered = invalidate();
  world.kill(actor);
  BOOST_TEST(*answered == "unavailable");
  world.services().set("b", {});
  caf::anon_send_exit(far, caf::exit_reason::kill);
  world.settle();
}

BOOST_AUTO_TEST_CASE(spreads_connections_evenly_over_the_units) {
  auto first = connect();
  auto second = connect();
  BOOST_TEST(counts() == (std::vector<std::size_t>{1, 1}));
  disconnect(*second);
  BOOST_TEST(counts() == (std::vector<std::size_t>{1, 0}));
  // The unit of the next one was chosen before; then it evens out.
  auto third = connect();
  auto fourth = connect();
  auto fifth = connect();
  BOOST_TEST(counts() == (std::vector<std::size_t>{2, 2}));
}

BOOST_AUTO_TEST_CASE(refuses_the_first_connection_over_the_limit) {
  std::vector<std::shared_ptr<fake_transport>> admitted;
  for (int i = 0; i < 3; ++i)
    admitted.push_back(connect());
  BOOST_TEST(knock(*admitted.back()).starts_with("answer 404"));
  auto refused = connect();
  BOOST_TEST(knock(*refused).starts_with("answer 503"));
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_makes_room) {
  auto first = connect();
  connect();
  connect();
  disconnect(*first);
  auto next = connect();
  BOOST_TEST(knock(*next).starts_with("answer 404"));
}

BOOST_AUTO_TEST_CASE(accepts_nothing_beyond_those_that_it_refuses) {
  for (int i = 0; i < 3 + 1; ++i)
    connect();
  BOOST_TEST(listening_socket->is_accepting());
  auto last = connect();
  BOOST_TEST(!listening_socket->is_accepting());
  disconnect(*last);
  BOOST_TEST(listening_socket->is_accepting());
}

BOOST_AUTO_TEST_CASE(tries_again_when_it_cannot_accept) {
  listening_socket->fail();
  world.settle();
  BOOST_TEST(!listening_socket->is_accepting());
  BOOST_TEST(world.logged("too many open files"));
  world.advance(99ms);
  BOOST_TEST(!listening_socket->is_accepting());
  world.advance(1ms);
  BOOST_TEST(listening_socket->is_accepting());
  connect();
  BOOST_TEST(counts() == (std::vector<std::size_t>{1, 0}));
}

BOOST_AUTO_TEST_CASE(says_once_that_it_cannot_accept) {
  for (int i = 0; i < 5; ++i) {
    listening_socket->fail();
    world.advance(100ms);
  }
  const auto log = world.log();
  BOOST_TEST(std::count(log.begin(), log.end(), '\n') == 1);
}

BOOST_AUTO_TEST_CASE(is_drained_when_the_last_admitted_connection_has_ended) {
  auto first = connect();
  auto second = connect();
  // They have their answers, and have not gone yet.
  knock(*first);
  knock(*second);
  caf::anon_send(actor, drain_atom_v);
  world.settle();
  BOOST_TEST(ready->is_draining());
  // Whoever comes now hears a 503 and holds nothing up.
  auto late = connect();
  BOOST_TEST(knock(*late).starts_with("answer 503"));
  disconnect(*first);
  BOOST_TEST(drained == 0);
  disconnect(*second);
  BOOST_TEST(drained > 0);
}

BOOST_AUTO_TEST_CASE(a_drain_waits_for_nobody_who_has_sent_nothing) {
  connect();
  connect();
  caf::anon_send(actor, drain_atom_v);
  world.settle();
  BOOST_TEST(drained > 0);
}

BOOST_AUTO_TEST_CASE(is_drained_at_once_without_connections) {
  caf::anon_send(actor, drain_atom_v);
  world.settle();
  BOOST_TEST(drained == 1);
}

BOOST_AUTO_TEST_CASE(stops_listening_when_it_ends) {
  BOOST_TEST(!listening_socket->is_closed());
  world.kill(actor);
  BOOST_TEST(listening_socket->is_closed());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace listener_suite
