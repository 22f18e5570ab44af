#include <stagedoor/stagedoor.hpp>
#include <stagedoor/testing/world.hpp>

#include <iostream>

using namespace stagedoor;
using namespace stagedoor::testing;

int main() {
  auto greeter = handler("greeter")
                     .permissions(is_authenticated())
                     .action("greet", [](const request& req) {
                       return ok({{"hello", req.user().username}});
                     });
  try {
    world stage{endpoint("/ws/").route("greeter/$", greeter)};
    auto alice = stage.connect("/ws/", user_named("alice", 1));
    alice.push("greeter/", "greet").expect_reply(200, {{"hello", "alice"}});
    stage.connect("/ws/").push("greeter/", "greet").expect_reply(403);
    alice.push("greeter/", "greet").expect_reply(403);
  } catch (const failure& error) {
    std::cout << error.what() << '\n';
  }
  return 0;
}
