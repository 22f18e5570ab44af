#pragma once

#include "stagedoor/actors/transport.hpp"
#include "stagedoor/actors/units/unit.hpp"
#include "stagedoor/testing/inbox.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace stagedoor::testing {

/// Who has sent a text.
enum class text_way { from_client, to_client };

/// How a connection has ended.
struct ending {
  /// close_code::none if there was no close frame.
  close_code code = close_code::none;
  std::string reason;
};

/// A socket without a network, and the client on its other side, who reads all
/// and answers pings. The outbound queue is never full.
/// Thread rule: the thread of the test.
class virtual_socket final : public transport {
public:
  /// Tells why the client's last request was denied, which a status followed;
  /// empty if no permission did that.
  using denial_teller = std::function<std::string(std::int64_t status)>;

  /// Hears of each text, in the order in which the client sends and gets them.
  using text_hearer = std::function<void(text_way, std::string_view text)>;

  /// Limits: `message_bytes_max`: over it the client hears a 1009.
  virtual_socket(const unit& home, const limits& bounds, denial_teller why);

  void hear_texts(text_hearer heard) { heard_ = std::move(heard); }

  // -- what the client does ---------------------------------------------------

  void send_head(opening_request head) { head_ = std::move(head); }

  /// Sends a message, which arrives when the connection reads.
  /// @returns its number in the inbox.
  std::size_t send_message(std::string text, frame_type type);

  /// Closes with this code, behind what the client has sent before. With
  /// close_code::none the connection is lost at once.
  void hang_up(close_code code);

  /// Whether the client can send no more.
  [[nodiscard]] bool has_hung_up() const { return hung_up_.has_value(); }

  /// Answers pings no more.
  void fall_silent() { answers_pings_ = false; }

  /// The server is killed: the connection is lost, and hears nothing more.
  void vanish();

  /// Lets the connection hear of one thing that the client has done.
  /// @returns whether there was any.
  bool work();

  // -- what the client sees ---------------------------------------------------

  /// The HTTP answer, if it was not the 101.
  [[nodiscard]] const std::optional<http_answer>& refusal() const {
    return refusal_;
  }
  /// Whether the 101 has come.
  [[nodiscard]] bool is_accepted() const { return is_open_; }
  /// The subprotocol that was picked; empty for none.
  [[nodiscard]] const std::string& subprotocol() const { return subprotocol_; }
  /// How the connection has ended; nothing while it is open.
  [[nodiscard]] const std::optional<ending>& end() const { return end_; }
  /// Whether anything can still come.
  [[nodiscard]] bool is_over() const { return refusal_ || end_; }

  [[nodiscard]] inbox& mail() { return mail_; }

  /// For failures, see `denial_teller`.
  [[nodiscard]] std::string why_denied(std::int64_t status) const {
    return why_denied_(status);
  }

  // -- transport --------------------------------------------------------------

  [[nodiscard]] std::string peer() const override { return "127.0.0.1:4711"; }
  void read_head(transport_owner& owner) override { owner_ = &owner; }
  void answer(http_answer answer) override;
  void accept(std::string_view subprotocol, bool compression) override;
  void read_message() override { is_read_ = true; }
  void send(std::string_view text) override;
  [[nodiscard]] bool outbound_full() const override { return false; }
  [[nodiscard]] std::uint64_t bytes_taken() const override { return taken_; }
  [[nodiscard]] std::chrono::milliseconds silence() const override;
  void ping() override;
  void close(close_code code, std::string reason) override;
  void answer_close() override;
  void close_and_forget(close_code code) override;
  void abort() override;

private:
  struct unread_message {
    std::string text;
    frame_type type;
  };

  template <class Event>
  void tell(Event event);
  void tell_end();
  void deliver_next();

  const unit& home_;
  limits bounds_;
  denial_teller why_denied_;
  text_hearer heard_;
  unit::clock::time_point heard_at_;
  transport_owner* owner_ = nullptr;
  std::optional<opening_request> head_;
  std::deque<unread_message> unread_;
  std::optional<http_answer> refusal_;
  std::string subprotocol_;
  std::optional<ending> end_;
  std::uint64_t taken_ = 0;
  /// The code of the client's close.
  std::optional<close_code> hung_up_;
  bool answers_pings_ = true;
  /// The connection has accepted, but not heard that the 101 is written.
  bool is_accepting_ = false;
  bool is_open_ = false;
  bool is_read_ = false;
  inbox mail_;
};

} // namespace stagedoor::testing
