#include <caf/all.hpp>

#include <stagedoor/stagedoor.hpp>

using namespace stagedoor;

// An actor of the application. What it does not know is an error.
caf::behavior price_list() {
  return {[](const std::string& item) -> caf::result<std::int64_t> {
    if (item != "apple")
      return caf::sec::invalid_argument;
    return 120;
  }};
}

handler_spec prices(const caf::actor& price_list) {
  return handler("prices").action(
      "look_up",
      [price_list](const context& ctx, arg<"item", std::string> item) {
        return ctx.ask(price_list, std::chrono::seconds{2}, *item,
                       [](std::int64_t cents) {
                         return ok({{"cents", cents}});
                       });
      });
}

int main(int argc, char** argv) {
  return run_server(argc, argv, [](caf::actor_system& sys) {
    return endpoint("/ws/").route("prices/$", prices(sys.spawn(price_list)));
  });
}
