// A node of its own with one actor that answers as a permission: it allows the
// action "work". With --node it offers that as the service "judge" in a
// cluster, else it prints the port where the actor is published. Waits to be
// killed.

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

int refuse(const caf::error& error) {
  std::cerr << text_of(error) << '\n';
  return 1;
}

[[noreturn]] void wait_to_be_killed() {
  while (true)
    std::this_thread::sleep_for(std::chrono::hours{1});
}

} // namespace

int main(int argc, char** argv) {
  config cfg;
  if (auto error = cfg.parse_command_line(argc, argv))
    return refuse(error);
  auto node = cluster_options::from(cfg);
  if (!node)
    return refuse(node.error());
  if (*node) {
    caf::actor_system sys{cfg};
    auto joined = join_cluster(sys, **node);
    if (!joined)
      return refuse(joined.error());
    (*joined)->offer("judge", caf::actor_cast<caf::actor>(sys.spawn(judge)));
    wait_to_be_killed();
  }
  caf_api::load<caf::io::middleman>(cfg);
  caf::actor_system sys{cfg};
  auto port = sys.middleman().publish(sys.spawn(judge), 0, "127.0.0.1");
  if (!port)
    return refuse(port.error());
  std::cout << "port " << *port << std::endl;
  wait_to_be_killed();
}
