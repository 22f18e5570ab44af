#include "key_history.hpp"

#include <algorithm>

namespace stagedoor::test {

namespace {

using visit = key_history::visit;
using time_point = key_history::clock::time_point;

/// When a life was seen: a question was asked last, and an answer came first.
struct life_span {
  time_point last_asked = time_point::min();
  time_point first_answered = time_point::max();
};

std::map<std::int64_t, life_span> spans_of(const std::vector<visit>& all) {
  std::map<std::int64_t, life_span> result;
  for (const auto& x : all) {
    auto& span = result[x.life];
    span.last_asked = std::max(span.last_asked, x.asked);
    span.first_answered = std::min(span.first_answered, x.answered);
  }
  return result;
}

/// Whether one was there when the other one had been, and the other way round.
bool overlap(const life_span& one, const life_span& other) {
  return one.first_answered < other.last_asked
         && other.first_answered < one.last_asked;
}

/// Whether each number was given once, and none before a smaller one.
bool is_counted(std::vector<visit> all) {
  std::sort(all.begin(), all.end(), [](const auto& x, const auto& y) {
    return std::pair{x.life, x.number} < std::pair{y.life, y.number};
  });
  auto last_asked = time_point::min();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (i == 0 || all[i].life != all[i - 1].life)
      last_asked = time_point::min();
    else if (all[i].number == all[i - 1].number)
      return false;
    // One with a smaller number was asked for when this one was there already.
    if (all[i].answered < last_asked)
      return false;
    last_asked = std::max(last_asked, all[i].asked);
  }
  return true;
}

} // namespace

void key_history::add(std::size_t key, const visit& seen) {
  std::lock_guard lock{mutex_};
  seen_[key].push_back(seen);
}

std::size_t key_history::keys_since(clock::time_point since) const {
  std::lock_guard lock{mutex_};
  std::size_t result = 0;
  for (const auto& [key, all] : seen_)
    if (std::any_of(all.rbegin(), all.rend(),
                    [&](const auto& x) { return x.asked >= since; }))
      ++result;
  return result;
}

std::size_t key_history::visits() const {
  std::lock_guard lock{mutex_};
  std::size_t result = 0;
  for (const auto& [key, all] : seen_)
    result += all.size();
  return result;
}

std::vector<std::string> key_history::faults() const {
  std::lock_guard lock{mutex_};
  std::vector<std::string> result;
  for (const auto& [key, all] : seen_) {
    const auto name = "key " + std::to_string(key);
    if (!is_counted(all))
      result.push_back(name + " has lost count");
    const auto spans = spans_of(all);
    for (auto one = spans.begin(); one != spans.end(); ++one)
      for (auto other = std::next(one); other != spans.end(); ++other)
        if (overlap(one->second, other->second))
          result.push_back(name
                           + " had two states: " + std::to_string(one->first)
                           + " and " + std::to_string(other->first));
  }
  return result;
}

std::string key_history::text() const {
  std::lock_guard lock{mutex_};
  std::string result;
  for (const auto& [key, all] : seen_)
    result += "key " + std::to_string(key) + ": " + std::to_string(all.size())
              + " answers of " + std::to_string(spans_of(all).size())
              + " states; ";
  return result;
}

} // namespace stagedoor::test
