// Routes that lead to actors of the application, or to other nodes.

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <vector>

#include "support/foreign_proxy.hpp"
#include "support/handler_fixture.hpp"
#include "support/message_tallies.hpp"

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// Plays an actor of the application: keeps each request until the test answers
/// it.
class mounted_probe : public questions<request, reply> {
public:
  explicit mounted_probe(caf::actor_system& sys)
      : handle_(sys.spawn(behave, questions{*this})) {}

  // What it has not answered keeps it alive.
  ~mounted_probe() { caf::anon_send_exit(handle_, caf::exit_reason::kill); }

  mounted_probe(const mounted_probe&) = delete;
  mounted_probe& operator=(const mounted_probe&) = delete;

  [[nodiscard]] const mounted_actor& handle() const { return handle_; }
  [[nodiscard]] caf::actor actor() const {
    return caf::actor_cast<caf::actor>(handle_);
  }

private:
  static mounted_actor::behavior_type behave(mounted_actor::pointer self,
                                             questions asked) {
    return {[=](const request& message) mutable {
      return asked.add(self, message);
    }};
  }

  mounted_actor handle_;
};

/// Plays the hub: keeps what is broadcast.
group_hub_actor::behavior_type
keep_broadcasts(pinned_pointer<group_hub_actor, probe_state> self,
                std::vector<std::string>* kept) {
  return {
      [kept](const group_broadcast& what) {
        kept->push_back(what.group + ' ' + what.event.type + ' '
                        + to_json(what.event.data));
      },
      [](const group_joined&) {},
      [](const group_left&) {},
      [](const std::vector<caf::actor>&) {},
      [](const group_batch&) {},
      [](caf::put_atom, const group_batch&) -> caf::result<void> {
        return caf::unit;
      },
      [self](caf::get_atom, const std::string&, group_reach) {
        return self->make_response_promise<member_list>();
      },
      [](expired_atom, std::uint64_t) {},
  };
}

using builder = handler_builder<stateless>;

/// What most tests mount: two actors, some actions of which are declared.
struct mount_fixture {
  mount_fixture() { start(describe()); }

  [[nodiscard]] builder describe() const {
    return handler("mounted")
        .mounts(replicas{std::vector{a.actor(), b.actor()}})
        .forwards("again", idempotent)
        .forwards("beside", concurrent)
        .forwards("quiet", no_reply)
        .forwards("loud", broadcasts("room.{room}", "told"));
  }

  void start(const handler_spec& spec, replicas elsewhere = {}) {
    auto tree = tree_of(endpoint("/ws/").route(R"((?P<room>\w+)/$)", spec));
    subject = home.spawn(route_handler, handler_setup{world.shared(),
                                                      tree,
                                                      1,
                                                      pool.handle(),
                                                      hub,
                                                      std::move(elsewhere),
                                                      {}});
  }

  std::size_t send(const std::string& action, const std::string& room = "a",
                   bool concurrent_allowed = true) {
    auto data = client.data(action);
    data.captures = {{"room", room}};
    data.concurrent_allowed = concurrent_allowed;
    auto number = client.ask(subject, request{std::move(data)});
    world.settle();
    return number;
  }

  /// Sends a message and allows it.
  std::size_t allowed(const std::string& action,
                      const std::string& room = "a") {
    auto number = send(action, room);
    pool.answer_last(allow());
    world.settle();
    return number;
  }

  void answer(mounted_probe& by, reply what) {
    by.answer_last(std::move(what));
    world.settle();
  }

  actor_world world;
  manual_unit& home = world.home();
  pool_probe pool{home};
  client_probe client{home};
  mounted_probe a{world.system()};
  mounted_probe b{world.system()};
  std::vector<std::string> told;
  group_hub_actor hub = home.spawn(keep_broadcasts, &told);
  handler_actor subject;
};

/// The handler of a node that runs none: two other nodes do.
struct relay_fixture : mount_fixture {
  relay_fixture() {
    world.services().set("near", {{"handlers", a.actor()}});
    world.services().set("yonder", {{"handlers", b.actor()}});
    start_relay(handler("relayed"));
  }

  void start_relay(builder spec) {
    spec.action("work", [] {})
        .action(
            "again", [] {}, idempotent)
        .action(
            "beside", [] {}, concurrent)
        .action(
            "loud", [] {}, broadcasts("room.{room}"));
    start(spec, service("handlers"));
  }

