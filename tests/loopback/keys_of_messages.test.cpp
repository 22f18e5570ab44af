// protocol/README.md, "Exactly once", row by row over real sockets.

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/conversation.hpp"
#include "support/one_client.hpp"

namespace keys_of_messages_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

/// How many actions have run.
std::atomic<int> runs = 0;

reply work() {
  return ok({{"run", ++runs}});
}

struct till {
  int sum = 0;
};

endpoint_spec shop() {
  return endpoint(
             "/ws/",
             handler("root")
                 .permissions(allow_any())
                 .action(
                     "pay",
                     [](arg<"amount", std::optional<std::int64_t>>) {
                       return work();
                     },
                     exactly_once)
                 .action("look", work)
                 .action(
                     "wrap", [] { return work(); }, exactly_once, blocking))
      .route("till/$", handler<till>("till")
                           .lives_for(lifetime::server)
                           .permissions(is_authenticated())
                           .action(
                               "add",
                               [](till& state, arg<"n", int> n) {
                                 return ok(state.sum += *n);
                               },
                               exactly_once));
}

const std::string alice = "/ws/?token=alice-token";

struct shop_fixture : one_client {
  shop_fixture() : one_client({shop()}, {}, alice) { runs = 0; }

  std::string pay(const std::string& more) {
    return ask(R"({"action":"pay")" + more + "}");
  }
};

std::string paid(int run) {
  return success(R"({"run":)" + std::to_string(run) + "}", "pay");
}

std::string refused(std::string_view errors, int status = 400) {
  return failure(status, "[" + std::string(errors) + "]", "pay");
}

const std::string no_key = malformed(R"(\"once\" is no string)");
const std::string no_age =
    malformed(R"(\"once_age\" is no whole number of milliseconds)");
const std::string no_size =
    refused(R"({"once":["Ensure this field has 1 to 128 bytes."]})");
const std::string unknown =
    refused(R"("The outcome of this message is unknown.")", 409);

std::string quoted(std::size_t bytes) {
  return '"' + std::string(bytes, 'k') + '"';
}

struct row {
  std::string more;
  std::string answer;
};

