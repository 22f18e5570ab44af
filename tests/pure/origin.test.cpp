#include "stagedoor/protocol/websocket/origin.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace origin_suite {

using namespace stagedoor;

namespace {

using strings = std::vector<std::string>;

bool allows(const strings& allowed, const strings& origins,
            const strings& hosts = {"example.org"}) {
  fields headers;
  for (const auto& origin : origins)
    headers.emplace_back("origin", origin);
  for (const auto& host : hosts)
    headers.emplace_back("host", host);
  return origin_policy{allowed, true}.allows(headers);
}

bool same_host(const std::string& origin, const std::string& host) {
  return allows({}, {origin}, {host});
}

} // namespace

BOOST_AUTO_TEST_SUITE(origin)

BOOST_AUTO_TEST_CASE(a_request_without_origin_is_up_to_the_policy) {
  const fields request{{"host", "example.org"}};
  BOOST_TEST((origin_policy{{}, true}.allows(request)));
  BOOST_TEST((!origin_policy{{}, false}.allows(request)));
  BOOST_TEST((!origin_policy{{"*"}, false}.allows(request)));
}

BOOST_AUTO_TEST_CASE(a_star_allows_every_origin) {
  BOOST_TEST(allows({"*"}, {"https://a.example"}));
  BOOST_TEST(allows({"https://x.example", "*"}, {"null"}));
  BOOST_TEST(allows({"*"}, {"https://a.example", "https://b.example"}));
}

BOOST_AUTO_TEST_CASE(null_and_several_origins_are_refused_otherwise) {
  const strings allowed{"https://example.org"};
  BOOST_TEST(!allows(allowed, {"null"}));
  BOOST_TEST(!allows({"null"}, {"null"}));
  BOOST_TEST(!allows({}, {"null"}, {"null"}));
  BOOST_TEST(!allows(allowed, {"https://example.org", "https://example.org"}));
  BOOST_TEST(!allows({}, {"https://example.org", "https://example.org"}));
  BOOST_TEST(!allows(allowed, {""}));
}

BOOST_AUTO_TEST_CASE(an_entry_allows_its_scheme_host_and_port) {
  const strings allowed{"https://Example.org", "http://example.net:8080"};
  BOOST_TEST(allows(allowed, {"https://example.org"}));
  BOOST_TEST(allows(allowed, {"HTTPS://EXAMPLE.ORG"}));
  BOOST_TEST(allows(allowed, {"https://example.org:443"}));
  BOOST_TEST(allows(allowed, {"http://example.net:8080"}));
  BOOST_TEST(allows({"https://example.org:443"}, {"https://example.org"}));
  BOOST_TEST(allows({"http://[::1]:80"}, {"http://[::1]"}));
  BOOST_TEST(!allows(allowed, {"http://example.org"}));
  BOOST_TEST(!allows(allowed, {"http://example.org:443"}));
  BOOST_TEST(!allows(allowed, {"https://example.org:444"}));
  BOOST_TEST(!allows(allowed, {"http://example.net"}));
  BOOST_TEST(!allows(allowed, {"https://www.example.org"}));
}

BOOST_AUTO_TEST_CASE(an_origin_that_looks_alike_is_refused) {
  for (const char* origin : {"https://evil-example.org",
                             "https://example.org.evil.com",
                             "https://example.org@evil.com",
                             "https://evil.com/example.org",
                             "https://evil.com#example.org",
                             "https://example.org//",
                             "https://example.org/a/",
                             "https://example.org?",
                             "https://example.org#",
                             "https://example.org:",
                             "https://example.org.",
                             "https://example%2Eorg",
                             "https:example.org",
                             "https//example.org",
                             "example.org",
                             "https://u@example.org",
                             "https://*.example.org",
                             "https://.example.org",
                             "https://a..example.org",
                             "https://*.a.example.org",
                             "https://evil.com%2F.example.org",
                             "https://x!.example.org"})
    BOOST_TEST(
        !allows({"https://example.org", "https://*.example.org"}, {origin}),
        origin);
}

BOOST_AUTO_TEST_CASE(an_address_with_a_zone_is_no_origin) {
  const std::string zoned = "http://[fe80::1%25eth0]";
  BOOST_TEST(check_origin_entry(zoned) != "");
  BOOST_TEST(!allows({zoned}, {zoned}));
  BOOST_TEST(check_origin_entry("http://[fe80::1]") == "");
}

BOOST_AUTO_TEST_CASE(one_slash_at_the_end_is_dropped) {
  BOOST_TEST(allows({"https://a.org"}, {"https://a.org/"}));
  BOOST_TEST(allows({"https://a.org/"}, {"https://a.org"}));
  BOOST_TEST(allows({"https://a.org:8443/"}, {"https://a.org:8443/"}));
  BOOST_TEST(allows({"https://*.a.org/"}, {"https://b.a.org/"}));
  BOOST_TEST(same_host("http://localhost:8080/", "localhost:8080"));
  BOOST_TEST(!same_host("http://localhost:8080//", "localhost:8080"));
  BOOST_TEST(!same_host("http://localhost/", "localhost:8080"));
}

