// What is wrong with a description, or looks like a mistake, as far as it can
// be seen before a client comes.

#include "stagedoor/actors/description/endpoint_checks.hpp"

#include "stagedoor/actors/description/actor_permission.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace endpoint_checks_suite {

using namespace stagedoor;

namespace {

using names = std::vector<std::string>;

std::string error_of(const std::vector<endpoint_spec>& specs) {
  auto table = compile_endpoints(specs);
  return table ? "nothing" : text_of(table.error());
}

names warnings_of(const std::vector<endpoint_spec>& specs) {
  auto table = compile_endpoints(specs);
  if (!table)
    return {text_of(table.error())};
  return find_unreachable(**table);
}

auto named(const std::string& name) {
  return handler(name);
}

void nothing() {}

} // namespace

BOOST_AUTO_TEST_SUITE(endpoint_checks)

BOOST_AUTO_TEST_CASE(two_endpoints_of_one_path_are_an_error) {
  BOOST_TEST(error_of({endpoint("/a/"), endpoint("/b/"), endpoint("/a/")})
             == "endpoint \"/a/\": is there twice, and the second one would "
                "never be reached");
}

BOOST_AUTO_TEST_CASE(a_path_that_no_request_has_is_an_error) {
  for (const std::string path : {"ws/", "", "[a-z]+/", "(?:ws|chat)/", "^ws"})
    BOOST_TEST(error_of({endpoint(path)})
               == "endpoint \"" + path
                      + "\": its path does not begin with a slash, as the "
                        "paths of all requests do");
  for (const std::string path :
       {"/", "/ws/", ".*", "/?ws", R"(/(?P<room>\w+)/)", "(/a/|/b/)", "^/ws"})
    BOOST_TEST(error_of({endpoint(path)}) == "nothing", path);
  BOOST_TEST(error_of({endpoint("/healthz")})
             == "endpoint \"/healthz\": the path is that of a health check of "
                "the server");
}

BOOST_AUTO_TEST_CASE(sending_all_pages_in_our_own_dialect_is_an_error) {
  BOOST_TEST(error_of({endpoint("/ws/").sends_all_pages()})
             == "endpoint \"/ws/\": it cannot send all pages of a list, "
                "because only the dialect dcrf has that");
  BOOST_TEST(
      error_of({endpoint("/ws/").sends_all_pages().speaks(dialect::dcrf)})
      == "nothing");
}

BOOST_AUTO_TEST_CASE(a_route_that_is_there_twice_is_an_error) {
  BOOST_TEST(error_of({endpoint("/ws/")
                           .route("a/", named("one"))
                           .route("b/", named("two"))
                           .route("a/", named("three"))})
             == "endpoint \"/ws/\", route \"a/\": is there twice, and the "
                "second one, with the handler \"three\", would never be "
                "reached");
  const auto error =
      error_of({endpoint("/ws/", named("root").route("a/", named("one")))
                    .route("a/", named("two"))});
  BOOST_TEST(error.starts_with("endpoint \"/ws/\", route \"a/\": is there"));
  // Below another handler it is another route.
  BOOST_TEST(error_of({endpoint("/ws/").route(
                 "a/", named("one").route("a/", named("two")))})
             == "nothing");
}

BOOST_AUTO_TEST_CASE(routes_with_a_dollar_are_the_servers_own) {
  for (const std::string pattern :
       {R"(\$auth/)", R"(\$mine/)", "$auth/", R"(\$can/(?P<x>\w+)/)", "[$]can/",
        R"((?P<own>\$can)/)", R"(\x24can/)"})
    BOOST_TEST(error_of({endpoint("/ws/").route(pattern, named("mine"))})
               == "endpoint \"/ws/\", route \"" + pattern
                      + "\": routes that begin with $ are the server's own");
  BOOST_TEST(error_of({endpoint("/ws/").route(
                 "a/", named("one").route(R"(\$b/)", named("two")))})
             == "nothing");
}

BOOST_AUTO_TEST_CASE(two_groups_of_one_name_are_an_error) {
  const std::string twice = R"((?P<pk>\d+)/(?P<pk>\w+)/)";
  const auto error = error_of({endpoint("/ws/").route(twice, named("a"))});
  BOOST_TEST(error.find("\"/ws/\", route") != std::string::npos);
  BOOST_TEST(error.find("pk") < error.size());
  BOOST_TEST(error_of({endpoint('/' + twice)}) != "nothing");
}

