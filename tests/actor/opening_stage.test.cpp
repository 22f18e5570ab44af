#include "stagedoor/actors/connections/opening_stage.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "support/connection_fixture.hpp"

namespace opening_stage_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

/// An HTTP answer of the socket's log.
std::string answered(int status, const std::string& detail,
                     const std::string& code, const std::string& header = {}) {
  return "answer " + std::to_string(status) + R"( {"detail":")" + detail
         + R"(","code":")" + code + "\"}" + (header.empty() ? "" : ' ' + header)
         + '\n';
}

const std::string no_service =
    answered(503, "Service unavailable", "unavailable", "Retry-After: 5");

} // namespace

BOOST_FIXTURE_TEST_SUITE(opening_stage, connection_fixture)

BOOST_AUTO_TEST_CASE(a_client_that_says_nothing_hears_a_408_in_time) {
  start();
  world.advance(world.bounds().handshake_timeout - 1ms);
  BOOST_TEST(socket->take() == "");
  world.advance(1ms);
  BOOST_TEST(socket->take().starts_with("answer 408 "));
  // It goes when its socket has gone.
  BOOST_TEST(is_alive());
  emit(transport_ended{});
  BOOST_TEST(!is_alive());
}

BOOST_AUTO_TEST_CASE(what_is_no_opening_request_is_refused) {
  start();
  emit(head_refused{refusal::head_too_large});
  BOOST_TEST(socket->take().starts_with("answer 431 "));
  world.advance(1h);
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(an_unknown_path_is_a_404_and_nobody_is_asked) {
  start();
  request_head("/nowhere/");
  BOOST_TEST(socket->take().starts_with("answer 404 "));
  BOOST_TEST(pool.count() == 0u);
}

BOOST_AUTO_TEST_CASE(over_the_limit_it_is_a_503_and_health_is_answered) {
  over_limit = true;
  start();
  request_head("/ws/");
  BOOST_TEST(socket->take() == no_service);
  BOOST_TEST(pool.count() == 0u);
}

BOOST_AUTO_TEST_CASE(over_the_limit_health_checks_are_answered) {
  over_limit = true;
  start();
  request_head("/healthz");
  BOOST_TEST(socket->take() == "answer 200 {\"status\":\"ok\"}\n");
}

BOOST_AUTO_TEST_CASE(while_the_server_drains_newcomers_hear_a_503) {
  ready->drain();
  start();
  request_head("/ws/");
  BOOST_TEST(socket->take() == no_service);
}

BOOST_AUTO_TEST_CASE(can_connect_is_asked_before_the_101) {
  start();
  request_head("/strict/");
  BOOST_TEST(socket->take() == "");
  BOOST_REQUIRE(pool.count() == 1u);
  BOOST_TEST((pool.last().asked == question::can_connect));
  BOOST_TEST(pool.last().about->guard() == (*table)[2].routes->root().guard);
  BOOST_TEST(pool.last().about->about().scope().path == "/strict/");
  BOOST_TEST(pool.last().about->about().scope().peer == "127.0.0.1:4711");
  BOOST_TEST(pool.last().about->about().scope().connection_id == 7u);
  decide(allow());
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "read\n");
  BOOST_TEST(authenticator.count() == 0u);
}

BOOST_AUTO_TEST_CASE(the_subprotocol_and_the_compression_are_the_endpoints) {
  start();
  request_head("/spoken/", {{"sec-websocket-protocol", "other, chat"}});
  decide(allow());
  BOOST_TEST(socket->take() == "accept \"chat\" compressed\n");
}

BOOST_AUTO_TEST_CASE(a_denied_can_connect_is_a_403_or_what_it_says) {
  start();
  request_head("/ws/");
  decide(deny());
  BOOST_TEST(socket->take()
             == answered(403, "Permission denied", "permission_denied"));
  BOOST_TEST(world.logged("connection 7: 127.0.0.1:4711 refused with 403"));
}

BOOST_AUTO_TEST_CASE(a_permission_may_name_its_own_status) {
  start();
  request_head("/ws/");
  decide(deny("Too many of you", 429, "crowded"));
  BOOST_TEST(socket->take() == answered(429, "Too many of you", "crowded"));
}

