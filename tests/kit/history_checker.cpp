#include "stagedoor/testing/history_checker.hpp"

#include <algorithm>

namespace stagedoor::testing {

namespace {

constexpr std::string_view group_events = "group.";

std::optional<std::string> text_at(const json::object& in,
                                   std::string_view key) {
  const auto* found = in.if_contains(key);
  if (found == nullptr || !found->is_string())
    return std::nullopt;
  return std::string{found->get_string()};
}

std::optional<std::uint64_t> number_at(const json::object& in,
                                       std::string_view key) {
  const auto* found = in.if_contains(key);
  if (found == nullptr)
    return std::nullopt;
  if (found->is_uint64())
    return found->get_uint64();
  if (found->is_int64() && found->get_int64() >= 0)
    return static_cast<std::uint64_t>(found->get_int64());
  return std::nullopt;
}

const json::object& object_at(const json::object& in, std::string_view key) {
  static const json::object none;
  const auto* found = in.if_contains(key);
  return found != nullptr && found->is_object() ? found->get_object() : none;
}

const json::array& array_at(const json::object& in, std::string_view key) {
  static const json::array none;
  const auto* found = in.if_contains(key);
  return found != nullptr && found->is_array() ? found->get_array() : none;
}

/// Whether both have the same value under a key, or both lack it.
bool has_same(const json::object& one, const json::object& other,
              std::string_view key) {
  const auto* first = one.if_contains(key);
  const auto* second = other.if_contains(key);
  return first == nullptr || second == nullptr ? first == second
                                               : *first == *second;
}

/// Whether an envelope may be the reply to a message.
bool replies_to(const json::object& envelope, const json::object& message) {
  return has_same(envelope, message, "action")
         && text_at(envelope, "route").value_or("")
                == text_at(message, "route").value_or("")
         && has_same(envelope, message, "request_id");
}

bool is_success(const json::object& envelope) {
  const auto status = number_at(envelope, "status").value_or(0);
  return status >= 200 && status < 300;
}

std::optional<event_mark> usual_mark(const json::object& event) {
  const auto& data = object_at(event, "data");
  auto sender = text_at(data, "sender");
  const auto* number = data.if_contains("number");
  if (!sender || number == nullptr || !number->is_int64())
    return std::nullopt;
  return event_mark{std::move(*sender), number->get_int64()};
}

/// The group that an event tells of itself; nothing if it does not.
std::optional<std::string> group_of(const json::object& event) {
  if (auto named = text_at(event, "group"))
    return named;
  if (text_at(event, "type").value_or("").starts_with(group_events))
    return text_at(object_at(event, "data"), "group");
  return std::nullopt;
}

} // namespace

history_checker::history_checker(history_rules rules)
    : rules_(std::move(rules)) {}

void history_checker::sent(const std::string& client, std::string_view text) {
  auto parsed = parse_json(text, wire_depth_max);
  if (!parsed || !parsed->is_object())
    return;
  asked next;
  next.message = std::move(parsed->get_object());
  if (rules_.joins)
    next.joins = rules_.joins(next.message);
  if (rules_.leaves)
    next.leaves = rules_.leaves(next.message);
  next.resumes = text_at(next.message, "action") == "resume"
                 && text_at(next.message, "route") == "$groups/";
  auto& known = clients_[client];
  if (next.resumes)
    for (const auto& each : array_at(next.message, "groups"))
      if (each.is_object())
        if (const auto group = text_at(each.get_object(), "group"))
          known.groups[*group].is_resuming = true;
  if (next.joins)
    ++known.groups[*next.joins].joining;
  // Any message may join, if nobody says which do.
  if (next.joins || next.leaves || next.resumes || !rules_.joins)
    known.open.push_back(std::move(next));
}

void history_checker::received(const std::string& client,
                               std::string_view text) {
  auto& known = clients_[client];
  const subject to{client, known, text};
  const auto parsed = parse_json(text, wire_depth_max);
  if (!parsed || !parsed->is_object()) {
    complain(to, "what was sent is no JSON object");
    return;
  }
  const auto& content = parsed->get_object();
  const auto is_reply = content.contains("errors");
  if (is_reply)
    replied(to, content);
  else
    told(to, content);
  known.has_replied = is_reply;
}

void history_checker::joined(const std::string& client,
                             const std::string& group) {
  clients_[client].groups[group].is_out = false;
}

void history_checker::left(const std::string& client,
                           const std::string& group) {
  clients_[client].groups[group].restart(true);
}

void history_checker::complain(const subject& to, const std::string& what) {
  if (violations_.size() < violations_max)
    violations_.push_back(to.client + ": " + what + ": "
                          + std::string(to.text));
}

// -- replies ------------------------------------------------------------------

void history_checker::replied(const subject& to, const json::object& envelope) {
  const auto is_good = is_success(envelope);
  if (is_good && !rules_.joins)
    for (auto& [group, target] : to.known.groups)
      target.is_out = false;
  auto& open = to.known.open;
  const auto found =
      std::find_if(open.begin(), open.end(), [&](const asked& each) {
        return replies_to(envelope, each.message);
      });
  if (found == open.end())
    return;
  const auto question = std::move(*found);
  open.erase(found);
  if (question.joins)
    --to.known.groups[*question.joins].joining;
  if (is_good && question.joins)
    joined(to.client, *question.joins);
  if (is_good && question.leaves)
    left(to.client, *question.leaves);
  if (question.resumes)
    resumed(to, question.message, envelope);
}

void history_checker::resumed(const subject& to, const json::object& message,
                              const json::object& envelope) {
  const auto& answers = array_at(object_at(envelope, "data"), "groups");
  for (const auto& each : array_at(message, "groups")) {
    if (!each.is_object())
      continue;
    const auto& asked_for = each.get_object();
    const auto group = text_at(asked_for, "group");
    if (!group)
      continue;
    to.known.groups[*group].is_resuming = false;
    if (!is_success(envelope))
      continue;
    const auto entry =
        std::find_if(answers.begin(), answers.end(), [&](const auto& x) {
          return x.is_object() && text_at(x.get_object(), "group") == group;
        });
    if (entry == answers.end())
      complain(to, "the reply to resume lacks the group " + *group);
    else
      resumed(to, asked_for, *group, entry->get_object());
  }
}

void history_checker::resumed(const subject& to, const json::object& asked_for,
                              const std::string& group,
                              const json::object& entry) {
  auto& target = to.known.groups[group];
  target.restart(entry.contains("status"));
  const auto* recovered = entry.if_contains("recovered");
  const auto is_recovered = recovered != nullptr && *recovered == true;
  if (target.is_out) {
    if (is_recovered)
      complain(to, group + ": refused and recovered at once");
    return;
  }
  const auto epoch = text_at(entry, "epoch");
  const auto offset = number_at(entry, "offset");
  if (!epoch || !offset) {
    complain(to, group + ": the reply to resume tells no position");
    return;
  }
  target.at = cursor{*epoch, *offset};
  if (!is_recovered)
    return;
  const auto named = number_at(asked_for, "offset");
  if (text_at(asked_for, "epoch") != epoch || !named || *named > *offset) {
    complain(to, group + ": recovered from where nothing can be recovered");
    return;
  }
  target.at->offset = *named;
  if (number_at(entry, "missed") != *offset - *named)
    complain(to, group + ": missed is not how many were missed");
}

// -- events -------------------------------------------------------------------

/// Whether a client is not in a group, and may not have joined it again.
bool history_checker::is_outside(const subject& to,
                                 const std::string& group) const {
  const auto found = to.known.groups.find(group);
  if (found == to.known.groups.end() || !found->second.is_out)
    return false;
  return rules_.joins ? found->second.joining == 0 : to.known.open.empty();
}

void history_checker::told(const subject& to, const json::object& event) {
  const auto type = text_at(event, "type").value_or("");
  const auto& data = object_at(event, "data");
  if (type == "group.position") {
    told_position(to, data);
    return;
  }
  const auto group = group_of(event);
  if (group && is_outside(to, *group))
    complain(to, "something of the group " + *group
                     + ", in which the client is not any more");
  if (type == "group.revoked") {
    told_end(to, data);
  } else if (type == "group.lost") {
    told_loss(to, data);
  } else {
    check_mark(to, event);
    if (group && event.contains("offset"))
      check_offset(to, *group, event);
  }
}

void history_checker::told_position(const subject& to,
                                    const json::object& data) {
  const auto group = text_at(data, "group");
  const auto epoch = text_at(data, "epoch");
  const auto offset = number_at(data, "offset");
  if (!group || !epoch || !offset) {
    complain(to, "a position that is none");
    return;
  }
  auto& target = to.known.groups[*group];
  const cursor next{*epoch, *offset};
  const auto is_join = !target.at || to.known.has_replied;
  if (target.is_blocked && !target.is_resuming && !is_join)
    complain(to, "a position of the group " + *group
                     + " behind group.lost, before the client resumes");
  else if (!is_join && target.at->epoch == next.epoch && *target.at != next)
    complain(to, "a position of the group " + *group
                     + " that leaves events out, as the client was at "
                     + std::to_string(target.at->offset));
  target.at = next;
  target.is_out = false;
  target.is_blocked = false;
  target.replayed_max = is_join && rules_.replays ? rules_.replays(*group) : 0;
}

void history_checker::told_loss(const subject& to, const json::object& data) {
  const auto after = number_at(data, "after");
  const auto next = number_at(data, "next");
  const auto group = text_at(data, "group");
  if (!group) {
    complain(to, "a loss that is none");
    return;
  }
  if (data.contains("lost"))
    return; // Without history, events go on.
  auto& target = to.known.groups[*group];
  if (!after || !next || *next <= *after + 1) {
    complain(to, "a loss that is none");
  } else if (!target.at || target.at->offset != *after) {
    complain(to, "a loss in the group " + *group + " behind "
                     + std::to_string(*after) + ", where the client was not");
  } else if (target.is_blocked) {
    complain(to, "a second loss in the group " + *group
                     + ", before the client resumes");
  }
  if (target.at && next && *next > 0)
    target.at->offset = *next - 1;
  target.is_blocked = true;
}

void history_checker::told_end(const subject& to, const json::object& data) {
  if (const auto group = text_at(data, "group"))
    left(to.client, *group);
  else
    complain(to, "a group.revoked of no group");
}

void history_checker::check_mark(const subject& to, const json::object& event) {
  const auto mark = rules_.mark ? rules_.mark(event) : usual_mark(event);
  if (!mark)
    return;
  ++checked_;
  const auto [last, is_first] =
      to.known.marks.try_emplace(mark->sender, mark->number);
  if (is_first)
    return;
  if (mark->number == last->second)
    complain(to, "the same event twice");
  else if (mark->number < last->second)
    complain(to, "an event of " + mark->sender + " behind number "
                     + std::to_string(last->second));
  last->second = std::max(last->second, mark->number);
}

void history_checker::check_offset(const subject& to, const std::string& group,
                                   const json::object& event) {
  ++checked_;
  auto& target = to.known.groups[group];
  const auto offset = number_at(event, "offset");
  if (!offset || *offset == 0) {
    complain(to, "an offset that is none");
    return;
  }
  if (!target.at) {
    complain(to, "an event of the group " + group
                     + ", of which no position was told");
    return;
  }
  if (target.is_blocked)
    complain(to, "an event of the group " + group
                     + " behind group.lost, before the client resumes");
  auto& at = *target.at;
  const auto is_replayed =
      *offset <= at.offset && at.offset - *offset < target.replayed_max;
  if (*offset != at.offset + 1 && !is_replayed)
    complain(to, "an event of the group " + group + " behind offset "
                     + std::to_string(at.offset));
  at.offset = *offset;
  target.replayed_max = 0;
  check_same(to, group, at);
}

/// Checks that the event has the same text wherever it is sent.
void history_checker::check_same(const subject& to, const std::string& group,
                                 const cursor& at) {
  const auto [known, is_new] =
      texts_.try_emplace({group, {at.epoch, at.offset}}, std::string(to.text));
  if (!is_new && known->second != to.text)
    complain(to, "another event has the same offset of the epoch " + at.epoch
                     + ": " + known->second);
}

} // namespace stagedoor::testing
