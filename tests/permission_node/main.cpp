// A node of its own with one actor that answers as a permission: it allows the
// action "work". Prints its port, then waits to be killed.

#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

#include <stagedoor/stagedoor.hpp>

#include <iostream>
#include <thread>

using namespace stagedoor;

namespace {

permission_actor::behavior_type judge() {
  return {[](const permission_query& query) {
    return query.about.action() == "work" ? allow() : deny();
  }};
}

} // namespace

int main() {
  config cfg;
  cfg.load<caf::io::middleman>();
  caf::actor_system sys{cfg};
  auto port = sys.middleman().publish(sys.spawn(judge), 0, "127.0.0.1");
  if (!port) {
    std::cerr << text_of(port.error()) << '\n';
    return 1;
  }
  std::cout << "port " << *port << std::endl;
  while (true)
    std::this_thread::sleep_for(std::chrono::hours{1});
}
