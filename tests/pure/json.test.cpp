#include "stagedoor/protocol/json/json.hpp"

#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <random>
#include <utility>

namespace json_suite {

using namespace stagedoor;

namespace {

constexpr std::size_t depth_max = 32;

/// Parses a text, which `check_json` has to take or refuse as well.
caf::expected<json::value> parse_checked(std::string_view text) {
  auto parsed = parse_json(text, depth_max);
  const auto checked = check_json(text, depth_max);
  BOOST_TEST((checked == (parsed ? caf::error{} : parsed.error())));
  return parsed;
}

bool is_malformed(std::string_view text) {
  const auto parsed = parse_checked(text);
  return !parsed && code_of(parsed.error()) == errc::malformed_message;
}

json::value parse(std::string_view text) {
  auto parsed = parse_checked(text);
  BOOST_REQUIRE_MESSAGE(parsed, "refused: " << text);
  return std::move(*parsed);
}

double parse_double(std::string_view text) {
  const auto value = parse(text);
  BOOST_REQUIRE_MESSAGE(value.is_double(), "not a double: " << text);
  return value.get_double();
}

/// The text after it was read and written again.
std::string rewrite(std::string_view text) {
  return to_json(parse(text));
}

std::string quote(std::string_view text) {
  std::string out;
  append_json(out, text);
  return out;
}

std::string nest(std::size_t depth, char open, std::string_view middle,
                 char close) {
  return std::string(depth, open).append(middle) + std::string(depth, close);
}

} // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(reads_and_writes_every_kind_of_value) {
  constexpr std::string_view text =
      R"({"a":[null,true,false,-1,1,18446744073709551615,2.5,"x"],)"
      R"("b":{},"c":[],"d":{"e":{"f":[[]]}}})";
  BOOST_TEST(rewrite(text) == text);
}

BOOST_AUTO_TEST_CASE(takes_whitespace_around_every_token) {
  BOOST_TEST(rewrite(" \t\r\n{ \"a\" :\t[ 1 ,\n2 ] , \"b\" : { } }\r\n ")
             == R"({"a":[1,2],"b":{}})");
}

BOOST_AUTO_TEST_CASE(keeps_the_order_of_the_keys) {
  BOOST_TEST(rewrite(R"({"z":1,"a":2,"m":3})") == R"({"z":1,"a":2,"m":3})");
}

BOOST_AUTO_TEST_CASE(keeps_the_last_of_duplicate_keys) {
  BOOST_TEST(rewrite(R"({"a":1,"b":2,"a":{"c":3}})")
             == R"({"a":{"c":3},"b":2})");
  // Larger objects are hashed.
  std::string many = "{";
  for (int i = 0; i < 100; ++i)
    many += "\"k" + std::to_string(i % 50) + "\":" + std::to_string(i) + ",";
  many.back() = '}';
  const auto value = parse(many);
  BOOST_TEST(value.get_object().size() == 50u);
  BOOST_TEST(value.at("k0").as_int64() == 50);
  BOOST_TEST(value.at("k49").as_int64() == 99);
}

BOOST_AUTO_TEST_CASE(refuses_an_empty_text) {
  BOOST_TEST(is_malformed({}));
  BOOST_TEST(is_malformed(""));
  BOOST_TEST(is_malformed(" \n"));
}

BOOST_AUTO_TEST_CASE(refuses_a_text_that_is_cut_off_anywhere) {
  constexpr std::string_view text =
      "{\"a\":[null,true,-1.5e+10,\"\\u00e9\\ud83d\\ude00\xC3\xA9\"]}";
  BOOST_TEST(!is_malformed(text));
  for (std::size_t size = 0; size < text.size(); ++size)
    BOOST_TEST(is_malformed(text.substr(0, size)), "cut to " << size);
}

