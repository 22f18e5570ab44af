#include "stagedoor/protocol/dialects/dcrf_envelope.hpp"
#include "stagedoor/protocol/dialects/dcrf_message.hpp"
#include "stagedoor/protocol/envelope.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/source_tree.hpp"

namespace dcrf_oracle_suite {

// Replays tests/oracle/dcrf_frames.jsonl, which says what
// djangochannelsrestframework answers: our envelope of the same answer is its
// envelope, key by key, but for the kinds of deviations below.

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct frame_row {
  std::string name;
  std::string sent;
  /// Which of `received`, `event` and `closed` the row has.
  std::string kind;
  std::string came;

  [[nodiscard]] std::string text() const { return name + ": " + sent; }
};

std::vector<frame_row> read_rows() {
  std::vector<frame_row> result;
  std::ifstream in(top_of_tree() / "tests/oracle/dcrf_frames.jsonl");
  BOOST_REQUIRE(in.good());
  for (std::string line; std::getline(in, line);) {
    const auto parsed = parse_json(line, wire_depth_max);
    BOOST_REQUIRE_MESSAGE(static_cast<bool>(parsed), line);
    const auto& members = parsed->get_object();
    frame_row row;
    row.name = members.at("case").get_string();
    row.sent = members.at("sent").get_string();
    for (const auto* kind : {"received", "event", "closed"})
      if (const auto* came = members.if_contains(kind)) {
        row.kind = kind;
        if (const auto* text = came->if_string())
          row.came = *text;
      }
    result.push_back(std::move(row));
  }
  return result;
}

constexpr std::string_view binary_mark = "BINARY ";

decoded_message decode(const frame_row& row) {
  const auto is_binary = row.sent.starts_with(binary_mark);
  return decode_dcrf_message(
      row.sent, is_binary ? frame_type::binary : frame_type::text, limits{});
}

/// The payload of a frame of the multiplexed form, or else the frame.
const json::object& payload_of(const json::value& frame) {
  const auto& members = frame.as_object();
  return members.contains("payload") ? members.at("payload").as_object()
                                     : members;
}

/// The answer of our server in the place of that of the recorded envelope.
reply answer_of(const json::object& envelope, const message_head& head) {
  const auto& errors = envelope.at("errors").as_array();
  const auto status =
      static_cast<std::uint16_t>(envelope.at("response_status").as_int64());
  const auto* text = errors.empty() ? nullptr : errors.front().if_string();
  if (text != nullptr && status == 404)
    return not_found();
  if (text != nullptr && status == 405)
    return to_reply(errc::action_not_allowed, *head.action);
  if (text != nullptr && status == 403)
    return to_reply(errc::permission_denied);
  if (text != nullptr && status == 401)
    return to_reply(errc::not_authenticated, *text);
  if (text != nullptr && status == 429)
    return to_reply(errc::throttled, "3");
  if (text != nullptr && status == 500)
    return to_reply(errc::server_error);
  return {status, envelope.at("data"), errors};
}

/// Why a row deviates; empty if it may not.
std::string deviation_of(const frame_row& row) {
  const auto recorded = parse_json(row.came, wire_depth_max);
  if (!recorded)
    return "a number or a text that is no JSON";
  const auto decoded = decode(row);
  if (decoded.error == errc::action_missing)
    return "no action";
  if (decoded.error == errc::malformed_message)
    return decoded.reason;
  if (const auto& payload = payload_of(*recorded);
      payload.at("request_id").is_double())
    return "a number is written as JavaScript writes it";
  return {};
}

std::string envelope_of(const message_head& head, const reply& answer) {
  std::string result;
  BOOST_TEST(append_dcrf_envelope(result, head, answer));
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(dcrf_oracle)

BOOST_AUTO_TEST_CASE(writes_every_recorded_reply) {
  std::size_t compared = 0;
  std::map<std::string, std::size_t> deviations;
  for (const auto& row : read_rows()) {
    if (row.kind != "received")
      continue;
    if (const auto why = deviation_of(row); !why.empty()) {
      ++deviations[why];
      continue;
    }
    const auto recorded = parse_json(row.came, wire_depth_max);
    const auto head = decode(row).message.head;
    BOOST_TEST(envelope_of(head, answer_of(payload_of(*recorded), head))
                   == to_json(*recorded),
               row.text());
    ++compared;
  }
  BOOST_TEST(compared == 143u);
  const std::map<std::string, std::size_t> expected{
      {"\"action\" is no string", 2},
      {"a number is written as JavaScript writes it", 6},
      {"a number or a text that is no JSON", 4},
      {"no action", 6},
  };
  for (const auto& [why, count] : deviations)
    BOOST_TEST(expected.contains(why), why << ' ' << count);
  BOOST_TEST((deviations == expected));
}

BOOST_AUTO_TEST_CASE(writes_every_recorded_event) {
  std::size_t compared = 0;
  for (const auto& row : read_rows()) {
    if (row.kind != "event")
      continue;
    const auto recorded = parse_json(row.came, wire_depth_max);
    BOOST_REQUIRE(static_cast<bool>(recorded));
    const auto& envelope = payload_of(*recorded);
    std::string ours;
    append_subscription_event(
        ours, std::string{envelope.at("action").as_string()},
        to_json(envelope.at("data")),
        static_cast<std::uint16_t>(envelope.at("response_status").as_int64()),
        *decode(row).message.head.request_id);
    std::string text;
    BOOST_TEST(append_dcrf_event(text, ours, false));
    BOOST_TEST(text == to_json(*recorded), row.text());
    ++compared;
  }
  BOOST_TEST(compared == 19u);
}

// Where the original has dropped the connection, there is an answer of ours.
BOOST_AUTO_TEST_CASE(answers_what_the_original_does_not) {
  std::size_t answered = 0;
  for (const auto& row : read_rows()) {
    if (row.kind != "closed")
      continue;
    const auto decoded = decode(row);
    const auto answer = decoded.error != errc::none
                            ? to_reply(decoded.error, decoded.reason)
                            : to_reply(errc::server_error);
    const auto envelope =
        parse_json(envelope_of(decoded.message.head, answer), wire_depth_max);
    BOOST_REQUIRE(static_cast<bool>(envelope));
    const auto& payload = payload_of(*envelope);
    BOOST_TEST(payload.at("response_status").as_int64() >= 400, row.text());
    const auto sent = parse_json(row.sent, wire_depth_max);
    const auto* frame = sent ? sent->if_object() : nullptr;
    if (frame == nullptr)
      continue;
    const auto* stream = frame->if_contains("stream");
    const auto* body =
        stream != nullptr ? frame->if_contains("payload") : &*sent;
    if (stream != nullptr && stream->is_string())
      BOOST_TEST(to_json(envelope->at("stream")) == to_json(*stream));
    if (body == nullptr || !body->is_object()
        || (stream != nullptr && !stream->is_string()))
      continue;
    const auto* id = body->get_object().if_contains("request_id");
    BOOST_TEST(to_json(payload.at("request_id"))
                   == (id != nullptr ? to_json(*id) : "null"),
               row.text());
    ++answered;
  }
  BOOST_TEST(answered > 20u);
}

BOOST_AUTO_TEST_CASE(answers_a_frame_that_is_cut_or_spoilt_anywhere) {
  const auto is_answered = [](std::string_view text) {
    const auto decoded = decode_dcrf_message(text, frame_type::text, limits{});
    std::string out;
    return append_dcrf_envelope(out, decoded.message.head,
                                to_reply(decoded.error, decoded.reason))
           && parse_json(out, wire_depth_max)
           && (decoded.error == errc::none)
                  == decoded.message.head.action.has_value();
  };
  std::size_t failures = 0;
  for (const auto& row : read_rows())
    for (std::size_t at = 0; at < row.sent.size(); ++at) {
      auto spoilt = row.sent;
      spoilt[at] ^= '\x01';
      failures += !is_answered(row.sent.substr(0, at));
      failures += !is_answered(spoilt);
    }
  BOOST_TEST(failures == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace dcrf_oracle_suite