const std::vector<row> refused_rows{
    {R"(,"once":null)", no_key},
    {R"(,"once":1)", no_key},
    {R"(,"once":1.5)", no_key},
    {R"(,"once":true)", no_key},
    {R"(,"once":["k"])", no_key},
    {R"(,"once":{"k":1})", no_key},
    {R"(,"once":"k","once":1)", no_key},
    {R"(,"once":"\ud800")",
     malformed(R"(\"once\" has half of a surrogate pair)")},
    {R"(,"once":"k","once_age":null)", no_age},
    {R"(,"once":"k","once_age":"1")", no_age},
    {R"(,"once":"k","once_age":1.5)", no_age},
    {R"(,"once":"k","once_age":-1)", no_age},
    {R"(,"once":"k","once_age":true)", no_age},
    {R"(,"once":"k","once_age":[1])", no_age},
    {R"(,"once":"k","once_age":{})", no_age},
    {R"(,"once_age":-1)", no_age},
    {R"(,"once":"")", no_size},
    {R"(,"once":)" + quoted(129), no_size},
    {R"(,"once":"k","amount":"x")",
     refused(R"({"amount":["A valid integer is required."]})")},
    {R"(,"once":"k","once_age":86400000)", unknown},
    {R"(,"once":"k","once_age":18446744073709551615)", unknown},
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(keys_of_messages, shop_fixture)

BOOST_AUTO_TEST_CASE(what_no_key_can_be_is_refused_and_runs_nothing) {
  for (const auto& [more, answer] : refused_rows)
    BOOST_TEST(pay(more) == answer, more);
  BOOST_TEST(runs == 0);
  // None of them has used its key.
  BOOST_TEST(pay(R"(,"once":"k")") == paid(1));
}

BOOST_AUTO_TEST_CASE(keys_may_be_of_any_text_and_length_within_the_bounds) {
  int run = 0;
  for (const std::string& key :
       {quoted(1), quoted(128), std::string{R"("\u00e9\n\"")"},
        std::string{R"("  ")"}}) {
    ++run;
    BOOST_TEST(pay(R"(,"once":)" + key) == paid(run));
    BOOST_TEST(pay(R"(,"once":)" + key + R"(,"once_age":0)") == paid(run));
  }
  BOOST_TEST(pay(R"(,"once_age":5)") == paid(run + 1));
  BOOST_TEST(pay(R"(,"once_age":5)") == paid(run + 2));
}

BOOST_AUTO_TEST_CASE(each_envelope_has_its_own_request_id) {
  BOOST_TEST(pay(R"(,"once":"k","request_id":1)")
             == R"({"errors":[],"data":{"run":1},"action":"pay","route":"",)"
                R"("status":200,"request_id":1})");
  BOOST_TEST(pay(R"(,"once":"k","request_id":"x")")
             == R"({"errors":[],"data":{"run":1},"action":"pay","route":"",)"
                R"("status":200,"request_id":"x"})");
  BOOST_TEST(pay(R"(,"once":"k")") == paid(1));
  websocket_client phone{server.port(), alice};
  BOOST_TEST(phone.ask(R"({"once":"k","action":"pay"})") == paid(1));
  websocket_client bob{server.port(), "/ws/?token=bob-token"};
  BOOST_TEST(bob.ask(R"({"once":"k","action":"pay"})") == paid(2));
}

BOOST_AUTO_TEST_CASE(a_key_is_for_one_message) {
  const auto used = refused(R"("This key was used for another message.")", 409);
  BOOST_TEST(pay(R"(,"once":"k","amount":5,"note":{"a":1,"b":[1.0]})")
             == paid(1));
  BOOST_TEST(pay(R"(,"note":{"b":[1],"a":1e0},"amount":5,"once":"k")")
             == paid(1));
  BOOST_TEST(pay(R"(,"once":"k","amount":6,"note":{"a":1,"b":[1.0]})") == used);
  BOOST_TEST(pay(R"(,"once":"k","amount":5,"note":{"a":1,"b":[1.5]})") == used);
  BOOST_TEST(pay(R"(,"once":"k")") == used);
  BOOST_TEST(
      ask(R"({"action":"wrap","once":"k"})")
      == failure(409, R"(["This key was used for another message."])", "wrap"));
}

BOOST_AUTO_TEST_CASE(not_all_actions_and_users_have_keys) {
  const std::string kept_not =
      R"([{"once":["This action does not keep its answers."]}])";
  BOOST_TEST(ask(R"({"action":"look","once":"k"})")
             == failure(400, kept_not, "look"));
  BOOST_TEST(ask(R"({"action":"look","once":""})")
             == failure(400, kept_not, "look"));
  BOOST_TEST(ask(R"({"action":"check","route":"$can/","of":[],"once":"k"})")
             == failure(400, kept_not, "check", "$can/"));
  BOOST_TEST(ask(R"({"action":"nope","once":"k"})")
             == failure(405,
                        R"(["Action \"nope\" not allowed in message body."])",
                        "nope"));
  websocket_client nobody{server.port(), "/ws/"};
  BOOST_TEST(nobody.ask(R"({"action":"pay","once":"k"})")
             == refused(R"({"once":["Only users have keys."]})"));
  BOOST_TEST(nobody.ask(R"({"action":"pay"})") == paid(1));
  BOOST_TEST(
      nobody.ask(R"({"action":"add","route":"till/","n":1,"once":"k"})")
      == failure(403,
                 R"(["You do not have permission to perform this action."])",
                 "add", "till/"));
}

BOOST_AUTO_TEST_CASE(actions_on_other_units_and_threads_run_once_too) {
  std::vector<std::unique_ptr<websocket_client>> clients;
  for (int i = 0; i < 4; ++i)
    clients.push_back(std::make_unique<websocket_client>(server.port(), alice));
  for (const auto& each : clients)
    each->send_text(R"({"action":"add","route":"till/","n":5,"once":"k"})");
  for (const auto& each : clients)
    BOOST_TEST(each->read_text() == success("5", "add", "till/"));
  BOOST_TEST(ask(R"({"action":"add","route":"till/","n":1})")
             == success("6", "add", "till/"));
  for (const auto& each : clients)
    each->send_text(R"({"action":"wrap","once":"w"})");
  for (const auto& each : clients)
    BOOST_TEST(each->read_text() == success(R"({"run":1})", "wrap"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace keys_of_messages_suite