BOOST_AUTO_TEST_CASE(refuses_anything_behind_the_value) {
  for (std::string_view text : {"{}{}", "{} x", "1 2", "[],", "null\v", "{}]"})
    BOOST_TEST(is_malformed(text), text);
  BOOST_TEST(is_malformed(std::string_view("{}\0", 3)));
}

BOOST_AUTO_TEST_CASE(refuses_what_only_other_dialects_allow) {
  for (std::string_view text :
       {"{\"a\":1,}", "[1,]",    "[,1]",        "{'a':1}",  "{a:1}",
        "// x\n1",    "/**/1",   "NaN",         "Infinity", "-Infinity",
        "nan",        "+1",      ".5",          "5.",       "01",
        "-01",        "0x10",    "1e",          "1e+",      "-",
        "1_000",      "True",    "nul",         "[1 2]",    "{\"a\" 1}",
        "{\"a\"}",    "{1:2}",   "undefined",   "\"a\nb\"", "\"\t\"",
        "\"\\x41\"",  "\"\\'\"", "\"\\u12G4\"", "\"a"})
    BOOST_TEST(is_malformed(text), text);
}

BOOST_AUTO_TEST_CASE(refuses_a_byte_order_mark) {
  BOOST_TEST(is_malformed("\xEF\xBB\xBF{}"));
  BOOST_TEST(is_malformed("\xFF\xFE{\0}\0"));
}

BOOST_AUTO_TEST_CASE(refuses_lone_surrogates) {
  for (std::string_view text :
       {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\n")",
        R"("\ud83d\ud83d")", R"("\ude00\ud83d")", R"("\ud83d\u0041")",
        R"("\ud83d and a long tail")", R"({"\ud83d":1})"})
    BOOST_TEST(is_malformed(text), text);
  BOOST_TEST(parse(R"("\ud83d\ude00")").as_string() == "\xF0\x9F\x98\x80");
}

BOOST_AUTO_TEST_CASE(refuses_invalid_utf8) {
  for (std::string_view bytes :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xC3(", "\xE0\x80\x80",
        "\xE2\x82", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x80\x80\x80",
        "\xF0\x9F\x98", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE",
        "\xFF"}) {
    const auto text = "\"" + std::string(bytes) + "\"";
    BOOST_TEST(is_malformed(text));
    BOOST_TEST(is_malformed("{" + text + ":1}"));
    // Also where the parser has switched to its loop for escapes.
    BOOST_TEST(is_malformed("\"\\n" + std::string(bytes) + "\""));
    BOOST_TEST(is_malformed(text.substr(0, text.size() - 1)));
  }
}

BOOST_AUTO_TEST_CASE(takes_the_borders_of_utf8) {
  for (std::string_view bytes :
       {"\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"})
    BOOST_TEST(rewrite(quote(bytes)) == quote(bytes));
}

BOOST_AUTO_TEST_CASE(decodes_every_escape) {
  BOOST_TEST(
      parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u00E9\u20ac\u0000")").as_string()
      == std::string_view("\"\\/\b\f\n\r\tA\xC3\xA9\xC3\xA9\xE2\x82\xAC"
                          "\0",
                          17));
}

BOOST_AUTO_TEST_CASE(decodes_escapes_wherever_the_parsers_buffer_ends) {
  const std::string_view escape = R"(\ud83d\ude00)";
  for (std::size_t lead = 4060; lead < 4110; ++lead) {
    const std::string filler(lead, 'x');
    const auto text = parse("\"\\n" + filler + std::string(escape) + "\"");
    BOOST_TEST(text.as_string() == "\n" + filler + "\xF0\x9F\x98\x80");
  }
}

