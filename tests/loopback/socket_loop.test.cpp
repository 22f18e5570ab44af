// Each rule of socket_loop.hpp, over real sockets: once on epoll, and once on
// io_uring, see support/test_io.hpp.

#include "stagedoor/actors/units/socket_loop.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/epoll.h>
#include <sys/resource.h>

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "support/tcp_pair.hpp"
#include "support/test_io.hpp"

namespace socket_loop_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;
using boost::system::error_code;

namespace {

using clock_type = socket_loop::clock;

constexpr auto at_once = clock_type::time_point::min();
constexpr auto all = socket_loop::receive_bytes_max;
constexpr std::size_t many = 64;
/// Longer than any test takes: a wait that lasts so long has failed.
constexpr auto long_time = 10s;

/// Notes the calls of the loop, and then does what the test says.
struct noting_socket final : loop_socket {
  void received(std::span<char> bytes, error_code error) override {
    ++calls;
    if (error)
      ++errors;
    else if (bytes.empty())
      ++ends;
    else
      input.append(bytes.data(), bytes.size());
    if (on_received)
      on_received();
  }

  void sent(std::size_t count, error_code error) override {
    ++calls;
    ++times_sent;
    output = count;
    if (error)
      ++errors;
    if (on_sent)
      on_sent();
  }

  void writable() override {
    ++calls;
    ++times_writable;
    if (on_writable)
      on_writable();
  }

  int calls = 0;
  int errors = 0;
  int ends = 0;
  int times_sent = 0;
  int times_writable = 0;
  std::size_t output = 0;
  std::string input;
  std::function<void()> on_received;
  std::function<void()> on_sent;
  std::function<void()> on_writable;
};

struct noting_listener final : loop_listener {
  void accepted(descriptor socket, error_code error) override {
    if (error)
      errors.push_back(error);
    else
      clients.push_back(std::move(socket));
  }

  std::vector<descriptor> clients;
  std::vector<error_code> errors;
};

/// A connection whose server's end the loop watches.
struct watched_pair : tcp_pair {
  explicit watched_pair(socket_loop& loop) {
    loop.watch(socket, server.number());
  }

  std::shared_ptr<noting_socket> socket = std::make_shared<noting_socket>();
};

struct loop_fixture {
  const io_choice kind = tested_io();
  const std::unique_ptr<stagedoor::socket_loop> loop = make_tested_loop();
  stagedoor::socket_loop& subject = *loop;
  watched_pair pair{subject};
  noting_socket& socket = *pair.socket;

  /// Waits until something is the case, and fails if it never is.
  template <class Predicate>
  void wait_until(Predicate is_so) {
    const auto late = clock_type::now() + long_time;
    while (!is_so()) {
      BOOST_REQUIRE((clock_type::now() < late));
      subject.wait(late, many);
    }
  }

  void receive() { subject.receive(socket, all); }

  /// Sends, and has the loop say what has become of it.
  void send(std::string_view bytes) {
    const auto before = socket.times_sent;
    subject.send(socket, bytes);
    if (socket.times_sent == before)
      subject.wait(at_once, 0);
    BOOST_REQUIRE(socket.times_sent == before + 1);
  }

  void wait_for_call() {
    wait_until([this, before = socket.calls] { return socket.calls > before; });
  }

  /// Waits for a while in which nothing should happen.
  /// @returns how often a wait ended before its time.
  int vain_waits() {
    int result = 0;
    const auto until = clock_type::now() + 50ms;
    for (subject.wait(until, many); clock_type::now() < until;
         subject.wait(until, many))
      ++result;
    return result;
  }

  /// What epoll has been told to watch the socket for; empty for nothing.
  [[nodiscard]] std::string watched_events() const {
    for (const auto& file :
         std::filesystem::directory_iterator{"/proc/self/fdinfo"}) {
      std::ifstream in{file.path()};
      for (std::string line; std::getline(in, line);) {
        int handle = -1;
        unsigned events = 0;
        if (std::sscanf(line.c_str(), "tfd: %d events: %x", &handle, &events)
                == 2
            && handle == pair.server.number())
          return std::string{(events & EPOLLIN) != 0 ? "in" : ""}
                 + ((events & EPOLLOUT) != 0 ? "out" : "");
      }
    }
    return {};
  }

