#include "stagedoor/protocol/websocket/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace frames_suite {

using namespace stagedoor;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

// The first bytes of frames that tests send.
constexpr unsigned fin = 0x80;
constexpr unsigned rsv1 = 0x40;
constexpr unsigned part = 0x00;
constexpr unsigned text_part = 0x01;
constexpr unsigned binary_part = 0x02;
constexpr unsigned last_part = fin | part;
constexpr unsigned text_frame = fin | text_part;
constexpr unsigned binary_frame = fin | binary_part;
constexpr unsigned close_frame = fin | 0x08;
constexpr unsigned ping_frame = fin | 0x09;
constexpr unsigned pong_frame = fin | 0x0A;

/// That of the examples of RFC 6455: no two bytes are the same.
constexpr auto usual_mask = "\x37\xFA\x21\x3D"sv;

constexpr std::size_t bytes_max = 1 << 20;

/// A frame up to its mask, with the length in 0, 2 or 8 bytes of its own.
std::string header(unsigned first, std::uint64_t size, unsigned length_bytes,
                   unsigned mask_bit = 0x80) {
  const auto field = length_bytes == 0 ? size : length_bytes == 2 ? 126U : 127U;
  std::string result{static_cast<char>(first),
                     static_cast<char>(mask_bit | field)};
  for (auto i = length_bytes; i > 0; --i)
    result += static_cast<char>(size >> (8 * (i - 1)));
  return result;
}

std::string header(unsigned first, std::uint64_t size) {
  return header(first, size, size < 126 ? 0 : size < 65536 ? 2 : 8);
}

std::string mask_of(std::string_view payload, std::string_view mask) {
  std::string result;
  for (std::size_t i = 0; i < payload.size(); ++i)
    result += static_cast<char>(payload[i] ^ mask[i % 4]);
  return result;
}

/// A frame as a client sends it.
std::string client_frame(unsigned first, std::string_view payload,
                         std::string_view mask = usual_mask) {
  return header(first, payload.size()) + std::string{mask}
         + mask_of(payload, mask);
}

std::string close_payload(unsigned code, std::string_view reason = {}) {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code)}
         + std::string{reason};
}

std::string client_close(unsigned code, std::string_view reason = {}) {
  return client_frame(close_frame, close_payload(code, reason));
}

std::string number(close_code code) {
  return std::to_string(static_cast<unsigned>(code));
}

/// What was read, as one text; `~` marks what is compressed.
struct shown {
  std::string operator()(const frame_reader::need_more&) const { return "-"; }
  std::string operator()(const frame_reader::message& what) const {
    return (what.type == frame_type::text ? "text "s : "binary "s)
           + (what.compressed ? "~" : "") + std::string{what.payload};
  }
  std::string operator()(const frame_reader::ping& what) const {
    return "ping " + std::string{what.payload};
  }
  std::string operator()(const frame_reader::pong&) const { return "pong"; }
  std::string operator()(const frame_reader::close& what) const {
    return "close " + number(what.code) + (what.reason.empty() ? "" : " ")
           + std::string{what.reason};
  }
  std::string operator()(const frame_reader::violation& what) const {
    return number(what.code) + ' ' + std::string{what.why};
  }
};

/// Takes the next of what stands in `bytes`, and shows it.
std::string next(frame_reader& reader, std::string& bytes) {
  std::span<char> left{bytes};
  auto result = std::visit(shown{}, reader.next(left));
  bytes.erase(0, bytes.size() - left.size());
  return result;
}

/// All that can be read of what stands in `bytes`, with `|` between.
std::string read_on(frame_reader& reader, std::string& bytes) {
  std::string result;
  while (true) {
    const auto what = next(reader, bytes);
    if (what == "-")
      return result;
    result += (result.empty() ? "" : "|") + what;
    if (what.front() == '1')
      return result; // A violation: nothing more can be read.
  }
}

std::string read(std::string bytes, std::size_t limit = bytes_max) {
  frame_reader reader{limit};
  return read_on(reader, bytes);
}

