#include "stagedoor/actors/operators/denial_log.hpp"

#include <algorithm>
#include <utility>

namespace stagedoor {

json::object to_json_object(const denial& x) {
  using std::chrono::milliseconds;
  json::object result;
  result["at_ms"] =
      std::chrono::duration_cast<milliseconds>(x.at.time_since_epoch()).count();
  result["connection"] = x.connection_id;
  result["peer"] = x.peer;
  result["user"] = json::object{{"id", x.user_id}, {"username", x.username}};
  result["path"] = x.path;
  result["route"] = x.route;
  result["action"] = x.action;
  result["question"] = to_string(x.asked);
  result["status"] = x.answer.status;
  result["reason"] = x.answer.reason;
  auto& tree = result["tree"].emplace_array();
  for (const auto& part : x.tree)
    tree.emplace_back(to_json_object(part));
  return result;
}

void denial_log::add(evaluation& about, question asked, decision answer) {
  const auto& request = about.about();
  const auto& scope = request.scope();
  const auto& route = request.route();
  denial entry;
  entry.at = std::chrono::system_clock::now();
  entry.connection_id = scope.connection_id;
  entry.peer = scope.peer;
  entry.path = scope.path;
  entry.user_id = scope.user.id;
  entry.username = scope.user.username;
  entry.route = route.substr(0, route.find('?'));
  entry.action = request.action();
  entry.asked = asked;
  entry.answer = std::move(answer);
  entry.tree = about.explain(asked);
  std::lock_guard lock{mutex_};
  kept_.push_back(std::move(entry));
  if (kept_.size() > kept_max_)
    kept_.pop_front();
}

std::vector<denial> denial_log::last(std::size_t count) const {
  std::lock_guard lock{mutex_};
  auto from = kept_.rbegin();
  return {from,
          from + static_cast<std::ptrdiff_t>(std::min(count, kept_.size()))};
}

} // namespace stagedoor
