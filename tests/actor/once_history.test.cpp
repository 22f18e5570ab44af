// Messages with keys in a cluster whose nodes crash, leave and lose sight of
// each other, from a seed: no action runs twice under its key, and no client
// hears something else than what it has answered.
//
// STAGEDOOR_TEST_SEED is the first seed, and STAGEDOOR_TEST_HISTORIES says how
// many there are.

#include "stagedoor/actors/keeping/once_keeper.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "support/actor_world.hpp"
#include "support/once_cluster.hpp"

namespace once_history_suite {

using namespace stagedoor;
using namespace stagedoor::test;
using namespace std::chrono_literals;

namespace {

constexpr int keys = 40;
constexpr int steps = 700;

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

limits long_kept() {
  limits result;
  result.once_kept = 1h;
  return result;
}

/// One history.
class history {
public:
  explicit history(std::uint64_t seed) : random_(seed) {
    names_ = {"a", "b", "c"};
    if (seed % 2 == 0)
      names_.insert(names_.end(), {"d", "e"});
    for (const auto& name : names_)
      nodes_.start(name);
    for (const auto& one : names_)
      for (const auto& other : names_)
        if (one < other)
          nodes_.link(one, other);
    nodes_.advance(8s);
  }

  void run() {
    for (int step = 0; step < steps; ++step) {
      if (roll(100) < 12)
        disturb();
      for (auto i = roll(4); i > 0; --i)
        send();
      pass();
      finish_some();
      read();
    }
    heal();
    // Everybody tries again until there is an answer.
    for (int round = 0; round < 40; ++round) {
      for (int key = 0; key < keys; ++key)
        if (tries_[key].is_open)
          send(key);
      nodes_.advance(1s);
      while (!running_.empty())
        finish(0);
      nodes_.advance(500ms);
      read();
    }
    for (int key = 0; key < keys; ++key)
      if (tries_[key].is_open)
        faults.push_back("key " + std::to_string(key) + " has no answer");
  }

  std::vector<std::string> faults;
  int answered = 0;
  int unknown = 0;
  int refused = 0;
  int runs = 0;

private:
  struct message {
    int key;
    std::string node;
    once_cluster::verdict_ptr verdict;
  };

  /// What the client of a key knows.
  struct client {
    std::optional<unit::clock::time_point> first;
    bool is_open = true;
  };

  struct running {
    int key;
    std::string node;
    std::uint64_t number;
  };

  std::size_t roll(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>{0, below - 1}(random_);
  }

  const std::string& any_node() { return names_[roll(names_.size())]; }

  void send() { send(static_cast<int>(roll(keys))); }

  void send(int key) {
    const auto& node = any_node();
    if (!nodes_.is_alive(node))
      return;
    auto& of_key = tries_[key];
    const auto now = world_.home().now();
    if (!of_key.first)
      of_key.first = now;
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(
        now - *of_key.first);
    asked_.push_back({key, node, nodes_.claim(node, std::to_string(key), age)});
  }

  /// Lets some messages arrive, and some time pass.
  void pass() {
    for (auto i = roll(30); i > 0; --i)
      nodes_.arrive(any_node(), any_node());
    if (roll(3) == 0)
      nodes_.arrive();
    if (roll(4) == 0)
      world_.advance(std::chrono::milliseconds(roll(700)));
  }

  void read() {
    for (std::size_t i = 0; i < asked_.size();) {
      const auto& [key, node, verdict] = asked_[i];
      if (!*verdict) {
        if (nodes_.is_alive(node)) {
          ++i;
          continue;
        }
      } else if ((*verdict)->runs) {
        // The handler gives a key back if it does not come to its action.
        if (!nodes_.is_alive(node)) {
          ; // Nobody is there to run it.
        } else if (roll(6) == 0) {
          nodes_.end(node, (*verdict)->number, once_ending::given_back);
        } else {
          ++runs;
          if (++ran_[key] > 1)
            faults.push_back("key " + std::to_string(key) + " has run again");
          running_.push_back({key, node, (*verdict)->number});
        }
      } else {
        hear(key, (*verdict)->answer);
      }
      asked_.erase(asked_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void hear(int key, const reply& answer) {
    if (answer.status == 503 || answer.status == 504 || answer.status == 429) {
      ++refused;
      return;
    }
    if (answer.status == 409) {
      ++unknown;
      tries_[key].is_open = false;
      return;
    }
    ++answered;
    tries_[key].is_open = false;
    if (answer.data.view() != std::to_string(key) || ran_[key] != 1)
      faults.push_back("key " + std::to_string(key) + " is answered "
                       + std::string(answer.data.view()));
  }

  void finish(std::size_t place) {
    const auto done = running_[place];
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(place));
    if (nodes_.is_alive(done.node))
      nodes_.end(done.node, done.number, once_ending::answered, ok(done.key));
  }

  void finish_some() {
    for (std::size_t i = 0; i < running_.size();)
      if (roll(8) == 0)
        finish(i);
      else
        ++i;
  }

  void disturb() {
    const auto one = any_node();
    const auto other = any_node();
    switch (roll(6)) {
    case 0:
      if (nodes_.is_alive(one))
        end(one, roll(3) == 0);
      break;
    case 1:
    case 2:
      revive(one);
      break;
    case 3:
      if (one != other)
        nodes_.cut(one, other);
      break;
    case 4:
      if (one != other && !nodes_.is_linked(one, other))
        nodes_.notice_loss(one, other);
      break;
    default:
      if (one != other && nodes_.is_alive(one) && nodes_.is_alive(other))
        nodes_.link(one, other);
    }
  }

  void end(const std::string& name, bool in_order) {
    if (in_order)
      nodes_.leave(name);
    nodes_.crash(name);
    std::erase_if(running_, [&](const auto& x) { return x.node == name; });
  }

  void revive(const std::string& name) {
    if (nodes_.is_alive(name))
      return;
    nodes_.start(name);
    for (const auto& other : names_)
      if (other != name && nodes_.is_alive(other))
        nodes_.link(name, other);
  }

  void heal() {
    for (const auto& name : names_)
      revive(name);
    for (const auto& one : names_)
      for (const auto& other : names_)
        if (one < other)
          nodes_.link(one, other);
    nodes_.advance(12s);
    read();
  }

  std::mt19937_64 random_;
  actor_world world_{long_kept()};
  once_cluster nodes_{world_};
  std::vector<std::string> names_;
  std::map<int, client> tries_;
  std::map<int, int> ran_;
  std::vector<message> asked_;
  std::vector<running> running_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(once_history)

BOOST_AUTO_TEST_CASE(no_key_runs_twice_whatever_happens_to_its_nodes) {
  const auto first = number_from("STAGEDOOR_TEST_SEED", 1);
  const auto count = number_from("STAGEDOOR_TEST_HISTORIES", 8);
  int answered = 0;
  int unknown = 0;
  int runs = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    history told{seed};
    told.run();
    for (const auto& fault : told.faults)
      BOOST_ERROR("seed " << seed << ": " << fault);
    answered += told.answered;
    unknown += told.unknown;
    runs += told.runs;
  }
  BOOST_TEST_MESSAGE(count << " histories from seed " << first << ": " << runs
                           << " actions have run, " << answered << " answers, "
                           << unknown << " unknown");
  // Something has happened.
  BOOST_TEST(runs > 0);
  BOOST_TEST(answered > 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace once_history_suite
