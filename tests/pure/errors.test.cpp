#include "stagedoor/protocol/caf_api/errors.hpp"

#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/protocol/caf_api/wire.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/json/json.hpp"
#include "stagedoor/protocol/reply.hpp"

#include "caf/all.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

namespace errors_suite {

using namespace stagedoor;

namespace {

constexpr std::uint8_t last_code = 21;

std::string errors_of(const reply& reply) {
  return std::string{reply.errors.view()};
}

void check(const reply& reply, int status, std::string_view errors) {
  BOOST_TEST(reply.status == status);
  BOOST_TEST(errors_of(reply) == errors);
  BOOST_TEST(reply.data.is_null());
}

} // namespace

BOOST_AUTO_TEST_SUITE(errors)

BOOST_AUTO_TEST_CASE(keeps_the_numbers_that_travel) {
  BOOST_TEST(static_cast<int>(errc::none) == 0);
  BOOST_TEST(static_cast<int>(errc::malformed_message) == 1);
  BOOST_TEST(static_cast<int>(errc::action_missing) == 2);
  BOOST_TEST(static_cast<int>(errc::route_not_found) == 3);
  BOOST_TEST(static_cast<int>(errc::permission_denied) == 4);
  BOOST_TEST(static_cast<int>(errc::not_authenticated) == 5);
  BOOST_TEST(static_cast<int>(errc::action_not_allowed) == 6);
  BOOST_TEST(static_cast<int>(errc::object_not_found) == 7);
  BOOST_TEST(static_cast<int>(errc::server_error) == 8);
  BOOST_TEST(static_cast<int>(errc::throttled) == 9);
  BOOST_TEST(static_cast<int>(errc::timed_out) == 10);
  BOOST_TEST(static_cast<int>(errc::unavailable) == 11);
  BOOST_TEST(static_cast<int>(errc::invalid_option) == 12);
  BOOST_TEST(static_cast<int>(errc::invalid_endpoint) == 13);
  BOOST_TEST(static_cast<int>(errc::cannot_listen) == 14);
  BOOST_TEST(static_cast<int>(errc::invalid_users_file) == 15);
  BOOST_TEST(static_cast<int>(errc::invalid_key_file) == 16);
  BOOST_TEST(static_cast<int>(errc::invalid_group) == 17);
  BOOST_TEST(static_cast<int>(errc::too_many_groups) == 18);
  BOOST_TEST(static_cast<int>(errc::invalid_meta) == 19);
  BOOST_TEST(static_cast<int>(errc::key_used) == 20);
  BOOST_TEST(static_cast<int>(errc::outcome_unknown) == last_code);
}

BOOST_AUTO_TEST_CASE(gives_every_code_a_name_of_its_own) {
  std::set<std::string> names;
  for (int code = 0; code <= last_code; ++code)
    names.insert(to_string(static_cast<errc>(code)));
  BOOST_TEST(names.size() == last_code + 1u);
  BOOST_TEST(!names.contains("unknown"));
  BOOST_TEST(to_string(errc::permission_denied) == "permission_denied");
  BOOST_TEST(to_string(static_cast<errc>(last_code + 1)) == "unknown");
}

BOOST_AUTO_TEST_CASE(reads_back_the_code_of_every_error) {
  for (int code = 0; code <= last_code; ++code) {
    const auto error = make_error(static_cast<errc>(code));
    BOOST_TEST((code_of(error) == static_cast<errc>(code)));
    BOOST_TEST((code_of(make_error(static_cast<errc>(code), "x"))
                == static_cast<errc>(code)));
    BOOST_TEST((error != caf::none) == (code != 0));
  }
  BOOST_TEST((code_of(caf::error{}) == errc::none));
}

BOOST_AUTO_TEST_CASE(makes_an_error_from_a_code_where_caf_wants_one) {
  const caf::error error = errc::timed_out;
  BOOST_TEST((code_of(error) == errc::timed_out));
  BOOST_TEST((error.category() == caf_api::category_of_errc));
}

BOOST_AUTO_TEST_CASE(takes_foreign_errors_for_unavailable) {
  const caf::error down = caf::exit_reason::remote_link_unreachable;
  BOOST_TEST((code_of(down) == errc::unavailable));
  const caf::error late = caf::sec::request_timeout;
  BOOST_TEST((code_of(late) == errc::unavailable));
}

BOOST_AUTO_TEST_CASE(takes_an_unknown_code_of_a_newer_node_for_server_error) {
  const auto error = caf_api::error_of(static_cast<errc>(last_code + 1));
  BOOST_TEST((code_of(error) == errc::server_error));
}

BOOST_AUTO_TEST_CASE(tells_the_text_else_the_name) {
  BOOST_TEST(text_of(make_error(errc::cannot_listen, "port 80: no"))
             == "port 80: no");
  BOOST_TEST(text_of(make_error(errc::cannot_listen, "")).empty());
  BOOST_TEST(text_of(make_error(errc::cannot_listen)) == "cannot_listen");
  BOOST_TEST(text_of(caf::error{}) == "none");
}

BOOST_AUTO_TEST_CASE(renders_foreign_errors) {
  const caf::error error =
      caf::make_error(caf::sec::cannot_open_port, "too low");
  BOOST_TEST(text_of(error).find("cannot_open_port") != std::string::npos);
  BOOST_TEST(text_of(error).find("too low") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(survives_a_context_that_is_no_text) {
  const auto error =
      caf_api::error_of(errc::malformed_message, caf::make_message(42));
  BOOST_TEST(text_of(error) == "malformed_message");
}

BOOST_AUTO_TEST_CASE(travels_between_nodes) {
  caf::actor_system_config config;
  configure(config);
  caf::actor_system system{config};
  auto sent = make_error(errc::throttled, "7");
  caf::error received;
  BOOST_REQUIRE(
      (caf_api::from_bytes(system, caf_api::to_bytes(system, sent), received)
       == caf::none));
  BOOST_TEST((code_of(received) == errc::throttled));
  BOOST_TEST(text_of(received) == "7");
}

BOOST_AUTO_TEST_CASE(answers_every_failure_as_the_contract_says) {
  check(to_reply(errc::malformed_message), 400,
        R"([{"detail":"Malformed request."}])");
  check(to_reply(errc::action_missing), 404,
        R"([{"detail":"Unable to find action in message body."}])");
  check(to_reply(errc::route_not_found), 404,
        R"([{"detail":"Unable to find route in message body."}])");
  check(to_reply(errc::permission_denied), 403,
        R"(["You do not have permission to perform this action."])");
  check(to_reply(errc::not_authenticated), 401,
        R"([{"detail":"Authentication credentials were not provided."}])");
  check(to_reply(errc::action_not_allowed, "nope"), 405,
        R"(["Action \"nope\" not allowed in message body."])");
  check(to_reply(errc::object_not_found), 404, R"([{"detail":"Not found."}])");
  check(to_reply(errc::throttled, "3"), 429,
        R"([{"detail":"Request was throttled. )"
        R"(Expected available in 3 seconds."}])");
  check(to_reply(errc::timed_out), 504, R"([{"detail":"Request timed out."}])");
  check(to_reply(errc::unavailable), 503,
        R"([{"detail":"Service unavailable."}])");
  check(to_reply(errc::invalid_group), 400,
        R"(["Not a valid name of a group."])");
  check(to_reply(errc::key_used), 409,
        R"(["This key was used for another message."])");
  check(to_reply(errc::outcome_unknown), 409,
        R"(["The outcome of this message is unknown."])");
  check(to_reply(errc::invalid_meta), 400,
        R"(["Not valid metadata of a member."])");
  check(to_reply(errc::too_many_groups), 400,
        R"(["No further group can be joined."])");
}

