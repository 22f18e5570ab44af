#include <caf/actor_system.hpp>

#include <cstdlib>
#include <iostream>

#include "market.hpp"

using namespace stagedoor;

int refuse(const caf::error& error) {
  std::cerr << text_of(error) << '\n';
  return EXIT_FAILURE;
}

// `market books --node=b --cluster-bind=127.0.0.1:7000` keeps order books, and
// `market --node=a --join=127.0.0.1:7000` serves clients.
int main(int argc, char** argv) {
  config cfg;
  cfg.add_command("books", "keep order books for the other nodes");
  if (auto error = cfg.parse_command_line(argc, argv); error != caf::none)
    return refuse(error);
  auto options = server_options::from(cfg);
  if (!options || cfg.help_printed())
    return cfg.help_printed() ? EXIT_SUCCESS : refuse(options.error());
  termination_signals signals; // Before the actor system has threads.
  caf::actor_system sys{cfg};
  auto node = join_cluster(sys);
  if (!node)
    return refuse(node.error());
  if (*node && cfg.subcommand() == "books") {
    (*node)->offer("order-books",
                   caf::actor_cast<caf::actor>(spawn_order_books(sys)));
    signals.wait();
    return EXIT_SUCCESS;
  }
  options->cluster = *node;
  // A process that is no node keeps its own.
  auto running = serve(sys, *options,
                       {market(*node ? service("order-books")
                                     : replicas{spawn_order_books(sys)})});
  if (!running)
    return refuse(running.error());
  running->run_until(signals);
}