  /// Where the last message went.
  mounted_probe& last_asked() { return a.count() > seen_by_a ? a : b; }

  std::size_t seen_by_a = 0;
};

} // namespace

BOOST_AUTO_TEST_SUITE(handler_mounts)

BOOST_FIXTURE_TEST_SUITE(mounted, mount_fixture)

BOOST_AUTO_TEST_CASE(the_actor_gets_the_request_and_its_reply_is_the_clients) {
  auto number = allowed("anything");
  BOOST_TEST(a.count() + b.count() == 1u);
  auto& asked = a.count() == 1 ? a : b;
  BOOST_TEST(asked.last().action() == "anything");
  BOOST_TEST(*asked.last().capture("room") == "a");
  answer(asked, ok("done", 201));
  BOOST_TEST(client.answer(number) == "201 \"done\"");
}

BOOST_AUTO_TEST_CASE(the_actor_gets_nothing_that_is_not_permitted) {
  auto number = send("anything");
  BOOST_TEST(a.count() + b.count() == 0u);
  pool.answer_last(deny());
  world.settle();
  BOOST_TEST(a.count() + b.count() == 0u);
  BOOST_TEST(client.answer(number).starts_with("403"));
}

BOOST_AUTO_TEST_CASE(replicas_share_the_work) {
  allowed("1");
  allowed("2");
  BOOST_TEST(a.count() == 1u);
  BOOST_TEST(b.count() == 1u);
  answer(b, ok());
  allowed("3");
  BOOST_TEST(b.count() == 2u);
}