BOOST_AUTO_TEST_CASE(keeps_integers_of_64_bits) {
  BOOST_TEST(parse("9223372036854775807").as_int64() == INT64_MAX);
  BOOST_TEST(parse("-9223372036854775808").as_int64() == INT64_MIN);
  BOOST_TEST(parse("9223372036854775808").as_uint64() == 9223372036854775808u);
  BOOST_TEST(parse("18446744073709551615").as_uint64() == UINT64_MAX);
  BOOST_TEST(parse("0").as_int64() == 0);
  BOOST_TEST(parse("-0").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(takes_larger_integers_as_the_nearest_double) {
  BOOST_TEST(parse_double("18446744073709551616") == 18446744073709551616.0);
  BOOST_TEST(parse_double("-9223372036854775809") == -9223372036854775808.0);
  BOOST_TEST(parse_double("1" + std::string(308, '0')) == 1e308);
}

BOOST_AUTO_TEST_CASE(reads_the_nearest_double) {
  // Each of them is one that careless conversions get wrong.
  BOOST_TEST(parse_double("2.2250738585072011e-308")
             == 0x0.fffffffffffffp-1022);
  BOOST_TEST(parse_double("1.7976931348623157e308")
             == std::numeric_limits<double>::max());
  BOOST_TEST(parse_double("8.10109172351e-10") == 0x1.bd5cbaef0fd0cp-31);
  BOOST_TEST(parse_double("9007199254740993.0") == 9007199254740992.0);
  BOOST_TEST(parse_double("9007199254740993.0000000000000000000000000000001")
             == 9007199254740994.0);
  BOOST_TEST(parse_double("5e-324") == 0x1p-1074);
  BOOST_TEST(parse_double("123456.789e3") == 123456789.0);
  BOOST_TEST(parse_double("0." + std::string(400, '0') + "1e401") == 1.0);
  BOOST_TEST(parse_double("-1E-2") == -0.01);
}

BOOST_AUTO_TEST_CASE(refuses_a_number_that_no_double_holds) {
  BOOST_TEST(parse_double("1.7976931348623158e308")
             == std::numeric_limits<double>::max());
  for (std::string_view text :
       {"1.7976931348623159e308", "-1.7976931348623159e308", "1e309", "-1e309",
        "1e400", "1e2147483647", "1e99999999999", "123456789e301"})
    BOOST_TEST(is_malformed(text), text);
  BOOST_TEST(is_malformed("1" + std::string(309, '0')));
  BOOST_TEST(is_malformed("[1" + std::string(309, '0') + ".5]"));
}

BOOST_AUTO_TEST_CASE(rounds_a_number_below_all_doubles_to_zero) {
  for (std::string_view text : {"1e-400", "-1e-400", "2.4e-324", "0e400",
                                "0.0e-400", "1e-2147483647", "0e2147483647"})
    BOOST_TEST(parse_double(text) == 0.0, text);
  BOOST_TEST(parse_double("0." + std::string(400, '0') + "1") == 0.0);
}

BOOST_AUTO_TEST_CASE(refuses_an_exponent_that_no_int_holds) {
  BOOST_TEST(is_malformed("1e-2147483648"));
  BOOST_TEST(is_malformed("0e2147483648"));
  BOOST_TEST(is_malformed("0e99999999999"));
  BOOST_TEST(is_malformed("1e-99999999999"));
  BOOST_TEST(is_malformed("0e+99999999999"));
}

BOOST_AUTO_TEST_CASE(takes_the_depth_limit_exactly) {
  for (std::size_t depth : {1u, 2u, 32u, 256u}) {
    const auto arrays = nest(depth, '[', "", ']');
    BOOST_TEST(!!parse_json(arrays, depth));
    BOOST_TEST(!parse_json(arrays, depth - 1));
    BOOST_TEST(!parse_json("[" + arrays + "]", depth));
    BOOST_TEST(!parse_json("{\"a\":" + arrays + "}", depth));
    BOOST_TEST(!!parse_json("{\"a\":" + arrays + "}", depth + 1));
  }
  BOOST_TEST(!!parse_json("1", 0));
  BOOST_TEST(!parse_json("{}", 0));
  BOOST_TEST(!!parse_json("[[],[],{}]", 2));
}

BOOST_AUTO_TEST_CASE(refuses_endless_nesting_at_the_limit) {
  BOOST_TEST(is_malformed(std::string(1'000'000, '[')));
  std::string objects;
  for (int i = 0; i < 100'000; ++i)
    objects += "{\"a\":";
  BOOST_TEST(is_malformed(objects));
}

BOOST_AUTO_TEST_CASE(escapes_only_what_json_requires) {
  BOOST_TEST(quote("") == R"("")");
  BOOST_TEST(quote("a/b'<>&\x7F\xC3\xA9\xE2\x80\xA8")
             == "\"a/b'<>&\x7F\xC3\xA9\xE2\x80\xA8\"");
  BOOST_TEST(quote("\"\\\b\f\n\r\t") == R"("\"\\\b\f\n\r\t")");
  BOOST_TEST(quote("x\"y\\z") == R"("x\"y\\z")");
  for (char c = 0; c < 0x20; ++c) {
    const auto text = quote({&c, 1});
    BOOST_TEST(parse(text).as_string() == std::string_view(&c, 1));
    if (std::string_view("\b\f\n\r\t").find(c) == std::string_view::npos)
      BOOST_TEST(text.size() == 8u);
  }
  BOOST_TEST(quote(std::string_view("\0\x1f", 2)) == R"("\u0000\u001f")");
}

/// What `quote` has to write, one byte after the other.
std::string quote_slowly(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const auto letter = std::string_view("\"\\\b\f\n\r\t").find(c);
    if (letter != std::string_view::npos)
      out.append(1, '\\').append(1, "\"\\bfnrt"[letter]);
    else if (byte < 0x20)
      out.append(byte < 0x10 ? "\\u000" : "\\u001")
          .append(1, "0123456789abcdef"[byte & 0xF]);
    else
      out += c;
  }
  return out + '"';
}

BOOST_AUTO_TEST_CASE(escapes_every_byte_at_every_place) {
  // Eight bytes are looked at at once: each place in them, each byte in each.
  for (std::size_t size = 1; size <= 20; ++size)
    for (std::size_t place = 0; place < size; ++place)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'x');
        text[place] = static_cast<char>(byte);
        BOOST_REQUIRE(quote(text) == quote_slowly(mended_utf8(text)));
      }
}

