#include "load/frame_reader.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace frame_reader_suite {

// The frames of a server, however they are cut into reads: what the load
// generator counts depends on it.

using stagedoor::load::close_text;
using stagedoor::load::frame_event;
using kind = frame_event::kind;
using namespace std::string_literals;

namespace {

struct event {
  kind what;
  std::string payload;

  bool operator==(const event&) const = default;
};

std::ostream& boost_test_print_type(std::ostream& out, const event& from) {
  return out << static_cast<int>(from.what) << ':'
             << from.payload.substr(0, 40);
}

using events = std::vector<event>;

/// A frame of a server: not masked.
std::string frame(unsigned first, const std::string& payload) {
  std::string result(1, static_cast<char>(first));
  auto number = [&](unsigned bytes) {
    while (bytes-- > 0)
      result += static_cast<char>(payload.size() >> (8 * bytes));
  };
  if (payload.size() < 126) {
    number(1);
  } else if (payload.size() < 65'536) {
    result += static_cast<char>(126);
    number(2);
  } else {
    result += static_cast<char>(127);
    number(8);
  }
  return result + payload;
}

/// Reads as a connection does: what is no whole frame comes again with the next
/// bytes. What is left at last is an event as well.
events read(const std::vector<std::string>& reads) {
  stagedoor::load::frame_reader reader;
  events result;
  std::string kept;
  for (const auto& bytes : reads) {
    auto all = kept + bytes;
    std::string_view rest = all;
    while (auto next = reader.next(rest)) {
      result.push_back({next->what, std::string{next->payload}});
      if (next->what == kind::broken)
        return result;
    }
    kept = rest;
  }
  BOOST_TEST(kept == "");
  return result;
}

constexpr unsigned text = 0x81;
constexpr unsigned text_begins = 0x01;
constexpr unsigned goes_on = 0x00;
constexpr unsigned ends = 0x80;
constexpr unsigned closes = 0x88;
constexpr unsigned pings = 0x89;
constexpr unsigned pongs = 0x8A;

/// All that a server may say, and what it means.
const std::string everything =
    frame(text, "") + frame(text, "short") + frame(text, std::string(125, 'a'))
    + frame(text, std::string(126, 'b')) + frame(pings, "?")
    + frame(text_begins, "in ") + frame(goes_on, "three ") + frame(pongs, "!")
    + frame(ends, "parts") + frame(text, "after") + frame(text_begins, "once ")
    + frame(ends, "more") + frame(closes, "\x03\xE8"s + "bye");
const events all_events{{kind::message, ""},
                        {kind::message, "short"},
                        {kind::message, std::string(125, 'a')},
                        {kind::message, std::string(126, 'b')},
                        {kind::ping, "?"},
                        {kind::pong, "!"},
                        {kind::message, "in three parts"},
                        {kind::message, "after"},
                        {kind::message, "once more"},
                        {kind::close, "\x03\xE8"s + "bye"}};

} // namespace

BOOST_AUTO_TEST_SUITE(frame_reader)

BOOST_AUTO_TEST_CASE(reads_all_kinds_at_once) {
  BOOST_TEST(read({everything}) == all_events,
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(reads_the_same_when_split_at_any_byte) {
  for (std::size_t at = 0; at <= everything.size(); ++at)
    BOOST_TEST(
        (read({everything.substr(0, at), everything.substr(at)}) == all_events),
        "split at " << at);
}

BOOST_AUTO_TEST_CASE(reads_the_same_byte_by_byte) {
  std::vector<std::string> reads;
  for (char c : everything)
    reads.emplace_back(1, c);
  BOOST_TEST((read(reads) == all_events));
}

BOOST_AUTO_TEST_CASE(reads_lengths_of_all_three_forms) {
  for (std::size_t size :
       {0U, 125U, 126U, 127U, 255U, 256U, 65'535U, 65'536U, 100'000U}) {
    std::string payload(size, 'x');
    auto bytes = frame(text, payload);
    BOOST_TEST((read({bytes}) == events{{kind::message, payload}}), size);
    // In the head, and just before the end.
    for (auto at : {std::size_t{1}, std::size_t{2}, bytes.size() - 1})
      BOOST_TEST((read({bytes.substr(0, at), bytes.substr(at)})
                  == events{{kind::message, payload}}),
                 size << " split at " << at);
  }
}

BOOST_AUTO_TEST_CASE(leaves_what_is_not_whole) {
  stagedoor::load::frame_reader reader;
  auto bytes = frame(text, "whole") + frame(text, "not");
  bytes.pop_back();
  std::string_view rest = bytes;
  BOOST_TEST(reader.next(rest).has_value());
  BOOST_TEST(!reader.next(rest).has_value());
  BOOST_TEST(rest.size() == 4U);
}

BOOST_AUTO_TEST_CASE(does_not_take_what_is_not_the_protocol) {
  auto masked = frame(text, "x");
  masked[1] = static_cast<char>(0x81);
  auto too_long = "\x81\x7F"s + std::string(8, '\x7F');
  for (const auto& bytes :
       {masked, too_long, frame(0xC1, "reserved bit"), frame(0x83, "opcode"),
        frame(0x8B, "control opcode"), frame(0x09, "ping in parts"),
        frame(0x89, std::string(126, 'x')), frame(ends, "of nothing"),
        frame(text_begins, "a") + frame(text, "inside")}) {
    auto found = read({bytes});
    BOOST_REQUIRE(found.size() == 1U);
    BOOST_TEST((found.front().what == kind::broken));
  }
}

BOOST_AUTO_TEST_CASE(names_code_and_reason_of_a_close) {
  BOOST_TEST(close_text("\x03\xF0too many"s) == "1008 (too many)");
  BOOST_TEST(close_text("\x11\x31"s) == "4401");
  BOOST_TEST(close_text("") == "no code");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace frame_reader_suite
