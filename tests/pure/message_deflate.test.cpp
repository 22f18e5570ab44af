#include "stagedoor/protocol/websocket/message_deflate.hpp"

#include <boost/beast/zlib/deflate_stream.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace message_deflate_suite {

using namespace stagedoor;
using namespace std::string_literals;

namespace zlib = boost::beast::zlib;

namespace {

using codec = stagedoor::message_deflate;

constexpr std::size_t bytes_max = 1 << 20;

/// The parameters that are agreed on, `-` for no agreement.
std::string agreed(const std::string& offers) {
  const auto result = agree_on_deflate(offers);
  return result ? result->text() : "-";
}

std::string agreed_with(const std::string& parameters) {
  return agreed("permessage-deflate; " + parameters);
}

/// What an agreement says beside the extension's name.
std::string answered(const std::string& parameters) {
  return "permessage-deflate; " + parameters;
}

/// The other end, with Beast's streams and all the room that they want.
class peer {
public:
  explicit peer(int level = 6, int window_bits = 15) {
    deflate_.reset(level, 15, 8, zlib::Strategy::normal);
    inflate_.reset(window_bits);
  }

  std::string compress(std::string_view text) {
    std::string result(2 * text.size() + 1000, '\0');
    zlib::z_params work{};
    work.next_in = text.data();
    work.avail_in = text.size();
    work.next_out = result.data();
    work.avail_out = result.size();
    boost::system::error_code error;
    deflate_.write(work, zlib::Flush::sync, error);
    BOOST_REQUIRE(!error);
    BOOST_REQUIRE(work.avail_in == 0u);
    result.resize(work.total_out);
    BOOST_REQUIRE(result.ends_with("\0\0\xFF\xFF"s));
    result.resize(result.size() - 4);
    return result;
  }