BOOST_AUTO_TEST_CASE(
    a_can_connect_that_fails_is_a_500_and_its_cause_is_logged) {
  start();
  request_head("/ws/");
  decide(decision_error("no database"));
  BOOST_TEST(socket->take().starts_with("answer 500 "));
  BOOST_TEST(world.logged("no database"));
}

BOOST_AUTO_TEST_CASE(a_worker_that_is_gone_is_a_503) {
  start();
  request_head("/ws/");
  pool.fail_last(make_error(errc::unavailable));
  world.settle();
  BOOST_TEST(socket->take() == no_service);
}

BOOST_AUTO_TEST_CASE(a_pool_that_is_gone_is_a_503) {
  start();
  world.kill(pool.handle());
  request_head("/ws/");
  BOOST_TEST(socket->take() == no_service);
}

BOOST_AUTO_TEST_CASE(a_late_can_connect_is_a_503_and_its_allow_is_dropped) {
  start();
  request_head("/ws/");
  world.advance(world.bounds().can_connect_timeout - 1ms);
  BOOST_TEST(socket->take() == "");
  world.advance(1ms);
  BOOST_TEST(socket->take() == no_service);
  decide(allow());
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(a_token_is_asked_for_first) {
  start();
  request_head("/ws/?token=secret&x=1");
  BOOST_TEST(pool.count() == 0u);
  BOOST_REQUIRE(authenticator.count() == 1u);
  BOOST_TEST(authenticator.last().token == "secret");
  authenticate({identity{alice(), {}}});
  BOOST_REQUIRE(pool.count() == 1u);
  BOOST_TEST(to_json(pool.last().about->about().user().id) == "1");
  // The token is in nothing that others see.
  BOOST_TEST((pool.last().about->about().scope().query == fields{{"x", "1"}}));
  decide(allow());
  emit(handshake_done{});
  receive(0);
  BOOST_TEST(to_json(router().last().scope->user.id) == "1");
  BOOST_TEST(!world.logged("secret"));
}

BOOST_AUTO_TEST_CASE(a_token_among_the_subprotocols_is_seen_by_nobody) {
  start();
  request_head("/spoken/", {{"sec-websocket-protocol", "bearer.secret, chat"}});
  BOOST_REQUIRE(authenticator.count() == 1u);
  BOOST_TEST(authenticator.last().token == "secret");
  authenticate({identity{alice(), {}}});
  const auto& seen = pool.last().about->about().scope();
  BOOST_TEST((seen.subprotocols == std::vector<std::string>{"chat"}));
  BOOST_TEST((find_field(seen.headers, "sec-websocket-protocol") == "chat"));
  decide(allow());
  BOOST_TEST(socket->take() == "accept \"chat\" compressed\n");
  emit(handshake_done{});
  emit(transport_ended{});
  BOOST_TEST(world.logged("connection 7"));
  BOOST_TEST(!world.logged("secret"));
}

BOOST_AUTO_TEST_CASE(a_token_that_is_the_only_subprotocol_is_not_picked) {
  start();
  request_head("/spoken/", {{"sec-websocket-protocol", "bearer.secret"}});
  authenticate({identity{alice(), {}}});
  decide(allow());
  BOOST_TEST(socket->take() == "accept \"\" compressed\n");
}

BOOST_AUTO_TEST_CASE(a_cookie_is_a_token_where_the_endpoint_names_it) {
  start();
  request_head("/cookie/", {{"cookie", "session=secret"}});
  BOOST_REQUIRE(authenticator.count() == 1u);
  BOOST_TEST(authenticator.last().token == "secret");
}

BOOST_AUTO_TEST_CASE(a_cookie_that_the_endpoint_does_not_name_is_no_token) {
  start();
  request_head("/ws/", {{"cookie", "session=secret"}});
  BOOST_TEST(authenticator.count() == 0u);
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(an_expired_token_is_a_401) {
  start();
  request_head("/ws/?token=x");
  authenticate({identity{alice(), world.wall_now()}});
  BOOST_TEST(socket->take()
             == answered(401, "Invalid credentials", "bad_credentials",
                         "WWW-Authenticate: Bearer"));
  BOOST_TEST(pool.count() == 0u);
  BOOST_TEST(world.logged("refused with 401: credentials expired"));
}

BOOST_AUTO_TEST_CASE(a_token_that_expired_as_long_ago_as_can_be_is_a_401) {
  start();
  request_head("/ws/?token=x");
  authenticate(
      {identity{alice(), std::chrono::system_clock::time_point::min()}});
  BOOST_TEST(socket->take().starts_with("answer 401 "));
}

BOOST_AUTO_TEST_CASE(a_token_that_expires_in_a_moment_is_good) {
  start();
  request_head("/ws/?token=x");
  authenticate({identity{alice(), world.wall_now() + 1ms}});
  BOOST_TEST(pool.count() == 1u);
}

BOOST_AUTO_TEST_CASE(for_browsers_an_expired_token_is_a_101_and_a_4401) {
  start();
  request_head("/browser/?token=x");
  authenticate({identity{alice(), world.wall_now()}});
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "close 4401 bad_credentials\n");
}

BOOST_AUTO_TEST_CASE(who_is_revoked_while_the_authenticator_is_asked_is_a_401) {
  start();
  request_head("/ws/?token=x");
  tell(revoke_atom_v, std::string{"2"});
  tell(revoke_atom_v, std::string{"1"});
  BOOST_TEST(socket->take() == "");
  authenticate({identity{alice(), {}}});
  BOOST_TEST(socket->take().starts_with("answer 401 "));
  BOOST_TEST(pool.count() == 0u);
  BOOST_TEST(world.logged("refused with 401: credentials revoked"));
}

BOOST_AUTO_TEST_CASE(who_is_revoked_while_can_connect_is_asked_is_a_401) {
  start();
  request_head("/ws/?token=x");
  authenticate({identity{alice(), {}}});
  tell(revoke_atom_v, std::string{"1"});
  BOOST_TEST(socket->take().starts_with("answer 401 "));
  decide(allow());
  BOOST_TEST(socket->take() == "");
}

BOOST_AUTO_TEST_CASE(for_browsers_who_is_revoked_that_early_hears_a_4401) {
  start();
  request_head("/browser/?token=x");
  authenticate({identity{alice(), {}}});
  tell(revoke_atom_v, std::string{"1"});
  BOOST_TEST(socket->take() == "accept \"\"\n");
  decide(allow());
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "close 4401 credentials_revoked\n");
}

