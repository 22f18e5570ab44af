// A server whose actions leave a line in a file each time they run, so that a
// test can count how often they do. The environment variable EFFECTS names the
// file. A test kills it.

#include <stagedoor/stagedoor.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

using namespace stagedoor;

namespace {

using number = arg<"n", std::int64_t>;
using pause = arg<"ms", std::int64_t>;

/// What is written is in the file even if this process is killed.
reply leave_line(std::int64_t n) {
  static const int file =
      ::open(std::getenv("EFFECTS"), O_WRONLY | O_APPEND | O_CREAT, 0600);
  const auto line = std::to_string(n) + '\n';
  if (::write(file, line.data(), line.size())
      != static_cast<ssize_t>(line.size()))
    throw std::runtime_error("no line in the file");
  return ok({{"n", n}});
}

std::chrono::milliseconds time_of(const pause& ms) {
  return std::chrono::milliseconds(*ms);
}

handler_spec effects() {
  return handler("effects")
      .permissions(is_authenticated())
      .action(
          "now", [](number n, pause) { return leave_line(*n); }, exactly_once)
      .action(
          "later",
          [](const context& ctx, number n, pause ms) {
            auto answer = ctx.defer();
            ctx.run_after(time_of(ms),
                          [answer, n] { answer.answer(leave_line(*n)); });
            return answer;
          },
          exactly_once)
      .action(
          "block",
          [](number n, pause ms) {
            std::this_thread::sleep_for(time_of(ms));
            return leave_line(*n);
          },
          exactly_once, blocking);
}

} // namespace

int main(int argc, char** argv) {
  return run_server(argc, argv,
                    {endpoint("/ws/").route("effects/$", effects())});
}
