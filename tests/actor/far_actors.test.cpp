// Actors of another actor system, as those of another node: what crosses, and
// what is heard of their end.

#include "stagedoor/testing/far_actors.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/messages.hpp"
#include "stagedoor/testing/virtual_system.hpp"

#include "caf/actor_cast.hpp"
#include "caf/event_based_actor.hpp"
#include "caf/exit_reason.hpp"
#include "caf/send.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace far_actors_suite {

using namespace stagedoor;
using namespace stagedoor::testing;

namespace {

/// One of two systems, and what it sends the other one until that is passed on.
class half final : public caf_api::far_ways {
public:
  half() : far(on.system(), *this) {}

  ~half() {
    far.end();
    on.end_members();
  }

  [[nodiscard]] bool leads_to(const caf::node_id& node) const override {
    return is_linked && node == other->on.system().node();
  }
  void carry(const caf::node_id&, std::vector<char> bytes) override {
    sent.push_back(std::move(bytes));
  }
  void failed(const std::string& why) override { flaw = why; }

  /// Lets what was sent arrive.
  bool pass() {
    if (sent.empty())
      return false;
    const auto next = std::move(sent.front());
    sent.pop_front();
    other->far.take(on.system().node(), next);
    return true;
  }

  /// The handle that this system has of an actor of the other one.
  caf::actor handle_of(const caf::actor& theirs) {
    caf::actor result;
    BOOST_REQUIRE(far.read(other->far.write(theirs), result));
    return result;
  }

  virtual_system on;
  half* other = nullptr;
  bool is_linked = true;
  std::deque<std::vector<char>> sent;
  std::string flaw;
  caf_api::far_actors far;
};

struct fixture {
  fixture() {
    caf_api::identify(here.on.system(), 1);
    caf_api::identify(there.on.system(), 2);
    here.other = &there;
    there.other = &here;
  }

  void settle() {
    do {
      here.on.settle();
      there.on.settle();
    } while (here.pass() || there.pass());
  }

  /// Has an actor here ask, and monitor, an actor there.
  template <class... Ts>
  void ask(const caf::actor& whom, const Ts&... question) {
    here.on.system().spawn([this, whom,
                            question...](caf::event_based_actor* self) {
      caf_api::on_down(*self, [this](const caf::down_msg& down) {
        heard += down.reason == caf::exit_reason::remote_link_unreachable
                     ? "lost\n"
                     : "ended\n";
      });
      caf_api::monitor(*self, whom);
      self->request(whom, caf::infinite, question...)
          .then([this](const std::string& answer) { heard += answer + '\n'; },
                [this](const caf::error&) { heard += "error\n"; });
      return caf::behavior{[](int) {}};
    });
    settle();
  }

  caf::actor spawn_echo() {
    return there.on.system().spawn([](caf::event_based_actor*) {
      return caf::behavior{[](const std::string& text) { return text + '!'; },
                           [](int) -> caf::result<std::string> {
                             return caf::sec::invalid_argument;
                           }};
    });
  }

  // Actors write into it until their systems end.
  std::string heard;
  half here;
  half there;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(far_actors, fixture)

BOOST_AUTO_TEST_CASE(systems_have_the_identities_that_they_are_given) {
  BOOST_TEST((here.on.system().node() < there.on.system().node()));
  const auto echo = spawn_echo();
  BOOST_TEST((echo.node() == there.on.system().node()));
}

BOOST_AUTO_TEST_CASE(a_request_crosses_and_its_answer_too) {
  ask(here.handle_of(spawn_echo()), std::string{"hi"});
  BOOST_TEST(heard == "hi!\n");
}

BOOST_AUTO_TEST_CASE(an_error_crosses) {
  ask(here.handle_of(spawn_echo()), 1);
  BOOST_TEST(heard == "error\n");
}

BOOST_AUTO_TEST_CASE(handles_of_one_actor_are_equal_and_come_home) {
  const auto echo = spawn_echo();
  const auto handle = here.handle_of(echo);
  BOOST_TEST((handle == here.handle_of(echo)));
  BOOST_TEST((handle != echo || handle.node() == echo.node()));
  BOOST_TEST((there.handle_of(handle) == echo));
}

BOOST_AUTO_TEST_CASE(the_end_of_an_actor_is_heard_of) {
  const auto echo = spawn_echo();
  ask(here.handle_of(echo), std::string{"hi"});
  caf::anon_send_exit(echo, caf::exit_reason::user_shutdown);
  settle();
  BOOST_TEST(heard == "hi!\nended\n");
}

BOOST_AUTO_TEST_CASE(an_actor_that_has_ended_before_is_heard_of_too) {
  const auto echo = spawn_echo();
  const auto handle = here.handle_of(echo);
  caf::anon_send_exit(echo, caf::exit_reason::user_shutdown);
  there.on.settle();
  ask(handle, std::string{"hi"});
  BOOST_TEST(heard.find("ended") != std::string::npos);
  BOOST_TEST(heard.find("hi!") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(with_a_link_all_actors_beyond_it_are_lost) {
  const auto echo = spawn_echo();
  const auto handle = here.handle_of(echo);
  ask(handle, std::string{"hi"});
  here.far.lose(there.on.system().node());
  settle();
  BOOST_TEST(heard == "hi!\nlost\n");
  // What is sent to it goes nowhere.
  caf::anon_send(handle, std::string{"hi"});
  BOOST_TEST(here.sent.empty());
}

BOOST_AUTO_TEST_CASE(there_is_no_actor_where_no_link_leads_to) {
  here.is_linked = false;
  BOOST_TEST(!here.handle_of(spawn_echo()));
}

BOOST_AUTO_TEST_CASE(what_caf_cannot_write_is_told_of) {
  const auto handle = here.handle_of(spawn_echo());
  // It has no `inspect`.
  caf::anon_send(handle, invalidation_order{});
  BOOST_TEST(here.flaw != "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace far_actors_suite
