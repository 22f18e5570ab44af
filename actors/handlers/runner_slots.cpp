#include "stagedoor/actors/handlers/runner_slots.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

runner_slots::runner_slots(
    handler_role* self, runner_setup setup, bool greets,
    std::shared_ptr<std::atomic<std::size_t>> keyed_states)
    : self_(self), setup_(std::move(setup)), greets_(greets),
      keyed_states_(std::move(keyed_states)) {
  setup_.owner = self_->address();
}

runner_slots::~runner_slots() {
  for (auto& [number, place] : runners_)
    if (place.runner.handle())
      caf::anon_send_exit(place.runner.handle(),
                          caf::exit_reason::user_shutdown);
  *keyed_states_ -= numbers_.size();
}

// -- messages -----------------------------------------------------------------

runner_actor runner_slots::runner_for(const request& message) {
  const auto number = number_for(message);
  if (auto* place = place_of(number); place != nullptr && place->keyed)
    place->keyed->last_use = self_->home().now();
  return runner_under(number);
}

runner_actor runner_slots::runner_for(const connection_opened& connection) {
  return runner_under(number_for(connection.scope->connection_id));
}

runner_actor runner_slots::runner_under(std::uint64_t number) {
  auto* place = place_of(number);
  if (place == nullptr || (place->keyed && place->keyed->is_ending))
    return {};
  return place->runner.acquire(self_->home().now(), [this, place, number] {
    auto setup = setup_;
    if (place->keyed)
      setup.key = place->keyed->key;
    auto spawned = self_->home().spawn(runner, std::move(setup));
    caf_api::monitor(*self_, spawned);
    numbers_by_runner_.emplace(spawned.address(), number);
    return spawned;
  });
}

bool runner_slots::hold(std::uint64_t id, const request& message) {
  auto* place = place_of(number_for(message));
  if (place == nullptr || !place->keyed || !place->keyed->is_ending)
    return false;
  place->keyed->held.push_back(id);
  return true;
}

// -- which runner -------------------------------------------------------------

/// @returns 0 if the bound of keys is reached, and where one runner serves all.
std::uint64_t runner_slots::number_for(const request& message) {
  if (!lifetime().is_keyed())
    return number_for(message.data().scope->connection_id);
  // Its route has the capture, or the server would not have started.
  const auto& key = *message.capture(lifetime().capture());
  const auto known = numbers_.find(key);
  return known != numbers_.end() ? known->second : add_key(key);
}

std::uint64_t runner_slots::number_for(std::uint64_t connection_id) const {
  return lifetime() == stagedoor::lifetime::connection ? connection_id : 0;
}

std::uint64_t runner_slots::add_key(const std::string& key) {
  const auto bound = lifetime().bounds().states_max.value_or(
      setup_.shared->limits.keyed_states_max);
  if (keyed_states_->fetch_add(1) >= bound) {
    --*keyed_states_;
    if (std::exchange(warns_when_full_, false))
      setup_.shared->log->warn("handler \"{}\" has {} states, and begins no "
                               "further one (keyed-states-max)",
                               setup_.handler->name, bound);
    return 0;
  }
  const auto number = ++last_number_;
  numbers_.emplace(key, number);
  auto& place = runners_[number];
  place.keyed = std::make_unique<key_slot>(key, [self = self_, number] {
    caf::anon_send(caf::actor_cast<handler_actor>(self), expired_atom_v,
                   caf::close_atom_v, number);
  });
  place.keyed->last_use = self_->home().now();
  self_->home().arm(place.keyed->due, unused_time());
  return number;
}

runner_slots::slot* runner_slots::place_of(std::uint64_t number) {
  if (!lifetime().is_keyed())
    return &runners_[number];
  const auto found = runners_.find(number);
  return found == runners_.end() ? nullptr : &found->second;
}

// -- connections --------------------------------------------------------------

void runner_slots::introduce(const request& message) {
  const auto& data = message.data();
  if (const auto number = number_for(message);
      number != 0 || !lifetime().is_keyed())
    introduce({data.scope, data.connection}, number);
}

void runner_slots::introduce(const connection_opened& connection) {
  introduce(connection, number_for(connection.scope->connection_id));
}

void runner_slots::introduce(const connection_opened& connection,
                             std::uint64_t number) {
  auto [i, added] = connections_.try_emplace(connection.connection.address(),
                                             known_connection{connection, {}});
  if (added)
    caf_api::monitor(*self_, connection.connection);
  auto& all = i->second.served_by;
  auto served = std::find_if(all.begin(), all.end(), [number](const auto& x) {
    return x.number == number;
  });
  if (served == all.end()) {
    std::erase_if(
        all, [this](const auto& x) { return place_of(x.number) == nullptr; });
    served = all.insert(all.end(), {number, nullptr});
  }
  if (greets_)
    greet(i->second.connection, *served);
}

