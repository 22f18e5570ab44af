// Rooms on any number of nodes. Each room is at one of them, wherever its
// visitors are connected.

#include <stagedoor/stagedoor.hpp>

using namespace stagedoor;

struct room {
  std::int64_t opened = std::chrono::system_clock::now().time_since_epoch()
                        / std::chrono::nanoseconds{1};
  std::int64_t visits = 0;
};

reply visit(room& state) {
  return ok({{"opened", state.opened}, {"visits", ++state.visits}});
}

// Serves until SIGINT or SIGTERM, then drains. `--node` makes it a node.
int main(int argc, char** argv) {
  return run_server(
      argc, argv,
      {endpoint("/ws/").route(R"(rooms/(?P<room>\w+)/$)",
                              handler<room>("room")
                                  .lives_for(lifetime::key_in_cluster("room"))
                                  .action("visit", visit))});
}
