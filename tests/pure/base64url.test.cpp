#include "stagedoor/protocol/base64url.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>

namespace base64url_suite {

using namespace stagedoor;

BOOST_AUTO_TEST_SUITE(base64url)

BOOST_AUTO_TEST_CASE(bytes_of_every_length_come_back) {
  std::string bytes;
  for (int i = 0; i < 600; ++i) {
    const auto text = encode_base64url(bytes);
    BOOST_TEST(text.size() == (bytes.size() * 4 + 2) / 3);
    BOOST_TEST((decode_base64url(text) == bytes), i);
    bytes += static_cast<char>(i * 7 % 256);
  }
}

BOOST_AUTO_TEST_CASE(the_texts_are_those_of_the_rfc) {
  // RFC 4648, section 10, without padding, and what is not in base64.
  BOOST_TEST(encode_base64url("f") == "Zg");
  BOOST_TEST(encode_base64url("fo") == "Zm8");
  BOOST_TEST(encode_base64url("foo") == "Zm9v");
  BOOST_TEST(encode_base64url("foobar") == "Zm9vYmFy");
  BOOST_TEST(encode_base64url("\xfb\xff\xfe") == "-__-");
}

BOOST_AUTO_TEST_CASE(a_text_that_is_spelled_otherwise_is_refused) {
  for (const std::string text :
       {"A", "AAAAA", "Zg==", "Zg=", "Zh", "Zm9", "+__-", "-//-", "Zm 8",
        "Zm8\n", " Zm8", "Z.g", "Z\xc3\xa4"})
    BOOST_TEST(!decode_base64url(text).has_value(), text);
  BOOST_TEST(!decode_base64url(std::string("Zm\0v", 4)).has_value());
}

BOOST_AUTO_TEST_CASE(each_text_that_is_taken_is_the_only_spelling) {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"
                             "wxyz0123456789-_";
  std::size_t taken = 0;
  for (const char first : digits)
    for (const char second : digits) {
      const std::string text{first, second};
      const auto bytes = decode_base64url(text);
      taken += bytes ? 1 : 0;
      if (bytes)
        BOOST_TEST(encode_base64url(*bytes) == text);
    }
  BOOST_TEST(taken == 256u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace base64url_suite
