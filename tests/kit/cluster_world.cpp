#include "stagedoor/testing/cluster_world.hpp"

#include "stagedoor/testing/virtual_stage.hpp"

#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <utility>

namespace stagedoor::testing {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t nodes_max = 26;

/// The names of nodes: a, b, c and so on.
std::vector<std::string> names_of(std::size_t nodes) {
  if (nodes == 0 || nodes > nodes_max)
    throw failure("a stage has 1 to " + std::to_string(nodes_max) + " nodes");
  std::vector<std::string> result;
  for (std::size_t i = 0; i < nodes; ++i)
    result.emplace_back(1, static_cast<char>('a' + i));
  return result;
}

/// Reads a whole number; nothing for any other text.
std::optional<std::uint64_t> number_of(const std::string& text) {
  if (text.empty() || text.size() > 18
      || text.find_first_not_of("0123456789") != std::string::npos)
    return std::nullopt;
  return std::stoull(text);
}

/// Makes a fault, or ends one, or does nothing.
void disturb(virtual_stage& stage, const fault_kinds& kinds) {
  auto& random = stage.choices();
  auto& links = stage.links();
  const auto one = static_cast<std::size_t>(random.below(stage.size()));
  const auto other = static_cast<std::size_t>(random.below(stage.size()));
  std::size_t running = 0;
  for (std::size_t i = 0; i < stage.size(); ++i)
    running += links.runs(i) ? 1 : 0;
  switch (random.below(4)) {
  case 0:
    if (kinds.crashes && !links.is_up(one))
      stage.begin(one);
    else if (kinds.crashes && (running > 1 || !links.runs(one)))
      stage.crash(one);
    break;
  case 1:
    if (kinds.freezes && links.is_frozen(one))
      stage.thaw(one);
    else if (kinds.freezes && links.runs(one) && running > 1)
      stage.freeze(one);
    break;
  default:
    if (kinds.cuts && one != other && links.is_cut(one, other))
      stage.heal(one, other);
    else if (kinds.cuts && one != other)
      stage.cut(one, other);
  }
}

} // namespace

cluster_world::cluster_world(std::uint64_t seed, std::size_t nodes,
                             std::vector<node_roles> roles)
    : stage_(std::make_unique<virtual_stage>(seed, names_of(nodes),
                                             std::move(roles))),
      exceptions_(std::uncaught_exceptions()) {}

cluster_world::~cluster_world() {
  if (std::uncaught_exceptions() > exceptions_)
    std::cerr << "cluster_world: the seed was " << seed() << '\n';
}

void cluster_world::serve(endpoint_spec only, const server_options& options) {
  serve(std::vector<endpoint_spec>{std::move(only)}, options);
}

void cluster_world::serve(std::vector<endpoint_spec> endpoints,
                          const server_options& options) {
  serve([endpoints =
             std::move(endpoints)](caf::actor_system&) { return endpoints; },
        options);
}

void cluster_world::serve(endpoint_maker make, const server_options& options) {
  auto& plan = stage_->plans();
  if (plan.endpoints)
    throw failure("a stage serves once");
  plan.endpoints = std::move(make);
  plan.options = options;
  for (std::size_t i = 0; i < size(); ++i)
    stage_->begin(i);
  stage_->meet();
}

void cluster_world::configures(world::edit change) {
  stage_->plans().change = std::move(change);
}

// -- nodes --------------------------------------------------------------------

std::size_t cluster_world::size() const {
  return stage_->size();
}

world& cluster_world::node(std::size_t index) {
  return stage_->face(index);
}

bool cluster_world::is_up(std::size_t index) const {
  return stage_->links().is_up(index);
}

bool cluster_world::runs(std::size_t index) const {
  return stage_->links().runs(index);
}

void cluster_world::crash(std::size_t index) {
  stage_->crash(index);
}

void cluster_world::leave(std::size_t index) {
  stage_->leave(index);
}

void cluster_world::restart(std::size_t index) {
  stage_->begin(index);
}

void cluster_world::freeze(std::size_t index) {
  stage_->freeze(index);
}

void cluster_world::thaw(std::size_t index) {
  stage_->thaw(index);
}

void cluster_world::cut(std::size_t one, std::size_t other) {
  stage_->cut(one, other);
}

void cluster_world::heal(std::size_t one, std::size_t other) {
  stage_->heal(one, other);
}

void cluster_world::heal() {
  auto& links = stage_->links();
  for (std::size_t one = 0; one < size(); ++one) {
    for (std::size_t other = 0; other < one; ++other)
      if (links.is_cut(one, other))
        stage_->heal(one, other);
    if (!links.is_up(one))
      stage_->begin(one);
    else if (links.is_frozen(one))
      stage_->thaw(one);
  }
  // Links that are about to be given up still look sound.
  stage_->advance(5s);
  stage_->meet();
}

void cluster_world::shake(std::chrono::milliseconds duration,
                          const std::function<void()>& meanwhile,
                          fault_kinds kinds) {
  auto& random = stage_->choices();
  for (std::chrono::microseconds left = duration; left > 0us;) {
    const auto pause = std::min(left, random.between(10ms, 600ms));
    disturb(*stage_, kinds);
    if (meanwhile)
      meanwhile();
    stage_->advance(pause);
    left -= pause;
  }
  heal();
}

// -- time and chance ----------------------------------------------------------

void cluster_world::advance(std::chrono::milliseconds by) {
  stage_->advance(by);
}

void cluster_world::settle() {
  stage_->settle();
}

std::uint64_t cluster_world::seed() const {
  return stage_->seed();
}

std::uint64_t cluster_world::pick(std::uint64_t bound) {
  return stage_->choices().below(bound);
}

// -- what has happened --------------------------------------------------------

history_checker& cluster_world::checker() {
  return stage_->checker();
}

void cluster_world::expect_no_violations() {
  const auto& found = stage_->checker().violations();
  if (found.empty())
    return;
  std::string text = "expected that clients are told what they are promised:";
  for (const auto& each : found)
    text += "\n  " + each;
  throw failure(text + stage_->note());
}

const std::string& cluster_world::record() const {
  return stage_->record();
}

std::vector<std::uint64_t> seeds(std::size_t count) {
  std::uint64_t first = 1;
  std::uint64_t last = count;
  if (const auto* named = std::getenv("STAGEDOOR_SEEDS"); named != nullptr) {
    const std::string text = named;
    const auto dash = text.find('-');
    const auto from =
        dash == std::string::npos ? first : number_of(text.substr(0, dash));
    const auto to =
        number_of(dash == std::string::npos ? text : text.substr(dash + 1));
    if (!from || !to || *from > *to)
      throw failure("STAGEDOOR_SEEDS is neither like 500 nor like 1000-1999: "
                    + text);
    first = *from;
    last = *to;
  }
  std::vector<std::uint64_t> result;
  for (auto seed = first; seed <= last; ++seed)
    result.push_back(seed);
  return result;
}

} // namespace stagedoor::testing