BOOST_AUTO_TEST_CASE(escapes_next_to_bytes_of_every_kind) {
  // What one byte borrows must not hide or make up another.
  const std::string_view bytes("\0\x01\x1f !\"#[\\]\x7f\x80\xa2\xdc\xff", 15);
  for (const char left : bytes)
    for (const char right : bytes)
      for (const char filler : bytes) {
        std::string text(17, filler);
        text[3] = left;
        text[4] = right;
        BOOST_REQUIRE(quote(text) == quote_slowly(mended_utf8(text)));
      }
}

BOOST_AUTO_TEST_CASE(escapes_texts_of_every_length) {
  for (std::size_t size = 0; size < 1200; ++size) {
    BOOST_REQUIRE(quote(std::string(size, 'x'))
                  == quote_slowly(std::string(size, 'x')));
    BOOST_REQUIRE(quote(std::string(size, '\1'))
                  == quote_slowly(std::string(size, '\1')));
  }
  const std::string text = std::string(65'535, 'x') + '"';
  BOOST_TEST((quote(text) == quote_slowly(mended_utf8(text))));
}

BOOST_AUTO_TEST_CASE(escapes_keys_too) {
  BOOST_TEST(rewrite(R"({"\u0022\n":1})") == R"({"\"\n":1})");
}

