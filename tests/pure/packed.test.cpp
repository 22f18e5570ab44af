#include "stagedoor/protocol/packed.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace packed_suite {

using namespace stagedoor;

BOOST_AUTO_TEST_SUITE(packed)

BOOST_AUTO_TEST_CASE(numbers_take_as_many_bytes_as_they_need) {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  packer to;
  for (const std::uint64_t each :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128},
        std::uint64_t{300}, most}) {
    to.number(each);
    const auto text = to.take();
    BOOST_TEST(text.size() == (each < 128 ? 1u : each < 16384 ? 2u : 10u));
    unpacker from{text};
    BOOST_TEST(from.number() == each);
    BOOST_TEST(from.empty());
    BOOST_TEST(!from.has_failed());
  }
}

BOOST_AUTO_TEST_CASE(the_form_is_the_same_everywhere) {
  packer to;
  to.number(300);
  to.text("hi");
  to.text("");
  BOOST_TEST(to.take() == std::string("\xAC\x02\x02hi\x00", 6));
}

BOOST_AUTO_TEST_CASE(values_come_out_in_their_order) {
  const std::string with_zero("a\0b", 3);
  packer to;
  to.text(with_zero);
  to.number(7);
  to.text(std::string(200, 'x'));
  const auto text = to.take();
  unpacker from{text};
  BOOST_TEST(from.text() == with_zero);
  BOOST_TEST(from.number() == 7u);
  BOOST_TEST(from.text() == std::string(200, 'x'));
  BOOST_TEST(from.empty());
  BOOST_TEST(!from.has_failed());
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_told) {
  // Nothing, a number that goes on, a text that is cut off, and numbers of more
  // than 64 bits.
  for (const auto& packed :
       {std::string{}, std::string("\x80"), std::string("\x03hi"),
        std::string(9, '\xFF') + '\x02', std::string(10, '\x80') + '\x01'}) {
    unpacker from{packed};
    BOOST_TEST(from.text() == "");
    BOOST_TEST(from.has_failed());
    BOOST_TEST(from.empty());
    // Nor is anything else.
    BOOST_TEST(from.number() == 0u);
    BOOST_TEST(from.has_failed());
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace packed_suite