  std::string expand(std::string_view compressed) {
    const auto whole = std::string{compressed} + "\0\0\xFF\xFF"s;
    std::string result(bytes_max, '\0');
    zlib::z_params work{};
    work.next_in = whole.data();
    work.avail_in = whole.size();
    work.next_out = result.data();
    work.avail_out = result.size();
    boost::system::error_code error;
    inflate_.write(work, zlib::Flush::sync, error);
    BOOST_REQUIRE((!error || error == zlib::error::need_buffers));
    BOOST_REQUIRE(work.avail_in == 0u);
    result.resize(work.total_out);
    return result;
  }

private:
  zlib::deflate_stream deflate_;
  zlib::inflate_stream inflate_;
};

/// What a codec makes of a message: the text behind `0 `, or the close code.
std::string expanded(codec& with, std::string_view compressed,
                     std::size_t limit = bytes_max) {
  std::string text = "of the message before";
  const auto code = with.expand(compressed, limit, text);
  return code == close_code::none ? "0 " + text
                                  : std::to_string(static_cast<unsigned>(code));
}

std::string random_bytes(std::size_t size) {
  std::minstd_rand bits{static_cast<unsigned>(size + 1)};
  std::string result;
  for (std::size_t i = 0; i < size; ++i)
    result += static_cast<char>(bits() >> 8);
  return result;
}

/// A text with much in it that comes again.
std::string envelope_text(std::size_t size) {
  std::string result;
  for (std::size_t i = 0; result.size() < size; ++i)
    result += R"({"action":"list","pk":)" + std::to_string(i * i) + "},";
  result.resize(size);
  return result;
}

/// Messages that are large and small, and can be compressed or cannot.
std::vector<std::string> all_sorts() {
  std::vector<std::string> result;
  for (const std::size_t size : {1U, 2U, 100U, 0U, 4095U, 4096U, 4097U, 65535U,
                                 65536U, 65537U, 200'000U, 0U, 0U, 3U}) {
    result.push_back(envelope_text(size));
    result.emplace_back(size, 'x');
    result.push_back(random_bytes(size));
  }
  return result;
}

deflate_agreement without_takeover() {
  deflate_agreement result;
  result.server_no_context_takeover = true;
  result.client_no_context_takeover = true;
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(message_deflate)

// -- the agreement ------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_a_plain_offer) {
  BOOST_TEST(agreed("permessage-deflate") == "permessage-deflate");
  BOOST_TEST(agreed("  permessage-deflate  ") == "permessage-deflate");
  BOOST_TEST(agreed("PerMessage-Deflate") == "permessage-deflate");
  const auto result = agree_on_deflate("permessage-deflate");
  BOOST_REQUIRE(result);
  BOOST_TEST(!result->server_no_context_takeover);
  BOOST_TEST(!result->client_no_context_takeover);
  BOOST_TEST(result->server_max_window_bits.value_or(15) == 15);
}

BOOST_AUTO_TEST_CASE(takes_no_other_extension) {
  for (const auto* offers :
       {"", " ", ",", ";", "deflate", "permessage-deflat",
        "permessage-deflate2", "x-webkit-deflate-frame", "permessage-bzip2",
        "x; permessage-deflate", "x=permessage-deflate"})
    BOOST_TEST_CONTEXT(offers)
  BOOST_TEST(agreed(offers) == "-");
}

BOOST_AUTO_TEST_CASE(takes_each_parameter) {
  for (const auto& flag :
       {"server_no_context_takeover"s, "client_no_context_takeover"s})
    BOOST_TEST(agreed_with(flag) == answered(flag));
  BOOST_TEST(agreed_with("client_no_context_takeover; "
                         "server_max_window_bits=10;client_max_window_bits ; "
                         "server_no_context_takeover")
             == answered("server_no_context_takeover; "
                         "client_no_context_takeover; "
                         "server_max_window_bits=10"));
  const auto result =
      agree_on_deflate("permessage-deflate; client_no_context_takeover; "
                       "server_max_window_bits=10");
  BOOST_REQUIRE(result);
  BOOST_TEST(!result->server_no_context_takeover);
  BOOST_TEST(result->client_no_context_takeover);
  BOOST_TEST(result->server_max_window_bits.value_or(15) == 10);
}

BOOST_AUTO_TEST_CASE(answers_a_window_of_the_server_with_the_same_one) {
  // RFC 7692, section 7.1.2.1: an offer with it is accepted by saying it, even
  // if it is the largest.
  for (int bits = 9; bits <= 15; ++bits) {
    const auto text = "server_max_window_bits=" + std::to_string(bits);
    BOOST_TEST(agreed_with(text) == answered(text));
  }
  // zlib has no such window.
  BOOST_TEST(agreed_with("server_max_window_bits=8") == "-");
}

BOOST_AUTO_TEST_CASE(a_window_of_the_client_is_its_own_business) {
  BOOST_TEST(agreed_with("client_max_window_bits") == "permessage-deflate");
  for (int bits = 8; bits <= 15; ++bits)
    BOOST_TEST(agreed_with("client_max_window_bits=" + std::to_string(bits))
               == "permessage-deflate");
}

BOOST_AUTO_TEST_CASE(declines_bad_bits) {
  for (const auto* name : {"server_max_window_bits", "client_max_window_bits"})
    for (const auto* bits :
         {"0", "1", "7", "16", "17", "100", "-9", "+9", "09", "010", "9x", "x9",
          "9.0", "0x9", "ten", "4294967305", "99999999999999999999"})
      BOOST_TEST_CONTEXT(name << '=' << bits)
  BOOST_TEST(agreed_with(std::string{name} + "=" + bits) == "-");
  BOOST_TEST(agreed_with("server_max_window_bits") == "-");
}

BOOST_AUTO_TEST_CASE(takes_a_value_in_quotes) {
  BOOST_TEST(agreed_with(R"(server_max_window_bits="10")")
             == answered("server_max_window_bits=10"));
  for (const auto* bits : {R"(")", R"("10)", R"(10")", R"("")", R"("1,0")"})
    BOOST_TEST(agreed_with("server_max_window_bits="s + bits) == "-");
}

BOOST_AUTO_TEST_CASE(declines_what_it_does_not_know) {
  for (const auto* parameters :
       {"unknown", "unknown=1", "server_no_context_takeover; unknown",
        "server_no_context_takeover=1", "client_no_context_takeover=true",
        "max_window_bits=10",
        "server_no_context_takeover=", "client_no_context_takeover=\"\"", "=",
        "=1", "; client_max_window_bits",
        "client_max_window_bits=", "server_no_context_takeover x"})
    BOOST_TEST_CONTEXT(parameters)
  BOOST_TEST(agreed_with(parameters) == "-");
}

BOOST_AUTO_TEST_CASE(declines_a_parameter_that_comes_twice) {
  for (const auto& parameter :
       {"server_no_context_takeover"s, "client_no_context_takeover"s,
        "server_max_window_bits=10"s, "client_max_window_bits"s,
        "client_max_window_bits=10"s}) {
    BOOST_TEST(agreed_with(parameter) != "-");
    BOOST_TEST(agreed_with(parameter + "; " + parameter) == "-");
  }
  BOOST_TEST(agreed_with("server_max_window_bits=10; server_max_window_bits=9")
             == "-");
  BOOST_TEST(agreed_with("client_max_window_bits; client_max_window_bits=9")
             == "-");
}

BOOST_AUTO_TEST_CASE(takes_the_first_offer_that_can_be_met) {
  BOOST_TEST(agreed("x, permessage-deflate; client_no_context_takeover, "
                    "permessage-deflate; server_no_context_takeover")
             == answered("client_no_context_takeover"));
  BOOST_TEST(agreed("permessage-deflate; server_max_window_bits=8, y; z=1, "
                    "permessage-deflate; unknown, "
                    "permessage-deflate; server_max_window_bits=12, "
                    "permessage-deflate")
             == answered("server_max_window_bits=12"));
  BOOST_TEST(agreed("permessage-deflate; unknown, permessage-deflate")
             == "permessage-deflate");
  BOOST_TEST(agreed("permessage-deflate;server_no_context_takeover;"
                    "client_no_context_takeover;server_max_window_bits=9,x")
             == answered("server_no_context_takeover; "
                         "client_no_context_takeover; "
                         "server_max_window_bits=9"));
  // Nothing of an offer that was declined is left.
  BOOST_TEST(agreed("permessage-deflate; server_no_context_takeover; unknown, "
                    "permessage-deflate; client_max_window_bits")
             == "permessage-deflate");
  BOOST_TEST(agreed("permessage-deflate; unknown, permessage-deflate; x")
             == "-");
}

// -- the examples of the RFC --------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_the_examples_of_the_rfc) {
  // RFC 7692, section 7.2.3: one block, and once more with its window; a
  // block that is not compressed; one that is the last; two; none.
  codec one{{}};
  BOOST_TEST(expanded(one, "\xf2\x48\xcd\xc9\xc9\x07\0"s) == "0 Hello");
  BOOST_TEST(expanded(one, "\xf2\0\x11\0\0"s) == "0 Hello");
  BOOST_TEST(expanded(one, "\0\5\0\xfa\xff\x48\x65\x6c\x6c\x6f\0"s)
             == "0 Hello");
  BOOST_TEST(expanded(one, "\xf3\x48\xcd\xc9\xc9\x07\0\0"s) == "0 Hello");
  BOOST_TEST(expanded(one, "\xf2\x48\5\0\0\0\xff\xff\xca\xc9\xc9\x07\0"s)
             == "0 Hello");
  BOOST_TEST(expanded(one, "\0"s) == "0 ");
  BOOST_TEST(expanded(one, "\xf2\x48\xcd\xc9\xc9\x07\0"s) == "0 Hello");
}

BOOST_AUTO_TEST_CASE(writes_the_examples_of_the_rfc) {
  codec one{{}};
  BOOST_TEST((one.compress("Hello") == "\xf2\x48\xcd\xc9\xc9\x07\0"s));
  BOOST_TEST((one.compress("Hello") == "\xf2\0\x11\0\0"s));
  codec other{without_takeover()};
  for (int i = 0; i < 2; ++i)
    BOOST_TEST((other.compress("Hello") == "\xf2\x48\xcd\xc9\xc9\x07\0"s));
}

BOOST_AUTO_TEST_CASE(an_empty_message_is_one_byte_whenever_it_comes) {
  for (const auto& agreement : {deflate_agreement{}, without_takeover()}) {
    codec one{agreement};
    peer other;
    for (const auto* text : {"", "", "abc", "", "", "abc", ""}) {
      const auto compressed = one.compress(text);
      if (*text == '\0')
        BOOST_TEST((compressed == "\0"s));
      if (!agreement.server_no_context_takeover)
        BOOST_TEST(other.expand(compressed) == text);
    }
  }
}

// -- there and back -----------------------------------------------------------

BOOST_AUTO_TEST_CASE(beast_reads_what_it_writes) {
  codec one{{}};
  peer other;
  for (const auto& text : all_sorts())
    BOOST_TEST((other.expand(one.compress(text)) == text));
}

BOOST_AUTO_TEST_CASE(beast_reads_what_it_writes_without_takeover) {
  codec one{without_takeover()};
  for (const auto& text : all_sorts()) {
    peer other; // Knows of none before.
    BOOST_TEST((other.expand(one.compress(text)) == text));
  }
}

BOOST_AUTO_TEST_CASE(it_reads_what_beast_writes) {
  for (const int level : {0, 1, 6, 9}) {
    codec one{{}};
    peer other{level};
    for (const auto& text : all_sorts()) {
      if (text.empty())
        continue; // Beast's stream flushes nothing twice.
      BOOST_TEST((expanded(one, other.compress(text)) == "0 " + text));
    }
  }
}

BOOST_AUTO_TEST_CASE(it_reads_what_beast_writes_without_takeover) {
  codec one{without_takeover()};
  for (const auto& text : all_sorts()) {
    peer other;
    BOOST_TEST((expanded(one, other.compress(text)) == "0 " + text));
  }
}

BOOST_AUTO_TEST_CASE(it_reads_what_it_writes) {
  codec one{{}};
  codec other{{}};
  for (const auto& text : all_sorts())
    BOOST_TEST((expanded(other, one.compress(text)) == "0 " + text));
}

BOOST_AUTO_TEST_CASE(compresses_into_any_room) {
  // What cannot be compressed ends at each place around the first 4096 bytes
  // of room, and what can be around a step of more.
  for (std::size_t size = 4060; size <= 4110; ++size) {
    codec one{{}};
    peer other;
    for (const auto& text : {random_bytes(size), random_bytes(size + 1)})
      BOOST_TEST((other.expand(one.compress(text)) == text));
  }
  for (std::size_t size = 8150; size <= 8210; ++size) {
    codec one{without_takeover()};
    BOOST_TEST((peer{}.expand(one.compress(random_bytes(size)))
                == random_bytes(size)));
  }
}

BOOST_AUTO_TEST_CASE(a_message_goes_back_to_the_one_before_or_does_not) {
  const auto text = random_bytes(1000);
  codec with{{}};
  const auto first = with.compress(text);
  BOOST_TEST(first.size() >= 1000u);
  BOOST_TEST(with.compress(text).size() < 50u);
  deflate_agreement agreement;
  agreement.server_no_context_takeover = true;
  codec without{agreement};
  BOOST_TEST((without.compress(text) == first));
  BOOST_TEST((without.compress(text) == first));
}

BOOST_AUTO_TEST_CASE(a_client_goes_back_to_the_message_before_if_it_may) {
  const auto text = random_bytes(1000);
  deflate_agreement agreement;
  agreement.client_no_context_takeover = true;
  codec with{{}};
  codec without{agreement};
  peer other;
  const auto first = other.compress(text);
  BOOST_TEST((expanded(with, first) == "0 " + text));
  BOOST_TEST((expanded(without, first) == "0 " + text));
  const auto second = other.compress(text);
  BOOST_TEST((expanded(with, second) == "0 " + text));
  BOOST_TEST(expanded(without, second) == "1007");
}

BOOST_AUTO_TEST_CASE(keeps_within_the_window_that_was_agreed_on) {
  for (int bits = 9; bits <= 15; ++bits) {
    deflate_agreement agreement;
    agreement.server_max_window_bits = bits;
    codec one{agreement};
    peer other{6, bits};
    // It comes again just within the window, and just behind it.
    const auto window = std::size_t{1} << bits;
    for (const auto distance : {window / 2, window - 300, window, window * 2}) {
      const auto block = random_bytes(distance);
      const auto text = block + block + block;
      BOOST_TEST((other.expand(one.compress(text)) == text));
    }
  }
  // The window is what makes the difference.
  const auto block = random_bytes(2000);
  deflate_agreement small;
  small.server_max_window_bits = 9;
  codec narrow{small};
  codec wide{{}};
  BOOST_TEST(narrow.compress(block + block).size() > 3900u);
  BOOST_TEST(wide.compress(block + block).size() < 2100u);
}

// -- limits -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_the_limit_exactly) {
  for (const std::size_t size :
       {1U, 2U, 4095U, 4096U, 4097U, 8192U, 12'287U, 12'288U, 12'289U, 65536U})
    for (const auto& text :
         {std::string(size, 'x'), envelope_text(size), random_bytes(size)}) {
      const auto compressed = peer{}.compress(text);
      for (const auto& agreement : {deflate_agreement{}, without_takeover()}) {
        codec exact{agreement};
        BOOST_TEST((expanded(exact, compressed, size) == "0 " + text));
        codec over{agreement};
        BOOST_TEST(expanded(over, compressed, size - 1) == "1009");
      }
    }
}

BOOST_AUTO_TEST_CASE(an_empty_message_is_within_any_limit) {
  codec one{{}};
  BOOST_TEST(expanded(one, "\0"s, 0) == "0 ");
  BOOST_TEST(expanded(one, peer{}.compress("a"), 0) == "1009");
}

BOOST_AUTO_TEST_CASE(expands_a_bomb_no_further_than_one_past_the_limit) {
  const std::vector<char> zeros(50'000'000);
  const auto bomb = peer{9}.compress({zeros.data(), zeros.size()});
  BOOST_TEST(bomb.size() < 60'000u);
  for (const std::size_t limit : {1U, 4096U, 65536U}) {
    codec one{{}};
    std::string text;
    BOOST_TEST((one.expand(bomb, limit, text) == close_code::message_too_big));
    BOOST_TEST(text.size() == limit + 1);
    BOOST_TEST(text.capacity() <= 2 * (limit + 4096));
  }
}

BOOST_AUTO_TEST_CASE(a_small_message_takes_little_memory) {
  codec one{{}};
  std::string text;
  BOOST_TEST((one.expand(peer{}.compress("Hello"), bytes_max, text)
              == close_code::none));
  BOOST_TEST(text.capacity() < 10'000u);
}

// -- garbage ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(refuses_what_was_never_compressed) {
  for (const auto& garbage :
       {"\xFF"s, "\x06"s, "\x07"s,         // a block of no kind
        "\0\5\0\0\0abcde"s, "\0abcdefgh"s, // its length and the check differ
        "\x04\xFF\xFF\xFF\xFF\xFF\xFF"s,   // codes that make no tree
        "\xf2\0\x11\0\0"s,                 // behind the window's end
        "{\"action\":\"ping\"}"s}) {
    codec one{{}};
    BOOST_TEST(expanded(one, garbage) == "1007");
    codec other{{}};
    BOOST_TEST(expanded(other, "\xf2\x48\xcd\xc9\xc9\x07\0"s) == "0 Hello");
    if (garbage != "\xf2\0\x11\0\0"s)
      BOOST_TEST(expanded(other, garbage) == "1007");
  }
}

BOOST_AUTO_TEST_CASE(refuses_what_comes_behind_garbage_too) {
  codec one{{}};
  BOOST_TEST(expanded(one, "\xFF") == "1007");
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(expanded(one, "\xf2\x48\xcd\xc9\xc9\x07\0"s) == "1007");
}

BOOST_AUTO_TEST_CASE(comes_to_an_end_with_any_bytes) {
  const auto is_an_answer = [](std::string_view text) {
    return text == "1007" || text == "1009" || text.starts_with("0 ");
  };
  for (std::size_t size = 0; size < 2000; ++size) {
    codec one{{}};
    BOOST_TEST(is_an_answer(expanded(one, random_bytes(size % 300), 5000)));
  }
  // A message that is cut anywhere, or has one bit wrong.
  const auto good = peer{}.compress(envelope_text(700));
  for (std::size_t at = 0; at < good.size(); ++at) {
    codec cut{{}};
    BOOST_TEST(is_an_answer(expanded(cut, good.substr(0, at), 5000)));
    for (int bit = 0; bit < 8; ++bit) {
      auto bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      codec other{{}};
      BOOST_TEST(is_an_answer(expanded(other, bad, 5000)));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_may_end_its_stream_again_and_again) {
  std::string many;
  for (int i = 0; i < 1000; ++i)
    many += "\xf3\x48\xcd\xc9\xc9\x07\0"s; // "Hello", the last block.
  codec one{{}};
  std::string expected;
  for (int i = 0; i < 1000; ++i)
    expected += "Hello";
  BOOST_TEST((expanded(one, many + '\0', 5000) == "0 " + expected));
  codec other{{}};
  BOOST_TEST(expanded(other, many + '\0', 4999) == "1009");
}

/// A message whose stream ends with it: RFC 7692, section 7.2.3.4.
std::string ended(std::string_view text, int level) {
  zlib::deflate_stream deflate;
  deflate.reset(level, 15, 8, zlib::Strategy::normal);
  std::string result(text.size() + 1000, '\0');
  zlib::z_params work{};
  work.next_in = text.data();
  work.avail_in = text.size();
  work.next_out = result.data();
  work.avail_out = result.size();
  boost::system::error_code error;
  deflate.write(work, zlib::Flush::finish, error);
  BOOST_REQUIRE((error == zlib::error::end_of_stream));
  result.resize(work.total_out);
  return result;
}

BOOST_AUTO_TEST_CASE(a_client_may_end_its_stream_wherever_the_bits_fall) {
  // With and without the byte that the RFC wants behind it, and with another
  // stream behind it.
  for (const int level : {0, 1, 6, 9})
    for (std::size_t size = 0; size < 700; ++size) {
      const auto text =
          size % 2 == 0 ? envelope_text(size) : random_bytes(size % 90);
      const auto whole = ended(text, level);
      codec one{{}};
      BOOST_TEST(expanded(one, whole + '\0') == "0 " + text);
      BOOST_TEST(expanded(one, "\xf2\x48\xcd\xc9\xc9\x07\0"s) == "0 Hello");
      BOOST_TEST(expanded(one, whole) == "0 " + text);
      BOOST_TEST(expanded(one, "\xf2\x48\xcd\xc9\xc9\x07\0"s) == "0 Hello");
      BOOST_TEST(expanded(one, whole + "\xf2\x48\xcd\xc9\xc9\x07\0"s)
                 == "0 " + text + "Hello");
      BOOST_TEST(expanded(one, whole + whole + '\0') == "0 " + text + text);
      // One of two bytes, of which none may be read ahead and lost.
      BOOST_TEST(expanded(one, whole + "\3\0\0"s) == "0 " + text);
      BOOST_TEST(expanded(one, "\xf2\x48\xcd\xc9\xc9\x07\0"s) == "0 Hello");
      // The next one has no window to go back to.
      BOOST_TEST(expanded(one, whole) == "0 " + text);
      BOOST_TEST(expanded(one, "\xf2\0\x11\0\0"s) == "1007");
    }
}

BOOST_AUTO_TEST_CASE(a_last_block_may_end_in_the_bytes_that_are_left_out) {
  codec one{{}};
  for (int i = 0; i < 3; ++i) {
    // A last block of nothing, which is not compressed.
    BOOST_TEST(expanded(one, "\xf2\x48\xcd\xc9\xc9\x07\4"s) == "0 Hello");
    BOOST_TEST(expanded(one, "\1"s) == "0 ");
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace message_deflate_suite