  /// Sends until the socket takes nothing more.
  /// @returns how many bytes it has taken.
  std::size_t fill() {
    const std::string bytes(1'000'000, 'x');
    std::size_t result = 0;
    do {
      send(bytes);
      BOOST_REQUIRE(socket.errors == 0);
      result += socket.output;
    } while (socket.output == bytes.size());
    return result;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(socket_loop, loop_fixture)

// -- input --------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_nothing_unless_it_is_asked) {
  pair.send("a");
  BOOST_TEST(vain_waits() == 0);
  BOOST_TEST(socket.calls == 0);
  receive();
  BOOST_TEST(socket.calls == 0);
  wait_for_call();
  BOOST_TEST(socket.input == "a");
}

BOOST_AUTO_TEST_CASE(brings_bytes_once_for_each_time_that_it_is_asked) {
  receive();
  receive();
  pair.send("a");
  wait_for_call();
  pair.send("b");
  // The system tells of a socket that does not ask once, and not again.
  BOOST_TEST(vain_waits() <= 1);
  BOOST_TEST(socket.input == "a");
  receive();
  wait_for_call();
  BOOST_TEST(socket.input == "ab");
  BOOST_TEST(socket.calls == 2);
}

BOOST_AUTO_TEST_CASE(may_be_asked_again_within_the_call) {
  socket.on_received = [this] { receive(); };
  receive();
  for (const auto* text : {"a", "b", "c"}) {
    pair.send(text);
    wait_for_call();
  }
  BOOST_TEST(socket.input == "abc");
}

BOOST_AUTO_TEST_CASE(leaves_what_is_too_much_in_the_kernel) {
  pair.send("abcde");
  subject.receive(socket, 2);
  wait_for_call();
  BOOST_TEST(socket.input == "ab");
  receive();
  wait_for_call();
  BOOST_TEST(socket.input == "abcde");
}

BOOST_AUTO_TEST_CASE(to_ask_again_brings_no_more_than_was_asked_for_first) {
  subject.receive(socket, 2);
  receive();
  BOOST_TEST(vain_waits() == 0);
  receive();
  pair.send("abcde");
  wait_for_call();
  BOOST_TEST(socket.input == "ab");
}

BOOST_AUTO_TEST_CASE(more_bytes_come_than_one_call_brings) {
  const std::string bytes(1'000'000, 'x');
  socket.on_received = [this] { receive(); };
  receive();
  std::thread client{[&] { pair.send(bytes); }};
  wait_until([&] { return socket.input.size() == bytes.size(); });
  client.join();
  BOOST_TEST(socket.input == bytes);
}

BOOST_AUTO_TEST_CASE(bytes_have_come_for_many_sockets_that_ask_at_once) {
  // More than `uring` has buffers.
  std::deque<watched_pair> crowd;
  for (std::size_t i = 0; i < 200; ++i)
    crowd.emplace_back(subject);
  const auto ask_all = [&](std::size_t bytes_max) {
    for (auto& each : crowd)
      subject.receive(*each.socket, bytes_max);
  };
  const auto wait_for_calls = [&](int calls) {
    wait_until([&] {
      return std::ranges::all_of(
          crowd, [=](auto& each) { return each.socket->calls == calls; });
    });
  };
  ask_all(1);
  for (std::size_t i = 0; i < crowd.size(); ++i)
    crowd[i].send("a" + std::to_string(i));
  wait_for_calls(1);
  ask_all(all);
  wait_for_calls(2);
  for (std::size_t i = 0; i < crowd.size(); ++i)
    BOOST_TEST(crowd[i].socket->input == "a" + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(waits_for_a_socket_that_does_not_block) {
  const auto flags = fcntl(pair.server.number(), F_GETFL);
  BOOST_REQUIRE(fcntl(pair.server.number(), F_SETFL, flags | O_NONBLOCK) == 0);
  for (const auto* text : {"a", "b"}) {
    receive();
    BOOST_TEST(vain_waits() == 0);
    pair.send(text);
    wait_for_call();
  }
  BOOST_TEST(socket.input == "ab");
}

BOOST_AUTO_TEST_CASE(brings_the_end_to_whoever_asks) {
  pair.send("a");
  pair.end();
  receive();
  wait_for_call();
  BOOST_TEST(socket.ends == 0);
  for (int count = 1; count <= 2; ++count) {
    receive();
    wait_for_call();
    BOOST_TEST(socket.ends == count);
  }
  BOOST_TEST(socket.errors == 0);
}

BOOST_AUTO_TEST_CASE(brings_an_error_to_whoever_asks) {
  receive();
  pair.reset();
  wait_for_call();
  BOOST_TEST(socket.errors == 1);
  BOOST_TEST(socket.ends == 0);
}

BOOST_AUTO_TEST_CASE(sleeps_whatever_happens_to_a_socket_that_does_not_ask) {
  receive();
  pair.send("a");
  wait_for_call();
  pair.send("b");
  BOOST_TEST(vain_waits() <= 1);
  pair.end();
  BOOST_TEST(vain_waits() <= 1);
  pair.reset();
  BOOST_TEST(vain_waits() <= 1);
  BOOST_TEST(vain_waits() == 0);
  BOOST_TEST(socket.calls == 1);
}

BOOST_AUTO_TEST_CASE(tells_epoll_late_that_nothing_is_asked_for) {
  if (kind != io_choice::epoll)
    return;
  BOOST_TEST(watched_events() == "");
  receive();
  BOOST_TEST(watched_events() == "in");
  pair.send("a");
  wait_for_call();
  BOOST_TEST(watched_events() == "in");
  pair.send("b");
  vain_waits();
  BOOST_TEST(watched_events() == "");
  receive();
  BOOST_TEST(watched_events() == "in");
}

// -- output -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(says_how_much_the_socket_has_taken) {
  send("hello");
  BOOST_TEST(socket.output == 5u);
  BOOST_TEST(socket.calls == 1);
  BOOST_TEST(pair.receive() == "hello");
}

BOOST_AUTO_TEST_CASE(says_when_a_full_socket_takes_bytes_again) {
  auto left = fill();
  send("more");
  BOOST_TEST(socket.output == 0u);
  BOOST_TEST(socket.errors == 0);
  subject.await_writable(socket);
  subject.await_writable(socket);
  if (kind == io_choice::epoll)
    BOOST_TEST(watched_events() == "out");
  BOOST_TEST(vain_waits() == 0);
  while (left > 0)
    left -= pair.receive().size();
  wait_for_call();
  BOOST_TEST(vain_waits() == 0);
  BOOST_TEST(socket.times_writable == 1);
  if (kind == io_choice::epoll)
    BOOST_TEST(watched_events() == "");
  send("more");
  BOOST_TEST(socket.output == 4u);
}

BOOST_AUTO_TEST_CASE(reads_while_it_waits_to_write) {
  fill();
  subject.await_writable(socket);
  receive();
  pair.send("a");
  wait_for_call();
  BOOST_TEST(socket.input == "a");
  BOOST_TEST(socket.times_writable == 0);
  BOOST_TEST(vain_waits() == 0);
}

BOOST_AUTO_TEST_CASE(says_what_has_been_sent_before_anything_else) {
  watched_pair second{subject};
  int sent_before = 0;
  socket.on_received = [&] { sent_before = second.socket->times_sent; };
  receive();
  pair.send("a");
  subject.send(*second.socket, "b");
  wait_for_call();
  BOOST_TEST(sent_before == 1);
}

BOOST_AUTO_TEST_CASE(says_what_has_been_sent_before_it_sleeps) {
  subject.send(socket, "a");
  wait_until([this] { return socket.times_sent == 1; });
  BOOST_TEST(pair.receive() == "a");
}

BOOST_AUTO_TEST_CASE(sends_for_many_sockets_in_one_turn) {
  // More than `uring` hands over with one system call.
  std::vector<std::shared_ptr<noting_socket>> crowd;
  for (std::size_t i = 0; i < 600; ++i) {
    crowd.push_back(std::make_shared<noting_socket>());
    subject.watch(crowd.back(), pair.server.number());
    subject.send(*crowd.back(), "x");
  }
  subject.wait(at_once, 0);
  for (const auto& each : crowd) {
    BOOST_TEST(each->times_sent == 1);
    BOOST_TEST(each->output == 1u);
  }
  std::size_t received = 0;
  while (received < crowd.size())
    received += pair.receive().size();
  BOOST_TEST(received == crowd.size());
}

BOOST_AUTO_TEST_CASE(sends_what_was_given_before_a_socket_is_forgotten) {
  auto text = std::make_unique<std::string>("hello");
  subject.send(socket, *text);
  subject.forget(socket);
  const auto calls = socket.calls;
  text->assign(text->size(), 'x');
  text = nullptr;
  pair.server.close();
  subject.wait(at_once, many);
  BOOST_TEST(pair.receive() == "hello");
  BOOST_TEST(socket.calls == calls);
}

BOOST_AUTO_TEST_CASE(tells_nothing_to_who_is_forgotten_by_another_that_sent) {
  watched_pair second{subject};
  socket.on_sent = [&] { subject.forget(*second.socket); };
  subject.send(socket, "a");
  const auto is_told_at_once = socket.times_sent == 1;
  if (!is_told_at_once)
    subject.send(*second.socket, "b");
  subject.wait(at_once, many);
  BOOST_TEST(second.socket->times_sent == 0);
}

BOOST_AUTO_TEST_CASE(says_that_a_socket_cannot_send) {
  pair.reset();
  // The first time the connection was reset, and then it is none.
  for (int count = 1; count <= 2; ++count) {
    send("x");
    BOOST_TEST(socket.errors == count);
    BOOST_TEST(socket.output == 0u);
  }
}

BOOST_AUTO_TEST_CASE(ends_the_wait_of_a_writer_whose_client_has_gone) {
  fill();
  subject.await_writable(socket);
  pair.reset();
  wait_for_call();
  BOOST_TEST(socket.times_writable == 1);
  BOOST_TEST(vain_waits() <= 1);
}

// -- life ---------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(keeps_a_socket_until_the_wait_after_it_is_forgotten) {
  const std::weak_ptr<noting_socket> life = pair.socket;
  pair.socket.reset();
  subject.wait(at_once, many);
  BOOST_TEST(!life.expired());
  subject.forget(socket);
  BOOST_TEST(!life.expired());
  subject.wait(at_once, many);
  BOOST_TEST(life.expired());
}

BOOST_AUTO_TEST_CASE(a_socket_may_forget_itself_within_a_call) {
  const std::weak_ptr<noting_socket> life = pair.socket;
  pair.socket.reset();
  bool was_alive = false;
  socket.on_received = [this, &life, &was_alive] {
    subject.forget(socket);
    pair.server.close();
    was_alive = !life.expired();
  };
  receive();
  pair.send("a");
  wait_until([&] { return life.expired(); });
  BOOST_TEST(was_alive);
}

BOOST_AUTO_TEST_CASE(a_writer_may_forget_itself_though_bytes_have_come) {
  socket.on_writable = [this] { subject.forget(socket); };
  receive();
  subject.await_writable(socket);
  pair.send("a");
  wait_for_call();
  BOOST_TEST(vain_waits() == 0);
  BOOST_TEST(socket.calls == 1);
}

BOOST_AUTO_TEST_CASE(calls_no_socket_that_another_one_has_forgotten) {
  watched_pair second{subject};
  socket.on_received = [&] { subject.forget(*second.socket); };
  second.socket->on_received = [&] { subject.forget(socket); };
  receive();
  subject.receive(*second.socket, all);
  pair.send("a");
  second.send("b");
  vain_waits();
  BOOST_TEST(socket.calls + second.socket->calls == 1);
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_not_watched_may_be_forgotten) {
  subject.forget(socket);
  subject.forget(socket);
  pair.send("a");
  BOOST_TEST(vain_waits() == 0);
  BOOST_TEST(socket.calls == 0);
}

BOOST_AUTO_TEST_CASE(
    does_not_hear_of_a_forgotten_socket_that_is_open_elsewhere) {
  // As after a fork of the application.
  const descriptor copy{dup(pair.server.number())};
  receive();
  subject.forget(socket);
  pair.server.close();
  pair.send("a");
  BOOST_TEST(vain_waits() == 0);
  BOOST_TEST(socket.calls == 0);
}

BOOST_AUTO_TEST_CASE(a_forgotten_socket_closes_though_it_has_asked) {
  fill();
  receive();
  subject.await_writable(socket);
  BOOST_TEST(vain_waits() == 0);
  const timeval patience{10, 0};
  setsockopt(pair.client.number(), SOL_SOCKET, SO_RCVTIMEO, &patience,
             sizeof(patience));
  subject.forget(socket);
  pair.server.close();
  subject.wait(at_once, many);
  char byte = 0;
  ssize_t count = 1;
  while (count > 0)
    count = recv(pair.client.number(), &byte, 1, 0);
  BOOST_TEST(count == 0);
}

BOOST_AUTO_TEST_CASE(what_came_for_a_forgotten_socket_is_nobody_elses) {
  watched_pair second{subject};
  std::optional<watched_pair> third;
  for (auto* each : {&pair, &second})
    each->socket->on_received = [&, each] {
      subject.forget(each == &pair ? *second.socket : socket);
      third.emplace(subject);
      subject.receive(*third->socket, all);
    };
  receive();
  subject.receive(*second.socket, all);
  pair.send("a");
  second.send("b");
  wait_until([&] { return third.has_value(); });
  BOOST_TEST(vain_waits() == 0);
  BOOST_TEST(third->socket->calls == 0);
  third->send("c");
  wait_until([&] { return third->socket->calls > 0; });
  BOOST_TEST(third->socket->input == "c");
}

BOOST_AUTO_TEST_CASE(a_socket_is_forgotten_and_watched_in_one_turn) {
  receive();
  BOOST_TEST(vain_waits() == 0);
  subject.forget(socket);
  pair.send("a");
  const auto next = std::make_shared<noting_socket>();
  subject.watch(next, pair.server.number());
  subject.receive(*next, all);
  wait_until([&] { return next->calls > 0; });
  BOOST_TEST(next->input == "a");
  BOOST_TEST(socket.calls == 0);
}

BOOST_AUTO_TEST_CASE(another_thread_may_take_the_place_of_its_thread) {
  watched_pair second{subject};
  watched_pair third{subject};
  for (auto* each : {&pair, &second, &third})
    subject.receive(*each->socket, all);
  pair.send("a");
  second.send("b");
  std::thread unit{[this] {
    while (subject.wait(clock_type::now() + long_time, 1).events == 0)
      ;
    subject.send(socket, "c");
  }};
  unit.join();
  BOOST_TEST(socket.input.size() + second.socket->input.size() == 1u);
  wait_until([&] { return second.socket->calls > 0 && socket.calls > 1; });
  third.send("d");
  wait_until([&] { return third.socket->calls > 0; });
  BOOST_TEST(socket.input == "a");
  BOOST_TEST(second.socket->input == "b");
  BOOST_TEST(third.socket->input == "d");
  BOOST_TEST(pair.receive() == "c");
  subject.wake();
  BOOST_TEST(subject.wait(clock_type::time_point::max(), many).is_woken);
}

BOOST_AUTO_TEST_CASE(lets_go_of_all_sockets_at_its_end) {
  std::weak_ptr<noting_socket> life;
  {
    const auto other = make_tested_loop();
    watched_pair second{*other};
    life = second.socket;
    other->receive(*second.socket, all);
    second.socket.reset();
    BOOST_TEST(!life.expired());
  }
  BOOST_TEST(life.expired());
}

// -- waiting ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(waits_until_the_time_and_no_shorter) {
  for (const auto delay : {1us, 500us, 3300us, 20000us}) {
    const auto until = clock_type::now() + delay;
    const auto result = subject.wait(until, many);
    BOOST_TEST((clock_type::now() >= until));
    BOOST_TEST(result.events == 0u);
    BOOST_TEST(!result.is_woken);
  }
  subject.wait(clock_type::now() - 1s, many);
  subject.wait(at_once, many);
  subject.wait(clock_type::time_point::max(), 0);
  // Nor is a call made then.
  receive();
  pair.send("a");
  for (int i = 0; i < 3; ++i)
    subject.wait(clock_type::time_point::max(), 0);
  BOOST_TEST(socket.calls == 0);
}

BOOST_AUTO_TEST_CASE(another_thread_wakes_it_once) {
  std::thread waker{[this] { subject.wake(); }};
  wait_until([this] {
    return subject.wait(clock_type::time_point::max(), many).is_woken;
  });
  waker.join();
  BOOST_TEST(!subject.wait(at_once, many).is_woken);
}

BOOST_AUTO_TEST_CASE(waking_it_before_it_waits_ends_the_wait) {
  subject.wake();
  subject.wake();
  BOOST_TEST(subject.wait(clock_type::time_point::max(), many).is_woken);
  BOOST_TEST(!subject.wait(at_once, many).is_woken);
}

BOOST_AUTO_TEST_CASE(calls_so_many_sockets_and_the_others_in_the_next_wait) {
  watched_pair second{subject};
  watched_pair third{subject};
  for (auto* each : {&pair, &second, &third}) {
    auto& its_socket = *each->socket;
    its_socket.on_received = [&] { subject.receive(its_socket, 1); };
    subject.receive(its_socket, 1);
    each->send("aaaa");
  }
  for (std::size_t round = 1; round <= 4; ++round) {
    for (int i = 0; i < 3; ++i)
      BOOST_TEST(subject.wait(at_once, 1).events == 1u);
    for (auto* each : {&pair, &second, &third})
      BOOST_TEST(each->socket->input.size() == round);
  }
}

BOOST_AUTO_TEST_CASE(a_signal_does_no_harm) {
  std::signal(SIGUSR1, [](int) {});
  receive();
  const auto self = pthread_self();
  std::thread other{[&] {
    for (int i = 0; i < 10; ++i) {
      std::this_thread::sleep_for(2ms);
      pthread_kill(self, SIGUSR1);
    }
    pair.send("a");
  }};
  wait_for_call();
  other.join();
  std::signal(SIGUSR1, SIG_DFL);
  BOOST_TEST(socket.input == "a");
}

// -- what the system does not watch -------------------------------------------

BOOST_AUTO_TEST_CASE(tells_a_socket_that_the_system_does_not_watch) {
  // Epoll refuses files.
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(),
                                                             &std::fclose};
  auto first = std::make_shared<noting_socket>();
  auto second = std::make_shared<noting_socket>();
  auto third = std::make_shared<noting_socket>();
  first->on_received = [&] { subject.forget(*second); };
  for (const auto& each : {first, second, third}) {
    subject.watch(each, fileno(file.get()));
    subject.receive(*each, all);
    BOOST_TEST(each->calls == 0);
  }
  subject.forget(*third);
  third.reset();
  const auto late = clock_type::now() + long_time;
  subject.wait(late, many);
  BOOST_TEST(first->errors == 1);
  BOOST_TEST(second->calls == 0);
  subject.await_writable(*first);
  subject.wait(late, many);
  BOOST_TEST(first->times_writable == 1);
  BOOST_TEST(first->calls == 2);
  BOOST_TEST((clock_type::now() < late));
}