BOOST_AUTO_TEST_CASE(who_is_revoked_behind_the_101_hears_a_4401) {
  start();
  request_head("/ws/?token=x");
  authenticate({identity{alice(), {}}});
  decide(allow());
  tell(revoke_atom_v, std::string{"1"});
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "close 4401 credentials_revoked\n");
}

BOOST_AUTO_TEST_CASE(what_is_pushed_to_the_user_behind_the_101_waits_for_it) {
  start();
  request_head("/ws/?token=x");
  authenticate({identity{alice(), {}}});
  decide(allow());
  BOOST_TEST(socket->take() == "accept \"\"\n");
  tell(group_event{std::make_shared<const std::string>("hello"),
                   std::make_shared<const group_label>()});
  BOOST_TEST(socket->take() == "");
  emit(handshake_done{});
  BOOST_TEST(socket->take() == sent("hello") + "read\n");
}

BOOST_AUTO_TEST_CASE(a_revocation_does_not_concern_others_who_are_opening) {
  start();
  tell(revoke_atom_v, std::string{"1"});
  request_head("/ws/?token=x");
  tell(revoke_atom_v, std::string{"2"});
  authenticate({identity{alice(), {}}});
  tell(revoke_atom_v, std::string{"3"});
  decide(allow());
  tell(revoke_atom_v, std::string{"4"});
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "accept \"\"\nread\n");
}

BOOST_AUTO_TEST_CASE(a_refused_token_is_a_401_and_can_connect_is_not_asked) {
  start();
  request_head("/ws/", {{"authorization", "Bearer wrong"}});
  authenticator.answer_last({std::nullopt, "too old"});
  world.settle();
  BOOST_TEST(socket->take().starts_with("answer 401 "));
  BOOST_TEST(pool.count() == 0u);
  BOOST_TEST(world.logged("refused with 401: credentials refused: too old"));
  BOOST_TEST(!world.logged("wrong"));
}

