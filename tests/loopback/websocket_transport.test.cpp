// One socket on a unit with its thread, without actors: what its client sees,
// and what its connection would hear.

#include "stagedoor/actors/sockets/websocket_transport.hpp"

#include "caf/actor_system.hpp"
#include "caf/actor_system_config.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <variant>

#include "support/channel.hpp"
#include "support/tcp_pair.hpp"
#include "support/test_io.hpp"

namespace websocket_transport_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

const std::string request_text =
    "GET /ws/ HTTP/1.1\r\nHost: x\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// A short message of a client, with a mask that changes nothing.
std::string frame(const std::string& text) {
  return std::string{'\x81'} + static_cast<char>(0x80 | text.size())
         + std::string(4, '\0') + text;
}

/// More than any socket takes at once.
// NOLINTNEXTLINE(bugprone-string-constructor): it is meant to be large.
const std::string large_body(20'000'000, 'x');

struct transport_fixture : transport_owner {
  transport_fixture() {
    bounds.close_timeout = 5s;
    socket = make_websocket_transport(home, tcp_socket{std::move(pair.server)},
                                      bounds);
  }

  ~transport_fixture() { home.stop(); }

  /// Starts the unit and reads the head.
  /// @param use what to do with the socket when the head has come; it runs on
  ///        the thread of the unit, as `happened` does with all that comes.
  void start(std::function<void(transport&)> use) {
    life = socket;
    subject = socket.get();
    use_subject = [this, use = std::move(use)] { use(*subject); };
    subject->read_head(*this);
    // The unit keeps it.
    socket.reset();
    home.start();
  }

  void happened(transport_event& event) override {
    if (std::holds_alternative<head_arrived>(event.what)) {
      use_subject();
    } else if (std::holds_alternative<handshake_done>(event.what)) {
      subject->read_message();
    } else if (auto* message = std::get_if<message_arrived>(&event.what)) {
      order += 'a';
      subject->send(message->payload);
      subject->read_message();
    } else if (std::holds_alternative<client_closed>(event.what)) {
      subject->answer_close();
    } else if (auto* end = std::get_if<transport_ended>(&event.what)) {
      ended.put(end->reason);
    }
  }

  /// All that comes until the server's end is closed.
  std::string receive_rest() {
    std::string result;
    for (auto part = pair.receive(); !part.empty(); part = pair.receive())
      result += part;
    return result;
  }

  bool is_gone() {
    const auto late = std::chrono::steady_clock::now() + 5s;
    while (!life.expired() && std::chrono::steady_clock::now() < late)
      std::this_thread::sleep_for(1ms);
    return life.expired();
  }

  /// Who has sent each of the messages that came, in their order.
  std::string order;
  limits bounds;
  caf::actor_system_config config;
  caf::actor_system system{config};
  tcp_pair pair;
  channel<std::string> ended;
  std::shared_ptr<transport> socket;
  transport* subject = nullptr;
  std::function<void()> use_subject;
  std::weak_ptr<transport> life;
  io_unit home{system, 0, make_tested_loop(), 1024,
               io_unit::clock::duration{0}};
};

/// Another client of the same unit.
struct neighbour : transport_owner {
  explicit neighbour(transport_fixture& beside) : beside_(beside) {
    auto socket = make_websocket_transport(
        beside.home, tcp_socket{std::move(pair.server)}, beside.bounds);
    subject_ = socket.get();
    subject_->read_head(*this);
  }

  void happened(transport_event& event) override {
    if (std::holds_alternative<head_arrived>(event.what)) {
      subject_->accept("", false);
    } else if (std::holds_alternative<handshake_done>(event.what)) {
      subject_->read_message();
    } else if (std::holds_alternative<message_arrived>(event.what)) {
      beside_.order += 'b';
      subject_->read_message();
    } else if (std::holds_alternative<client_closed>(event.what)) {
      subject_->answer_close();
    } else if (std::holds_alternative<transport_ended>(event.what)) {
      ended.put(true);
    }
  }

