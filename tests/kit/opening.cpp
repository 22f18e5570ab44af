#include "stagedoor/testing/opening.hpp"

#include "stagedoor/testing/failure.hpp"
#include "stagedoor/testing/virtual_socket.hpp"
#include "stagedoor/testing/virtual_system.hpp"

#include <utility>

namespace stagedoor::testing {

namespace {

/// What came instead of what was expected.
std::string outcome(const virtual_socket& socket) {
  if (const auto& refusal = socket.refusal())
    return "it was refused with " + std::to_string(refusal->status) + ' '
           + refusal->body + socket.why_denied(refusal->status);
  return socket.is_accepted() ? "it was accepted" : "there is no answer yet";
}

} // namespace

user user_named(std::string username, json::value id) {
  user result;
  result.id = std::move(id);
  result.username = std::move(username);
  return result;
}

pending_opening::pending_opening(virtual_system& on,
                                 std::shared_ptr<virtual_socket> socket,
                                 std::string target)
    : system_(&on), socket_(std::move(socket)), target_(std::move(target)) {}

void pending_opening::await_answer() const {
  system_->settle_until(
      [this] { return socket_->is_accepted() || socket_->is_over(); });
}

client pending_opening::expect_accepted() const {
  await_answer();
  if (!socket_->is_accepted())
    throw failure("expected that " + target_ + " is accepted, but "
                  + outcome(*socket_));
  return {*system_, socket_};
}

http_answer pending_opening::expect_refusal() const {
  await_answer();
  if (!socket_->refusal())
    throw failure("expected that " + target_ + " is refused, but "
                  + outcome(*socket_));
  return *socket_->refusal();
}

http_answer pending_opening::expect_refusal(unsigned status) const {
  auto answer = expect_refusal();
  if (answer.status != status)
    throw failure("expected that " + target_ + " is refused with "
                  + std::to_string(status) + ", but " + outcome(*socket_));
  return answer;
}

http_answer pending_opening::expect_refusal(unsigned status,
                                            std::string_view code) const {
  auto answer = expect_refusal(status);
  auto body = parse_json(answer.body, wire_depth_max);
  if (!body || !body->is_object()
      || body->as_object()["code"] != json::value(json::string(code)))
    throw failure("expected that " + target_ + " is refused with the code "
                  + std::string(code) + ", but " + outcome(*socket_));
  return answer;
}

void pending_opening::expect_no_answer() const {
  system_->settle();
  if (socket_->is_accepted() || socket_->is_over())
    throw failure("expected no answer to " + target_ + " yet, but "
                  + outcome(*socket_));
}

} // namespace stagedoor::testing
