#include "network_namespace.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace stagedoor::test {

namespace {

int open_namespace(const std::string& path) {
  const auto result = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (result < 0)
    throw std::system_error(errno, std::generic_category(), path);
  return result;
}

} // namespace

network_namespace::network_namespace(const std::string& name)
    : descriptor_(open_namespace("/run/netns/" + name)) {}

network_namespace::~network_namespace() {
  ::close(descriptor_);
}

network_namespace::visit::visit(const network_namespace* where) {
  if (where == nullptr)
    return;
  home_ = open_namespace("/proc/thread-self/ns/net");
  if (::setns(where->descriptor_, CLONE_NEWNET) == 0)
    return;
  const auto error = errno;
  ::close(home_);
  throw std::system_error(error, std::generic_category(), "setns");
}

network_namespace::visit::~visit() {
  if (home_ < 0)
    return;
  // All that follows would happen in the wrong place.
  if (::setns(home_, CLONE_NEWNET) != 0)
    std::abort();
  ::close(home_);
}

} // namespace stagedoor::test
