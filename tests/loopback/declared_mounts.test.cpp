// Actors of the application whose actions the handler declares, in the process
// of the server and on another node, by what the actor counts.

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include <boost/test/unit_test.hpp>

#include <spdlog/spdlog.h>
#include <stagedoor/stagedoor.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/conversation.hpp"
#include "support/http_texts.hpp"
#include "support/log_lines.hpp"
#include "support/test_node.hpp"
#include "support/test_server.hpp"

namespace declared_mounts_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

using sale = takes<arg<"item", std::string>, arg<"count", std::int32_t>,
                   arg<"gift", std::optional<bool>>>;

/// Sells anything, and counts what it is asked.
mounted_actor::behavior_type sell(mounted_actor::pointer,
                                  std::atomic<int>* asked) {
  return {[asked](const request& message) -> reply {
    ++*asked;
    if (message.action() == "look")
      return ok("open");
    return sale::call(message, [](const auto& item, auto count, auto gift) {
      return ok(
          {{"item", *item}, {"count", *count}, {"gift", gift->has_value()}},
          201);
    });
  }};
}

handler_spec stall(const replicas& sellers) {
  return handler("stall")
      .permissions(allow_any())
      .mounts(sellers)
      .action("look", takes<>())
      .action("buy", sale(), guarded_by(is_authenticated()));
}

std::string message(const std::string& action, const std::string& more = {},
                    const std::string& route = "lamp/") {
  return R"({"action":")" + action + R"(","route":")" + route + '"' + more
         + '}';
}

/// A stall with one seller.
struct stall_fixture {
  std::atomic<int> asked = 0;

  /// Says what a stall has to answer, and counts what reaches the seller.
  void check(std::uint16_t port) {
    websocket_client alice{port, "/ws/?token=alice-token"};
    websocket_client nobody{port, "/ws/"};
    const auto refused = [](const std::string& errors,
                            const std::string& route = "lamp/") {
      return failure(400, errors, "buy", route);
    };
    BOOST_TEST(alice.ask(message("sell"))
               == failure(405,
                          R"(["Action \"sell\" not allowed in message body."])",
                          "sell", "lamp/"));
    BOOST_TEST(nobody.ask(message("buy"))
               == failure(403, denied, "buy", "lamp/"));
    BOOST_TEST(alice.ask(message("buy"))
               == refused(R"([{"count":["This field is required."]}])"));
    BOOST_TEST(
        alice.ask(message("buy", R"(,"count":2147483648,"gift":"maybe")"))
        == refused(R"([{"count":["A valid integer is required."],)"
                   R"("gift":["Must be a valid boolean."]}])"));
    BOOST_TEST(alice.ask(message("buy", R"(,"count":1)", "lamp/?count=one"))
               == refused(R"([{"count":["A valid integer is required."]}])",
                          "lamp/?count=one"));
    BOOST_TEST(asked == 0);
    BOOST_TEST(alice.ask(message("buy", R"(,"count":2147483647,"gift":"no")"))
               == envelope("[]",
                           R"({"item":"lamp","count":2147483647,"gift":true})",
                           201, {R"("buy")", "lamp/", ""}));
    BOOST_TEST(asked == 1);
    BOOST_TEST(nobody.ask(message("look", R"(,"count":"one")"))
               == success(R"("open")", "look", "lamp/"));
    BOOST_TEST(asked == 2);
  }

  /// @param node null for none.
  static server start(caf::actor_system& sys, const replicas& sellers,
                      cluster_ptr node = nullptr) {
    server_options options;
    options.port = 0;
    options.threads = 2;
    options.users = newsroom::demo_users();
    options.cluster = std::move(node);
    options.log =
        std::make_shared<spdlog::logger>("test", std::make_shared<log_lines>());
    auto started =
        serve(sys, options,
              {endpoint("/ws/").route(R"((?P<item>\w+)/$)", stall(sellers))});
    if (!started)
      throw std::runtime_error(text_of(started.error()));
    return std::move(*started);
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(declared_mounts, stall_fixture)

BOOST_AUTO_TEST_CASE(an_actor_gets_what_its_handler_declares_and_no_more) {
  config cfg;
  caf::actor_system sys{cfg};
  const auto seller = sys.spawn(sell, &asked);
  auto running = start(sys, replicas{seller});
  check(running.port());
  caf::anon_send_exit(seller, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(an_actor_on_another_node_gets_no_more_either) {
  test_node front{node_named("front")};
  test_node back{node_named("back", {front.address()})};
  const auto seller =
      caf::actor_cast<caf::actor>(back.system().spawn(sell, &asked));
  back->offer("sellers", seller);
  BOOST_REQUIRE(front.finds("sellers", 1));
  auto running = start(front.system(), service("sellers"), front.shared());
  check(running.port());
  back->withdraw("sellers", seller);
  caf::anon_send_exit(seller, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(a_node_that_runs_no_handlers_leaves_the_check_to_others) {
  test_node back{node_named("back")};
  const auto seller =
      caf::actor_cast<caf::actor>(back.system().spawn(sell, &asked));
  back->offer("sellers", seller);
  auto handlers = start(back.system(), service("sellers"), back.shared());
  auto without_handlers = node_named("front", {back.address()});
  without_handlers.roles.handlers = false;
  test_node front{without_handlers};
  BOOST_REQUIRE(front.sees("back"));
  auto running = start(front.system(), service("sellers"), front.shared());
  BOOST_REQUIRE(eventually([&] {
    websocket_client probe{running.port(), "/ws/"};
    return probe.ask(message("nothing")).find("405") != std::string::npos;
  }));
  check(running.port());
  back->withdraw("sellers", seller);
  caf::anon_send_exit(seller, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace declared_mounts_suite
