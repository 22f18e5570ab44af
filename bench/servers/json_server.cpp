#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "servers/beast_server.hpp"

// The same work in one function: decode, match the route, run the action,
// encode the envelope. What somebody writes who needs one action and no actors.

namespace {

namespace json = boost::json;

/// What the envelope says beside what it echoes.
struct outcome {
  int status;
  json::array errors;
  json::value data;
};

/// The primary key in `open/42/`, empty if it is another route.
std::string_view key_of(std::string_view route) {
  constexpr std::string_view begin = "open/";
  auto is_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')
           || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
  };
  if (!route.starts_with(begin) || !route.ends_with('/'))
    return {};
  route.remove_prefix(begin.size());
  route.remove_suffix(std::min<std::size_t>(1, route.size()));
  return std::all_of(route.begin(), route.end(), is_word) ? route
                                                          : std::string_view{};
}

/// The one action of this server.
outcome your_custom_action(std::string_view key) {
  return {
      200,
      {},
      {{"message", "your_custom_action will be handled"}, {"model_id", key}}};
}

outcome run(const json::value* action, const json::value* route) {
  if (action == nullptr || route == nullptr || !action->is_string()
      || !route->is_string())
    return {400, {"Malformed message."}, nullptr};
  auto key = key_of(route->get_string());
  if (key.empty())
    return {404, {"Not found."}, nullptr};
  if (action->get_string() != "your_custom_action")
    return {405, {"Not allowed."}, nullptr};
  return your_custom_action(key);
}

std::string handle(std::string_view text) {
  boost::system::error_code error;
  auto message = json::parse(text, error);
  if (error || !message.is_object())
    message.emplace_object();
  const auto& body = message.get_object();
  const auto* action = body.if_contains("action");
  const auto* route = body.if_contains("route");
  auto result = run(action, route);
  json::object envelope{{"errors", std::move(result.errors)},
                        {"data", std::move(result.data)},
                        {"action", action == nullptr ? nullptr : *action},
                        {"route", route == nullptr ? "" : *route},
                        {"status", result.status}};
  if (const auto* id = body.if_contains("request_id"))
    envelope["request_id"] = *id;
  return json::serialize(envelope);
}

struct answer_json {
  std::string_view operator()(std::string_view message,
                              std::string& answer) const {
    answer = handle(message);
    return answer;
  }
};

} // namespace

int main(int argc, char** argv) {
  stagedoor::bench::run_beast_server<answer_json>(argc, argv);
}
