#include <stagedoor/stagedoor.hpp>

#include <csignal>
#include <iostream>

using namespace stagedoor;

handler_spec child() {
  return handler("child")
      .permissions(is_authenticated())
      .action("your_custom_action", [](arg<"pk", std::string> pk) {
        return ok({{"message", "your_custom_action will be handled"},
                   {"model_id", *pk}});
      });
}

int main(int argc, char** argv) {
  config cfg; // A caf::actor_system_config.
  if (auto error = cfg.parse_command_line(argc, argv); error != caf::none) {
    std::cerr << text_of(error) << '\n';
    return 2;
  }
  if (cfg.help_printed())
    return 0;
  // Before the actor system starts its threads: they leave the signal to us.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  caf::actor_system sys{cfg};
  auto running =
      serve(sys, endpoint("/ws/").route(R"(test_child_route/(?P<pk>[-\w]+)/$)",
                                        child()));
  if (!running) {
    std::cerr << text_of(running.error()) << '\n';
    return 2;
  }
  int signal = 0;
  sigwait(&signals, &signal);
}
