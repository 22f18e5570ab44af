#include "stagedoor/protocol/websocket/request_target.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace request_target_suite {

using namespace stagedoor;

namespace {

/// The path of a target, `!` if it is refused.
std::string path_of(std::string_view target) {
  std::string path;
  fields query;
  return parse_target(target, path, query) ? path : "!";
}

fields query_of(std::string_view target) {
  std::string path;
  fields query;
  BOOST_REQUIRE(parse_target(target, path, query));
  return query;
}

} // namespace

BOOST_AUTO_TEST_SUITE(request_target)

BOOST_AUTO_TEST_CASE(the_path_is_decoded) {
  BOOST_TEST(path_of("/") == "/");
  BOOST_TEST(path_of("/ws/chat?x=1") == "/ws/chat");
  BOOST_TEST(path_of("/a%20b/%C3%A4%2Fc") == "/a b/\xC3\xA4/c");
  BOOST_TEST(path_of("/a+b") == "/a+b");
  BOOST_TEST(path_of("//host/x") == "//host/x");
  BOOST_TEST(path_of("/a:b/c@d") == "/a:b/c@d");
}

BOOST_AUTO_TEST_CASE(a_malformed_target_is_refused) {
  for (const char* target : {"",           "*",     "ws/",    "example.org:80",
                             "/a b",       "/a#b",  "/%",     "/%4",
                             "/%zz",       "?a=1",  "/\x01",  "/\xC3\xA4",
                             "/?\xC3\xA4", "/?a b", "/?a#b",  "/?\"",
                             "/?<",        "/?>",   "/?\x7F", "/?\x01",
                             "/a\"",       "/a<",   "/a{",    "/a`",
                             "/a\\"})
    BOOST_TEST(path_of(target) == "!", target);
  BOOST_TEST(path_of(std::string_view("/a\0b", 4)) == "!");
}

BOOST_AUTO_TEST_CASE(a_nul_is_refused_wherever_it_decodes) {
  BOOST_TEST(path_of("/a%00") == "!");
  BOOST_TEST(path_of("/?a%00=1") == "!");
  BOOST_TEST(path_of("/?a=1%00") == "!");
  BOOST_TEST(path_of("/a%01") == "/a\x01");
}

BOOST_AUTO_TEST_CASE(what_does_not_decode_to_utf8_is_refused) {
  for (const char* text :
       {"%80", "%C3", "%C3x", "%C1%BF", "%E0%9F%BF", "%ED%A0%80", "%ED%BF%BF",
        "%E2%82", "%F0%8F%BF%BF", "%F4%90%80%80", "%F5%80%80%80", "%F0%9F%98",
        "%FF", "%C3%A4%A4"}) {
    BOOST_TEST(path_of(std::string("/") + text) == "!", text);
    BOOST_TEST(path_of(std::string("/?") + text) == "!", text);
    BOOST_TEST(path_of(std::string("/?a=") + text) == "!", text);
  }
}