BOOST_AUTO_TEST_CASE(writes_doubles_as_javascript_does) {
  const std::initializer_list<std::pair<double, std::string_view>> rows = {
      {0.0, "0"},
      {-0.0, "0"},
      {1.0, "1"},
      {-1.0, "-1"},
      {2.5, "2.5"},
      {-2.5, "-2.5"},
      {0.1, "0.1"},
      {0.1 + 0.2, "0.30000000000000004"},
      {10.0, "10"},
      {100.0, "100"},
      {123.456, "123.456"},
      {1e20, "100000000000000000000"},
      {123456789012345680000.0, "123456789012345680000"},
      {999999999999999900000.0, "999999999999999900000"},
      {1e21, "1e+21"},
      {-1e21, "-1e+21"},
      {1.5e21, "1.5e+21"},
      {1e23, "1e+23"},
      {1e100, "1e+100"},
      {1e-6, "0.000001"},
      {1.5e-6, "0.0000015"},
      {1e-7, "1e-7"},
      {-1.25e-7, "-1.25e-7"},
      {0.001, "0.001"},
      {1e-10, "1e-10"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {2.2250738585072014e-308, "2.2250738585072014e-308"},
      {4294967296.5, "4294967296.5"},
      {9007199254740992.0, "9007199254740992"},
  };
  for (const auto& [number, text] : rows)
    BOOST_TEST(to_json(number) == text);
}

BOOST_AUTO_TEST_CASE(tells_of_a_number_that_is_not_finite) {
  const auto infinity = std::numeric_limits<double>::infinity();
  for (const auto number : {infinity, -infinity, std::nan("")}) {
    std::string out;
    BOOST_TEST(!append_json(out, boost::json::value(number)));
    BOOST_TEST(out == "null");
    BOOST_TEST(!append_json(out, boost::json::value{1, {{"a", number}}}));
    BOOST_TEST(out == R"(null[1,{"a":null}])");
    BOOST_TEST(to_json(number) == "null");
  }
}

BOOST_AUTO_TEST_CASE(tells_of_text_and_keys_that_are_not_utf8) {
  for (const std::size_t before :
       {0U, 1U, 15U, 16U, 60U, 62U, 63U, 64U, 65U, 127U, 128U, 500U, 1000U})
    for (const std::size_t behind : {0U, 1U, 63U, 64U, 600U})
      for (const std::string_view begin : {"", "\n", "\xC3\xA9"}) {
        const auto left = std::string(begin) + std::string(before, 'x');
        const std::string right(behind, 'y');
        const auto odd = left + '\xE9' + right;
        const auto good = left + "\uFFFD" + right;
        std::string out;
        BOOST_TEST(!append_json(out, std::string_view(odd)));
        BOOST_TEST(out == quote(good));
        out.clear();
        BOOST_TEST(!append_json(out, boost::json::object{{odd, 1}}));
        BOOST_TEST(out == '{' + quote(good) + ":1}");
        out.clear();
        BOOST_TEST(append_json(out, std::string_view(good)));
        BOOST_TEST(parse(out).as_string() == good);
      }
  BOOST_TEST(to_json_string("a\nb\xE9") == "\"a\\nb\uFFFD\"");
}

BOOST_AUTO_TEST_CASE(writes_any_alphabet_as_it_is) {
  // Characters of each size, so that each one is cut where slices end.
  for (const std::string_view letter :
       {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x8E\xAD"})
    for (std::size_t before = 0; before < 70; ++before) {
      auto text = std::string(before, 'x');
      for (int i = 0; i < 40; ++i)
        text += letter;
      std::string out;
      BOOST_TEST(append_json(out, std::string_view(text + "\n\"" + text)));
      BOOST_TEST(out == '"' + text + R"(\n\")" + text + '"');
    }
}

BOOST_AUTO_TEST_CASE(reads_back_every_double_that_it_writes) {
  std::mt19937_64 random(4711);
  for (int i = 0; i < 20'000; ++i) {
    const auto number = std::bit_cast<double>(random());
    if (!std::isfinite(number))
      continue;
    const auto value = parse(to_json(number));
    BOOST_REQUIRE(value.to_number<double>() == number);
  }
}

BOOST_AUTO_TEST_CASE(appends_behind_what_is_there) {
  std::string out = "x";
  append_json(out, boost::json::value(1));
  append_json(out, std::string_view("y"));
  BOOST_TEST(out == "x1\"y\"");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace json_suite
