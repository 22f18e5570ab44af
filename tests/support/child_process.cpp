#include "child_process.hpp"

#include <sys/socket.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "channel.hpp"

namespace stagedoor::test {

namespace {

void check(int error, const std::string& what) {
  if (error != 0)
    throw std::system_error(error, std::generic_category(), what);
}

struct pipe_ends {
  int read = -1;
  int write = -1;
};

pipe_ends make_pipe() {
  std::array<int, 2> ends;
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    check(errno, "pipe2");
  return {ends[0], ends[1]};
}

/// Sockets: to write to a pipe that nobody reads would end the test.
pipe_ends make_input() {
  std::array<int, 2> ends;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    check(errno, "socketpair");
  return {ends[0], ends[1]};
}

pid_t spawn(std::vector<std::string>& command, int input, int output,
            int errors) {
  std::vector<char*> arguments;
  for (auto& argument : command)
    arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  check(posix_spawn_file_actions_init(&actions), "posix_spawn");
  posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  // The test may ignore them, which programs inherit.
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGHUP);
  posix_spawnattr_t attributes;
  check(posix_spawnattr_init(&attributes), "posix_spawn");
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  pid_t result = -1;
  const auto error = posix_spawn(&result, arguments[0], &actions, &attributes,
                                 arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  check(error, "posix_spawn " + command[0]);
  return result;
}

/// @returns false at the end of the pipe, which is closed then.
bool read_some(int& pipe, std::string& into) {
  std::array<char, 4096> buffer;
  const auto size = ::read(pipe, buffer.data(), buffer.size());
  if (size > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(size));
    return true;
  }
  ::close(pipe);
  pipe = -1;
  return false;
}

} // namespace

child_process::child_process(std::vector<std::string> command) {
  const auto input = make_input();
  const auto output = make_pipe();
  const auto errors = make_pipe();
  input_ = input.write;
  output_pipe_ = output.read;
  errors_pipe_ = errors.read;
  pid_ = spawn(command, input.read, output.write, errors.write);
  ::close(input.read);
  ::close(output.write);
  ::close(errors.write);
}

child_process::~child_process() {
  if (!status_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const auto pipe : {input_, output_pipe_, errors_pipe_})
    if (pipe >= 0)
      ::close(pipe);
}

bool child_process::receive() {
  // A negative descriptor is passed over.
  std::array<pollfd, 2> pipes{
      {{output_pipe_, POLLIN, 0}, {errors_pipe_, POLLIN, 0}}};
  const auto limit = std::chrono::milliseconds(2 * patience).count();
  if ((output_pipe_ < 0 && errors_pipe_ < 0)
      || ::poll(pipes.data(), pipes.size(), static_cast<int>(limit)) <= 0)
    return false;
  if (pipes[0].revents != 0)
    read_some(output_pipe_, output_);
  if (pipes[1].revents != 0)
    read_some(errors_pipe_, errors_);
  return true;
}

std::string child_process::wait_for_line(const std::string& text) {
  for (;;) {
    auto end = output_.find('\n');
    while (end != std::string::npos) {
      auto line = output_.substr(0, end);
      output_.erase(0, end + 1);
      if (line.find(text) != std::string::npos)
        return line;
      end = output_.find('\n');
    }
    if (!receive())
      throw std::runtime_error("child_process: no line with \"" + text
                               + "\", errors: " + errors_);
  }
}

void child_process::send_line(const std::string& text) const {
  const auto line = text + '\n';
  if (::send(input_, line.data(), line.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(line.size()))
    check(errno, "send");
}

void child_process::send_signal(int which) const {
  if (::kill(pid_, which) != 0)
    check(errno, "kill");
}

void child_process::shrink_output() {
  if (fcntl(output_pipe_, F_SETPIPE_SZ, 1) < 0)
    check(errno, "fcntl");
}

bool child_process::has_ended() const {
  siginfo_t ended{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &ended,
               WEXITED | WNOHANG | WNOWAIT)
      != 0)
    check(errno, "waitid");
  return ended.si_pid == pid_;
}

void child_process::stop_reading() {
  ::close(std::exchange(output_pipe_, -1));
}

int child_process::wait() {
  while (receive()) {
  }
  if (output_pipe_ >= 0 || errors_pipe_ >= 0)
    throw std::runtime_error("child_process: it does not end: " + output_);
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_)
    check(errno, "waitpid");
  status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return *status_;
}

} // namespace stagedoor::test
