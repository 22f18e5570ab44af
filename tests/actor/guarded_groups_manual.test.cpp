// actors/groups/README.md, "Who may be in a group".

#include "stagedoor/stagedoor.hpp"
#include "stagedoor/testing/world.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <set>
#include <string>

namespace guarded_groups_manual_suite {

using namespace stagedoor;
using namespace stagedoor::testing;
using namespace std::chrono_literals;

namespace {

std::set<std::string> locked;

decision owns_the_vault(const request& about) {
  const auto& owner = *about.capture("owner");
  return spell_id(about.scope().user.id) == owner && !locked.contains(owner)
             ? allow()
             : deny("This is not your vault.");
}

handler_spec doors() {
  return handler("doors").action(
      "open", [](arg<"vault", std::string> vault, const context& ctx) {
        return ctx.join("vault." + *vault);
      });
}

endpoint vaults() {
  return endpoint("/ws/", doors())
      .group(R"(vault\.(?P<owner>\d+))",
             guarded_by(custom_permission("OwnsTheVault", owns_the_vault)),
             recheck_every{30s});
}

} // namespace

BOOST_AUTO_TEST_SUITE(guarded_groups_manual)

BOOST_AUTO_TEST_CASE(only_the_owner_comes_in_and_only_as_long_as_it_is_one) {
  world stage{vaults()};
  auto alice = stage.connect("/ws/", user_named("alice", 1));
  auto bob = stage.connect("/ws/", user_named("bob", 2));
  alice.push("", "open", {{"vault", "1"}}).expect_reply(200);
  bob.push("", "open", {{"vault", "1"}})
      .expect_errors(403, {"This is not your vault."});
  stage.broadcast("vault.1", {"gold", nullptr});
  alice.expect_event("gold");
  stage.invalidate("1");
  alice.expect_nothing();
  locked.insert("1");
  stage.advance(30s);
  alice.expect_event("group.revoked", {{"group", "vault.1"}});
  stage.broadcast("vault.1", {"gold", nullptr});
  alice.expect_nothing();
  bob.expect_nothing();
  locked.clear();
  alice.push("", "open", {{"vault", "1"}}).expect_reply(200);
  locked.insert("1");
  stage.invalidate("2");
  alice.expect_nothing();
  stage.invalidate("1");
  alice.expect_event("group.revoked", {{"group", "vault.1"}});
  locked.clear();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace guarded_groups_manual_suite
