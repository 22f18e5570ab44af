#include "stagedoor/protocol/caf_api/wire.hpp"

#include "stagedoor/actors/far_messages.hpp"
#include "stagedoor/actors/key_messages.hpp"
#include "stagedoor/actors/once_messages.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/packed.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/request.hpp"

#include "caf/all.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "support/answer_text.hpp"

namespace wire_suite {

using namespace stagedoor;

namespace {

struct configuration : caf::actor_system_config {
  configuration() { configure(*this); }
};

struct node {
  configuration config;
  caf::actor_system system{config};

  template <class... Ts>
  std::vector<char> write(const Ts&... xs) {
    auto bytes = caf_api::to_bytes(system, xs...);
    BOOST_REQUIRE(!bytes.empty());
    return bytes;
  }

  template <class T>
  caf::error read(const std::vector<char>& bytes, T& x) {
    return caf_api::from_bytes(system, bytes, x);
  }

  template <class T>
  T send(const T& x) {
    T result;
    BOOST_REQUIRE(!read(write(x), result));
    return result;
  }
};

bool is_malformed(const caf::error& error) {
  return code_of(error) == errc::malformed_message;
}

json::value parse(std::string_view text) {
  return parse_json(text, 8).value();
}

std::string nest(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

/// Reads a request with these texts, see `pack`.
caf::error load_request(request& x, std::string_view request_id,
                        std::string_view arguments) {
  packer to;
  for (const auto text :
       {std::string_view{"go"}, std::string_view{"a/"}, request_id, arguments})
    to.text(text);
  for (const std::uint64_t number : {0, 1, 1})
    to.number(number);
  return unpack(x, to.take(), std::make_shared<const scope>(), {});
}

user make_user() {
  user result;
  result.id = 7;
  result.username = "ann";
  result.is_active = false;
  result.is_staff = true;
  result.is_superuser = true;
  result.roles = {"editor", "author"};
  result.groups = {"staff"};
  result.permissions = {"posts.add_post"};
  result.group_permissions = {"posts.change_post"};
  result.attributes = {{"team", json::array{"a", 1, nullptr}}};
  return result;
}

scope make_scope() {
  scope result;
  result.connection_id = 42;
  result.path = "/ws/1";
  result.path_captures = {{"room", "1"}};
  result.query = {{"a", "1"}, {"a", "2"}};
  result.headers = fields{{"host", "x"}};
  result.cookies = {{"c", "d"}};
  result.subprotocols = {"one", "two"};
  result.subprotocol = "two";
  result.peer = "[::1]:4711";
  result.user = make_user();
  return result;
}

void check_equal(const user& left, const user& right) {
  BOOST_TEST((left.id == right.id));
  BOOST_TEST(left.username == right.username);
  BOOST_TEST(left.is_active == right.is_active);
  BOOST_TEST(left.is_staff == right.is_staff);
  BOOST_TEST(left.is_superuser == right.is_superuser);
  BOOST_TEST((left.roles == right.roles));
  BOOST_TEST((left.groups == right.groups));
  BOOST_TEST((left.permissions == right.permissions));
  BOOST_TEST((left.group_permissions == right.group_permissions));
  BOOST_TEST((left.attributes == right.attributes));
}

void check_equal(const scope& left, const scope& right) {
  BOOST_TEST(left.connection_id == right.connection_id);
  BOOST_TEST(left.path == right.path);
  BOOST_TEST((left.path_captures == right.path_captures));
  BOOST_TEST((left.query == right.query));
  BOOST_TEST((left.headers == right.headers));
  BOOST_TEST((left.cookies == right.cookies));
  BOOST_TEST((left.subprotocols == right.subprotocols));
  BOOST_TEST(left.subprotocol == right.subprotocol);
  BOOST_TEST(left.peer == right.peer);
  check_equal(left.user, right.user);
}

request_data make_data() {
  request_data data;
  data.scope = std::make_shared<const scope>(make_scope());
  data.message.head = {"go", "a/b?c", json::value("r1")};
  data.message.arguments = {{"z", 1}, {"a", json::object{{"n", 2.5}}}};
  data.captures = {{"pk", "5"}};
  data.sequence = 9;
  data.concurrent_allowed = false;
  data.only_asks = true;
  return data;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire, node)

BOOST_AUTO_TEST_CASE(carries_a_reply) {
  const auto received = send(
      reply{409,
            parse(R"({"b":[1,-2,2.5,18446744073709551615,null,"x"],"a":true})"),
            {"one", json::object{{"two", 2}}}});
  BOOST_TEST(received.status == 409);
  BOOST_TEST(received.data.view()
             == R"({"b":[1,-2,2.5,18446744073709551615,null,"x"],"a":true})");
  BOOST_TEST(received.errors.view() == R"(["one",{"two":2}])");
  BOOST_TEST(send(reply::interim()).is_interim());
}

BOOST_AUTO_TEST_CASE(carries_what_is_wrong_with_a_reply) {
  const auto flaw = "text that is not UTF-8, or a number that is not finite";
  for (const auto& odd :
       {ok("\xFF"), ok(std::nan("")), fail(404, {"\xFF"}), reject("\xFF")}) {
    const auto received = send(odd);
    BOOST_TEST(!received.is_sound());
    BOOST_TEST(received.flaw() == flaw);
    BOOST_TEST(received.has_errors() == odd.has_errors());
  }
  BOOST_TEST(send(fail(200, {"a"})).flaw() == "fail() with the status 200");
}

BOOST_AUTO_TEST_CASE(carries_that_json_cannot_express_an_event) {
  for (const auto& odd :
       {event{"\xFF", nullptr}, event{"t", "\xFF"}, event{"t", std::nan("")}}) {
    const auto received = send(odd);
    BOOST_TEST(received.status == event::not_json_status);
    BOOST_TEST(received.data == json_text(not_json_text));
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_user_whose_id_is_not_utf8) {
  auto odd = make_user();
  odd.id = "\xFF";
  user received;
  BOOST_TEST(is_malformed(read(write(odd), received)));
}

BOOST_AUTO_TEST_CASE(refuses_a_reply_that_is_not_json) {
  const std::uint16_t status = 200;
  reply received{201, 1, {"old"}};
  for (std::pair<std::string, std::string> texts :
       {std::pair{"{", "[]"}, {"", "[]"}, {"1", "["}, {"1", "{}"}, {"1", ""}}) {
    const auto bytes = write(status, texts.first, texts.second);
    BOOST_TEST(is_malformed(read(bytes, received)));
  }
  // Neither of the two is taken alone.
  BOOST_TEST(received.data == json_text(1));
  BOOST_TEST(received.errors.view() == R"(["old"])");
}

BOOST_AUTO_TEST_CASE(carries_an_event) {
  const auto received = send(event{"room.said", parse(R"({"a":[1]})"), 201});
  BOOST_TEST(received.type == "room.said");
  BOOST_TEST(received.data.view() == R"({"a":[1]})");
  BOOST_TEST(received.status == 201);
}

BOOST_AUTO_TEST_CASE(refuses_an_event_that_is_not_json) {
  event received;
  const auto bytes =
      write(std::string("type"), std::string("[1"), std::uint16_t{200});
  BOOST_TEST(is_malformed(read(bytes, received)));
}

BOOST_AUTO_TEST_CASE(carries_a_user) {
  check_equal(send(make_user()), make_user());
  auto named = make_user();
  named.id = "u-1";
  check_equal(send(named), named);
  named.id = 18446744073709551615u;
  check_equal(send(named), named);
}

BOOST_AUTO_TEST_CASE(carries_the_anonymous_user) {
  const auto received = send(user{});
  BOOST_TEST(!received.is_authenticated());
  check_equal(received, user{});
}

BOOST_AUTO_TEST_CASE(refuses_a_user_whose_id_or_attributes_are_wrong) {
  user received = make_user();
  for (std::string id : {"", "x", "1.5", "true", "[]", "{}"})
    BOOST_TEST(is_malformed(load_user(received, id, "{}")), id);
  for (std::string attributes : {"", "x", "[]", "null", "{"})
    BOOST_TEST(is_malformed(load_user(received, "1", attributes)), attributes);
  check_equal(received, make_user());
  BOOST_TEST((load_user(received, "null", "{}") == caf::none));
}

BOOST_AUTO_TEST_CASE(carries_a_scope) {
  check_equal(send(make_scope()), make_scope());
  check_equal(send(scope{}), scope{});
}

BOOST_AUTO_TEST_CASE(finds_the_first_field_of_a_name) {
  const auto scope = make_scope();
  BOOST_TEST(find_field(scope.query, "a") == &scope.query[0].second);
  BOOST_TEST(find_field(scope.query, "A") == nullptr);
  BOOST_TEST(find_field(scope.query, "") == nullptr);
  BOOST_TEST(find_field(fields{}, "a") == nullptr);
}

BOOST_AUTO_TEST_CASE(carries_a_request) {
  const request sent(make_data());
  const auto received = send(sent);
  check_equal(received.scope(), make_scope());
  BOOST_TEST(received.user().username == "ann");
  BOOST_TEST(received.action() == "go");
  BOOST_TEST(received.route() == "a/b?c");
  BOOST_TEST(
      (received.data().message.head.request_id == boost::json::value("r1")));
  BOOST_TEST(to_json(boost::json::value(received.data().message.arguments))
             == R"({"z":1,"a":{"n":2.5}})");
  BOOST_TEST((received.data().captures == sent.data().captures));
  BOOST_TEST(!received.data().connection);
  BOOST_TEST(received.data().sequence == 9u);
  BOOST_TEST(!received.data().concurrent_allowed);
  BOOST_TEST(received.only_asks());
}

BOOST_AUTO_TEST_CASE(carries_the_key_of_a_message) {
  auto data = make_data();
  BOOST_TEST(send(request(data)).once() == nullptr);
  data.message.once = std::make_shared<const once_mark>(
      once_mark{"k\n", std::chrono::milliseconds{1234}});
  const auto received = send(request(data));
  BOOST_TEST_REQUIRE(received.once() != nullptr);
  BOOST_TEST(received.once()->key == "k\n");
  BOOST_TEST(received.once()->age.count() == 1234);
  BOOST_TEST(received.only_asks());
  // Cut off.
  const auto packed = pack(request(data));
  for (std::size_t size = 0; size < packed.size(); ++size) {
    request_data part;
    BOOST_TEST(!!unpack(part, std::string_view{packed}.substr(0, size)),
               "cut to " << size);
  }
}

BOOST_AUTO_TEST_CASE(carries_what_once_keepers_say) {
  const auto claim = send(once_claim{{"=1", "k"}, "f", 5, "a/7", 9});
  BOOST_TEST(claim.key.user == "=1");
  BOOST_TEST(claim.key.key == "k");
  BOOST_TEST(claim.fingerprint == "f");
  BOOST_TEST(claim.age_ms == 5U);
  BOOST_TEST(claim.runner == "a/7");
  BOOST_TEST(claim.number == 9U);
  const auto verdict = send(once_verdict{false, 3, ok({{"n", 1}})});
  BOOST_TEST(!verdict.runs);
  BOOST_TEST(verdict.number == 3U);
  BOOST_TEST(verdict.answer.data.view() == R"({"n":1})");
  BOOST_TEST(send(once_verdict{true}).runs);
  const once_record record{{"=1", "k"},          "f",   "a/7", 9,
                           once_state::answered, ok(4), 60'000};
  const auto note = send(once_note{once_note_kind::synced,
                                   "b/2",
                                   {"a/7", "b/2"},
                                   {record, record},
                                   true,
                                   77,
                                   true});
  BOOST_TEST((note.what == once_note_kind::synced));
  BOOST_TEST(note.from == "b/2");
  BOOST_TEST(note.ring.at(1) == "b/2");
  BOOST_TEST(note.knows_since);
  BOOST_TEST(note.kept_ms == 77U);
  BOOST_TEST(note.was_out);
  BOOST_TEST_REQUIRE(note.records.size() == 2U);
  const auto& told = note.records[1];
  BOOST_TEST((told.key == record.key));
  BOOST_TEST(told.fingerprint == "f");
  BOOST_TEST(told.runner == "a/7");
  BOOST_TEST(told.number == 9U);
  BOOST_TEST((told.state == once_state::answered));
  BOOST_TEST(told.answer.data.view() == "4");
  BOOST_TEST(told.left_ms == 60'000U);
  const auto receipt = send(once_receipt{true, "a/7"});
  BOOST_TEST(receipt.is_yes);
  BOOST_TEST(receipt.from == "a/7");
}

BOOST_AUTO_TEST_CASE(carries_messages_and_their_answers_in_batches) {
  const request_batch sent{7, {make_scope()}, {{}}, "packed"};
  const auto received = send(sent);
  BOOST_TEST(received.number == 7u);
  BOOST_REQUIRE(received.scopes.size() == 1u);
  check_equal(received.scopes[0], make_scope());
  BOOST_TEST(received.connections.size() == 1u);
  BOOST_TEST(received.requests == "packed");
  BOOST_TEST(send(request_answers{"given"}).answers == "given");
}

BOOST_AUTO_TEST_CASE(carries_the_query_in_the_route_alone) {
  auto data = make_data();
  data.message.head.route = "a/?x=1&x=%C3%A4&y=%FF";
  const request sent(data);
  const fields query{{"x", "1"}, {"x", "\xC3\xA4"}, {"y", "\uFFFD"}};
  BOOST_TEST((sent.query() == query));
  const auto received = send(sent);
  BOOST_TEST(received.route() == data.message.head.route);
  BOOST_TEST((received.query() == query));
  data.message.head.route = "a/";
  BOOST_TEST(send(request(data)).query().empty());
}

BOOST_AUTO_TEST_CASE(copies_of_a_request_share_its_query) {
  const request one(make_data());
  const auto other = one;
  BOOST_TEST((one.query() == fields{{"c", ""}}));
  BOOST_TEST(&one.query() == &other.query());
  BOOST_TEST(request().query().empty());
}

BOOST_AUTO_TEST_CASE(carries_the_handle_of_the_connection) {
  auto data = make_data();
  // It must still be there when its handle is read back.
  const auto stay = [](caf::event_based_actor*, int) {
    return caf::behavior{[](int) {}};
  };
  data.connection = system.spawn(stay, 0);
  const request sent(data);
  BOOST_TEST((send(sent).data().connection == data.connection));
  // CAF holds on to what it has serialised, until it ends.
  caf::anon_send_exit(data.connection, caf::exit_reason::user_shutdown);
}

BOOST_AUTO_TEST_CASE(keeps_every_request_id_apart_from_none) {
  for (std::string_view id :
       {"null", R"("")", "0", "-1", "18446744073709551615"}) {
    auto data = make_data();
    data.message.head.request_id = parse(id);
    const auto received = send(request(data));
    BOOST_REQUIRE(received.data().message.head.request_id.has_value());
    BOOST_TEST(to_json(*received.data().message.head.request_id) == id);
  }
  auto data = make_data();
  data.message.head.request_id.reset();
  BOOST_TEST(!send(request(data)).data().message.head.request_id.has_value());
}

BOOST_AUTO_TEST_CASE(refuses_a_request_that_is_not_json) {
  request received(make_data());
  for (std::string_view arguments : {"", "[]", "null", "{"})
    BOOST_TEST(is_malformed(load_request(received, "1", arguments)), arguments);
  BOOST_TEST(is_malformed(load_request(received, "[", "{}")));
  BOOST_TEST(received.action() == "go");
}

BOOST_AUTO_TEST_CASE(reports_a_request_that_is_cut_off) {
  const auto bytes = write(request(make_data()));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    request received;
    const std::vector<char> part(bytes.data(), bytes.data() + size);
    BOOST_TEST(!!read(part, received), "cut to " << size);
  }
}

BOOST_AUTO_TEST_CASE(starts_with_an_empty_request) {
  const request empty;
  BOOST_TEST(empty.action() == "");
  BOOST_TEST(empty.route() == "");
  BOOST_TEST(!empty.user().is_authenticated());
  BOOST_TEST(empty.scope().connection_id == 0u);
  BOOST_TEST(empty.body("a") == nullptr);
  BOOST_TEST(empty.capture("a") == nullptr);
  // Shared: making one allocates nothing.
  BOOST_TEST(&empty.data() == &request().data());
  BOOST_TEST(send(empty).action() == "");
}

BOOST_AUTO_TEST_CASE(finds_body_and_captures_apart) {
  const request asked(make_data());
  BOOST_REQUIRE(asked.body("z") != nullptr);
  BOOST_TEST((*asked.body("z") == 1));
  BOOST_TEST(asked.body("pk") == nullptr);
  BOOST_TEST(asked.body("action") == nullptr);
  BOOST_REQUIRE(asked.capture("pk") != nullptr);
  BOOST_TEST(*asked.capture("pk") == "5");
  BOOST_TEST(asked.capture("z") == nullptr);
}

BOOST_AUTO_TEST_CASE(carries_values_up_to_a_depth) {
  reply received_reply;
  BOOST_TEST((load_reply(received_reply, nest(512), "[]") == caf::none));
  BOOST_TEST(is_malformed(load_reply(received_reply, nest(513), "[]")));
  BOOST_TEST((load_reply(received_reply, "1", nest(512)) == caf::none));
  BOOST_TEST(is_malformed(load_reply(received_reply, "1", nest(513))));
  event received_event;
  BOOST_TEST((load_event(received_event, nest(512)) == caf::none));
  BOOST_TEST(is_malformed(load_event(received_event, nest(513))));
  user received_user;
  BOOST_TEST((load_user(received_user, "1", R"({"a":)" + nest(511) + "}")
              == caf::none));
  BOOST_TEST(is_malformed(
      load_user(received_user, "1", R"({"a":)" + nest(512) + "}")));
  request received_request;
  const auto load = [&](std::size_t depth) {
    return load_request(received_request, "1", R"({"a":)" + nest(depth) + "}");
  };
  BOOST_TEST((load(511) == caf::none));
  BOOST_TEST(is_malformed(load(512)));
}

// -- batches of questions -----------------------------------------------------

BOOST_AUTO_TEST_CASE(carries_the_answers_to_a_batch) {
  query_answers given{7, {}, {}};
  given.decisions = {{0, allow()},
                     {300, deny("not you", 451, "why")},
                     {2, decision_error("it broke", 503)}};
  given.failures = {{1, make_error(errc::timed_out, "late")}};
  const auto received = send(given);
  BOOST_TEST(received.number == 7u);
  const auto& [first, second, third] =
      std::tie(received.decisions.at(0), received.decisions.at(1),
               received.decisions.at(2));
  BOOST_TEST(test::text(first.second) == "allow");
  BOOST_TEST(second.first == 300u);
  BOOST_TEST(test::text(second.second) == "deny 451 not you");
  BOOST_TEST(second.second.code == "why");
  BOOST_TEST(third.first == 2u);
  BOOST_TEST(test::text(third.second) == "error 503 it broke");
  BOOST_TEST((received.failures == given.failures));
}

BOOST_AUTO_TEST_CASE(answers_that_are_cut_off_allow_nothing) {
  query_answers given{7, {{300, deny("not you")}, {0, allow()}}, {}};
  const auto whole = decisions_to_wire(given);
  query_answers loaded;
  BOOST_TEST((decisions_from_wire(loaded, whole) == caf::none));
  const auto first = whole.size() - 2; // The second one takes two bytes.
  for (std::size_t left = 1; left < whole.size(); ++left)
    if (left != first) {
      BOOST_TEST(is_malformed(decisions_from_wire(
          loaded, std::string_view{whole}.substr(0, left))));
      BOOST_TEST(loaded.decisions.empty());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace wire_suite