BOOST_AUTO_TEST_CASE(hides_the_cause_of_a_server_error) {
  constexpr auto errors = R"([{"detail":"A server error occurred."}])";
  for (auto code :
       {errc::server_error, errc::invalid_option, errc::invalid_endpoint,
        errc::cannot_listen, errc::invalid_users_file, errc::invalid_key_file,
        errc::none, static_cast<errc>(last_code + 1)})
    check(to_reply(code, "the cause"), 500, errors);
}

BOOST_AUTO_TEST_CASE(says_what_the_permission_says) {
  check(to_reply(errc::permission_denied, "Members only."), 403,
        R"(["Members only."])");
  check(to_reply(errc::not_authenticated, "Log in."), 401,
        R"([{"detail":"Log in."}])");
}

BOOST_AUTO_TEST_CASE(counts_one_second_in_the_singular) {
  check(to_reply(errc::throttled, "1"), 429,
        R"([{"detail":"Request was throttled. )"
        R"(Expected available in 1 second."}])");
  check(to_reply(errc::throttled, "11"), 429,
        R"([{"detail":"Request was throttled. )"
        R"(Expected available in 11 seconds."}])");
  check(to_reply(errc::throttled), 429,
        R"([{"detail":"Request was throttled."}])");
}

BOOST_AUTO_TEST_CASE(tells_the_name_of_any_action) {
  check(to_reply(errc::action_not_allowed, "a\"b"), 405,
        R"(["Action \"a\"b\" not allowed in message body."])");
}

