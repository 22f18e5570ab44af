// Claims of tokens that the configuration names, over real sockets: from the
// signed token to the permission that compares them with the route.

#include "stagedoor/permissions/has_attribute.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

#include "support/command_line.hpp"
#include "support/conversation.hpp"
#include "support/http_texts.hpp"
#include "support/jwt_signer.hpp"
#include "support/temporary_file.hpp"

namespace tenant_tokens_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

std::vector<endpoint_spec> tenants() {
  const auto own =
      handler("files")
          .permissions(has_attribute("tenant", from_capture("tenant")))
          .action("list", [](arg<"tenant", std::string> tenant) {
            return ok(*tenant);
          });
  const auto nested =
      handler("teams")
          .permissions(has_attribute("org.id", from_capture("org")))
          .action("list", [] { return ok(); });
  return {endpoint("/ws/", handler("root").action(
                               "tenant",
                               [](const request& message) {
                                 return ok(message.user().attributes);
                               }))
              .route(R"(t/(?P<tenant>[^/]+)/$)", own)
              .route(R"(o/(?P<org>[^/]+)/$)", nested)};
}

/// A server whose command line names the key of the tokens, and `more`.
struct token_server {
  explicit token_server(const std::vector<std::string>& more)
      : server(tenants(), [&](server_options& options) {
          std::vector<std::string> line{"--jwt-keys", keys.path()};
          line.insert(line.end(), more.begin(), more.end());
          const parsed_command_line<server_options> parsed(line);
          BOOST_REQUIRE_MESSAGE((parsed.error == caf::none),
                                text_of(parsed.error));
          options.users = parsed.options.users;
        }) {}

  temporary_file keys{jwks_of({curve_signer().jwk("one")})};
  test_server server;
};

/// Names the claims of this file.
const std::vector<std::string> named{"--jwt-attribute-claims=tenant,org.id"};

/// A token of user 7 whose claims go on with `more`.
std::string token_with(const std::string& more) {
  return curve_signer().token(R"({"sub":"7","username":"ann")" + more + '}',
                              "one");
}

std::string token_of(const std::string& tenant) {
  return token_with(R"(,"tenant":)" + tenant);
}

opening_text opening_with(const std::string& token) {
  return opening_text().set("Authorization", "Bearer " + token);
}

std::string list_at(const std::string& route) {
  return R"({"action":"list","route":")" + route + "\"}";
}

/// What a client gets whose tenant the route is.
std::string listed(const std::string& tenant) {
  return success('"' + tenant + '"', "list", "t/" + tenant + '/');
}

std::string denied_at(const std::string& route) {
  return failure(403, denied, "list", route);
}

std::string attributes(const std::string& all) {
  return success(all, "tenant");
}

const std::string ask_attributes = R"({"action":"tenant"})";

} // namespace

BOOST_AUTO_TEST_SUITE(tenant_tokens)

BOOST_AUTO_TEST_CASE(a_token_reaches_the_routes_of_its_tenant_and_no_other) {
  token_server world(named);
  websocket_client north(world.server.port(),
                         opening_with(token_of(R"("north")")));
  websocket_client south(world.server.port(),
                         opening_with(token_of(R"("south")")));
  BOOST_TEST(north.ask(ask_attributes) == attributes(R"({"tenant":"north"})"));
  BOOST_TEST(north.ask(list_at("t/north/")) == listed("north"));
  BOOST_TEST(north.ask(list_at("t/south/")) == denied_at("t/south/"));
  BOOST_TEST(north.ask(list_at("t/nort/")) == denied_at("t/nort/"));
  BOOST_TEST(south.ask(list_at("t/north/")) == denied_at("t/north/"));
  BOOST_TEST(south.ask(list_at("t/south/")) == listed("south"));
}

BOOST_AUTO_TEST_CASE(a_token_without_the_claim_reaches_no_tenant) {
  token_server world(named);
  websocket_client none(world.server.port(), opening_with(token_with("")));
  BOOST_TEST(none.ask(ask_attributes) == attributes("{}"));
  BOOST_TEST(none.ask(list_at("t/north/")) == denied_at("t/north/"));
  websocket_client nobody(world.server.port(), opening_text());
  BOOST_TEST(nobody.ask(list_at("t/north/")) == denied_at("t/north/"));
}