BOOST_AUTO_TEST_CASE(an_actor_that_is_null_is_an_error) {
  const std::string place = "endpoint \"/ws/\", route \"a/\": ";
  BOOST_TEST(error_of({endpoint("/ws/").route("a/", caf::actor{})})
             == place + "handler \"a/\" mounts an actor that is null");
  BOOST_TEST(error_of({endpoint("/ws/").route("a/", mounted_actor{})})
             == place + "handler \"a/\" mounts an actor that is null");
  for (const auto& nobody :
       {replicas{}, service(""), replicas{std::vector<caf::actor>{}}})
    BOOST_TEST(
        error_of({endpoint("/ws/").route("a/", named("x").mounts(nobody))})
        == place + "handler \"x\" mounts no actor");
  BOOST_TEST(error_of({endpoint("/ws/").route(
                 "a/", named("x").permissions(
                           is_authenticated()
                           & actor_permission("Gate", permission_actor{})))})
             == place + "Gate asks an actor that is null");
  BOOST_TEST(error_of({endpoint("/ws/").route(
                 "a/", named("x").action(
                           "act", nothing,
                           guarded_by(actor_permission("Gate", service("")))))})
             == "endpoint \"/ws/\", route \"a/\", action \"act\": Gate asks no "
                "actor");
}

BOOST_AUTO_TEST_CASE(an_argument_that_no_message_can_carry_is_an_error) {
  BOOST_TEST(
      error_of({endpoint(
          "/ws/", named("x").action("act", [](arg<"route", std::string>) {}))})
      == "endpoint \"/ws/\", action \"act\": no message can carry the argument "
         "\"route\", because that is a control key, and no group of its route "
         "has this name");
  BOOST_TEST(error_of({endpoint(
                 "/ws/", named("x")
                             .loads([](arg<"request_id", std::int64_t>) {
                               return std::optional{json::value{}};
                             })
                             .action("act", [](loaded<json::value>) {}))})
             != "nothing");
  BOOST_TEST(error_of({endpoint("/ws/").route(
                 R"((?P<action>\w+)/$)",
                 named("x").action("act", [](arg<"action", std::string>) {}))})
             == "nothing");
}

BOOST_AUTO_TEST_CASE(a_declared_action_that_no_actor_runs_is_an_error) {
  const std::string place = "endpoint \"/ws/\": ";
  BOOST_TEST(
      error_of({endpoint("/ws/", named("x").action("act", takes<>()))})
      == place
             + "handler \"x\" has the action \"act\": it forwards it to no "
               "actor");
  const auto mounted = [] {
    return named("x").mounts(service("y")).action("act", takes<>());
  };
  BOOST_TEST(error_of({endpoint("/ws/", mounted())}) == "nothing");
  // In any order.
  BOOST_TEST(
      error_of({endpoint(
          "/ws/", named("x").action("act", takes<>()).mounts(service("y")))})
      == "nothing");
  BOOST_TEST(error_of({endpoint("/ws/", mounted().action("own", nothing))})
             == place
                    + "handler \"x\" has the action \"own\": its actions are "
                      "those of the actors that it mounts");
  for (const auto& twice :
       {mounted().action("act", takes<>()), mounted().forwards("act")})
    BOOST_TEST(error_of({endpoint("/ws/", twice)})
               == place + "handler \"x\" has two actions \"act\"");
}

BOOST_AUTO_TEST_CASE(a_declared_action_is_checked_as_the_handlers_own) {
  const auto mounted = [] { return named("x").mounts(service("y")); };
  const auto text = error_of({endpoint(
      "/ws/", mounted().action("act", takes<arg<"route", std::string>>()))});
  BOOST_TEST(text.starts_with("endpoint \"/ws/\", action \"act\": no message "
                              "can carry the argument \"route\""),
             text);
  BOOST_TEST(
      error_of({endpoint(
          "/ws/", mounted().action("act", takes<>(), broadcasts("a.{b}")))})
      == "endpoint \"/ws/\", action \"act\": the group \"a.{b}\" names a "
         "capture \"b\", which its route does not have");
  // Once one is declared, a list for another one is a misspelt name.
  const auto listed = [&] {
    return mounted().permissions_for("atc", is_authenticated());
  };
  BOOST_TEST(error_of({endpoint("/ws/", listed())}) == "nothing");
  BOOST_TEST(error_of({endpoint("/ws/", listed().forwards("act"))})
             == "nothing");
  BOOST_TEST(error_of({endpoint("/ws/", listed().action("act", takes<>()))})
             == "endpoint \"/ws/\": handler \"x\" has permissions for \"atc\", "
                "which is no action of it");
}