void runner_slots::greet(const connection_opened& connection, service& served) {
  auto runner = runner_under(served.number);
  if (!runner || served.told == runner.address())
    return;
  served.told = runner.address();
  self_->send(runner, connection);
}

std::optional<std::uint64_t>
runner_slots::connection_died(const caf::actor_addr& actor) {
  auto known = connections_.extract(actor);
  if (!known)
    return std::nullopt;
  const auto connection_id = known.mapped().connection.scope->connection_id;
  for (const auto& served : known.mapped().served_by)
    if (auto* place = place_of(served.number);
        place != nullptr && place->runner.handle())
      self_->send(place->runner.handle(), connection_ended{connection_id});
  if (lifetime() == stagedoor::lifetime::connection)
    runners_.erase(connection_id);
  return connection_id;
}

// -- ends ---------------------------------------------------------------------

void runner_slots::end(const caf::strong_actor_ptr& runner) {
  if (const auto found =
          numbers_by_runner_.find(caf::actor_cast<caf::actor_addr>(runner));
      found != numbers_by_runner_.end())
    begin_end(found->second);
}

void runner_slots::expire(std::uint64_t number) {
  const auto found = runners_.find(number);
  if (found == runners_.end())
    return;
  auto& keyed = *found->second.keyed;
  if (keyed.is_ending) {
    setup_.shared->log->error("a state of handler \"{}\" does not end, because "
                              "it owes replies{}",
                              setup_.handler->name, text_of_client(number));
    caf::anon_send_exit(found->second.runner.handle(), caf::exit_reason::kill);
    return;
  }
  const auto unused = self_->home().now() - keyed.last_use;
  if (unused < unused_time())
    self_->home().arm(keyed.due, std::chrono::ceil<std::chrono::milliseconds>(
                                     unused_time() - unused));
  else
    begin_end(number);
}

/// From now on messages of its key wait.
void runner_slots::begin_end(std::uint64_t number) {
  auto& place = runners_.at(number);
  auto& keyed = *place.keyed;
  const auto& runner = place.runner.handle();
  if (!runner) {
    remove(number);
  } else if (!keyed.is_ending) {
    keyed.is_ending = true;
    self_->send(runner, caf::close_atom_v);
    // What it owes is late by then.
    self_->home().arm(keyed.due, setup_.shared->limits.action_timeout);
  }
}

std::vector<std::uint64_t>
runner_slots::runner_died(const caf::down_msg& down) {
  const auto known = numbers_by_runner_.extract(down.source);
  const auto found = known ? runners_.find(known.mapped()) : runners_.end();
  // Its connection may have ended before, and one of another node may have come
  // under the same number.
  if (found == runners_.end() || !found->second.runner.handle()
      || found->second.runner.handle().address() != down.source)
    return {};
  auto& [number, place] = *found;
  if (place.keyed && place.keyed->is_ending) {
    auto held = std::move(place.keyed->held);
    remove(number);
    return held;
  }
  setup_.shared->log->error("a runner of handler \"{}\" died: {}{}",
                            setup_.handler->name, text_of(down.reason),
                            text_of_client(number));
  place.runner.died(self_->home().now());
  return {};
}

void runner_slots::remove(std::uint64_t number) {
  const auto place = runners_.extract(number);
  numbers_.erase(place.mapped().keyed->key);
  --*keyed_states_;
  warns_when_full_ = true;
}

/// Whom a runner serves; empty if it serves all connections.
std::string runner_slots::text_of_client(std::uint64_t number) const {
  if (lifetime().is_keyed())
    return " (key " + to_json_string(runners_.at(number).keyed->key) + ')';
  const auto known = std::find_if(
      connections_.begin(), connections_.end(), [&](const auto& x) {
        return x.second.connection.scope->connection_id == number;
      });
  if (lifetime() != stagedoor::lifetime::connection
      || known == connections_.end())
    return {};
  return " (connection " + std::to_string(number) + ", user "
         + to_json(known->second.connection.scope->user.id) + ')';
}

std::chrono::milliseconds runner_slots::unused_time() const {
  return lifetime().bounds().unused_for.value_or(
      setup_.shared->limits.keyed_state_timeout);
}

} // namespace stagedoor