BOOST_AUTO_TEST_CASE(a_claim_that_is_not_named_gives_no_tenant) {
  for (const auto& more : {std::vector<std::string>{},
                           {"--jwt-attribute-claims=tenants,org.id"}}) {
    token_server world(more);
    websocket_client north(world.server.port(),
                           opening_with(token_of(R"("north")")));
    BOOST_TEST(north.ask(ask_attributes) == attributes("{}"));
    BOOST_TEST(north.ask(list_at("t/north/")) == denied_at("t/north/"));
  }
}

BOOST_AUTO_TEST_CASE(integers_are_tenants_and_booleans_are_not) {
  token_server world(named);
  websocket_client seven(world.server.port(), opening_with(token_of("7")));
  BOOST_TEST(seven.ask(ask_attributes) == attributes(R"({"tenant":7})"));
  BOOST_TEST(seven.ask(list_at("t/7/")) == listed("7"));
  BOOST_TEST(seven.ask(list_at("t/07/")) == denied_at("t/07/"));
  // The token is good, and `has_attribute` compares strings and integers only.
  websocket_client yes(world.server.port(), opening_with(token_of("true")));
  BOOST_TEST(yes.ask(ask_attributes) == attributes(R"({"tenant":true})"));
  BOOST_TEST(yes.ask(list_at("t/true/")) == denied_at("t/true/"));
}

BOOST_AUTO_TEST_CASE(a_claim_of_another_type_is_a_401) {
  token_server world(named);
  for (const auto* tenant :
       {"null", "7.5", "7.0", R"("")", R"(["north"])", R"({"north":"north"})"})
    BOOST_TEST(answer_to(world.server, opening_with(token_of(tenant)))
                   == bad_credentials,
               tenant);
  BOOST_TEST(world.server.logs(
      "a claim of jwt-attribute-claims has a wrong type or is too long"));
  const auto longest = std::string(1024, 'n');
  BOOST_TEST(
      answer_to(world.server, opening_with(token_of('"' + longest + '"')))
      == accepted);
  BOOST_TEST(
      answer_to(world.server, opening_with(token_of('"' + longest + "n\"")))
      == bad_credentials);
}

BOOST_AUTO_TEST_CASE(dots_of_a_claim_reach_into_the_token) {
  token_server world(named);
  for (const auto* org :
       {R"(,"org":{"id":"north","name":"North"})", R"(,"org.id":"north")"}) {
    websocket_client north(world.server.port(), opening_with(token_with(org)));
    BOOST_TEST(north.ask(list_at("o/north/"))
               == success("null", "list", "o/north/"));
    BOOST_TEST(north.ask(list_at("o/south/")) == denied_at("o/south/"));
    BOOST_TEST(north.ask(list_at("t/north/")) == denied_at("t/north/"));
  }
}

BOOST_AUTO_TEST_CASE(a_refresh_moves_a_client_to_the_tenant_of_its_new_token) {
  token_server world(named);
  websocket_client client(world.server.port(),
                          opening_with(token_of(R"("north")")));
  const auto refresh = [&](const std::string& token) {
    return client.ask(R"({"action":"refresh","route":"$auth/","token":")"
                      + token + "\"}");
  };
  BOOST_TEST(client.ask(list_at("t/north/")) == listed("north"));
  BOOST_TEST(refresh(token_of(R"(["south"])"))
             == failure(401, R"([{"detail":"Invalid credentials."}])",
                        "refresh", "$auth/"));
  BOOST_TEST(client.ask(list_at("t/north/")) == listed("north"));
  BOOST_TEST(
      refresh(token_of(R"("south")"))
      == success(R"({"user":{"id":"7","username":"ann"},"expires_at":null})",
                 "refresh", "$auth/"));
  BOOST_TEST(client.ask(list_at("t/south/")) == listed("south"));
  BOOST_TEST(client.ask(list_at("t/north/")) == denied_at("t/north/"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tenant_tokens_suite