BOOST_AUTO_TEST_CASE(all_of_utf8_is_taken_up_to_its_bounds) {
  BOOST_TEST(path_of("/%7F") == "/\x7F");
  BOOST_TEST(path_of("/%C2%80%DF%BF") == "/\xC2\x80\xDF\xBF");
  BOOST_TEST(path_of("/%E0%A0%80%ED%9F%BF%EE%80%80%EF%BF%BF")
             == "/\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF");
  BOOST_TEST(path_of("/%F0%90%80%80%F4%8F%BF%BF")
             == "/\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
}

BOOST_AUTO_TEST_CASE(the_query_is_decoded_in_order) {
  BOOST_TEST((query_of("/?b=2&a=1&b=3")
              == fields{{"b", "2"}, {"a", "1"}, {"b", "3"}}));
  BOOST_TEST((query_of("/?q=a+b%2Bc&x+y=%26%3D")
              == fields{{"q", "a b+c"}, {"x y", "&="}}));
  BOOST_TEST((query_of("/?flag&empty=&e=a=b")
              == fields{{"flag", ""}, {"empty", ""}, {"e", "a=b"}}));
  BOOST_TEST(query_of("/").empty());
  BOOST_TEST(query_of("/?").empty());
  BOOST_TEST((query_of("/?&a=1&&=x&") == fields{{"a", "1"}, {"", "x"}}));
}

BOOST_AUTO_TEST_CASE(a_refused_target_leaves_path_and_query_alone) {
  std::string path = "kept";
  fields query{{"kept", "k"}};
  BOOST_TEST(!parse_target("/a?b=1&c=%00", path, query));
  BOOST_TEST(path == "kept");
  BOOST_TEST((query == fields{{"kept", "k"}}));
  BOOST_TEST(parse_target("/a?b=1", path, query));
  BOOST_TEST((query == fields{{"b", "1"}}));
}

BOOST_AUTO_TEST_CASE(a_query_may_have_what_browsers_send_raw) {
  // Chromium's query for this text, in which it escapes only " # < >.
  const std::string raw = "!$'()*,-./:;?@[\\]^_`{|}~";
  BOOST_TEST((query_of("/?" + raw + "=" + raw) == fields{{raw, raw}}));
  for (char c = '!'; c <= '~'; ++c) {
    const auto is_escaped =
        std::string_view("\"#<>").find(c) != std::string_view::npos;
    BOOST_TEST((path_of(std::string("/?x") + c + "y") == "!") == is_escaped, c);
  }
}

BOOST_AUTO_TEST_CASE(a_stray_percent_sign_in_a_query_stands_for_itself) {
  BOOST_TEST(
      (query_of("/?a=%&b=100%25&c=%4&%zz=%%41%4g")
       == fields{{"a", "%"}, {"b", "100%"}, {"c", "%4"}, {"%zz", "%A%4g"}}));
}

BOOST_AUTO_TEST_CASE(a_path_may_have_what_browsers_send_raw) {
  BOOST_TEST(path_of("/a[1]|^") == "/a[1]|^");
  BOOST_TEST(path_of("/!$&'()*+,;=:@-._~") == "/!$&'()*+,;=:@-._~");
}

BOOST_AUTO_TEST_CASE(a_target_may_be_in_absolute_form) {
  BOOST_TEST(path_of("http://example.org/ws/?a=1") == "/ws/");
  BOOST_TEST((query_of("http://example.org/ws/?a=1") == fields{{"a", "1"}}));
  BOOST_TEST(path_of("HTTPS://example.org:8443") == "/");
  BOOST_TEST(path_of("ws://[::1]:80/%77s/") == "/ws/");
  BOOST_TEST(path_of("wss://127.0.0.1?a=http://x/") == "/");
  BOOST_TEST(
      (query_of("wss://127.0.0.1?a=http://x/") == fields{{"a", "http://x/"}}));
  for (const char* target :
       {"http://", "http:///ws/", "http://:80/", "http://u@example.org/",
        "http://exa mple.org/", "http://example.org:x/", "http:/ws/",
        "ftp://example.org/", "://example.org/", "http://example.org#a",
        "http://exa%zzmple.org/", "http://[::1/", "x://example.org/?a"})
    BOOST_TEST(path_of(target) == "!", target);
}

BOOST_AUTO_TEST_CASE(only_the_absolute_form_names_an_authority) {
  BOOST_TEST(authority_of("http://example.org:81/ws/") == "example.org:81");
  BOOST_TEST(authority_of("wss://[::1]?a") == "[::1]");
  BOOST_TEST(authority_of("http://example.org") == "example.org");
  for (const char* target : {"/ws/", "//example.org/", "/?a=http://x/", "", "*",
                             "ftp://example.org/"})
    BOOST_TEST(authority_of(target) == "", target);
}

BOOST_AUTO_TEST_CASE(a_host_is_a_name_or_an_address_with_an_optional_port) {
  for (const char* host :
       {"", "example.org", "EXAMPLE.org:8080", "127.0.0.1", "[::1]:80", "a_b",
        "localhost:", "xn--bcher-kva.example", "a%41", "[v1.x]", "a,b"})
    BOOST_TEST(is_host(host), host);
  for (const char* host :
       {"a b", "a/b", "u@example.org", "a:x", "a:80:80", "::1", "[::1", "[x]",
        "a?b", "a#b", "a\\b", "<a>", "a%", "a%zz", "\xC3\xA4", "a|b",
        "[fe80::1%25eth0]", "[fe80::1%25eth0]:80", "[fe80::1%eth0]"})
    BOOST_TEST(!is_host(host), host);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace request_target_suite