BOOST_AUTO_TEST_CASE(rejects_input_with_a_text_or_with_texts_by_field) {
  check(reject("No seats left."), 400, R"(["No seats left."])");
  json::object texts;
  texts["seat"] = json::array{"Taken.", "Broken."};
  check(reject(texts), 400, R"([{"seat":["Taken.","Broken."]}])");
  check(reject(json::object{}), 400, "[{}]");
}

BOOST_AUTO_TEST_CASE(answers_not_found_as_the_contract_says) {
  check(not_found(), 404, R"([{"detail":"Not found."}])");
}

BOOST_AUTO_TEST_CASE(fails_with_a_status_of_the_actions_own) {
  check(fail(400, {"a"}), 400, R"(["a"])");
  check(fail(409, {"a", "b"}), 409, R"(["a","b"])");
  check(fail(599, {}), 599, "[]");
}

BOOST_AUTO_TEST_CASE(a_reply_with_a_status_that_is_none_is_flawed) {
  for (int status : {0, 102, 200, 399, 600, 65535}) {
    const auto flawed = fail(static_cast<std::uint16_t>(status), {"a"});
    BOOST_TEST(!flawed.is_sound());
    BOOST_TEST(flawed.flaw()
               == "fail() with the status " + std::to_string(status));
  }
  for (int status : {0, 102, 199, 300, 404, 500, 65535}) {
    const auto flawed = ok("a", static_cast<std::uint16_t>(status));
    BOOST_TEST(!flawed.is_sound());
    BOOST_TEST(flawed.flaw()
               == "ok() with the status " + std::to_string(status));
  }
  for (const auto& sound : {ok(), ok(1, 299), fail(400, {}), fail(599, {"a"}),
                            reject("a"), not_found()})
    BOOST_TEST(sound.is_sound());
  // Those that were made by hand.
  BOOST_TEST((reply{399, nullptr, {}}).is_sound());
  // Errors are a list, whatever the status.
  BOOST_TEST((reply{400, nullptr, {"no"}}).is_sound());
  const reply listless{400, nullptr, json_text("no")};
  BOOST_TEST(!listless.is_sound());
  BOOST_TEST(listless.flaw() == "a reply with errors that are no list");
  for (int status : {0, 102, 199, 600}) {
    const reply made{static_cast<std::uint16_t>(status), nullptr, {}};
    BOOST_TEST(!made.is_sound());
    BOOST_TEST(made.flaw()
               == "a reply with the status " + std::to_string(status));
  }
  const reply mixed{200, nullptr, {"a"}};
  BOOST_TEST(!mixed.is_sound());
  BOOST_TEST(mixed.flaw() == "a reply with errors and the status 200");
}

BOOST_AUTO_TEST_CASE(tells_why_a_message_is_malformed) {
  check(to_reply(errc::malformed_message, "not a JSON object"), 400,
        R"([{"detail":"Malformed request.","reason":"not a JSON object"}])");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace errors_suite