// -- listeners ----------------------------------------------------------------

BOOST_AUTO_TEST_CASE(accepts_a_client_for_each_time_that_it_is_asked) {
  const listening_socket listening;
  const auto listener = std::make_shared<noting_listener>();
  subject.watch(listener, listening.handle.number());
  const auto first = listening.connect();
  const auto second = listening.connect();
  BOOST_TEST(vain_waits() == 0);
  for (std::size_t count = 1; count <= 2; ++count) {
    subject.accept(*listener);
    BOOST_TEST(listener->clients.size() == count - 1);
    wait_until([&] { return listener->clients.size() == count; });
    BOOST_TEST(vain_waits() <= 1);
    BOOST_TEST(listener->clients.size() == count);
  }
  // Each has its own socket.
  BOOST_TEST(::send(listener->clients[1].number(), "b", 1, 0) == 1);
  char received = 'x';
  BOOST_TEST(recv(second.number(), &received, 1, 0) == 1);
  BOOST_TEST(received == 'b');
  subject.forget(*listener);
}

BOOST_AUTO_TEST_CASE(says_that_a_client_cannot_be_accepted) {
  const listening_socket listening;
  const auto listener = std::make_shared<noting_listener>();
  subject.watch(listener, listening.handle.number());
  const auto client = listening.connect();
  rlimit before{};
  BOOST_REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  const rlimit none{static_cast<rlim_t>(client.number()), before.rlim_max};
  subject.accept(*listener);
  BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const auto result = subject.wait(clock_type::now() + long_time, many);
  const auto vain = vain_waits();
  BOOST_REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  BOOST_TEST(result.events == 1u);
  BOOST_TEST(vain <= 1);
  BOOST_REQUIRE(listener->errors.size() == 1u);
  BOOST_TEST(listener->errors[0].value() == EMFILE);
  subject.accept(*listener);
  wait_until([&] { return !listener->clients.empty(); });
  subject.forget(*listener);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace socket_loop_suite
