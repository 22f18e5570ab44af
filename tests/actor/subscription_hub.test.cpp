#include "stagedoor/actors/handlers/subscription_hub.hpp"

#include "stagedoor/actors/groups/group_hub.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/custom_permission.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/event_based_actor.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/actor_world.hpp"
#include "support/client_probe.hpp"
#include "support/role_probes.hpp"
#include "support/tree_of.hpp"

namespace subscription_hub_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct number_change final : observed_change {
  std::int64_t number = 0;
};

/// Tells of numbers; the permissions look at them.
class number_subscription final : public subscription {
public:
  [[nodiscard]] std::optional<notice> judge(const observed_change& change,
                                            const user& who) const override {
    const auto number = static_cast<const number_change&>(change).number;
    if (number < 0)
      throw std::runtime_error("negative");
    return notice{.type = "number",
                  .data = std::make_shared<const std::string>(
                      std::to_string(number) + who.username)};
  }

  [[nodiscard]] std::shared_ptr<const json::value>
  object(const observed_change& change) const override {
    return std::make_shared<const json::value>(
        static_cast<const number_change&>(change).number);
  }

  [[nodiscard]] notice revoked() const override {
    return {.type = "revoked",
            .status = 403,
            .data = std::make_shared<const std::string>("0"),
            .is_guarded = false,
            .is_last = true};
  }
};

const std::string numbers_group = "$numbers";

class number_feed final : public change_feed {
public:
  [[nodiscard]] std::string group() const override { return numbers_group; }

  [[nodiscard]] observed_change_ptr
  read(const json::value& data) const override {
    auto result = std::make_shared<number_change>();
    result->number = data.as_int64();
    return result;
  }

  [[nodiscard]] std::variant<std::unique_ptr<const subscription>, reply>
  begin(const request& message, const loaded_object&) const override {
    if (message.body("wrong") != nullptr)
      return reject("wrong");
    return std::make_unique<const number_subscription>();
  }
};

/// Plays a connection.
class subscriber_probe {
public:
  explicit subscriber_probe(unit& home)
      : handle_(home.spawn(behave, record_)) {}

  [[nodiscard]] const caf::actor& handle() const { return handle_; }

  /// What has come since the last call.
  std::string take() { return std::exchange(*record_, {}); }

private:
  using pointer =
      caf::stateful_actor<probe_state, pinned<caf::event_based_actor>>*;

  static caf::behavior behave(pointer, std::shared_ptr<std::string> record) {
    return {
        [record](const group_event& event) {
          BOOST_TEST((event.group->slow.what() == slow_member::close));
          *record += *event.text + ' ';
        },
        [record](caf::subscribe_atom, const caf::actor&) { *record += "+ "; },
        [record](caf::unsubscribe_atom, const caf::actor&) { *record += "- "; },
        [record](caf::close_atom, std::uint16_t code,
                 const std::string& reason) {
          *record += std::to_string(code) + ' ' + reason + ' ';
        },
    };
  }

  std::shared_ptr<std::string> record_ = std::make_shared<std::string>();
  caf::actor handle_;
};

std::string told(const std::string& data, int request_id = 1) {
  return R"({"type":"number","data":)" + data + R"(,"status":200,"request_id":)"
         + std::to_string(request_id) + "} ";
}

const std::string revoked_text =
    R"({"type":"revoked","data":0,"status":403,"request_id":1} )";

limits few_changes() {
  limits result;
  result.subscription_changes_max = 2;
  return result;
}

/// Only the pool can ask it.
struct slow_rule {
  static decision has_permission(const scope&, std::string_view,
                                 const request&) {
    return allow();
  }
  static decision has_object_permission(const scope&, std::string_view,
                                        const request&, const json::value&) {
    return allow();
  }
};

struct with_hub {
  explicit with_hub(permission rule = custom_permission("slow", slow_rule{},
                                                        blocking))
      : guard(std::move(rule)) {
    world.settle();
  }

  permission guard;

  actor_world world{few_changes()};
  manual_unit& home = world.home();
  pool_probe pool{home};
  client_probe asking{home};
  subscriber_probe client{home};
  group_hub_actor groups = home.spawn(
      group_hub,
      group_hub_setup{world.shared(), std::make_shared<endpoint_table>()});
  subscription_hub_actor subject = home.spawn(
      subscription_hub,
      subscription_hub_setup{
          world.shared(),
          tree_of(endpoint(
              "/ws/", handler("numbers")
                          .permissions(guard)
                          .action(
                              "watch", [] { return ok(nullptr, 201); },
                              subscribes{std::make_shared<const number_feed>()})
                          .action(
                              "unwatch", [] { return ok(nullptr, 204); },
                              unsubscribes))),
          0, pool.handle(), groups});

  std::string run(const std::string& action, int request_id = 1,
                  json::object arguments = {}) {
    auto data = asking.data(action, {}, std::move(arguments));
    data.message.head.request_id = json::value(request_id);
    data.connection = client.handle();
    const auto number =
        asking.ask(subject, request{std::move(data)}, loaded_object{},
                   ok(nullptr, action == "watch" ? 201 : 204));
    world.settle();
    return asking.answer(number);
  }

