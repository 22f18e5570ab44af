#include "lobby.hpp"

// Serves until SIGINT or SIGTERM, then drains. `--users` names who may talk.
int main(int argc, char** argv) {
  return stagedoor::run_server(argc, argv, {lobby()});
}