  tcp_pair pair;
  channel<bool> ended;

private:
  transport_fixture& beside_;
  transport* subject_ = nullptr;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(websocket_transport, transport_fixture)

BOOST_AUTO_TEST_CASE(an_answer_that_the_socket_takes_in_parts_arrives_whole) {
  start([](transport& subject) { subject.answer({404, {}, large_body}); });
  pair.send(request_text);
  std::this_thread::sleep_for(50ms);
  const auto answer = receive_rest();
  BOOST_TEST(answer.starts_with("HTTP/1.1 404 "));
  BOOST_TEST(answer.ends_with("\r\n\r\n" + large_body));
  pair.client.close();
  BOOST_TEST(ended.take() == "");
  BOOST_TEST(is_gone());
}

BOOST_AUTO_TEST_CASE(answers_a_client_that_sends_nothing_more) {
  start([](transport& subject) { subject.answer({404, {}, large_body}); });
  pair.send(request_text);
  pair.end();
  BOOST_TEST(receive_rest().ends_with(large_body));
  BOOST_TEST(ended.take() == "");
}

BOOST_AUTO_TEST_CASE(answers_a_late_head_whole_though_its_client_ends) {
  deadline late{[&subject = *socket] {
    subject.answer({408, {}, large_body});
  }};
  home.arm(late, 20ms);
  start([](transport&) {});
  pair.send("GET /ws/ HT");
  auto answer = pair.receive();
  pair.end();
  std::this_thread::sleep_for(20ms);
  answer += receive_rest();
  BOOST_TEST(answer.starts_with("HTTP/1.1 408 "));
  BOOST_TEST(answer.ends_with("\r\n\r\n" + large_body));
  BOOST_TEST(ended.take() == "");
}

BOOST_AUTO_TEST_CASE(answers_a_client_that_goes_on_sending) {
  start([](transport& subject) { subject.answer({404, {}, "{}"}); });
  pair.send(request_text + std::string(100'000, 'x'));
  BOOST_TEST(receive_rest().ends_with("\r\n\r\n{}"));
  pair.send(std::string(100'000, 'x'));
  pair.client.close();
  BOOST_TEST(ended.take() == "");
}

BOOST_AUTO_TEST_CASE(hears_of_a_client_that_goes_before_its_head_is_whole) {
  start([](transport&) { BOOST_TEST(false); });
  pair.send("GET /ws/ HT");
  pair.end();
  BOOST_TEST(ended.take() == "End of file");
  BOOST_TEST(receive_rest() == "");
  BOOST_TEST(is_gone());
}

BOOST_AUTO_TEST_CASE(hears_of_a_client_that_resets_while_it_is_answered) {
  start([](transport& subject) { subject.answer({404, {}, large_body}); });
  pair.send(request_text);
  std::this_thread::sleep_for(20ms);
  pair.reset();
  const auto reason = ended.take();
  BOOST_TEST((reason == "Connection reset by peer" || reason == "Broken pipe"),
             reason);
  BOOST_TEST(is_gone());
}

BOOST_AUTO_TEST_CASE(ends_a_client_that_does_not_take_its_answer) {
  bounds.close_timeout = 100ms;
  start([](transport& subject) { subject.answer({404, {}, large_body}); });
  pair.send(request_text);
  BOOST_TEST(ended.take() == "the client did not close");
  BOOST_TEST(is_gone());
}

BOOST_AUTO_TEST_CASE(serves_messages_that_come_with_the_head) {
  start([](transport& subject) { subject.accept("", false); });
  std::string messages;
  std::string echoes;
  for (int i = 0; i < 1000; ++i) {
    messages += frame(std::to_string(i));
    echoes += '\x81' + std::string{static_cast<char>(std::to_string(i).size())}
              + std::to_string(i);
  }
  pair.send(request_text + messages);
  pair.end();
  const auto answer = receive_rest();
  BOOST_TEST(answer.starts_with("HTTP/1.1 101 "));
  BOOST_TEST((answer.substr(answer.find("\r\n\r\n") + 4) == echoes));
  BOOST_TEST(ended.take() == "End of file");
  BOOST_TEST(is_gone());
}

BOOST_AUTO_TEST_CASE(
    hands_on_a_bounded_number_of_frames_before_the_next_socket) {
  constexpr auto bound = unit_limits::frames_per_delivery_max;
  for (const auto count : {bound, bound + 1}) {
    transport_fixture own;
    neighbour flooding{own}; // Watched first, it is served first.
    std::string messages;
    for (std::size_t i = 0; i < count; ++i)
      messages += frame("x");
    flooding.pair.send(request_text + messages);
    own.pair.send(request_text + frame("y"));
    own.start([](transport& subject) { subject.accept("", false); });
    flooding.pair.end();
    own.pair.end();
    BOOST_TEST(own.ended.take() == "End of file");
    BOOST_TEST(flooding.ended.take());
    BOOST_TEST(own.order
               == std::string(bound, 'b') + 'a'
                      + std::string(count - bound, 'b'));
  }
}

BOOST_AUTO_TEST_CASE(answers_the_close_behind_the_messages) {
  start([](transport& subject) { subject.accept("", false); });
  pair.send(request_text + frame("a") + "\x88\x82" + std::string(4, '\0')
            + "\x03\xE8");
  const auto answer = receive_rest();
  BOOST_TEST(answer.substr(answer.find("\r\n\r\n") + 4)
             == "\x81\x01"
                "a\x88\x02\x03\xE8");
  pair.client.close();
  BOOST_TEST(ended.take() == "closed by the client");
}

BOOST_AUTO_TEST_CASE(is_let_go_by_its_unit_when_it_is_aborted) {
  start([](transport& subject) { subject.abort(); });
  pair.send(request_text);
  BOOST_TEST(receive_rest() == "");
  BOOST_TEST(is_gone());
}

BOOST_AUTO_TEST_CASE(closes_in_order_though_nobody_listens_any_more) {
  start([](transport& subject) {
    subject.accept("", false);
    subject.send("last");
    subject.close_and_forget(close_code::server_error);
  });
  pair.send(request_text);
  std::string answer;
  while (!answer.ends_with("\x88\x02\x03\xF3")) {
    const auto part = pair.receive();
    BOOST_REQUIRE(!part.empty());
    answer += part;
  }
  BOOST_TEST(answer.find("\x81\x04last") != std::string::npos);
  BOOST_TEST(!life.expired());
  pair.send("\x88\x82" + std::string(4, '\0') + "\x03\xF3");
  BOOST_TEST(receive_rest() == "");
  pair.client.close();
  BOOST_TEST(is_gone());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace websocket_transport_suite
