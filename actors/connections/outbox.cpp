#include "stagedoor/actors/connections/outbox.hpp"

#include "stagedoor/actors/connections/message_trace.hpp"
#include "stagedoor/protocol/envelope.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace stagedoor {

namespace {

/// An empty text to be filled and given to a socket, which copies it.
std::string& emptied_text() {
  thread_local std::string text;
  text.clear();
  return text;
}

} // namespace

void outbox::send(const message_head& head, const reply& answer,
                  const compiled_endpoint& endpoint) {
  auto& text = emptied_text();
  if (!core_.speech.append(text, head, answer)) {
    refuse(head, endpoint);
    return;
  }
  trace(core_, head, answer.status, text.size());
  send(text);
}

/// Answers with 500 in place of a reply that JSON cannot express.
void outbox::refuse(const message_head& head,
                    const compiled_endpoint& endpoint) {
  fields captures;
  const auto* route = endpoint.routes->match(head.route, captures);
  core_.setup.shared->log->error(
      "handler {}, action {}: the reply has {}",
      to_json_string(route != nullptr ? route->handler->name : head.route),
      to_json_string(head.action.value_or("")), not_json_text);
  if (core_.metrics != nullptr)
    core_.metrics->count_drop(drop_reason::not_json);
  const auto answer = to_reply(errc::server_error);
  auto& text = emptied_text();
  if (!core_.speech.append(text, head, answer))
    return;
  trace(core_, head, answer.status, text.size());
  send(text);
}

void outbox::send(const event& pushed) {
  auto& text = emptied_text();
  if (core_.speech.append(text, pushed)) {
    send(text);
    return;
  }
  core_.setup.shared->log->error(
      "connection {}: the event {} is not sent: it has {}", core_.setup.id,
      to_json_string(pushed.type), flaw_of(pushed));
  count_drop(drop_reason::not_json);
}

void outbox::send_encoded(std::string_view event) {
  const auto text = core_.speech.say(event, emptied_text());
  if (!text.empty())
    send(text);
  else
    count_drop(drop_reason::not_json);
}

void outbox::watch_stall() {
  bytes_taken_before_ = core_.socket().bytes_taken();
  core_.home().arm(
      stall_, std::min(core_.bounds().write_stall_timeout, stall_timeout_max_));
}

void outbox::limit_stall(limits::duration timeout) {
  stall_timeout_max_ = timeout;
  if (stall_.armed())
    watch_stall();
}

bool outbox::is_stalled() {
  if (!is_full())
    return false;
  if (core_.socket().bytes_taken() == bytes_taken_before_)
    return true;
  watch_stall();
  return false;
}

void outbox::count_drop(drop_reason reason, std::size_t count) {
  dropped_ += count;
  if (core_.metrics != nullptr)
    core_.metrics->count_drop(reason, count);
}

} // namespace stagedoor