BOOST_AUTO_TEST_CASE(an_actor_that_goes_is_a_503) {
  start(handler("one").mounts(a.handle()));
  auto number = allowed("anything");
  world.kill(a.handle());
  BOOST_TEST(client.answer(number).starts_with("503"));
  BOOST_TEST(client.responses() == 1u);
  auto later = allowed("anything");
  BOOST_TEST(client.answer(later).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(an_action_that_is_not_idempotent_is_not_begun_again) {
  auto number = allowed("anything");
  auto& first = a.count() == 1 ? a : b;
  world.kill(first.handle());
  BOOST_TEST(a.count() + b.count() == 1u);
  BOOST_TEST(client.answer(number).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(an_idempotent_action_goes_to_another_replica) {
  auto number = allowed("again");
  auto& first = a.count() == 1 ? a : b;
  auto& second = a.count() == 1 ? b : a;
  world.kill(first.handle());
  BOOST_TEST(client.answer(number) == "");
  BOOST_REQUIRE(second.count() == 1u);
  answer(second, ok("done"));
  BOOST_TEST(client.answer(number) == "200 \"done\"");
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(when_all_replicas_are_gone_it_is_a_503) {
  auto number = allowed("again");
  world.kill(a.handle());
  world.kill(b.handle());
  BOOST_TEST(client.answer(number).starts_with("503"));
}

BOOST_AUTO_TEST_CASE(a_late_actor_is_a_504_and_its_answer_is_dropped) {
  auto number = allowed("anything");
  auto& asked = a.count() == 1 ? a : b;
  world.advance(world.bounds().action_timeout - 10ms);
  BOOST_TEST(client.answer(number) == "");
  world.advance(20ms);
  BOOST_TEST(client.answer(number).starts_with("504"));
  answer(asked, ok());
  BOOST_TEST(client.responses() == 1u);
}

BOOST_AUTO_TEST_CASE(an_actor_that_never_answers_is_not_avoided_for_ever) {
  allowed("1");
  auto& silent = a.count() == 1 ? a : b;
  auto& other = a.count() == 1 ? b : a;
  world.advance(world.bounds().action_timeout + 10ms);
  for (int i = 0; i < 4; ++i) {
    const auto before = silent.count();
    allowed("next");
    answer(silent.count() > before ? silent : other, ok());
  }
  BOOST_TEST(silent.count() == 3u);
  BOOST_TEST(other.count() == 2u);
}

BOOST_AUTO_TEST_CASE(an_actor_that_fails_is_a_500) {
  auto number = allowed("anything");
  auto& asked = a.count() == 1 ? a : b;
  asked.fail_last(caf::make_error(caf::sec::runtime_error));
  world.settle();
  BOOST_TEST(client.answer(number).starts_with("500"));
  BOOST_TEST(world.logged("the actor behind it failed"));
}

BOOST_AUTO_TEST_CASE(a_status_that_is_none_is_a_500) {
  auto number = allowed("anything");
  answer(a.count() == 1 ? a : b, reply{99, nullptr, {}});
  BOOST_TEST(client.answer(number).starts_with("500"));
}

BOOST_AUTO_TEST_CASE(an_actor_cannot_leave_a_client_without_an_answer) {
  auto number = allowed("anything");
  answer(a.count() == 1 ? a : b, reply::silent());
  BOOST_TEST(client.answer(number).starts_with("500"));
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_frees_the_queue_and_answers_later) {
  auto number = allowed("beside");
  BOOST_TEST(client.answer(number).starts_with("102"));
  answer(a.count() == 1 ? a : b, ok("done"));
  BOOST_TEST(client.late() == (std::vector<std::string>{"1: 200 \"done\""}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_whose_actor_goes_is_answered) {
  allowed("beside");
  world.kill((a.count() == 1 ? a : b).handle());
  BOOST_REQUIRE(client.late().size() == 1u);
  BOOST_TEST(client.late().front().starts_with("1: 503"));
}

BOOST_AUTO_TEST_CASE(success_is_not_answered_where_nobody_asked_for_it) {
  auto number = allowed("quiet");
  answer(a.count() == 1 ? a : b, ok("unheard"));
  BOOST_TEST(client.answer(number).starts_with("0 "));
}

BOOST_AUTO_TEST_CASE(success_is_told_to_a_group) {
  allowed("loud", "b");
  auto& asked = a.count() == 1 ? a : b;
  answer(asked, ok({{"x", 1}}));
  BOOST_TEST(told == (std::vector<std::string>{R"(room.b told {"x":1})"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(failure_is_told_to_nobody) {
  allowed("loud");
  answer(a.count() == 1 ? a : b, not_found());
  BOOST_TEST(told.empty());
}

BOOST_AUTO_TEST_CASE(a_capture_places_messages) {
  start(describe().placed_by("room"));
  for (int i = 0; i < 5; ++i)
    allowed("anything", "7");
  BOOST_TEST(a.count() * b.count() == 0u);
  for (int i = 0; i < 20; ++i)
    allowed("anything", std::to_string(i));
  BOOST_TEST(a.count() > 0u);
  BOOST_TEST(b.count() > 0u);
}

BOOST_AUTO_TEST_CASE(a_service_is_resolved_again) {
  start(handler("named").mounts(service("orders")));
  BOOST_TEST(client.answer(allowed("anything")).starts_with("503"));
  world.services().set("x", {{"orders", a.actor()}});
  auto number = allowed("anything");
  world.kill(a.handle());
  BOOST_TEST(client.answer(number).starts_with("503"));
  world.services().set("x", {{"orders", b.actor()}});
  number = allowed("anything");
  answer(b, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(relayed, relay_fixture)

BOOST_AUTO_TEST_CASE(permissions_are_asked_where_the_handler_runs) {
  auto number = send("work");
  BOOST_TEST(pool.count() == 0u);
  answer(last_asked(), to_reply(errc::permission_denied));
  BOOST_TEST(client.answer(number).starts_with("403"));
}

BOOST_AUTO_TEST_CASE(messages_of_one_connection_stay_together) {
  for (int i = 0; i < 10; ++i)
    send("work");
  BOOST_TEST(a.count() * b.count() == 0u);
}

BOOST_AUTO_TEST_CASE(they_stay_where_they_are_when_a_node_comes) {
  send("work");
  auto& first = last_asked();
  for (int i = 0; i < 20; ++i) {
    mounted_probe newcomer{world.system()};
    world.services().set("new" + std::to_string(i),
                         {{"handlers", newcomer.actor()}});
    send("work");
    BOOST_TEST(newcomer.count() == 0u);
  }
  BOOST_TEST(first.count() == 21u);
}

BOOST_AUTO_TEST_CASE(a_node_that_goes_answers_503_and_the_next_one_serves) {
  auto number = send("work");
  auto& first = last_asked();
  auto& second = &first == &a ? b : a;
  world.kill(first.handle());
  BOOST_TEST(client.answer(number).starts_with("503"));
  number = send("work");
  answer(second, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_CASE(an_idempotent_action_is_begun_on_another_node) {
  auto number = send("again");
  auto& first = last_asked();
  auto& second = &first == &a ? b : a;
  world.kill(first.handle());
  answer(second, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_CASE(a_node_that_is_about_to_go_is_asked_once) {
  auto number = send("again");
  auto& first = last_asked();
  auto& second = &first == &a ? b : a;
  first.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(first.count() == 1u);
  BOOST_REQUIRE(second.count() == 1u);
  answer(second, ok());
  BOOST_TEST(client.answer(number) == "200 null");
}

BOOST_AUTO_TEST_CASE(each_message_is_counted_by_the_node_that_answers_it) {
  send("work");
  answer(last_asked(), ok());
  BOOST_TEST(messages(world.metrics()).empty());
  send("work");
  world.advance(world.bounds().permission_timeout
                + world.bounds().action_timeout + 10ms);
  const std::string late = R"(|(?P<room>\w+)/$|work|504: 1)";
  BOOST_TEST(messages(world.metrics()) == late + '\n');
  send("work");
  world.kill(last_asked().handle());
  BOOST_TEST(messages(world.metrics())
             == R"(|(?P<room>\w+)/$|work|503: 1)"
                "\n" + late
                    + '\n');
}

BOOST_AUTO_TEST_CASE(whose_client_goes_is_counted_by_the_node_that_has_it) {
  send("work");
  world.kill(client.handle());
  BOOST_TEST(messages(world.metrics()).empty());
}

BOOST_AUTO_TEST_CASE(a_lost_node_is_not_taken_for_the_client_of_equal_id) {
  const auto far = foreign_proxy(world.system(), client.handle().id());
  world.services().set("near", {});
  world.services().set("yonder", {{"handlers", far}});
  auto number = send("work");
  client_probe other{home, 2};
  auto number_of_other = other.ask(subject, request{other.data("work")});
  world.settle();
  BOOST_TEST(other.answer(number_of_other) == "");
  lose(far);
  world.settle();
  BOOST_TEST(client.answer(number).starts_with("503"));
  BOOST_TEST(other.answer(number_of_other).starts_with("503"));
  world.services().set("yonder", {});
}

BOOST_AUTO_TEST_CASE(the_deadline_is_that_of_permission_and_action) {
  auto number = send("work");
  world.advance(world.bounds().permission_timeout
                + world.bounds().action_timeout - 10ms);
  BOOST_TEST(client.answer(number) == "");
  world.advance(20ms);
  BOOST_TEST(client.answer(number).starts_with("504"));
}

BOOST_AUTO_TEST_CASE(a_concurrent_action_frees_the_queue_here) {
  auto number = send("beside");
  BOOST_TEST(client.answer(number).starts_with("102"));
  answer(last_asked(), ok("done"));
  BOOST_TEST(client.late() == (std::vector<std::string>{"1: 200 \"done\""}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(one_too_many_is_refused_by_the_other_node) {
  auto number = send("beside", "a", false);
  BOOST_TEST(client.answer(number) == "");
  answer(last_asked(), to_reply(errc::throttled, "10"));
  BOOST_TEST(client.answer(number).starts_with("429"));
}

BOOST_AUTO_TEST_CASE(success_is_told_to_the_group_behind_the_reply) {
  send("loud", "b");
  answer(last_asked(), ok(1));
  BOOST_TEST(told == (std::vector<std::string>{"room.b general.broadcast 1"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_handler_of_the_server_is_at_one_place_for_all) {
  start_relay(handler("relayed").lives_for(lifetime::server));
  client_probe other{home, 2};
  for (std::uint64_t i = 3; i < 20; ++i) {
    client_probe one{home, i};
    one.ask(subject, one.message("work"));
    world.settle();
  }
  BOOST_TEST(a.count() * b.count() == 0u);
}

BOOST_AUTO_TEST_CASE(without_such_a_node_it_is_a_503) {
  world.services().set("near", {});
  world.services().set("yonder", {});
  auto number = send("work");
  BOOST_TEST(client.answer(number).starts_with("503"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE_END()