BOOST_AUTO_TEST_CASE(a_policy_of_groups_that_cannot_be_meant_is_an_error) {
  BOOST_TEST(
      error_of({endpoint("/ws/").group("g", slow_member::keep_newest(""))})
      == "endpoint \"/ws/\": the groups \"g\" keep the newest event of a key "
         "without a name");
  BOOST_TEST(error_of({endpoint("/ws/").group(
                 "g", presence(std::chrono::milliseconds{-1}))})
             == "endpoint \"/ws/\": the groups \"g\" have a negative grace");
  BOOST_TEST(
      error_of({endpoint("/ws/").group("g", slow_member::keep_newest("k"),
                                       presence(std::chrono::milliseconds{0}))})
      == "nothing");
}

BOOST_AUTO_TEST_CASE(a_guard_that_cannot_be_asked_again_is_an_error) {
  using std::chrono::milliseconds;
  const guarded_by users{is_authenticated()};
  const auto rule = [&](auto... options) {
    return error_of({endpoint("/ws/").group("g", options...)});
  };
  BOOST_TEST(rule(recheck_every{milliseconds{1}})
             == "endpoint \"/ws/\": the groups \"g\" have no guard to ask "
                "again: recheck_every needs guarded_by");
  for (const auto time : {0, -1})
    BOOST_TEST(rule(users, recheck_every{milliseconds{time}})
               == "endpoint \"/ws/\": the groups \"g\" have a time of "
                  "recheck_every that is not longer than 0");
  BOOST_TEST(rule(users, recheck_every{milliseconds{1}}) == "nothing");
}

BOOST_AUTO_TEST_CASE(a_history_has_bounds_and_a_guard) {
  using std::chrono::milliseconds;
  const guarded_by users{is_authenticated()};
  const auto rule = [&](auto... options) {
    return error_of({endpoint("/ws/").group("g", options...)});
  };
  const std::string place = "endpoint \"/ws/\": the groups \"g\" have ";
  BOOST_TEST(rule(users, history{1, 1, milliseconds{1}}, replay_on_join{1})
             == "nothing");
  for (const auto& flawed :
       {history{0, 1, milliseconds{1}}, history{1, 0, milliseconds{1}},
        history{1, 1, milliseconds{0}}})
    BOOST_TEST(rule(users, flawed)
               == place + "a history with a bound that is not at least 1");
  BOOST_TEST(rule(history{})
             == place
                    + "a history and no guard, so that everybody could read "
                      "it: history needs guarded_by");
  BOOST_TEST(rule(users, replay_on_join{1})
             == place + "no history to replay: replay_on_join needs history");
  BOOST_TEST(rule(users, history{}, slow_member::close) == "nothing");
  const slow_member slow = slow_member::drop_oldest;
  for (const auto& other : {slow, slow_member::keep_newest("k")})
    BOOST_TEST(rule(users, history{}, other)
               == place
                      + "a history, from which slow members read on: the only "
                        "other thing that may happen to them is "
                        "slow_member::close");
}

BOOST_AUTO_TEST_CASE(two_rules_of_one_pattern_have_to_be_the_same) {
  using std::chrono::milliseconds;
  const guarded_by users{is_authenticated()};
  const recheck_every now_and_then{milliseconds{1}};
  const auto with = [&](auto... options) {
    return error_of({endpoint("/a/").group("g", users, now_and_then, presence),
                     endpoint("/b/")
                         .group("h", slow_member::close)
                         .group("g", options...)});
  };
  const std::string differs = "endpoint \"/b/\": the groups \"g\" have another "
                              "rule already, and groups belong to the whole "
                              "server";
  BOOST_TEST(with(users, now_and_then, presence) == "nothing");
  BOOST_TEST(with() == differs);
  BOOST_TEST(with(now_and_then, presence, guarded_by{is_admin_user()})
             == differs);
  BOOST_TEST(with(users, presence) == differs);
  BOOST_TEST(with(users, now_and_then) == differs);
  BOOST_TEST(with(users, now_and_then, presence, slow_member::close)
             == differs);
}

