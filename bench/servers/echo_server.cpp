#include <string>
#include <string_view>

#include "servers/beast_server.hpp"

// The yardstick: what one thread of Beast does with a message when there is
// nothing to do but to send it back.

namespace {

struct echo {
  std::string_view operator()(std::string_view message, std::string&) const {
    return message;
  }
};

} // namespace

int main(int argc, char** argv) {
  stagedoor::bench::run_beast_server<echo>(argc, argv);
}
