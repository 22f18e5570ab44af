#include <stagedoor/stagedoor.hpp>

using namespace stagedoor;

handler_spec child() {
  return handler("child")
      .permissions(is_authenticated())
      .action("your_custom_action", [](arg<"pk", std::string> pk) {
        return ok({{"message", "your_custom_action will be handled"},
                   {"model_id", *pk}});
      });
}

// Serves until SIGINT or SIGTERM, then drains.
int main(int argc, char** argv) {
  return run_server(argc, argv,
                    {endpoint("/ws/").route(
                        R"(test_child_route/(?P<pk>[-\w]+)/$)", child())});
}
