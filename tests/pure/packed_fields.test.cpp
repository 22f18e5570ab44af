#include "stagedoor/protocol/scope.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace packed_fields_suite {

using namespace stagedoor;

namespace {

using packed = packed_fields;

} // namespace

BOOST_AUTO_TEST_SUITE(packed_fields)

BOOST_AUTO_TEST_CASE(all_fields_come_out_as_they_went_in) {
  const std::string any_bytes{"\0\n:\xff", 4};
  const fields all{{"host", "example.org"},
                   {"a", ""},
                   {"", "b"},
                   {"", ""},
                   {"a", "twice"},
                   {"x", any_bytes},
                   {any_bytes, "y"},
                   {"long", std::string(70'000, 'z')}};
  BOOST_TEST((packed{all}.unpacked() == all));
  for (const auto& one : all)
    BOOST_TEST((packed{fields{one}}.unpacked() == fields{one}));
}

BOOST_AUTO_TEST_CASE(none_are_none) {
  BOOST_TEST(packed{}.empty());
  BOOST_TEST(packed{fields{}}.empty());
  BOOST_TEST(packed{}.unpacked().empty());
  BOOST_TEST(!find_field(packed{}, ""));
  BOOST_TEST((!packed{fields{{"", ""}}}.empty()));
}

BOOST_AUTO_TEST_CASE(the_first_value_under_a_name_is_found) {
  const packed all{fields{{"b", "1"}, {"a", "2"}, {"a", "3"}, {"", "4"}}};
  BOOST_TEST((find_field(all, "b") == "1"));
  BOOST_TEST((find_field(all, "a") == "2"));
  BOOST_TEST((find_field(all, "") == "4"));
  BOOST_TEST(!find_field(all, "A"));
  BOOST_TEST(!find_field(all, "1"));
}

BOOST_AUTO_TEST_CASE(equal_fields_are_equal) {
  const packed one{fields{{"a", "bc"}}};
  BOOST_TEST((one == packed{fields{{"a", "bc"}}}));
  BOOST_TEST(!(one == packed{fields{{"ab", "c"}}}));
  BOOST_TEST(!(one == packed{fields{{"a", "bc"}, {"", ""}}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace packed_fields_suite