BOOST_AUTO_TEST_CASE(names_that_no_client_can_send_are_an_error) {
  for (const std::string name : {"", "a b", "a,b", "a\"", "ä", "a/b"})
    BOOST_TEST(error_of({endpoint("/ws/").subprotocols({"news", name})})
               == "endpoint \"/ws/\": no client can send the subprotocol \""
                      + name + "\", which is no token of HTTP");
  for (const std::string name :
       {"bearer.news", "bearer.", "BEARER.news", "Base64URL.bearer.",
        "base64url.bearer.bmV3cw"})
    BOOST_TEST(error_of({endpoint("/ws/").subprotocols({name})})
               == "endpoint \"/ws/\": the subprotocol \"" + name
                      + "\" is never picked, because clients send tokens "
                        "behind bearer. and base64url.bearer.");
  for (const std::string name : {"a b", "a=b", "a;b", "a\n"})
    BOOST_TEST(error_of({endpoint("/ws/").token_cookie(name)})
               == "endpoint \"/ws/\": no client can send the cookie \"" + name
                      + "\", whose name is no token of HTTP");
  BOOST_TEST(
      error_of({endpoint("/ws/")
                    .subprotocols({"news.v1", "a_b", "bearer", "base64url"})
                    .token_cookie("__Host-session")})
      == "nothing");
}

BOOST_AUTO_TEST_CASE(a_route_that_an_earlier_one_swallows_is_a_warning) {
  const std::pair<std::string, std::string> rows[]{
      {"articles/", R"(articles/(?P<pk>\d+)/)"},
      {"articles/", "articles/special/$"},
      {R"(\w+/)", R"(articles/(?P<pk>\d+)/)"},
      {R"((?P<a>\w+)/)", R"((?P<a>\w+)/more/)"},
      {R"((?P<a>\w+)/$)", "list/$"},
      {"(?:x/)?", "y/"}};
  for (const auto& [earlier, later] : rows) {
    const auto warnings = warnings_of(
        {endpoint("/ws/").route(earlier, named("a")).route(later, named("b"))});
    BOOST_TEST((warnings
                == names{"endpoint \"/ws/\", route \"" + later
                         + "\": no message comes here, because the route \""
                         + earlier + "\" before it takes them all"}),
               later);
  }
}

BOOST_AUTO_TEST_CASE(a_route_that_some_message_reaches_is_no_warning) {
  const std::pair<std::string, std::string> rows[]{
      {"articles/$", R"(articles/(?P<pk>\d+)/$)"},
      {"articles/$", "articles/"},
      {R"(\d+/)", "articles/"},
      {"a", "a*b"},
      {"a|b", "a|c"},
      {R"(a\b)", "ab"},
      {"articles/special/", "articles/"},
      {R"((?P<a>\w+)/$)", "list/"}};
  for (const auto& [earlier, later] : rows)
    BOOST_TEST(warnings_of({endpoint("/ws/")
                                .route(earlier, named("a"))
                                .route(later, named("b"))})
                   .empty(),
               later);
}

BOOST_AUTO_TEST_CASE(deep_routes_and_endpoints_are_looked_at_too) {
  const auto deep = warnings_of({endpoint("/ws/").route(
      "a/", named("a").route("b/", named("b")).route("b/c/", named("c")))});
  BOOST_TEST((deep
              == names{"endpoint \"/ws/\", route \"a/\", route \"b/c/\": no "
                       "message comes here, because the route \"b/\" before it "
                       "takes them all"}));
  const auto paths =
      warnings_of({endpoint("/.*"), endpoint("/ws/"), endpoint("/x/")});
  BOOST_TEST(paths.size() == 2u);
  BOOST_TEST(paths.at(0)
             == "endpoint \"/ws/\": no client comes here, because the endpoint "
                "\"/.*\" before it takes them all");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace endpoint_checks_suite
