#include "stagedoor/protocol/envelope.hpp"

#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>

namespace envelope_suite {

using namespace stagedoor;

namespace {

message_head head_of(std::string_view payload) {
  return decode_message(payload, frame_type::text, limits{}).message.head;
}

std::string encode(const message_head& head, const reply& answer) {
  std::string out;
  BOOST_TEST(append_envelope(out, head, answer));
  return out;
}

std::string encode(const event& push) {
  std::string out;
  BOOST_TEST(append_event(out, push));
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(envelope)

BOOST_AUTO_TEST_CASE(writes_the_success_of_the_contract) {
  const auto head = head_of(R"({"action":"test_action","pk":2})");
  BOOST_TEST(
      encode(head, ok(json::object{{"pk", 2}}))
      == R"({"errors":[],"data":{"pk":2},"action":"test_action","route":"",)"
         R"("status":200})");
}

BOOST_AUTO_TEST_CASE(echoes_the_request_id_as_the_sixth_key) {
  for (std::string_view id :
       {"null", "7", "-7", "18446744073709551615", R"("x\"y")"}) {
    const auto head = head_of(R"({"action":"go","route":"a?b","request_id":)"
                              + std::string(id) + "}");
    BOOST_TEST(encode(head, ok(nullptr, 201))
               == R"({"errors":[],"data":null,"action":"go","route":"a?b",)"
                  R"("status":201,"request_id":)"
                      + std::string(id) + "}");
  }
}

BOOST_AUTO_TEST_CASE(writes_null_for_a_missing_action) {
  const auto head = head_of(R"({"route":"r"})");
  BOOST_TEST(
      encode(head, to_reply(errc::action_missing))
      == R"({"errors":[{"detail":"Unable to find action in message body."}],)"
         R"("data":null,"action":null,"route":"r","status":404})");
}

BOOST_AUTO_TEST_CASE(answers_a_malformed_message) {
  const auto head = head_of(R"({"action":1,"route":"r","request_id":5})");
  BOOST_TEST(encode(head, to_reply(errc::malformed_message))
             == R"({"errors":[{"detail":"Malformed request."}],"data":null,)"
                R"("action":null,"route":"","status":400,"request_id":5})");
}

BOOST_AUTO_TEST_CASE(writes_several_errors) {
  BOOST_TEST(encode(message_head{"go", "", std::nullopt},
                    fail(409, {"a", "b", json::object{}}))
             == R"({"errors":["a","b",{}],"data":null,"action":"go",)"
                R"("route":"","status":409})");
}

BOOST_AUTO_TEST_CASE(writes_one_error_as_a_list) {
  const std::string text = "Cannot save.";
  for (const auto& answer : {fail(507, "Cannot save."), fail(507, text)})
    BOOST_TEST(encode(message_head{"go", "", std::nullopt}, answer)
               == R"({"errors":["Cannot save."],"data":null,"action":"go",)"
                  R"("route":"","status":507})");
}

BOOST_AUTO_TEST_CASE(escapes_what_the_client_sent) {
  const auto head = head_of(R"({"action":"\"\n","route":"\\\u0001\u00e9"})");
  BOOST_TEST(encode(head, to_reply(errc::action_not_allowed, "\"\n"))
             == "{\"errors\":[\"Action \\\"\\\"\\n\\\" not allowed in message "
                "body.\"],\"data\":null,\"action\":\"\\\"\\n\",\"route\":"
                "\"\\\\\\u0001\xC3\xA9\",\"status\":405}");
}

BOOST_AUTO_TEST_CASE(writes_a_push) {
  event push;
  push.data = json::object{{"said", "hello"}};
  BOOST_TEST(encode(push)
             == R"({"type":"general.broadcast","data":{"said":"hello"},)"
                R"("status":200})");
}

BOOST_AUTO_TEST_CASE(writes_a_push_with_a_type_and_status_of_its_own) {
  const event push{"room.\"x\"", json::array{1, 2.5}, 201};
  BOOST_TEST(encode(push)
             == R"({"type":"room.\"x\"","data":[1,2.5],"status":201})");
}

BOOST_AUTO_TEST_CASE(appends_behind_what_is_there) {
  std::string out = "x";
  BOOST_TEST(append_envelope(out, message_head{"go", "", std::nullopt}, ok(1)));
  BOOST_TEST(append_event(out, event{"t", nullptr, 200}));
  BOOST_TEST(out
             == R"(x{"errors":[],"data":1,"action":"go","route":"",)"
                R"("status":200}{"type":"t","data":null,"status":200})");
}

BOOST_AUTO_TEST_CASE(tells_of_what_json_cannot_express) {
  const message_head head{"go", "", std::nullopt};
  const std::string odd = "\xFF";
  std::string out;
  BOOST_TEST(!append_envelope(out, head, ok(json::string(odd))));
  BOOST_TEST(!append_envelope(out, head, fail(400, {json::object{{odd, 1}}})));
  BOOST_TEST(!append_envelope(out, head, ok(std::nan(""))));
  BOOST_TEST(!append_event(out, event{odd, nullptr}));
  BOOST_TEST(!append_event(out, event{"t", json::string(odd)}));
  // An event that another node could not express.
  BOOST_TEST(!append_event(out, event{"t", nullptr, event::not_json_status}));
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_an_event) {
  const std::string not_json{not_json_text};
  BOOST_TEST(flaw_of({"\xFF", nullptr}) == not_json);
  BOOST_TEST(flaw_of({"t", std::nan("")}) == not_json);
  // An event that another node could not express.
  BOOST_TEST(flaw_of({"t", json::string(not_json), event::not_json_status})
             == not_json);
  BOOST_TEST(flaw_of({"t", nullptr, event::not_json_status}) == "the status 1");
  BOOST_TEST(flaw_of({"t", "x", event::not_json_status}) == "the status 1");
}

BOOST_AUTO_TEST_CASE(writes_long_texts_whole) {
  for (const std::size_t bytes : {500U, 511U, 512U, 513U, 1024U, 70'000U}) {
    const std::string text(bytes, 'x');
    BOOST_TEST(encode(message_head{text, text, json::value(text)},
                      fail(400, {json::string(text)}))
               == R"({"errors":[")" + text + R"("],"data":null,"action":")"
                      + text + R"(","route":")" + text
                      + R"(","status":400,"request_id":")" + text + "\"}");
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace envelope_suite
