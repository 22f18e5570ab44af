// Attributes of users from the opening request to a permission, in virtual
// time.

#include "stagedoor/permissions/has_attribute.hpp"
#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace tenants_suite {

using namespace stagedoor;
using namespace stagedoor::testing;

namespace {

server_options with_users() {
  server_options result;
  result.users = *parse_users(R"({"users": [
      {"id": 1, "username": "alice", "token": "alice-token",
       "attributes": {"tenant": "acme"}},
      {"id": 2, "username": "bob", "token": "bob-token",
       "attributes": {"tenant": 7}},
      {"id": 3, "username": "carol", "token": "carol-token"}]})",
                              "the users of the test");
  return result;
}

struct tenants_fixture {
  // The first route has the capture, the other has not.
  world stage{endpoint("/ws/")
                  .route(R"(t/(?P<tenant>\w+)/$)",
                         handler("files")
                             .permissions(has_attribute("tenant",
                                                        from_capture("tenant")))
                             .action("list", [] { return ok(); }))
                  .route("wrong/$", handler("wrong")
                                        .permissions(!has_attribute(
                                            "tenant", from_capture("tenant")))
                                        .action("list", [] { return ok(); })),
              with_users()};

  std::int64_t status(const std::string& name, const std::string& route) {
    opening how;
    how.token = name + "-token";
    return stage.open("/ws/", how)
        .expect_accepted()
        .push(route, "list")
        .reply()
        .at("status")
        .as_int64();
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tenants, tenants_fixture)

BOOST_AUTO_TEST_CASE(users_reach_the_routes_of_their_tenant) {
  BOOST_TEST(status("alice", "t/acme/") == 200);
  BOOST_TEST(status("alice", "t/7/") == 403);
  BOOST_TEST(status("bob", "t/7/") == 200);
  BOOST_TEST(status("bob", "t/acme/") == 403);
  BOOST_TEST(status("carol", "t/acme/") == 403);
}

BOOST_AUTO_TEST_CASE(a_capture_that_no_route_has_is_a_500) {
  BOOST_TEST(status("alice", "wrong/") == 500);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tenants_suite
