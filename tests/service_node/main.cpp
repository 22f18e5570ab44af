// A node of its own with one actor that answers as a permission: it allows the
// action "work". With --node it offers that as the service "judge" in a
// cluster, and two more: "stock", which clients are served by, and "gate",
// which knows their tokens; else it prints the port where the one actor is
// published. Waits to be killed.

#include <caf/io/middleman.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_response_promise.hpp>

#include <stagedoor/stagedoor.hpp>

#include <iostream>
#include <string>
#include <thread>
#include <vector>

using namespace stagedoor;

namespace {

permission_actor::behavior_type judge() {
  return {[](const permission_query& query) {
    return query.about.action() == "work" ? allow() : deny();
  }};
}

/// What is never answered: a promise that is dropped is an answer to CAF 1.x.
struct kept_messages {
  std::vector<caf::typed_response_promise<reply>> promises;
};

/// Tells who answers and what has come, and prints a line for each message. One
/// that is to be kept by this node is never answered.
mounted_actor::behavior_type
stock(mounted_actor::stateful_pointer<kept_messages> self,
      const std::string& node) {
  return {[self, node](const request& message) -> caf::result<reply> {
    std::cout << node << " has " << message.action() << std::endl;
    const auto* keeper = message.body("kept_by");
    if (keeper != nullptr && *keeper == json::value(node))
      return caf_api::state_of(self).promises.emplace_back(
          self->make_response_promise<reply>());
    const auto* pieces = message.body("pieces");
    return ok({{"by", node},
               {"action", message.action()},
               {"item", *message.capture("item")},
               {"user", message.user().username},
               {"pieces", pieces != nullptr ? *pieces : json::value{}}});
  }};
}

/// Knows one token, which is this node's own.
authenticator_actor::behavior_type gate(authenticator_actor::pointer,
                                        const std::string& node) {
  return {[node](const credentials& given) {
    authentication result;
    if (given.token == node + "-token") {
      result.accepted.emplace();
      result.accepted->who.id = 1;
      result.accepted->who.username = node;
    }
    return result;
  }};
}

void offer_all(cluster& here, caf::actor_system& sys) {
  const auto offer = [&](const std::string& service, const auto& handle) {
    here.offer(service, caf::actor_cast<caf::actor>(handle));
  };
  offer("judge", sys.spawn(judge));
  offer("gate", sys.spawn(gate, here.name()));
  offer("stock", sys.spawn(stock, here.name()));
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
  if (auto error = cfg.parse_command_line(argc, argv); error != caf::none)
    return refuse(error);
  auto node = cluster_options::from(cfg);
  if (!node)
    return refuse(node.error());
  if (*node) {
    caf::actor_system sys{cfg};
    auto joined = join_cluster(sys, **node);
    if (!joined)
      return refuse(joined.error());
    offer_all(**joined, sys);
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
