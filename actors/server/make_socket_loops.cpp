#include "stagedoor/actors/server/make_socket_loops.hpp"

#include "stagedoor/actors/units/blocked_signals.hpp"
#include "stagedoor/actors/units/epoll_loop.hpp"
#include "stagedoor/actors/units/loop_errors.hpp"
#include "stagedoor/actors/units/uring_loop.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace stagedoor {

namespace {

using namespace std::chrono_literals;
using error_code = boost::system::error_code;

/// The system does what it is asked for at once, if it does it at all.
constexpr auto probe_timeout = 1s;

constexpr std::string_view probe_text = "probe";

/// One end of a pair of sockets, which does everything once.
struct probe final : loop_socket {
  void received(std::span<char> bytes, error_code error) override {
    note("recv", error);
    has_received = std::string_view{bytes.data(), bytes.size()} == probe_text;
  }

  void sent(std::size_t count, error_code error) override {
    note("send", error);
    has_sent = count == probe_text.size();
  }

  void writable() override { is_writable = true; }

  [[nodiscard]] bool is_done() const {
    return !fault.empty() || (has_received && has_sent && is_writable);
  }

  void note(const char* what, error_code error) {
    if (error && fault.empty())
      fault = std::string{what} + ": " + error.message();
  }

  std::string fault;
  bool has_received = false;
  bool has_sent = false;
  bool is_writable = false;
};

/// What does not work of io_uring; empty if all does.
std::string probe_uring() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw std::system_error{errno, std::system_category(), "socketpair"};
  const descriptor here{ends[0]};
  const descriptor there{ends[1]};
  const auto first = std::make_shared<probe>();
  const auto second = std::make_shared<probe>();
  uring_loop loop;
  loop.watch(first, here.number());
  loop.watch(second, there.number());
  for (const auto& each : {first, second}) {
    loop.receive(*each, socket_loop::receive_bytes_max);
    loop.await_writable(*each);
    loop.send(*each, probe_text);
  }
  const auto late = socket_loop::clock::now() + probe_timeout;
  while (!(first->is_done() && second->is_done())
         && socket_loop::clock::now() < late)
    loop.wait(late, ends.size());
  for (const auto& each : {first, second})
    if (!each->fault.empty())
      return each->fault;
  return first->is_done() && second->is_done() ? "" : "it does not answer";
}

template <class Loop>
std::vector<std::unique_ptr<socket_loop>> make(std::size_t count) {
  std::vector<std::unique_ptr<socket_loop>> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(std::make_unique<Loop>());
  return result;
}

/// Whether Valgrind runs this process. Valgrind 3.19 runs one thread at a time,
/// and no other one while that waits for io_uring.
bool is_under_valgrind() {
  const auto* const preloaded = std::getenv("LD_PRELOAD");
  return preloaded != nullptr
         && std::string_view{preloaded}.find("vgpreload") != std::string::npos;
}

socket_loops make_uring_loops(std::size_t count) {
  std::string fault;
  try {
    if (is_under_valgrind())
      return {{}, false, "Valgrind runs this process"};
    fault = probe_uring();
    if (fault.empty())
      return {make<uring_loop>(count), true, {}};
  } catch (const std::system_error& error) {
    // Such as `io_uring_setup: Operation not permitted`.
    fault = error.what();
  }
  return {{}, false, std::move(fault)};
}

} // namespace

std::string socket_loops::text() const {
  if (are_uring)
    return "io_uring";
  return fault.empty() ? "epoll"
                       : "epoll, as io_uring is not available: " + fault;
}

socket_loops make_socket_loops(io_choice choice, std::size_t count) {
  socket_loops result;
  // When an io_uring ends, the system interrupts the thread that has made it,
  // in whatever that is waiting for. So this is none of the application's.
  if (choice != io_choice::epoll) {
    const blocked_signals blocked;
    std::thread maker{[&] { result = make_uring_loops(count); }};
    maker.join();
  }
  if (result.loops.empty() && choice != io_choice::uring)
    result.loops = make<epoll_loop>(count);
  return result;
}

} // namespace stagedoor
