#include "stagedoor/testing/inbox.hpp"

#include "stagedoor/protocol/assert.hpp"

#include <utility>

namespace stagedoor::testing {

namespace {

/// Whether an envelope echoes the head of a message.
bool echoes(const json::object& envelope, const message_head& head) {
  auto action = head.action ? json::value(json::string(*head.action))
                            : json::value(nullptr);
  const auto* id = envelope.if_contains("request_id");
  return envelope.at("action") == action
         && envelope.at("route") == json::value(json::string(head.route))
         && (id != nullptr) == head.request_id.has_value()
         && (id == nullptr || *id == *head.request_id);
}

} // namespace

std::size_t inbox::sent(message_head head, std::string text) {
  sent_.push_back({std::move(head), std::move(text)});
  return sent_.size() - 1;
}

void inbox::received(std::string_view text) {
  auto parsed = parse_json(text, wire_depth_max);
  STAGEDOOR_ASSERT(parsed && parsed->is_object());
  entry next;
  next.text = text;
  next.content = std::move(parsed->as_object());
  next.is_reply = next.content.contains("errors");
  for (std::size_t i = 0; next.is_reply && i < sent_.size(); ++i) {
    if (sent_[i].has_reply || !echoes(next.content, sent_[i].head))
      continue;
    sent_[i].has_reply = true;
    next.replies_to = i;
    break;
  }
  received_.push_back(std::move(next));
}

template <class Predicate>
inbox::entry* inbox::oldest_of(Predicate wanted) {
  for (auto& each : received_)
    if (!each.is_taken && wanted(each))
      return &each;
  return nullptr;
}

inbox::entry* inbox::oldest() {
  return oldest_of([](const entry&) { return true; });
}

inbox::entry* inbox::oldest_reply() {
  return oldest_of([](const entry& each) { return each.is_reply; });
}

inbox::entry* inbox::oldest_event() {
  return oldest_of([](const entry& each) { return !each.is_reply; });
}

inbox::entry* inbox::reply_to(std::size_t number) {
  for (auto& each : received_)
    if (each.replies_to == number)
      return &each;
  return nullptr;
}

std::string inbox::not_taken() const {
  std::string result;
  for (const auto& each : received_)
    if (!each.is_taken)
      result += "\n  " + each.text;
  return result;
}

} // namespace stagedoor::testing
