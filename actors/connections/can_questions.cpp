#include "stagedoor/actors/connections/can_questions.hpp"

#include "stagedoor/actors/connections/own_routes.hpp"
#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/json/spelling.hpp"

#include <string_view>

namespace stagedoor {

namespace {

json::array list_of(std::string_view text) {
  return {json::string(text)};
}

/// Reads one of the two keys of a question.
/// @returns what is wrong with it; empty if nothing is.
std::string_view read_text(const json::value& value, std::string& out) {
  if (value.is_null())
    return texts::not_null;
  const auto* text = value.if_string();
  if (text == nullptr)
    return "Not a valid string.";
  out = *text;
  return {};
}

json::value to_json_value(const std::optional<bool>& verdict) {
  return verdict ? json::value(*verdict) : json::value(nullptr);
}

/// What the answer to a message that only asks says.
std::optional<bool> verdict_of(const reply& answer) {
  if (answer.status >= 500)
    return std::nullopt;
  if (answer.has_errors() || answer.status >= 300)
    return false;
  if (answer.data.is_null())
    return std::nullopt;
  return true;
}

} // namespace

// -- reading ------------------------------------------------------------------

/// Reads an entry of `of`.
/// @param errors gets what is wrong with it, by key.
std::optional<can_questions::question>
can_questions::read(const json::value& entry, json::object& errors) const {
  const auto* object = entry.if_object();
  if (object == nullptr) {
    std::string text = "Invalid data. Expected a dictionary, but got ";
    errors["non_field_errors"] = list_of(text.append(type_name(entry)) + '.');
    return std::nullopt;
  }
  question result;
  if (!object->contains("action"))
    errors["action"] = list_of(texts::required);
  for (const auto& [key, value] : *object) {
    const auto is_route = key == "route";
    std::string_view flaw = "Unexpected field.";
    if (is_route || key == "action")
      flaw = read_text(value, is_route ? result.route : result.action);
    if (!flaw.empty())
      errors[key] = list_of(flaw);
  }
  if (const auto most = core_.bounds().route_bytes_max;
      result.route.size() > most)
    errors["route"] = list_of("Ensure this field has no more than "
                              + std::to_string(most) + " bytes.");
  return result;
}

/// Reads `of`.
/// @param errors gets what is wrong with it.
std::vector<can_questions::question>
can_questions::read_all(const json::array& list, bool watches,
                        json::object& errors) const {
  const auto& bounds = core_.bounds();
  const auto most = watches ? bounds.can_watched_max : bounds.can_queries_max;
  std::vector<question> result;
  if (list.size() > most) {
    errors["of"] = list_of("Ensure this field has no more than "
                           + std::to_string(most) + " elements.");
    return result;
  }
  json::object by_place;
  for (std::size_t place = 0; place < list.size(); ++place) {
    json::object flaws;
    auto next = read(list[place], flaws);
    if (!flaws.empty())
      by_place[std::to_string(place)] = std::move(flaws);
    else
      result.push_back(std::move(*next));
  }
  if (!by_place.empty())
    errors["of"] = std::move(by_place);
  return result;
}

void can_questions::check(client_message message, std::uint64_t sequence) {
  request_data data;
  data.scope = credentials_.scope();
  message.head.route.clear(); // The query has no arguments of a `check`.
  data.message = std::move(message);
  const request whole{std::move(data)};
  json::object errors;
  const auto list = arg<"of", json::array>::from(whole, errors);
  const auto watches = arg<"watch", std::optional<bool>>::from(whole, errors);
  auto begun = std::make_shared<round>();
  begun->sequence = sequence;
  begun->watches = watches->value_or(false);
  if (!errors.contains("of"))
    begun->questions = read_all(*list, begun->watches, errors);
  if (!errors.empty()) {
    answer(sequence, reject(std::move(errors)));
    return;
  }
  is_replacing_ = begun->watches;
  ask(begun);
}

// -- asking -------------------------------------------------------------------

void can_questions::ask(const round_ptr& begun) {
  begun->answers.resize(begun->questions.size());
  // The last one is this function, so that the round does not end before all
  // are asked.
  begun->awaited = begun->questions.size() + 1;
  for (std::size_t place = 0; place < begun->questions.size(); ++place)
    ask(begun, place);
  answered(begun);
}

void can_questions::ask(const round_ptr& begun, std::size_t place) {
  const auto& [route, action] = begun->questions[place];
  request_draft draft;
  draft->message.head.action = action;
  draft->message.head.route = route;
  if (is_own_route(route)) {
    begun->answers[place] = !refuse_other(draft->message);
    answered(begun);
    return;
  }
  draft->scope = credentials_.scope();
  draft->connection = core_.handle();
  draft->sequence = begun->sequence;
  draft->decisions = credentials_.decisions();
  draft->only_asks = true;
  core_.self->ask(router_, std::move(draft))
      .then(
          [this, begun, place](const reply& result) {
            begun->answers[place] = verdict_of(result);
            answered(begun);
          },
          [this, begun](const caf::error&) { answered(begun); });
}

/// One answer more of a round is there, or it will not come.
void can_questions::answered(const round_ptr& begun) {
  if (--begun->awaited > 0)
    return;
  if (begun->sequence != 0) {
    finish_check(*begun);
  } else if (begun == asking_again_) {
    asking_again_.reset();
    for (std::size_t place = 0; place < watched_.size(); ++place)
      watched_[place].answer = begun->answers[place];
    tell_changes();
  } else {
    return; // Something else is watched by now.
  }
  if (std::exchange(is_outdated_, false))
    ask_again();
}

void can_questions::finish_check(const round& done) {
  json::array allowed;
  for (const auto& each : done.answers)
    allowed.push_back(to_json_value(each));
  if (done.watches) {
    is_replacing_ = false;
    asking_again_.reset();
    watched_.clear();
    for (std::size_t place = 0; place < done.questions.size(); ++place)
      watched_.push_back(
          {done.questions[place], done.answers[place], done.answers[place]});
  }
  answer(done.sequence, ok({{"allowed", allowed}}));
}

void can_questions::answer(std::uint64_t sequence, const reply& result) {
  if (core_.metrics != nullptr)
    core_.metrics->messages(endpoint_.spec.path, std::string{can_route})
        .at(std::string_view{"check"})
        .answers.at(result.status)
        .add();
  owner_.checked(sequence, result);
}

// -- what is watched ----------------------------------------------------------

void can_questions::ask_again() {
  if (is_over_)
    return;
  if (is_replacing_ || asking_again_) {
    is_outdated_ = true;
    return;
  }
  if (watched_.empty())
    return;
  auto begun = std::make_shared<round>();
  for (const auto& each : watched_)
    begun->questions.push_back(each.asked);
  asking_again_ = begun;
  ask(begun);
}

void can_questions::tell_changes() {
  for (auto& each : watched_) {
    if (each.told == each.answer)
      continue;
    if (is_over_ || outbox_.is_full())
      return;
    outbox_.send(event{"can.changed",
                       {{"route", each.asked.route},
                        {"action", each.asked.action},
                        {"allowed", to_json_value(each.answer)}}});
    each.told = each.answer;
  }
}

} // namespace stagedoor
