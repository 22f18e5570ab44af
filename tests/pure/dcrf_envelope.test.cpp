#include "stagedoor/protocol/dialects/dcrf_envelope.hpp"

#include "stagedoor/protocol/dialects/dcrf_message.hpp"
#include "stagedoor/protocol/dialects/speech.hpp"
#include "stagedoor/protocol/envelope.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>
#include <string_view>

namespace dcrf_envelope_suite {

using namespace stagedoor;

namespace {

message_head head_of(std::string_view payload) {
  return decode_dcrf_message(payload, frame_type::text, limits{}).message.head;
}

std::string encode(std::string_view sent, const reply& answer) {
  std::string out;
  BOOST_TEST(append_dcrf_envelope(out, head_of(sent), answer));
  return out;
}

/// The errors of the answer to a message.
std::string errors_of(std::string_view sent, const reply& answer) {
  const auto text = encode(sent, answer);
  return to_json(parse_json(text, wire_depth_max)->at("errors"));
}

std::string say(const event& pushed, bool has_streams) {
  std::string out;
  BOOST_TEST((speech{dialect::dcrf, has_streams}.append(out, pushed)));
  return out;
}

/// What a client is told of a change of what it has subscribed to.
std::string say(std::string_view subscribed, std::string_view type,
                std::uint16_t status) {
  std::string encoded;
  append_subscription_event(encoded, type, R"({"pk":1})", status,
                            *head_of(subscribed).request_id);
  std::string room;
  return std::string{speech{dialect::dcrf, true}.say(encoded, room)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(dcrf_envelope)

BOOST_AUTO_TEST_CASE(writes_five_keys_in_their_order) {
  BOOST_TEST(encode(R"({"action":"patch","request_id":[1,"x"],"pk":1})",
                    ok(json::object{{"id", 1}}))
             == R"({"errors":[],"data":{"id":1},"action":"patch",)"
                R"("response_status":200,"request_id":[1,"x"]})");
  BOOST_TEST(encode(R"({"action":"delete"})", ok(nullptr, 204))
             == R"({"errors":[],"data":null,"action":"delete",)"
                R"("response_status":204,"request_id":null})");
}

BOOST_AUTO_TEST_CASE(answers_in_the_stream_of_the_message) {
  BOOST_TEST(encode(R"({"stream":"a\"b","payload":{"action":"list",)"
                    R"("request_id":"r","limit":1}})",
                    ok(json::array{}))
             == R"({"stream":"a\"b","payload":{"errors":[],"data":[],)"
                R"("action":"list","response_status":200,)"
                R"("request_id":"r"}})");
}

BOOST_AUTO_TEST_CASE(answers_a_malformed_message) {
  const auto malformed = to_reply(errc::malformed_message, "why");
  BOOST_TEST(encode(R"({"request_id":7,)", malformed)
             == R"({"errors":[{"detail":"Malformed request.","reason":"why"}],)"
                R"("data":null,"action":null,"response_status":400,)"
                R"("request_id":7})");
  BOOST_TEST(encode(R"({"stream":"p","payload":1})", malformed)
             == R"({"stream":"p","payload":{"errors":[{"detail":)"
                R"("Malformed request.","reason":"why"}],"data":null,)"
                R"("action":null,"response_status":400,"request_id":null}})");
}

BOOST_AUTO_TEST_CASE(says_errors_of_one_text_in_short) {
  constexpr std::string_view sent = R"({"action":"delete"})";
  BOOST_TEST(errors_of(sent, not_found()) == R"(["Not found"])");
  BOOST_TEST(errors_of(sent, to_reply(errc::action_not_allowed, "destroy"))
             == R"(["Method \"delete\" not allowed."])");
  BOOST_TEST(errors_of(sent, to_reply(errc::unavailable))
             == R"(["Service unavailable."])");
  BOOST_TEST(errors_of(sent, fail(409, {json::object{{"detail", "Taken."}}}))
             == R"(["Taken."])");
}

BOOST_AUTO_TEST_CASE(leaves_all_other_errors_as_they_are) {
  constexpr std::string_view sent = R"({"action":"go"})";
  for (const auto* errors :
       {R"([{"title":["No."]}])", R"([{"detail":["No."]}])",
        R"([{"detail":"No.","code":"no"}])", R"(["a","b"])", R"([{}])"}) {
    const auto list = parse_json(errors, wire_depth_max)->as_array();
    BOOST_TEST(errors_of(sent, fail(400, list)) == errors);
  }
  // An action may answer 405 in its own words.
  BOOST_TEST(errors_of(sent, fail(405, {"Not on Sundays."}))
             == R"(["Not on Sundays."])");
}

BOOST_AUTO_TEST_CASE(writes_an_event_under_the_id_that_began_it) {
  constexpr std::string_view flat =
      R"({"action":"subscribe_instance","request_id":["s"],"pk":1})";
  BOOST_TEST(say(flat, "update", 200)
             == R"({"errors":[],"data":{"pk":1},"action":"update",)"
                R"("response_status":200,"request_id":["s"]})");
  constexpr std::string_view in_stream =
      R"({"stream":"p","payload":{"action":"subscribe","request_id":5}})";
  BOOST_TEST(say(in_stream, "delete", 204)
             == R"({"stream":"p","payload":{"errors":[],"data":{"pk":1},)"
                R"("action":"delete","response_status":204,)"
                R"("request_id":5}})");
  BOOST_TEST(say(in_stream, "revoked", 403)
             == R"({"stream":"p","payload":{"errors":["You do not have )"
                R"(permission to perform this action."],"data":{"pk":1},)"
                R"("action":"revoked","response_status":403,)"
                R"("request_id":5}})");
}