BOOST_AUTO_TEST_CASE(without_an_authenticator_a_token_is_a_503) {
  start();
  world.kill(authenticator.handle());
  request_head("/ws/?token=x");
  BOOST_TEST(socket->take() == no_service);
}

BOOST_AUTO_TEST_CASE(token_and_can_connect_share_one_timeout) {
  start();
  request_head("/ws/?token=x");
  auto half = world.bounds().can_connect_timeout / 2;
  world.advance(half);
  authenticator.answer_last({identity{}});
  world.settle();
  BOOST_TEST(pool.count() == 1u);
  world.advance(world.bounds().can_connect_timeout - half - 1ms);
  BOOST_TEST(socket->take() == "");
  world.advance(1ms);
  BOOST_TEST(socket->take() == no_service);
}

BOOST_AUTO_TEST_CASE(a_late_authenticator_is_a_503_and_its_user_is_dropped) {
  start();
  request_head("/ws/?token=x");
  world.advance(world.bounds().can_connect_timeout);
  BOOST_TEST(socket->take() == no_service);
  authenticator.answer_last({identity{}});
  world.settle();
  BOOST_TEST(pool.count() == 0u);
}

BOOST_AUTO_TEST_CASE(for_browsers_a_denial_is_a_101_and_a_4403) {
  start();
  request_head("/browser/");
  decide(deny("hidden"));
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "close 4403 permission_denied\n");
}

BOOST_AUTO_TEST_CASE(for_browsers_a_refused_token_is_a_101_and_a_4401) {
  start();
  request_head("/browser/?token=x");
  authenticator.answer_last({std::nullopt});
  world.settle();
  BOOST_TEST(socket->take() == "accept \"\"\n");
  emit(handshake_done{});
  BOOST_TEST(socket->take() == "close 4401 bad_credentials\n");
  emit(transport_ended{close_code::credentials_expired, "closed"});
  BOOST_TEST(!is_alive());
}

BOOST_AUTO_TEST_CASE(for_browsers_a_failed_permission_is_http_all_the_same) {
  start();
  request_head("/browser/");
  decide(decision_error("oh"));
  BOOST_TEST(socket->take().starts_with("answer 500 "));
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_take_the_101_is_given_up) {
  start();
  request_head("/ws/");
  decide(allow());
  socket->take();
  world.advance(world.bounds().handshake_timeout - 1ms);
  BOOST_TEST(is_alive());
  world.advance(1ms);
  BOOST_TEST(!is_alive());
  BOOST_TEST(socket->take() == "abort\n");
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_while_it_is_decided_on_leaves_nothing) {
  start();
  request_head("/ws/?token=x");
  emit(transport_ended{});
  BOOST_TEST(!is_alive());
  authenticator.answer_last({identity{}});
  world.settle();
  BOOST_TEST(pool.count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_before_an_answer_is_counted_as_gone) {
  auto& gone = world.metrics().handshakes.at(unit_metrics::gone);
  start();
  request_head("/ws/");
  emit(transport_ended{});
  BOOST_TEST(gone.value() == 1);
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_behind_a_refusal_is_counted_once) {
  auto& handshakes = world.metrics().handshakes;
  start();
  request_head("/nowhere/");
  emit(transport_ended{});
  BOOST_TEST(handshakes.at(std::uint16_t{404}).value() == 1);
  BOOST_TEST(handshakes.at(unit_metrics::gone).value() == 0);
}

BOOST_AUTO_TEST_CASE(the_root_handler_hears_of_it_if_it_has_a_hook) {
  open("/told/");
  BOOST_REQUIRE(routers[1].opened().size() == 1u);
  BOOST_TEST(routers[1].opened()[0].scope->path == "/told/");
  BOOST_TEST((routers[1].opened()[0].connection
              == caf::actor_cast<caf::actor>(subject)));
}

BOOST_AUTO_TEST_CASE(without_a_hook_nobody_is_told) {
  open();
  BOOST_TEST(router().opened().empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace opening_stage_suite
