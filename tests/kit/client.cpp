#include "stagedoor/testing/client.hpp"

#include "stagedoor/testing/failure.hpp"
#include "stagedoor/testing/virtual_socket.hpp"
#include "stagedoor/testing/virtual_system.hpp"

#include <utility>

namespace stagedoor::testing {

namespace {

/// What is expected of an envelope or an event.
struct expectation {
  /// For the failure: `a reply with status 200`.
  std::string text;
  /// By key.
  json::object values;

  [[nodiscard]] bool is_met_by(const json::object& content) const {
    for (const auto& [key, value] : values)
      if (const auto* found = content.if_contains(key);
          found == nullptr || *found != value)
        return false;
    return true;
  }
};

expectation reply_with(int status) {
  return {"a reply with status " + std::to_string(status),
          {{"status", status}}};
}

expectation reply_with(int status, const json::value& data) {
  auto result = reply_with(status);
  result.text += " and data " + to_json(data);
  result.values["data"] = data;
  return result;
}

expectation reply_with_errors(int status, const json::array& errors) {
  auto result = reply_with(status);
  result.text += " and errors " + to_json(errors);
  result.values["errors"] = errors;
  return result;
}

expectation event_of(std::string_view type) {
  return {"an event " + std::string(type), {{"type", json::string(type)}}};
}

expectation event_of(std::string_view type, const json::value& data) {
  auto result = event_of(type);
  result.text += " with data " + to_json(data);
  result.values["data"] = data;
  return result;
}

/// What is known of a connection besides: for failures.
std::string situation(const virtual_system& system, virtual_socket& socket) {
  auto result = system.note();
  if (auto others = socket.mail().not_taken(); !others.empty())
    result += "\nnot taken yet:" + others;
  if (const auto& end = socket.end())
    result += "\nthe connection is closed: "
              + std::to_string(static_cast<unsigned>(end->code)) + ' '
              + end->reason;
  return result;
}

[[noreturn]] void fail_expected(const virtual_system& system,
                                const std::string& what,
                                const std::string& came,
                                virtual_socket& socket) {
  throw failure("expected " + what + ", but " + came
                + situation(system, socket));
}

/// Takes what `find` finds, and waits for it where it may still come.
template <class Find>
json::object take(virtual_system& system, virtual_socket& socket, Find find,
                  const expectation& expected) {
  system.settle_until([&] { return find() != nullptr || socket.is_over(); });
  inbox::entry* found = find();
  if (found == nullptr)
    fail_expected(system, expected.text, "nothing came", socket);
  if (std::exchange(found->is_taken, true))
    fail_expected(system, expected.text, "it was taken before: " + found->text,
                  socket);
  if (!expected.is_met_by(found->content))
    fail_expected(system, expected.text,
                  "this came: " + found->text
                      + socket.why_denied(found->content["status"].as_int64()),
                  socket);
  return found->content;
}

json::object take_reply(virtual_system& system, virtual_socket& socket,
                        const expectation& expected) {
  return take(
      system, socket, [&] { return socket.mail().oldest_reply(); }, expected);
}

json::object take_reply_to(virtual_system& system, virtual_socket& socket,
                           std::size_t number, expectation expected) {
  expected.text += " to " + socket.mail().text_of(number);
  return take(
      system, socket, [&] { return socket.mail().reply_to(number); }, expected);
}

json::object take_event(virtual_system& system, virtual_socket& socket,
                        const expectation& expected) {
  return take(
      system, socket, [&] { return socket.mail().oldest_event(); }, expected);
}

const expectation any_reply{"a reply", {}};

} // namespace

// -- sent_message -------------------------------------------------------------

sent_message::sent_message(virtual_system& on,
                           std::shared_ptr<virtual_socket> socket,
                           std::size_t number)
    : system_(&on), socket_(std::move(socket)), number_(number) {}

json::object sent_message::reply() const {
  return take_reply_to(*system_, *socket_, number_, any_reply);
}

json::object sent_message::expect_reply(int status) const {
  return take_reply_to(*system_, *socket_, number_, reply_with(status));
}

json::object sent_message::expect_reply(int status,
                                        const json::value& data) const {
  return take_reply_to(*system_, *socket_, number_, reply_with(status, data));
}

json::object sent_message::expect_errors(int status,
                                         const json::array& errors) const {
  return take_reply_to(*system_, *socket_, number_,
                       reply_with_errors(status, errors));
}

void sent_message::expect_no_reply() const {
  system_->settle();
  if (const auto* found = socket_->mail().reply_to(number_))
    fail_expected(*system_, "no reply to " + socket_->mail().text_of(number_),
                  "this came: " + found->text, *socket_);
}

// -- client -------------------------------------------------------------------

client::client(virtual_system& on, std::shared_ptr<virtual_socket> socket)
    : system_(&on), socket_(std::move(socket)) {}

sent_message client::push(std::string_view route, std::string_view action,
                          const json::object& arguments) const {
  json::object message{{"action", json::string(action)}};
  if (!route.empty())
    message["route"] = route;
  for (const auto& [key, value] : arguments)
    message.emplace(key, value);
  std::string text;
  if (!append_json(text, message))
    throw failure("nothing can be sent: the arguments have "
                  + std::string(not_json_text) + ": " + text);
  return push_text(std::move(text));
}

sent_message client::push_text(std::string text, frame_type type) const {
  if (socket_->is_over() || socket_->has_hung_up())
    throw failure("nothing can be sent: " + text
                  + situation(*system_, *socket_));
  auto number = socket_->send_message(std::move(text), type);
  system_->settle();
  return {*system_, socket_, number};
}

void client::disconnect(close_code code) const {
  socket_->hang_up(code);
  system_->settle();
}

void client::fall_silent() const {
  socket_->fall_silent();
}

json::object client::reply() const {
  return take_reply(*system_, *socket_, any_reply);
}

json::object client::expect_reply(int status) const {
  return take_reply(*system_, *socket_, reply_with(status));
}

json::object client::expect_reply(int status, const json::value& data) const {
  return take_reply(*system_, *socket_, reply_with(status, data));
}

json::object client::expect_errors(int status,
                                   const json::array& errors) const {
  return take_reply(*system_, *socket_, reply_with_errors(status, errors));
}

json::object client::event() const {
  return take_event(*system_, *socket_, {"an event", {}});
}

json::object client::expect_event(std::string_view type) const {
  return take_event(*system_, *socket_, event_of(type));
}

json::object client::expect_event(std::string_view type,
                                  const json::value& data) const {
  return take_event(*system_, *socket_, event_of(type, data));
}

std::string client::text() const {
  auto& mail = socket_->mail();
  auto come = [&] { return mail.oldest() != nullptr || socket_->is_over(); };
  system_->settle_until(come);
  auto* found = mail.oldest();
  if (found == nullptr)
    fail_expected(*system_, "a message of the server", "nothing came",
                  *socket_);
  found->is_taken = true;
  return found->text;
}

void client::expect_nothing() const {
  system_->settle();
  if (socket_->mail().oldest() != nullptr)
    fail_expected(*system_, "nothing", "something came", *socket_);
  if (socket_->is_over())
    fail_expected(*system_, "nothing", "the connection is closed", *socket_);
}

std::string client::expect_close(std::uint16_t code) const {
  const auto expected = "a close with " + std::to_string(code);
  system_->settle_until([this] { return socket_->is_over(); });
  const auto& end = socket_->end();
  if (!end)
    fail_expected(*system_, expected, "the connection is open", *socket_);
  if (static_cast<std::uint16_t>(end->code) != code)
    fail_expected(*system_, expected, "it was another", *socket_);
  return end->reason;
}

bool client::is_open() const {
  system_->settle();
  return !socket_->is_over();
}

const std::string& client::subprotocol() const {
  return socket_->subprotocol();
}

} // namespace stagedoor::testing
