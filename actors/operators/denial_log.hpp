#pragma once

#include "stagedoor/permissions/evaluation.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace stagedoor {

/// One request that was not allowed, and why. Nothing of it is what the client
/// sent beside the action's name and the route without its query.
struct denial {
  std::chrono::system_clock::time_point at;
  std::uint64_t connection_id = 0;
  std::string peer;
  std::string path;
  json::value user_id;
  std::string username;
  std::string route;
  std::string action;
  question asked = question::has_permission;
  decision answer;
  /// By permission of the list.
  std::vector<explanation> tree;
};

json::object to_json_object(const denial& x);

/// The last denials of a server.
/// Limits: `denials_kept_max`.
/// Thread rule: any thread.
class denial_log {
public:
  explicit denial_log(std::size_t kept_max) : kept_max_(kept_max) {}

  /// Keeps a denial, with what is known of how it came about.
  void add(evaluation& about, question asked, decision answer);

  /// The last `count` of them, the newest first.
  [[nodiscard]] std::vector<denial> last(std::size_t count) const;

private:
  std::size_t kept_max_;
  mutable std::mutex mutex_;
  std::deque<denial> kept_;
};

} // namespace stagedoor