BOOST_AUTO_TEST_CASE(
    writes_other_events_where_no_client_takes_them_for_a_reply) {
  const event pushed{"room.message", json::array{1}, 200};
  BOOST_TEST(say(pushed, false)
             == R"({"errors":[],"data":[1],"action":"room.message",)"
                R"("response_status":200,"request_id":null})");
  BOOST_TEST(say(pushed, true)
             == R"({"stream":"$events","payload":{"errors":[],"data":[1],)"
                R"("action":"room.message","response_status":200,)"
                R"("request_id":null}})");
}

BOOST_AUTO_TEST_CASE(keeps_the_number_of_an_event) {
  std::string out;
  BOOST_TEST(append_dcrf_event(
      out, R"({"type":"said","data":1,"status":200,"group":"g","offset":7})",
      false));
  BOOST_TEST(out
             == R"({"errors":[],"data":1,"action":"said",)"
                R"("response_status":200,"request_id":null,"group":"g",)"
                R"("offset":7})");
}

BOOST_AUTO_TEST_CASE(tells_of_what_json_cannot_express) {
  std::string out;
  const auto head = head_of(R"({"action":"go"})");
  BOOST_TEST(!append_dcrf_envelope(out, head, ok(std::nan(""))));
  BOOST_TEST(!append_dcrf_envelope(out, head, fail(400, {"\xFF"})));
  const speech spoken{dialect::dcrf, false};
  BOOST_TEST(!spoken.append(out, event{"t", std::nan("")}));
  BOOST_TEST(!spoken.append(out, event{"t", nullptr, event::not_json_status}));
}

BOOST_AUTO_TEST_CASE(says_nothing_in_the_place_of_what_is_no_event) {
  std::string room;
  for (const auto* text :
       {"", "{", "[]", R"({"type":"t","data":1})",
        R"({"type":1,"data":1,"status":200})", R"({"type":"t","status":200})"})
    BOOST_TEST((speech{dialect::dcrf, false}.say(text, room) == ""), text);
}

BOOST_AUTO_TEST_CASE(leaves_what_the_own_dialect_says_as_it_is) {
  const speech own;
  std::string room;
  BOOST_TEST(own.say("anything", room) == "anything");
  client_message decoded;
  const auto outcome =
      own.decode(R"({"action":"patch"})", frame_type::text, limits{}, decoded);
  BOOST_TEST((outcome.error == errc::none));
  BOOST_TEST(*decoded.head.action == "patch");
  std::string out;
  BOOST_TEST(own.append(out, decoded.head, ok(1)));
  BOOST_TEST(own.append(out, event{"t", 1}));
  BOOST_TEST(out
             == R"({"errors":[],"data":1,"action":"patch","route":"",)"
                R"("status":200}{"type":"t","data":1,"status":200})");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace dcrf_envelope_suite
