#include "stagedoor/protocol/websocket/bearer_token.hpp"

#include "stagedoor/protocol/websocket/http_fields.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bearer_token_suite {

using namespace stagedoor;

namespace {

using source = bearer_token::source;

void drop(fields& headers, std::string_view name) {
  std::erase_if(headers, [&](const auto& x) { return x.first == name; });
}

/// What of an opening request a credential may be in.
struct opening {
  fields headers;
  fields query;

  /// @param cookie the name of a cookie that may hold a token; empty for none.
  bearer_token take(std::string_view cookie) {
    return take_token(headers, query, parse_cookies(headers), cookie);
  }
};

/// The name of the cookie is `session`.
bearer_token token_of(const fields& headers, fields query = {}) {
  return opening{headers, std::move(query)}.take("session");
}

/// The headers with a list of subprotocols, after its credentials were taken.
fields cleaned(const fields& headers) {
  opening from{headers, {}};
  from.take({});
  return from.headers;
}

bool is(const bearer_token& token, source from, std::string_view text) {
  return token.from == from && token.token == text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(bearer_token)

BOOST_AUTO_TEST_CASE(a_token_comes_from_the_header) {
  BOOST_TEST(is(token_of({{"authorization", "Bearer s3cret"}}), source::header,
                "s3cret"));
  BOOST_TEST(is(token_of({{"authorization", " bEARER \t a b "}}),
                source::header, "a b"));
  BOOST_TEST(is(token_of({{"authorization", "Token s3cret"}}), source::header,
                "s3cret"));
  BOOST_TEST(is(token_of({{"authorization", "tOKEN\ts3cret"}}), source::header,
                "s3cret"));
}

BOOST_AUTO_TEST_CASE(an_empty_bearer_token_counts_as_given) {
  BOOST_TEST(is(token_of({{"authorization", "Bearer"}}), source::header, ""));
  BOOST_TEST(is(token_of({{"authorization", "bearer  "}}), source::header, ""));
  BOOST_TEST(is(token_of({{"authorization", "Token"}}), source::header, ""));
  BOOST_TEST(is(token_of({{"authorization", "Bearer"}}, {{"token", "q"}}),
                source::header, ""));
}

BOOST_AUTO_TEST_CASE(an_empty_token_in_the_query_is_none) {
  BOOST_TEST(is(token_of({}, {{"token", ""}}), source::none, ""));
  BOOST_TEST(is(token_of({}, {{"access_token", ""}}), source::none, ""));
  BOOST_TEST(is(token_of({}, {{"token", ""}, {"access_token", "x"}}),
                source::query, "x"));
  auto from = opening{{}, {{"token", ""}, {"a", "1"}}};
  from.take({});
  BOOST_TEST((from.query == fields{{"a", "1"}}));
}

BOOST_AUTO_TEST_CASE(the_scheme_basic_is_ignored_and_noted) {
  for (const char* value : {"Basic eA==", "bASIC x", "Basic"}) {
    const auto found = token_of({{"authorization", value}});
    BOOST_TEST(is(found, source::none, ""));
    BOOST_TEST(found.basic_ignored);
    BOOST_TEST(found.fault == "");
  }
  const auto other =
      token_of({{"authorization", "Basic eA=="}}, {{"token", "q"}});
  BOOST_TEST(is(other, source::query, "q"));
  BOOST_TEST(!token_of({{"authorization", "Bearer x"}}).basic_ignored);
  BOOST_TEST(is(token_of({{"x-authorization", "Bearer x"}}, {{"Token", "q"}}),
                source::none, ""));
  BOOST_TEST(is(token_of({{"authorization", ""}}), source::none, ""));
}

BOOST_AUTO_TEST_CASE(any_other_scheme_has_a_fault_that_names_it) {
  const auto fault_of = [](const char* value) {
    const auto found = token_of({{"authorization", value}}, {{"token", "q"}});
    BOOST_TEST(is(found, source::header, ""), value);
    return found.fault;
  };
  BOOST_TEST(fault_of("Digest username=\"a\"")
             == "Authorization has the scheme Digest");
  BOOST_TEST(fault_of("JWT a.b.c") == "Authorization has the scheme JWT");
  BOOST_TEST(fault_of("Bearerx y") == "Authorization has the scheme Bearerx");
  BOOST_TEST(fault_of("AWS4-HMAC-SHA256 Credential=x")
             == "Authorization has the scheme AWS4-HMAC-SHA256");
  // What may be the secret itself is not named.
  const std::string unnamed = "Authorization has no scheme that is known";
  for (const char* value :
       {"alice-token", "a.b.c d", "alice:token x", "\xC3\xA4 x",
        "abcdefghijklmnopqrstuvwxyz0123456 x"})
    BOOST_TEST(fault_of(value) == unnamed, value);
}

BOOST_AUTO_TEST_CASE(two_lines_of_authorization_must_be_the_same) {
  const std::string name = "authorization";
  BOOST_TEST(!has_two_authorizations({}));
  BOOST_TEST(!has_two_authorizations({{name, "Bearer x"}, {"x", "y"}}));
  BOOST_TEST(
      !has_two_authorizations({{name, "Bearer x"}, {name, "Bearer x "}}));
  BOOST_TEST(has_two_authorizations({{name, "Bearer x"}, {name, "Bearer y"}}));
  BOOST_TEST(has_two_authorizations({{name, "Basic x"}, {name, "Bearer x"}}));
  BOOST_TEST(has_two_authorizations(
      {{name, "Bearer x"}, {name, "Bearer x"}, {name, ""}}));
}

BOOST_AUTO_TEST_CASE(a_token_in_the_query_has_two_names) {
  BOOST_TEST(is(token_of({}, {{"access_token", "q"}}), source::query, "q"));
  BOOST_TEST(is(token_of({}, {{"access_token", "q"}, {"token", "r"}}),
                source::query, "q"));
  BOOST_TEST(is(token_of({}, {{"Access_Token", "q"}, {"accesstoken", "q"}}),
                source::none, ""));
  auto from = opening{{}, {{"a", "1"}, {"access_token", "q"}, {"token", "r"}}};
  from.take({});
  BOOST_TEST((from.query == fields{{"a", "1"}}));
}

BOOST_AUTO_TEST_CASE(a_token_comes_from_an_offered_subprotocol) {
  const std::string name = "sec-websocket-protocol";
  BOOST_TEST(is(token_of({{name, "chat, bearer.a.b-c"}}), source::subprotocol,
                "a.b-c"));
  BOOST_TEST(is(token_of({{name, "chat"}, {name, " BEARER.x ,y"}}),
                source::subprotocol, "x"));
  BOOST_TEST(
      is(token_of({{name, "bearer.x, bearer.y"}}), source::subprotocol, "x"));
  BOOST_TEST(is(token_of({{name, "bearer."}}), source::subprotocol, ""));
  for (const char* value : {"bearer", "bearerx", "x.bearer.y", "chat", "",
                            "base64url", "base64url.bearer"})
    BOOST_TEST(is(token_of({{name, value}}), source::none, ""), value);
  BOOST_TEST(token_of({{name, "chat, bearer.x"}}).in_subprotocols);
  BOOST_TEST(token_of({{name, "bearer.x"}, {"authorization", "Bearer h"}})
                 .in_subprotocols);
  BOOST_TEST(!token_of({{name, "chat"}}).in_subprotocols);
}

BOOST_AUTO_TEST_CASE(a_token_may_be_written_in_base64url) {
  const std::string name = "sec-websocket-protocol";
  // "a b/ä=" and "alice-token".
  const auto odd = token_of({{name, "base64url.bearer.YSBiL8OkPQ, chat"}});
  BOOST_TEST(is(odd, source::subprotocol, "a b/\xC3\xA4="));
  BOOST_TEST(odd.fault == "");
  BOOST_TEST(is(token_of({{name, "BASE64URL.Bearer.YWxpY2UtdG9rZW4"}}),
                source::subprotocol, "alice-token"));
  BOOST_TEST(
      is(token_of({{name, "base64url.bearer."}}), source::subprotocol, ""));
  // Padding, the other alphabet, left-over bits, a NUL, and no UTF-8.
  for (const char* text : {"YWxpY2UtdG9rZW4=", "YSBiL8Ok+Q", "YWxpY2UtdG9rZW5",
                           "a.b", "AA", "_w", "A"}) {
    const auto found =
        token_of({{name, std::string("base64url.bearer.") + text}}, {});
    BOOST_TEST(is(found, source::subprotocol, ""), text);
    BOOST_TEST(
        found.fault
            == "the token among the subprotocols is no text in base64url",
        text);
  }
}

BOOST_AUTO_TEST_CASE(a_token_comes_from_the_cookie_that_is_named) {
  const fields headers{{"cookie", "a=b; session=c; session=d"}};
  BOOST_TEST(is(token_of(headers), source::cookie, "c"));
  auto unnamed = opening{headers, {}};
  BOOST_TEST(is(unnamed.take({}), source::none, ""));
  auto other = opening{{{"cookie", "Session=x; =y"}}, {}};
  BOOST_TEST(is(other.take("session"), source::none, ""));
  BOOST_TEST(is(other.take({}), source::none, ""));
}

BOOST_AUTO_TEST_CASE(an_empty_cookie_is_no_token) {
  BOOST_TEST(is(token_of({{"cookie", "session="}}), source::none, ""));
}

BOOST_AUTO_TEST_CASE(the_cookie_stays_where_it_is) {
  auto from = opening{{{"cookie", "session=c"}}, {}};
  from.take("session");
  BOOST_TEST((from.headers == fields{{"cookie", "session=c"}}));
}

BOOST_AUTO_TEST_CASE(the_sources_of_a_token_come_in_order) {
  fields headers{{"authorization", "Bearer h"},
                 {"sec-websocket-protocol", "bearer.s"},
                 {"cookie", "session=c"}};
  const fields query{{"token", "q"}};
  BOOST_TEST(is(token_of(headers, query), source::header, "h"));
  drop(headers, "authorization");
  BOOST_TEST(is(token_of(headers, query), source::query, "q"));
  BOOST_TEST(is(token_of(headers), source::subprotocol, "s"));
  drop(headers, "sec-websocket-protocol");
  BOOST_TEST(is(token_of(headers), source::cookie, "c"));
}

BOOST_AUTO_TEST_CASE(a_weaker_source_does_not_help_a_wrong_token) {
  BOOST_TEST(is(token_of({{"sec-websocket-protocol", "bearer."},
                          {"cookie", "session=c"}}),
                source::subprotocol, ""));
  BOOST_TEST(
      is(token_of({{"sec-websocket-protocol", "bearer.s"}}, {{"token", "q"}}),
         source::query, "q"));
}

BOOST_AUTO_TEST_CASE(a_token_is_taken_out_of_the_offered_subprotocols) {
  const std::string name = "sec-websocket-protocol";
  BOOST_TEST(
      (cleaned({{"a", "1"}, {name, "chat,bearer.s,  v2,Bearer.t"}, {"b", "2"}})
       == fields{{"a", "1"}, {name, "chat, v2"}, {"b", "2"}}));
  BOOST_TEST(
      (cleaned({{name, "base64url.bearer.AA, chat,Base64Url.BEARER.!, bearer"}})
       == fields{{name, "chat, bearer"}}));
  // A header of which nothing is left goes; any other stays as it came.
  BOOST_TEST((cleaned({{name, "bearer.s"}, {name, "x,,y "}, {name, ""}})
              == fields{{name, "x,,y "}, {name, ""}}));
  BOOST_TEST((cleaned({{"x", "bearer.s"}}) == fields{{"x", "bearer.s"}}));
}

BOOST_AUTO_TEST_CASE(a_token_is_taken_out_of_everything_whichever_wins) {
  auto from = opening{{{"authorization", "Bearer h"},
                       {"sec-websocket-protocol", "chat, bearer.s"}},
                      {{"a", "1"}, {"token", "q"}}};
  BOOST_TEST(is(from.take({}), source::header, "h"));
  BOOST_TEST((from.query == fields{{"a", "1"}}));
  BOOST_TEST((from.headers
              == fields{{"authorization", "Bearer h"},
                        {"sec-websocket-protocol", "chat"}}));
}

BOOST_AUTO_TEST_CASE(the_token_is_taken_out_of_the_query_in_any_case) {
  auto from =
      opening{{}, {{"a", "1"}, {"token", "q"}, {"b", "2"}, {"token", "r"}}};
  auto same = opening{{{"authorization", "Bearer h"}}, from.query};
  BOOST_TEST(is(from.take({}), source::query, "q"));
  BOOST_TEST((from.query == fields{{"a", "1"}, {"b", "2"}}));
  BOOST_TEST(is(same.take({}), source::header, "h"));
  BOOST_TEST((same.query == fields{{"a", "1"}, {"b", "2"}}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace bearer_token_suite