  void change(const json::value& number) {
    caf::anon_send(
        groups, group_broadcast{numbers_group, {numbers_group, number, 200}});
    world.settle();
  }

  void answer(const decision& what) {
    pool.answer_last(what);
    world.settle();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(subscription_hub, with_hub)

BOOST_AUTO_TEST_CASE(both_questions_are_asked_before_a_change_is_told) {
  BOOST_TEST(run("watch") == "201 null");
  BOOST_TEST(client.take() == "+ ");
  change(5);
  BOOST_TEST((pool.last().asked == question::has_permission));
  BOOST_TEST(pool.last().about->about().action() == "watch");
  answer(allow());
  BOOST_TEST((pool.last().asked == question::has_object_permission));
  BOOST_TEST(*pool.last().about->object() == json::value(5));
  BOOST_TEST(client.take() == "");
  answer(allow());
  BOOST_TEST(client.take() == told("5"));
}

BOOST_AUTO_TEST_CASE(changes_wait_for_the_one_that_is_asked_about) {
  run("watch");
  client.take();
  for (const auto number : {1, 2})
    change(number);
  BOOST_TEST(pool.count() == 1u);
  for (int i = 0; i < 4; ++i)
    answer(allow());
  BOOST_TEST(client.take() == told("1") + told("2"));
  BOOST_TEST(pool.count() == 4u);
}

BOOST_AUTO_TEST_CASE(as_many_changes_wait_as_may_and_one_more_closes) {
  run("watch");
  client.take();
  for (const auto number : {1, 2, 3})
    change(number);
  BOOST_TEST(client.take() == "");
  change(4);
  BOOST_TEST(client.take() == "4013 slow consumer - ");
  answer(allow());
  BOOST_TEST(client.take() == "");
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_denial_of_either_question_ends_the_subscription) {
  for (const auto first : {true, false}) {
    run("watch");
    client.take();
    change(1);
    change(2);
    if (!first)
      answer(allow());
    answer(deny());
    BOOST_TEST(client.take() == revoked_text + "- ");
    BOOST_TEST(run("unwatch") == "204 null");
    BOOST_TEST(client.take() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_pool_that_fails_allows_nothing) {
  run("watch");
  client.take();
  change(1);
  pool.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(client.take() == revoked_text + "- ");
}

BOOST_AUTO_TEST_CASE(what_throws_ends_the_subscription) {
  run("watch");
  client.take();
  change(-1);
  BOOST_TEST(client.take() == revoked_text + "- ");
  BOOST_TEST(pool.count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_change_that_cannot_be_read_is_dropped) {
  run("watch");
  client.take();
  change("seven");
  BOOST_TEST(pool.count() == 0u);
  change(7);
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_refused_subscription_leaves_nothing) {
  BOOST_TEST(run("watch", 1, {{"wrong", 1}}) == R"(400 ["wrong"])");
  BOOST_TEST(client.take() == "");
  BOOST_TEST(run("watch") == "201 null");
}

BOOST_AUTO_TEST_CASE(refreshed_credentials_count_from_then_on) {
  run("watch");
  client.take();
  auto named = std::make_shared<scope>();
  named->user.username = "0";
  caf::anon_send(subject, connection_opened{named, client.handle()});
  world.settle();
  change(5);
  BOOST_TEST(pool.last().about->about().user().username == "0");
  answer(allow());
  answer(allow());
  BOOST_TEST(client.take() == told("50"));
}

BOOST_AUTO_TEST_CASE(nobody_is_asked_about_subscriptions_that_have_ended) {
  run("watch", 1);
  run("watch", 2);
  BOOST_TEST(client.take() == "+ ");
  change(1);
  BOOST_TEST(pool.count() == 2u);
  BOOST_TEST(run("unwatch", 2) == "204 null");
  BOOST_TEST(client.take() == "");
  // The answer about the one that has ended comes late.
  answer(allow());
  BOOST_TEST(pool.count() == 2u);
  world.kill(client.handle());
  change(2);
  BOOST_TEST(pool.count() == 2u);
}

BOOST_AUTO_TEST_CASE(the_group_is_left_and_joined_again) {
  run("watch");
  run("unwatch");
  BOOST_TEST(client.take() == "+ - ");
  change(1);
  BOOST_TEST(pool.count() == 0u);
  run("watch");
  change(2);
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(subscribers_are_closed_if_the_hub_dies) {
  run("watch");
  client.take();
  world.kill(subject);
  BOOST_TEST(client.take() == "1011 subscriptions lost ");
}

/// Its permissions answer at once.
struct with_quick_hub : with_hub {
  with_quick_hub() : with_hub(is_authenticated()) {}
};

BOOST_FIXTURE_TEST_CASE(the_pool_is_asked_about_the_first_event_only,
                        with_quick_hub) {
  run("watch");
  client.take();
  change(1);
  BOOST_TEST(pool.count() == 1u);
  answer(allow());
  // Now they are asked here, and nobody is logged in.
  BOOST_TEST(client.take() == told("1"));
  change(2);
  BOOST_TEST(pool.count() == 1u);
  BOOST_TEST(client.take() == revoked_text + "- ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace subscription_hub_suite
