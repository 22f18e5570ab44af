#pragma once

#include "stagedoor/actors/transport.hpp"
#include "stagedoor/actors/units/unit.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <utility>

namespace stagedoor::test {

/// A socket without a network. It notes what its connection does with it, and
/// the test says what the client does. It complains of a connection that breaks
/// the rules of `transport`.
class fake_transport final : public transport {
public:
  explicit fake_transport(const unit& home)
      : home_(home), heard_at_(home.now()) {}

  // -- what the test does -----------------------------------------------------

  /// Whether the outbound queue is full, and what the client has taken of it.
  bool full = false;
  /// How many more texts fill it; nothing if they never do.
  std::optional<int> full_after = {};
  std::uint64_t taken = 0;

  /// Returns what was done to the socket since the last call, a line each.
  std::string take() { return std::exchange(done_, {}); }

  /// The connection hears of something.
  template <class Event>
  void emit(Event event) {
    BOOST_REQUIRE_MESSAGE(owner_, "the connection must hear nothing any more");
    if (std::is_same_v<Event, message_arrived>) {
      BOOST_REQUIRE_MESSAGE(reading_, "the connection does not read");
      reading_ = false;
      hear();
    }
    if (std::is_same_v<Event, client_closed>)
      reading_ = false;
    if (std::is_same_v<Event, handshake_done>) {
      BOOST_REQUIRE_MESSAGE(accepted_, "the connection has not accepted");
      open_ = true;
    }
    auto* owner = std::is_same_v<Event, transport_ended>
                      ? std::exchange(owner_, nullptr)
                      : owner_;
    transport_event what{std::move(event)};
    owner->happened(what);
  }

  /// A byte of the client comes that is no event, of a pong for instance.
  void hear() { heard_at_ = home_.now(); }

  [[nodiscard]] bool is_read() const { return reading_; }

  // -- transport --------------------------------------------------------------

  [[nodiscard]] std::string peer() const override { return "127.0.0.1:4711"; }

  void read_head(transport_owner& owner) override {
    owner_ = &owner;
    note("read_head");
  }

  void answer(http_answer answer) override {
    BOOST_TEST(!accepted_, "an answer behind the 101");
    BOOST_TEST(!closed_, "an answer behind the end");
    closed_ = true;
    auto line = "answer " + std::to_string(answer.status) + ' ' + answer.body;
    for (const auto& [name, value] : answer.headers)
      line += ' ' + name + ": " + value;
    note(line);
  }

  void accept(std::string_view subprotocol, bool compression) override {
    BOOST_TEST(!std::exchange(accepted_, true), "accepted twice");
    note("accept \"" + std::string{subprotocol} + '"'
         + (compression ? " compressed" : ""));
  }

  void read_message() override {
    BOOST_TEST(open_, "read before the 101 is out");
    BOOST_TEST(!closed_, "read behind the close");
    BOOST_TEST(!std::exchange(reading_, true), "two reads at once");
    note("read");
  }

  void send(std::string_view text) override {
    BOOST_TEST(open_, "sent before the 101 is out");
    BOOST_TEST(!closed_, "sent behind the close");
    note("send " + std::string{text});
    if (full_after && --*full_after == 0)
      full = true;
  }

  [[nodiscard]] bool outbound_full() const override { return full; }
  [[nodiscard]] std::uint64_t bytes_taken() const override { return taken; }

  [[nodiscard]] std::chrono::milliseconds silence() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(home_.now()
                                                                 - heard_at_);
  }

  void ping() override {
    BOOST_TEST((open_ && !closed_), "a ping to a socket that is not open");
    note("ping");
  }

  void close(close_code code, std::string reason) override {
    BOOST_TEST(open_, "closed before the 101 is out");
    BOOST_TEST(!std::exchange(closed_, true), "closed twice");
    note("close " + std::to_string(static_cast<unsigned>(code)) + ' ' + reason);
  }

  void answer_close() override {
    BOOST_TEST(open_, "closed before the 101 is out");
    BOOST_TEST(!std::exchange(closed_, true), "closed twice");
    note("answer_close");
  }

  void close_and_forget(close_code code) override {
    owner_ = nullptr;
    note("close_and_forget " + std::to_string(static_cast<unsigned>(code)));
  }

  void abort() override {
    owner_ = nullptr;
    note("abort");
  }

private:
  void note(const std::string& line) { done_ += line + '\n'; }

  const unit& home_;
  unit::clock::time_point heard_at_;
  transport_owner* owner_ = nullptr;
  std::string done_;
  bool accepted_ = false;
  bool open_ = false;
  bool reading_ = false;
  bool closed_ = false;
};

} // namespace stagedoor::test
