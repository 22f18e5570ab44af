#include "stagedoor/actors/guards/credential_checker.hpp"

#include "stagedoor/testing/token_table.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

#include "support/actor_world.hpp"
#include "support/role_probes.hpp"
#include "support/token_asker.hpp"

namespace credential_checker_suite {

using namespace stagedoor;
using namespace stagedoor::test;

namespace {

struct fixture {
  std::string answer_to(const std::string& token) {
    std::string result;
    ask_for_token(world.home(), checker, token, result);
    world.settle();
    return result;
  }

  actor_world world;
  std::shared_ptr<testing::token_table> tokens =
      std::make_shared<testing::token_table>();
  authenticator_actor checker =
      world.home().spawn(stagedoor::credential_checker, tokens);
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(credential_checker, fixture)

BOOST_AUTO_TEST_CASE(says_whose_a_token_is) {
  identity alice;
  alice.who.username = "alice";
  const auto token = tokens->add(alice);
  BOOST_TEST(answer_to(token) == "alice");
}

BOOST_AUTO_TEST_CASE(refuses_a_token_that_nobody_has) {
  BOOST_TEST(answer_to("x") == "refused");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace credential_checker_suite