/// The same where messages may be compressed.
std::string read_deflate(std::string bytes, std::size_t limit = bytes_max) {
  frame_reader reader{limit, true};
  return read_on(reader, bytes);
}

/// A text over all of the alphabet that `size` reaches.
std::string letters(std::size_t size) {
  std::string result;
  for (std::size_t i = 0; i < size; ++i)
    result += static_cast<char>('a' + i % 26);
  return result;
}

std::string written(opcode kind, std::string_view payload,
                    bool compressed = false) {
  std::string result;
  append_frame(result, kind, payload, compressed);
  return result;
}

std::string written_close(close_code code, std::string_view reason) {
  std::string result;
  append_close(result, code, reason);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(frames)

// -- reading ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_the_examples_of_the_rfc) {
  // RFC 6455, section 5.7, and its fragments with a mask of nothing.
  BOOST_TEST(read("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") // "Hello"
             == "text Hello");
  BOOST_TEST(read("\x01\x83\0\0\0\0Hel\x80\x82\0\0\0\0lo"s) == "text Hello");
  BOOST_TEST(read("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58") == "pong");
}

BOOST_AUTO_TEST_CASE(a_frame_may_be_cut_at_each_byte) {
  for (const auto* const first :
       {"text", "ping", "close", "text of 200", "text of 66000"}) {
    const std::string name{first};
    const auto whole =
        name == "ping"          ? client_frame(ping_frame, "are you there?")
        : name == "close"       ? client_close(1000, "bye")
        : name == "text of 200" ? client_frame(text_frame, letters(200))
        : name == "text"        ? client_frame(text_frame, "Hello, world")
                                : client_frame(text_frame, letters(66'000));
    const auto expected = read(whole);
    BOOST_TEST(expected != "");
    for (std::size_t cut = 0; cut < whole.size();
         cut += cut < 300 ? 1 : 6'571) {
      frame_reader reader{bytes_max};
      auto bytes = whole.substr(0, cut);
      BOOST_TEST(next(reader, bytes) == "-");
      // Nothing of it has been touched.
      BOOST_REQUIRE(bytes == whole.substr(0, cut));
      bytes += whole.substr(cut);
      BOOST_REQUIRE(next(reader, bytes) == expected);
      BOOST_TEST(bytes.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(frames_may_come_byte_by_byte) {
  const auto stream =
      client_frame(text_frame, "one") + client_frame(text_part, "tw")
      + client_frame(ping_frame, "p") + client_frame(last_part, "o")
      + client_frame(binary_frame, letters(130)) + client_frame(pong_frame, "q")
      + client_frame(text_frame, "") + client_close(1001, "away");
  const auto expected = "text one|ping p|text two|binary " + letters(130)
                        + "|pong|text |" + "close 1001 away";
  BOOST_TEST(read(stream) == expected);
  frame_reader reader{bytes_max};
  std::string bytes;
  std::string heard;
  for (const char byte : stream) {
    bytes += byte;
    const auto what = read_on(reader, bytes);
    if (!what.empty())
      heard += (heard.empty() ? "" : "|") + what;
  }
  BOOST_TEST(heard == expected);
  BOOST_TEST(bytes.empty());
}

BOOST_AUTO_TEST_CASE(takes_one_frame_off_the_front_at_a_time) {
  frame_reader reader{bytes_max};
  const auto second = client_frame(ping_frame, "x");
  auto bytes = client_frame(text_frame, "abc") + second + "\x81";
  BOOST_TEST(next(reader, bytes) == "text abc");
  BOOST_TEST((bytes == second + "\x81"));
  BOOST_TEST(next(reader, bytes) == "ping x");
  BOOST_TEST(bytes == "\x81");
  BOOST_TEST(next(reader, bytes) == "-");
  BOOST_TEST(bytes == "\x81");
}

BOOST_AUTO_TEST_CASE(reads_and_writes_each_form_of_a_length) {
  for (const auto& [size, header_bytes] :
       std::vector<std::pair<std::size_t, unsigned>>{{0, 2},
                                                     {1, 2},
                                                     {125, 2},
                                                     {126, 4},
                                                     {127, 4},
                                                     {65535, 4},
                                                     {65536, 10},
                                                     {65537, 10}}) {
    const auto payload = letters(size);
    BOOST_TEST(read(client_frame(text_frame, payload)) == "text " + payload);
    BOOST_TEST(read(client_frame(binary_frame, payload))
               == "binary " + payload);
    const auto frame = written(opcode::text, payload);
    BOOST_TEST(
        (frame == header(text_frame, size, header_bytes - 2, 0) + payload));
    const auto seen = first_frame(frame + "more");
    BOOST_TEST(seen.bytes == header_bytes + size);
    BOOST_TEST(seen.payload_bytes == size);
    BOOST_TEST(!seen.is_control);
  }
}

BOOST_AUTO_TEST_CASE(a_length_is_in_as_few_bytes_as_it_can_be) {
  const auto answer = [](std::uint64_t size, unsigned length_bytes) {
    return read(header(text_frame, size, length_bytes)
                + std::string(4 + size, '\0'))
        .substr(0, 6);
  };
  for (const std::uint64_t size : {0U, 1U, 124U, 125U})
    BOOST_TEST(answer(size, 2) == "1002 a");
  for (const std::uint64_t size : {0U, 125U, 126U, 65534U, 65535U})
    BOOST_TEST(answer(size, 8) == "1002 a");
  BOOST_TEST(answer(126, 2) == "text \0"s);
  BOOST_TEST(answer(65535, 2) == "text \0"s);
  BOOST_TEST(answer(65536, 8) == "text \0"s);
}

BOOST_AUTO_TEST_CASE(a_length_has_no_top_bit) {
  const auto top = std::uint64_t{1} << 63;
  BOOST_TEST(read(header(text_frame, top)) == "1002 a bad length");
  BOOST_TEST(read(header(text_frame, ~std::uint64_t{0}))
             == "1002 a bad length");
  BOOST_TEST(read(header(text_frame, top - 1))
             == "1009 a message over the limit");
}

BOOST_AUTO_TEST_CASE(unmasks_each_size_wherever_it_stands) {
  for (const auto mask : {"\x37\xFA\x21\x3D"sv, "\0\0\0\0"sv, "\xFF\0\x80\1"sv})
    for (std::size_t size = 0; size <= 20; ++size)
      for (std::size_t offset = 0; offset < 8; ++offset) {
        std::string payload;
        for (std::size_t i = 0; i < size; ++i)
          payload += static_cast<char>(255 - 11 * i);
        auto bytes = std::string(offset, '#')
                     + client_frame(binary_frame, payload, mask) + "####";
        frame_reader reader{bytes_max};
        auto left = std::span{bytes}.subspan(offset);
        const auto what = std::visit(shown{}, reader.next(left));
        BOOST_TEST((what == "binary " + payload));
        // Its neighbours are left alone.
        BOOST_TEST(bytes.substr(0, offset) == std::string(offset, '#'));
        BOOST_TEST(std::string(left.begin(), left.end()) == "####");
      }
}

// -- parts --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(puts_parts_together) {
  BOOST_TEST(read(client_frame(text_part, "a") + client_frame(part, "b")
                  + client_frame(part, "") + client_frame(last_part, "c"))
             == "text abc");
  BOOST_TEST(
      read(client_frame(binary_part, "\xFF") + client_frame(last_part, "\xFE"))
      == "binary \xFF\xFE");
  BOOST_TEST(read(client_frame(text_part, "") + client_frame(last_part, ""))
             == "text ");
  // Each message has the type that it begins with, and nothing of another.
  BOOST_TEST(read(client_frame(binary_part, "a") + client_frame(last_part, "b")
                  + client_frame(text_part, "c") + client_frame(last_part, "d")
                  + client_frame(text_frame, "e"))
             == "binary ab|text cd|text e");
}

BOOST_AUTO_TEST_CASE(control_frames_come_between_parts) {
  BOOST_TEST(read(client_frame(text_part, "a") + client_frame(ping_frame, "1")
                  + client_frame(part, "b") + client_frame(pong_frame, "2")
                  + client_frame(ping_frame, "") + client_frame(last_part, "c"))
             == "ping 1|pong|ping |text abc");
  BOOST_TEST(read(client_frame(text_part, "a") + client_close(1000))
             == "close 1000");
}

BOOST_AUTO_TEST_CASE(gives_the_memory_of_a_message_in_parts_back) {
  frame_reader reader{bytes_max};
  const auto message_at = [&](std::string bytes) {
    std::span<char> left{bytes};
    const auto what = reader.next(left);
    BOOST_REQUIRE(std::holds_alternative<frame_reader::message>(what));
    return std::get<frame_reader::message>(what).payload.data();
  };
  const auto* begin = reinterpret_cast<const char*>(&reader);
  // A text of a few bytes stands in the object itself, unless the memory of a
  // long one is still there.
  const auto is_inside = [&](const char* payload) {
    return std::less_equal<>{}(begin, payload)
           && std::less<>{}(payload, begin + sizeof(reader));
  };
  const auto few = client_frame(text_part, "a") + client_frame(last_part, "b");
  BOOST_TEST(is_inside(message_at(few)));
  BOOST_TEST(!is_inside(message_at(client_frame(text_part, letters(60'000))
                                   + client_frame(last_part, "b"))));
  BOOST_TEST(is_inside(message_at(few)));
}

// -- limits -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_the_limit_of_a_message_exactly) {
  const auto too_big = "1009 a message over the limit"s;
  for (const std::size_t limit : {0U, 1U, 125U, 126U, 1000U, 65535U, 65536U}) {
    const auto most = letters(limit);
    BOOST_TEST(read(client_frame(text_frame, most), limit) == "text " + most);
    BOOST_TEST(read_deflate(client_frame(text_frame | rsv1, most), limit)
               == "text ~" + most);
    // It is refused before its payload has come, or its mask.
    BOOST_TEST(read(header(text_frame, limit + 1), limit) == too_big);
    BOOST_TEST(read(header(binary_frame, limit + 1), limit) == too_big);
    BOOST_TEST(read(header(text_part, limit + 1), limit) == too_big);
    BOOST_TEST(read_deflate(header(text_frame | rsv1, limit + 1), limit)
               == too_big);
  }
}

BOOST_AUTO_TEST_CASE(takes_the_limit_of_a_message_in_parts_exactly) {
  const auto too_big = "1009 a message over the limit"s;
  const auto begin = client_frame(text_part, "abc") + client_frame(part, "de");
  const auto deflated =
      client_frame(text_part | rsv1, "abc") + client_frame(part, "de");
  BOOST_TEST(read(begin + client_frame(last_part, "fg"), 7) == "text abcdefg");
  BOOST_TEST(read_deflate(deflated + client_frame(last_part, "fg"), 7)
             == "text ~abcdefg");
  BOOST_TEST(read(begin + client_frame(part, "fg") + client_frame(part, "")
                      + client_frame(last_part, ""),
                  7)
             == "text abcdefg");
  for (const auto first : {last_part, part}) {
    BOOST_TEST(read(begin + header(first, 3), 7) == too_big);
    BOOST_TEST(read_deflate(deflated + header(first, 3), 7) == too_big);
    BOOST_TEST(read(begin + client_frame(part, "fg") + header(first, 1), 7)
               == too_big);
    // No length is so long that it is taken for a short one.
    BOOST_TEST(read(begin + header(first, ~std::uint64_t{0} >> 1), 7)
               == too_big);
  }
}

BOOST_AUTO_TEST_CASE(each_message_has_the_whole_limit) {
  const auto parts =
      client_frame(text_part, "abcd") + client_frame(last_part, "efg");
  BOOST_TEST(
      read(parts + parts + client_frame(text_frame, "1234567") + parts, 7)
      == "text abcdefg|text abcdefg|text 1234567|text abcdefg");
}

BOOST_AUTO_TEST_CASE(the_limit_of_a_message_is_none_of_control_frames) {
  const auto most = letters(125);
  BOOST_TEST(read(client_frame(text_part, "a") + client_frame(ping_frame, most)
                      + client_frame(last_part, "b"),
                  2)
             == "ping " + most + "|text ab");
}

// -- violations ---------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_reserved_bits) {
  for (const unsigned bits : {0x10U, 0x20U, 0x30U, 0x50U, 0x60U, 0x70U})
    for (const unsigned first :
         {text_frame, binary_part, close_frame, ping_frame, pong_frame}) {
      BOOST_TEST(read(header(first | bits, 1)) == "1002 a reserved bit");
      BOOST_TEST(read_deflate(header(first | bits, 1))
                 == "1002 a reserved bit");
    }
}

BOOST_AUTO_TEST_CASE(refuses_frames_without_a_mask) {
  for (const unsigned first :
       {text_frame, binary_frame, text_part, close_frame, ping_frame})
    for (const std::uint64_t size : {0U, 1U, 125U})
      BOOST_TEST(read(header(first, size, 0, 0))
                 == "1002 a frame without a mask");
  BOOST_TEST(read(header(text_frame, 126, 2, 0))
             == "1002 a frame without a mask");
  BOOST_TEST(read(header(text_frame, 65536, 8, 0))
             == "1002 a frame without a mask");
}

BOOST_AUTO_TEST_CASE(refuses_unknown_opcodes) {
  for (unsigned kind = 3; kind <= 7; ++kind)
    for (const unsigned bits : {fin, 0U})
      BOOST_TEST(read(header(kind | bits, 0)) == "1002 an unknown data frame");
  for (unsigned kind = 11; kind <= 15; ++kind)
    for (const unsigned bits : {fin, 0U})
      BOOST_TEST(read(header(kind | bits, 0))
                 == "1002 an unknown control frame");
  // Nor between parts.
  BOOST_TEST(read(client_frame(text_part, "a") + header(fin | 3, 0))
             == "1002 an unknown data frame");
}

BOOST_AUTO_TEST_CASE(refuses_bad_control_frames) {
  for (const unsigned first : {close_frame, ping_frame, pong_frame}) {
    BOOST_TEST(read(header(first, 126)) == "1002 a bad control frame");
    BOOST_TEST(read(header(first, 65536)) == "1002 a bad control frame");
    BOOST_TEST(read(header(first & ~fin, 0)) == "1002 a bad control frame");
    BOOST_TEST(read(header(first | rsv1, 0)) == "1002 a bad control frame");
    BOOST_TEST(read_deflate(header(first | rsv1, 0))
               == "1002 a bad control frame");
  }
}

BOOST_AUTO_TEST_CASE(takes_control_frames_of_the_largest_size) {
  const auto most = letters(125);
  BOOST_TEST(read(client_frame(ping_frame, most)) == "ping " + most);
  BOOST_TEST(read(client_frame(pong_frame, most)) == "pong");
  BOOST_TEST(read(client_close(1000, letters(123)))
             == "close 1000 " + letters(123));
}

BOOST_AUTO_TEST_CASE(refuses_a_continuation_of_nothing) {
  const auto expected = "1002 a continuation of nothing"s;
  BOOST_TEST(read(header(last_part, 0)) == expected);
  BOOST_TEST(read(header(part, 0)) == expected);
  BOOST_TEST(read(client_frame(text_frame, "a") + header(last_part, 1))
             == "text a|" + expected);
  BOOST_TEST(read(client_frame(text_part, "a") + client_frame(last_part, "b")
                  + header(last_part, 1))
             == "text ab|" + expected);
}

BOOST_AUTO_TEST_CASE(refuses_a_message_within_a_message) {
  for (const unsigned first :
       {text_frame, binary_frame, text_part, binary_part}) {
    BOOST_TEST(read(client_frame(text_part, "a") + header(first, 1))
               == "1002 a message in a message");
    BOOST_TEST(read(client_frame(binary_part, "") + client_frame(part, "")
                    + header(first, 1))
               == "1002 a message in a message");
  }
}

BOOST_AUTO_TEST_CASE(refuses_compressed_frames_where_none_may_be) {
  const auto expected = "1002 a compressed frame"s;
  for (const unsigned first :
       {text_frame, binary_frame, text_part, binary_part})
    BOOST_TEST(read(header(first | rsv1, 1)) == expected);
  // The bit stands on the first part.
  for (const unsigned first : {part, last_part})
    for (const unsigned bit : {0U, rsv1})
      BOOST_TEST(read_deflate(client_frame(text_part | bit, "a")
                              + header(first | rsv1, 1))
                 == expected);
}

BOOST_AUTO_TEST_CASE(says_which_messages_are_compressed) {
  BOOST_TEST(
      read_deflate(
          client_frame(text_frame | rsv1, "a") + client_frame(text_frame, "b")
          + client_frame(binary_part | rsv1, "c") + client_frame(last_part, "d")
          + client_frame(binary_part, "e") + client_frame(last_part, "f")
          + client_frame(binary_frame | rsv1, "g"))
      == "text ~a|text b|binary ~cd|binary ef|binary ~g");
}

BOOST_AUTO_TEST_CASE(a_violation_is_found_after_good_frames) {
  BOOST_TEST(read(client_frame(text_frame, "a") + client_frame(ping_frame, "b")
                  + header(text_frame | 0x20, 1))
             == "text a|ping b|1002 a reserved bit");
}

// -- close --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(knows_good_close_codes) {
  BOOST_TEST(read(client_frame(close_frame, "")) == "close 1005");
  for (const unsigned code :
       {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U,
        1013U, 1014U, 3000U, 3001U, 3999U, 4000U, 4401U, 4999U}) {
    BOOST_TEST(read(client_close(code)) == "close " + std::to_string(code));
    BOOST_TEST(read(client_close(code, "why"))
               == "close " + std::to_string(code) + " why");
  }
}

BOOST_AUTO_TEST_CASE(refuses_bad_close_codes) {
  // 1004 to 1006 and 1015 are never sent; the others are nobody's.
  for (const unsigned code :
       {0U, 1U, 125U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 1999U,
        2000U, 2999U, 5000U, 10'000U, 65535U}) {
    BOOST_TEST(read(client_close(code)) == "1002 a bad close code");
    BOOST_TEST(read(client_close(code, "why")) == "1002 a bad close code");
  }
}

BOOST_AUTO_TEST_CASE(refuses_half_a_close_code) {
  for (const auto payload : {"\x03"sv, "\0"sv, "\xE8"sv})
    BOOST_TEST(read(client_frame(close_frame, payload))
               == "1002 a bad close code");
  // What follows is none of it.
  BOOST_TEST(read(client_frame(close_frame, "\x03") + "\xE8")
             == "1002 a bad close code");
}

BOOST_AUTO_TEST_CASE(a_reason_is_utf8) {
  const auto expected = "1007 a reason that is not UTF-8"s;
  BOOST_TEST(read(client_close(1000, "gr\xC3\xBC\xC3\x9F"))
             == "close 1000 gr\xC3\xBC\xC3\x9F");
  BOOST_TEST(read(client_close(1000, "\xC3")) == expected);
  BOOST_TEST(read(client_close(1000, "why \xFF")) == expected);
  BOOST_TEST(read(client_close(1000, "\xED\xA0\x80")) == expected);
  BOOST_TEST(read(client_close(1000, letters(122) + "\x80")) == expected);
}

// -- UTF-8 --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_text_is_utf8) {
  const auto expected = "1007 a text that is not UTF-8"s;
  BOOST_TEST(read(client_frame(text_frame, "\xE2\x82\xAC"))
             == "text \xE2\x82\xAC");
  BOOST_TEST(read(client_frame(text_frame, "\xE2\x82")) == expected);
  BOOST_TEST(read(client_frame(text_frame, "abcdefgh\xFFij")) == expected);
  // What is binary or compressed need not be.
  BOOST_TEST(read(client_frame(binary_frame, "\xFF")) == "binary \xFF");
  BOOST_TEST(read_deflate(client_frame(text_frame | rsv1, "\xFF"))
             == "text ~\xFF");
  BOOST_TEST(read_deflate(client_frame(text_part | rsv1, "\xFF")
                          + client_frame(last_part, "\xFE"))
             == "text ~\xFF\xFE");
}

BOOST_AUTO_TEST_CASE(a_character_may_be_split_over_parts) {
  const auto text = "\xF0\x9F\x8E\xAD"s;
  for (std::size_t cut = 0; cut <= text.size(); ++cut)
    BOOST_TEST(read(client_frame(text_part, text.substr(0, cut))
                    + client_frame(ping_frame, "")
                    + client_frame(last_part, text.substr(cut)))
               == "ping |text " + text);
  for (std::size_t cut = 0; cut <= 3; ++cut)
    BOOST_TEST(read(client_frame(text_part, text.substr(0, cut))
                    + client_frame(last_part, text.substr(cut, 3 - cut)))
               == "1007 a text that is not UTF-8");
  BOOST_TEST(read(client_frame(text_part, "\xC3") + client_frame(part, "(")
                  + client_frame(last_part, "\xA9"))
             == "1007 a text that is not UTF-8");
}

BOOST_AUTO_TEST_CASE(a_bad_part_is_refused_before_the_last_one_comes) {
  const auto expected = "1007 a text that is not UTF-8"s;
  const auto good = "\xCE\xBA\xE1\xBD\xB9"s;
  BOOST_TEST(read(client_frame(text_part, good) + client_frame(part, "\xFF"))
             == expected);
  BOOST_TEST(
      read(client_frame(text_part, good) + client_frame(part, "\xF4\x90"))
      == expected);
  BOOST_TEST(read(client_frame(text_part, "\xF4") + client_frame(part, "\x90"))
             == expected);
  // A part may end within a character, as long as it can go on.
  BOOST_TEST(
      read(client_frame(text_part, good) + client_frame(part, "\xF4\x8F"))
      == "");
  BOOST_TEST(
      read(client_frame(binary_part, "\xFF") + client_frame(part, "\xFF"))
      == "");
  BOOST_TEST(read_deflate(client_frame(text_part | rsv1, "\xFF")
                          + client_frame(part, "\xFF"))
             == "");
  // The message before leaves no trace.
  BOOST_TEST(read(client_frame(binary_part, "\xC3")
                  + client_frame(last_part, "")
                  + client_frame(text_frame, "\xC3\xA9"))
             == "binary \xC3|text \xC3\xA9");
}

BOOST_AUTO_TEST_CASE(a_bad_frame_is_refused_before_its_last_byte_comes) {
  for (const std::size_t before :
       {0U, 1U, 2U, 3U, 4U, 250U, 255U, 256U, 257U, 70'000U}) {
    const auto good = letters(before) + "\xCE\xBA\xE1\xBD\xB9";
    const auto bytes = client_frame(text_frame, good + "\xF4\x90 and more");
    const auto header_bytes = bytes.size() - good.size() - 11;
    frame_reader reader{bytes_max};
    std::string came;
    // As far as it is good, byte by byte at its end.
    const auto bad_at = header_bytes + good.size() + 1;
    came = bytes.substr(0, bad_at > 12 ? bad_at - 12 : 1);
    BOOST_TEST(next(reader, came) == "-");
    while (came.size() < bad_at) {
      came += bytes[came.size()];
      BOOST_TEST(next(reader, came) == "-");
    }
    came += bytes[came.size()];
    BOOST_TEST(next(reader, came) == "1007 a text that is not UTF-8");
  }
}

BOOST_AUTO_TEST_CASE(what_was_checked_early_is_read_as_it_is) {
  const auto text = letters(300) + "\xE2\x82\xAC" + letters(5);
  for (const auto first : {text_frame, text_part}) {
    auto bytes = client_frame(first, text);
    if (first == text_part)
      bytes += client_frame(ping_frame, "p") + client_frame(last_part, text);
    for (std::size_t step = 1; step < 40; ++step) {
      frame_reader reader{bytes_max};
      std::string came;
      std::string heard;
      for (std::size_t at = 0; at < bytes.size(); at += step) {
        came += bytes.substr(at, step);
        heard += read_on(reader, came);
      }
      BOOST_TEST(heard
                 == (first == text_part ? "ping ptext " + text + text
                                        : "text " + text));
    }
  }
}

// -- writing ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(writes_the_examples_of_the_rfc) {
  BOOST_TEST((written(opcode::text, "Hello") == "\x81\x05Hello"));
  BOOST_TEST((written(opcode::ping, "Hello") == "\x89\x05Hello"));
  BOOST_TEST((written(opcode::pong, "") == "\x8A\0"s));
  const auto some = letters(256);
  BOOST_TEST((written(opcode::binary, some) == "\x82\x7E\x01\0"s + some));
  const auto many = letters(65536);
  BOOST_TEST(
      (written(opcode::binary, many) == "\x82\x7F\0\0\0\0\0\1\0\0"s + many));
  // RFC 7692, section 7.2.3.1.
  BOOST_TEST((written(opcode::text, "\xf2\x48\xcd\xc9\xc9\x07\0"s, true)
              == "\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\0"s));
}

BOOST_AUTO_TEST_CASE(appends_to_what_is_there) {
  auto out = written(opcode::text, "a");
  append_frame(out, opcode::ping, "b");
  append_close(out, close_code::normal, "c");
  BOOST_TEST((out == "\x81\x01"s + "a\x89\x01"s + "b\x88\x03\x03\xE8"s + "c"));
}

BOOST_AUTO_TEST_CASE(writes_the_code_and_the_reason_of_a_close) {
  BOOST_TEST(
      (written_close(close_code::forbidden, "no") == "\x88\x04\x11\x33no"));
  BOOST_TEST((written_close(close_code::normal, "") == "\x88\x02\x03\xE8"));
}

BOOST_AUTO_TEST_CASE(a_reason_is_cut_between_two_characters) {
  const auto reason_of = [](const std::string& reason) {
    const auto frame = written_close(close_code::normal, reason);
    BOOST_TEST(frame.size() <= 127u);
    BOOST_TEST(frame.size() == 2u + static_cast<unsigned char>(frame[1]));
    return frame.substr(4);
  };
  BOOST_TEST(reason_of(letters(122)) == letters(122));
  BOOST_TEST(reason_of(letters(123)) == letters(123));
  BOOST_TEST(reason_of(letters(124)) == letters(123));
  BOOST_TEST(reason_of(letters(1000)) == letters(123));
  for (const auto& character :
       {"\xC3\xA9"s, "\xE2\x82\xAC"s, "\xF0\x9F\x8E\xAD"s})
    for (std::size_t before = 118; before <= 124; ++before) {
      const auto fits = before + character.size() <= 123;
      BOOST_TEST(reason_of(letters(before) + character + "rest")
                 == (fits
                         ? (letters(before) + character + "rest").substr(0, 123)
                         : letters(before).substr(0, 123)));
    }
}

BOOST_AUTO_TEST_CASE(sees_what_it_has_written_again) {
  for (const auto kind : {opcode::close, opcode::ping, opcode::pong}) {
    const auto seen = first_frame(written(kind, "abc") + "more");
    BOOST_TEST(seen.bytes == 5u);
    BOOST_TEST(seen.payload_bytes == 3u);
    BOOST_TEST(seen.is_control);
  }
  for (const auto kind : {opcode::text, opcode::binary})
    BOOST_TEST(!first_frame(written(kind, "abc", true)).is_control);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace frames_suite