BOOST_AUTO_TEST_CASE(a_wildcard_allows_subdomains_and_not_the_domain) {
  const strings allowed{"https://*.Example.org", "http://*.example.net:81"};
  BOOST_TEST(allows(allowed, {"https://a.example.org"}));
  BOOST_TEST(allows(allowed, {"https://A.b.EXAMPLE.org:443"}));
  BOOST_TEST(allows(allowed, {"http://a.example.net:81"}));
  BOOST_TEST(!allows(allowed, {"https://example.org"}));
  BOOST_TEST(!allows(allowed, {"https://aexample.org"}));
  BOOST_TEST(!allows(allowed, {"https://.example.org"}));
  BOOST_TEST(!allows(allowed, {"http://a.example.org"}));
  BOOST_TEST(!allows(allowed, {"https://a.example.org:444"}));
  BOOST_TEST(!allows(allowed, {"http://a.example.net"}));
}

BOOST_AUTO_TEST_CASE(without_entries_the_own_host_is_allowed) {
  BOOST_TEST(same_host("https://example.org", "example.org"));
  BOOST_TEST(same_host("https://Example.org", "eXample.org"));
  BOOST_TEST(same_host("https://example.org", "example.org:443"));
  BOOST_TEST(same_host("http://example.org", "example.org:80"));
  BOOST_TEST(same_host("http://example.org:80", "example.org"));
  BOOST_TEST(same_host("http://localhost:8000", "localhost:8000"));
  BOOST_TEST(same_host("http://[::1]:8000", "[::1]:8000"));
  BOOST_TEST(same_host("http://127.0.0.1", "127.0.0.1"));
  BOOST_TEST(!same_host("https://example.org", "example.org:80"));
  BOOST_TEST(!same_host("http://example.org:8080", "example.org"));
  BOOST_TEST(!same_host("http://example.org", "example.org:8080"));
  BOOST_TEST(!same_host("https://evil.example.org", "example.org"));
  BOOST_TEST(!same_host("https://a.example.org", "*.example.org"));
  BOOST_TEST(!same_host("https://example.org", "u@example.org"));
  BOOST_TEST(!same_host("https://example.org", ""));
  BOOST_TEST(!same_host("extension://example.org", "example.org"));
}

BOOST_AUTO_TEST_CASE(the_own_host_must_be_known) {
  BOOST_TEST(!allows({}, {"https://example.org"}, {}));
  BOOST_TEST(
      !allows({}, {"https://example.org"}, {"example.org", "example.org"}));
}

BOOST_AUTO_TEST_CASE(entries_are_checked) {
  for (const char* entry :
       {"*", "https://example.org", "https://example.org/",
        "https://example.org:1", "https://example.org:65535",
        "https://*.example.org:8443", "http://localhost", "http://[::1]:8000",
        "app://local_host"})
    BOOST_TEST(check_origin_entry(entry) == "", entry);
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_not_valid_is_told_why) {
  const auto why = [](std::string_view entry, std::string_view part) {
    const auto text = check_origin_entry(entry);
    const auto quoted = "origin \"" + std::string(entry) + "\": ";
    return text.starts_with(quoted) && text.find(part) != std::string::npos;
  };
  for (const char* entry : {"", "null", "example.org", "https:example.org",
                            "https://exa mple.org", "*.example.org"})
    BOOST_TEST(why(entry, "scheme://host[:port]"), entry);
  for (const char* entry : {"https://example.org//", "https://example.org/a",
                            "https://example.org?", "https://example.org#"})
    BOOST_TEST(why(entry, "nothing may follow"), entry);
  for (const char* entry :
       {"https://", "https://*.", "https://*", "https://*.*.example.org",
        "https://a.*.org", "https://*example.org", "https://*..org",
        "https://a..org", "https://.org", "https://a%41.org"})
    BOOST_TEST(why(entry, "the host"), entry);
  for (const char* entry : {"https://a.org:", "https://a.org:0",
                            "https://a.org:65536", "https://a.org:4294967739"})
    BOOST_TEST(why(entry, "the port"), entry);
  BOOST_TEST(why("https://me@a.org", "user"));
}

BOOST_AUTO_TEST_CASE(an_entry_that_is_not_valid_allows_nothing) {
  BOOST_TEST(!allows({"https://a.org/b"}, {"https://a.org"}));
  BOOST_TEST(!allows({"https://a.org/b"}, {"https://a.org/b"}));
  BOOST_TEST(!allows({"a.org"}, {"a.org"}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace origin_suite
