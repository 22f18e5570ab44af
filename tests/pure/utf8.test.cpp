#include "stagedoor/protocol/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace utf8_suite {

using namespace stagedoor;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

std::string letters(std::size_t size) {
  std::string result;
  for (std::size_t i = 0; i < size; ++i)
    result += static_cast<char>('a' + i % 26);
  return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(utf8)

BOOST_AUTO_TEST_CASE(knows_utf8_up_to_its_bounds) {
  for (const auto text :
       {""sv, "\0"sv, "a"sv, "\x7F"sv, "\xC2\x80"sv, "\xDF\xBF"sv,
        "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv, "\xEE\x80\x80"sv, "\xEF\xBF\xBE"sv,
        "\xEF\xBF\xBF"sv, "\xF0\x90\x80\x80"sv, "\xF3\xBF\xBF\xBF"sv,
        "\xF4\x8F\xBF\xBF"sv})
    for (std::size_t before = 0; before <= 20; ++before) {
      BOOST_TEST(is_utf8(letters(before) + std::string{text}));
      BOOST_TEST(is_utf8(letters(before) + std::string{text} + letters(9)));
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_utf8_behind_any_length_of_ascii) {
  using texts = std::vector<std::string_view>;
  const texts never_used{"\xFE"sv, "\xFF"sv};
  const texts begun_in_the_middle{"\x80"sv, "\xBF"sv, "\xC3\xA9\x80"sv};
  const texts overlong{"\xC0\x80"sv,
                       "\xC0\xAF"sv,
                       "\xC1\xBF"sv,
                       "\xE0\x80\x80"sv,
                       "\xE0\x9F\xBF"sv,
                       "\xF0\x80\x80\x80"sv,
                       "\xF0\x8F\xBF\xBF"sv,
                       "\xF8\x88\x80\x80\x80"sv,
                       "\xFC\x84\x80\x80\x80\x80"sv};
  const texts surrogates{"\xED\xA0\x80"sv, "\xED\xAF\xBF"sv, "\xED\xB0\x80"sv,
                         "\xED\xBF\xBF"sv, "\xED\xA0\xBD\xED\xB8\x80"sv};
  const texts past_the_last{"\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv,
                            "\xF7\xBF\xBF\xBF"sv};
  const texts not_continued{
      "\xC3("sv,         "\xC3\xC3"sv,      "\xE2(\xA1"sv,    "\xE2\x82("sv,
      "\xF0(\x8C\xBC"sv, "\xF0\x90(\xBC"sv, "\xF0\x90\x8C("sv};
  for (const auto& bad : {never_used, begun_in_the_middle, overlong, surrogates,
                          past_the_last, not_continued})
    for (const auto text : bad)
      for (std::size_t before = 0; before <= 20; ++before) {
        const auto begin = letters(before) + std::string{text};
        BOOST_TEST(!is_utf8(begin));
        BOOST_TEST(!is_utf8(begin + letters(9)));
        BOOST_TEST(!is_utf8("\xC3\xA9" + begin));
      }
}

BOOST_AUTO_TEST_CASE(refuses_a_character_that_is_cut_at_each_byte) {
  for (const auto text : {"\xC2\x80"sv, "\xE0\xA0\x80"sv, "\xEF\xBF\xBF"sv,
                          "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv})
    for (std::size_t cut = 1; cut < text.size(); ++cut)
      for (std::size_t before = 0; before <= 20; ++before) {
        const std::string begin{text.substr(0, cut)};
        BOOST_TEST(!is_utf8(letters(before) + begin));
        BOOST_TEST(!is_utf8(letters(before) + begin + 'x'));
        BOOST_TEST(!is_utf8(letters(before) + begin + "\xC3\xA9"));
      }
}

BOOST_AUTO_TEST_CASE(a_text_in_parts_may_be_cut_anywhere) {
  const auto text = "a\xC2\x80 \xED\x9F\xBF\xEE\x80\x80z\xF0\x90\x80\x80"
                    "\xF4\x8F\xBF\xBF"s;
  for (std::size_t first = 0; first <= text.size(); ++first)
    for (std::size_t second = first; second <= text.size(); ++second) {
      utf8_check check;
      BOOST_TEST(check.take(text.substr(0, first)));
      BOOST_TEST(check.is_whole() == is_utf8(text.substr(0, first)));
      BOOST_TEST(check.take(text.substr(first, second - first)));
      BOOST_TEST(check.take(text.substr(second)));
      BOOST_TEST(check.is_whole());
    }
}

BOOST_AUTO_TEST_CASE(a_part_is_refused_as_soon_as_nothing_can_mend_it) {
  // The first byte of each that no other may follow.
  for (const auto text :
       {"\x80"sv, "\xC0"sv, "\xC1"sv, "\xF5"sv, "\xFF"sv, "\xC2\x7F"sv,
        "\xC2\xC0"sv, "\xE0\x9F"sv, "\xED\xA0"sv, "\xF0\x8F"sv, "\xF4\x90"sv,
        "\xE1\x80\xC0"sv, "\xF1\x80\x80\x7F"sv}) {
    utf8_check check;
    BOOST_TEST(check.take("\xC3\xA9"));
    for (std::size_t i = 0; i + 1 < text.size(); ++i)
      BOOST_TEST(check.take(text.substr(i, 1)));
    BOOST_TEST(!check.take(text.substr(text.size() - 1)));
  }
}

BOOST_AUTO_TEST_CASE(mends_what_is_in_no_character_as_browsers_do) {
  for (const auto& [text, mended] :
       std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"a\xC3\xA9\xF0\x9F\x8E\xAD", "a\xC3\xA9\xF0\x9F\x8E\xAD"},
           {"caf\xE9", "caf\uFFFD"},
           {"\xE9t\xE9", "\uFFFDt\uFFFD"},
           {"\xE2\x82", "\uFFFD"},
           {"\xE2\x82\xC3\xA9", "\uFFFD\xC3\xA9"},
           {"\xE2\x82\xE2\x82\xAC", "\uFFFD\xE2\x82\xAC"},
           {"\xF0\x9F\x8E", "\uFFFD"},
           {"\xF0\x9F\x8Ex", "\uFFFDx"},
           {"\xF0\xF0\x9F\x8E\xAD", "\uFFFD\xF0\x9F\x8E\xAD"},
           {"\xE2\x82\xAC\xAC", "\xE2\x82\xAC\uFFFD"},
           {"\xC1\xBF", "\uFFFD\uFFFD"},
           {"\xED\xA0\xBD", "\uFFFD\uFFFD\uFFFD"},
           {"\xF4\x90\x80\x80!", "\uFFFD\uFFFD\uFFFD\uFFFD!"}}) {
    BOOST_TEST(mended_utf8(text) == mended);
    BOOST_TEST(is_utf8(mended_utf8(text)));
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace utf8_suite
