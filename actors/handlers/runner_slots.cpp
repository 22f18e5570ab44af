#include "stagedoor/actors/handlers/runner_slots.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/key_messages.hpp"
#include "stagedoor/protocol/errors.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace stagedoor {

namespace {

/// The number of no timer of a runner.
constexpr std::uint64_t no_timer = 0;

} // namespace

runner_slots::runner_slots(handler_role* self, runner_setup setup, bool greets,
                           key_setup keys)
    : self_(self), setup_(std::move(setup)), greets_(greets),
      keys_(std::move(keys)) {
  setup_.owner = self_->address();
  if (lifetime().is_in_cluster())
    setup_.lease = setup_.shared->keys;
}

runner_slots::~runner_slots() {
  for (auto& [number, place] : runners_)
    if (place.runner.actor())
      caf::anon_send_exit(place.runner.actor().handle(),
                          caf::exit_reason::user_shutdown);
  *keys_.count -= numbers_.size();
  if (setup_.lease)
    for (const auto& [key, number] : numbers_)
      caf::anon_send(setup_.lease->keeper(), key_release{keys_.prefix + key});
}

// -- messages -----------------------------------------------------------------

role<runner_actor> runner_slots::runner_for(const request& message) {
  const auto number = number_for(message);
  if (auto* place = place_of(number); place != nullptr && place->keyed)
    place->keyed->last_use = self_->home().now();
  return runner_under(number);
}

role<runner_actor>
runner_slots::runner_for(const connection_opened& connection) {
  return runner_under(number_for(connection.scope->connection_id));
}

role<runner_actor> runner_slots::runner_under(std::uint64_t number) {
  auto* place = place_of(number);
  if (place == nullptr || !place->is_open())
    return {};
  auto runner_of = [this, place, number] {
    if (setup_.handler->load_state)
      place->keyed->stage = phase::loading;
    auto setup = setup_;
    if (place->keyed)
      setup.key = place->keyed->key;
    if (setup.lease)
      setup.name_in_cluster = keys_.prefix + setup.key;
    auto spawned = self_->home().spawn(runner, std::move(setup));
    caf_api::monitor(*self_, spawned);
    numbers_by_runner_.emplace(spawned.address(), number);
    return spawned;
  };
  const auto& result = place->runner.acquire(self_->home().now(), runner_of);
  return place->is_open() ? result : role<runner_actor>{};
}

bool runner_slots::hold(std::uint64_t id, const request& message) {
  auto* place = place_of(number_for(message));
  if (place == nullptr || place->is_open())
    return false;
  place->keyed->held.push_back(id);
  return true;
}

// -- which runner -------------------------------------------------------------

/// @returns 0 if no further key may begin, and where one runner serves all.
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
  if (is_closed_)
    return 0;
  const auto bound = lifetime().bounds().states_max.value_or(
      setup_.shared->limits.keyed_states_max);
  if (keys_.count->fetch_add(1) >= bound) {
    --*keys_.count;
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
  if (setup_.lease)
    claim(number);
  return number;
}

/// Asks whether no other node has the state of a key.
void runner_slots::claim(std::uint64_t number) {
  auto& keyed = *runners_.at(number).keyed;
  keyed.stage = phase::claimed;
  self_
      ->request(setup_.lease->keeper(), caf::infinite,
                key_claim{keys_.prefix + keyed.key, number})
      .then([this, number](bool is_granted) { claimed(number, is_granted); },
            [this, number](const caf::error&) { claimed(number, false); });
}

void runner_slots::claimed(std::uint64_t number, bool is_granted) {
  const auto held = std::exchange(runners_.at(number).keyed->held, {});
  const auto may_begin = is_granted && !is_closed_;
  if (may_begin)
    runners_.at(number).keyed->stage = phase::alive;
  else
    remove(number);
  keys_.on_begun(held, may_begin ? ok() : to_reply(errc::unavailable));
}

void runner_slots::begun(const caf::strong_actor_ptr& runner,
                         const reply& result) {
  const auto found = runners_.find(number_of(runner));
  if (found == runners_.end())
    return;
  auto& keyed = *found->second.keyed;
  const auto has_failed = result.status >= 400;
  if (has_failed)
    keyed.stage = phase::ending; // The runner ends by itself.
  else if (keyed.stage == phase::ending)
    return; // It has been told to end meanwhile.
  else
    keyed.stage = phase::alive;
  keys_.on_begun(std::exchange(keyed.held, {}), result);
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
  const auto runner = runner_under(served.number).handle();
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
        place != nullptr && place->runner.actor())
      self_->send(place->runner.actor().handle(),
                  connection_ended{connection_id});
  if (lifetime() == stagedoor::lifetime::connection)
    runners_.erase(connection_id);
  return connection_id;
}

// -- ends ---------------------------------------------------------------------

void runner_slots::end(const caf::strong_actor_ptr& runner) {
  if (const auto number = number_of(runner); runners_.contains(number))
    begin_end(number);
}

void runner_slots::end_all() {
  is_closed_ = true;
  std::vector<std::uint64_t> all;
  for (const auto& [number, place] : runners_)
    if (place.keyed && place.keyed->stage != phase::claimed)
      all.push_back(number);
  for (auto number : all)
    begin_end(number);
}

/// @returns 0, which is no key's number, if it is none of them.
std::uint64_t
runner_slots::number_of(const caf::strong_actor_ptr& runner) const {
  const auto found =
      numbers_by_runner_.find(caf::actor_cast<caf::actor_addr>(runner));
  return found != numbers_by_runner_.end() ? found->second : 0;
}

void runner_slots::expire(std::uint64_t number) {
  const auto found = runners_.find(number);
  if (found == runners_.end())
    return;
  auto& keyed = *found->second.keyed;
  if (setup_.lease && keyed.stage != phase::claimed
      && !setup_.lease->may_keep(keys_.prefix + keyed.key,
                                 self_->home().now())) {
    drop(number);
    return;
  }
  if (keyed.stage == phase::ending) {
    if (keyed.due.armed())
      return; // It has time left: this is from the keeper.
    setup_.shared->log->error("a state of handler \"{}\" does not end, because "
                              "it owes replies{}",
                              setup_.handler->name, text_of_client(number));
    caf::anon_send_exit(found->second.runner.actor().handle(),
                        caf::exit_reason::kill);
    return;
  }
  if (keyed.is_beginning())
    keyed.last_use = self_->home().now(); // Messages wait for it.
  const auto unused = self_->home().now() - keyed.last_use;
  const auto is_wanted =
      unused < unused_time() && !(setup_.lease && setup_.lease->is_draining());
  if (is_wanted || keyed.stage == phase::claimed)
    self_->home().arm(keyed.due, std::chrono::ceil<std::chrono::milliseconds>(
                                     unused_time() - unused));
  else
    begin_end(number);
}

/// From now on messages of its key wait.
void runner_slots::begin_end(std::uint64_t number) {
  auto& place = runners_.at(number);
  auto& keyed = *place.keyed;
  const auto& runner = place.runner.actor();
  if (!runner) {
    remove(number);
  } else if (keyed.stage != phase::ending) {
    keyed.stage = phase::ending;
    self_->send(runner.handle(), caf::close_atom_v);
    // What it owes is late by then, or what loads it, and then what saves it.
    const auto steps = setup_.handler->on_end ? 2 : 1;
    self_->home().arm(keyed.due, steps * setup_.shared->limits.action_timeout);
  }
}

/// Ends a state at once that this node may not keep.
void runner_slots::drop(std::uint64_t number) {
  auto& place = runners_.at(number);
  place.keyed->stage = phase::ending;
  if (const auto& runner = place.runner.actor())
    // It looks at the board.
    self_->send(runner.handle(), expired_atom_v, no_timer);
  else
    remove(number);
}

std::vector<std::uint64_t>
runner_slots::runner_died(const caf::down_msg& down) {
  const auto known = numbers_by_runner_.extract(down.source);
  const auto found = known ? runners_.find(known.mapped()) : runners_.end();
  // Its connection may have ended before, and one of another node may have come
  // under the same number.
  if (found == runners_.end() || !found->second.runner.actor()
      || found->second.runner.actor().handle().address() != down.source)
    return {};
  auto& [number, place] = *found;
  if (place.keyed && down.reason == make_error(errc::unavailable))
    place.keyed->stage = phase::ending; // It has seen that it may not stay.
  if (place.keyed && place.keyed->stage == phase::ending) {
    auto held = std::move(place.keyed->held);
    remove(number);
    return held;
  }
  setup_.shared->log->error("a runner of handler \"{}\" died: {}{}",
                            setup_.handler->name, text_of(down.reason),
                            text_of_client(number));
  place.runner.died(self_->home().now());
  if (!place.keyed)
    return {};
  place.keyed->stage = phase::alive; // The next one may load it.
  return std::exchange(place.keyed->held, {});
}

void runner_slots::remove(std::uint64_t number) {
  const auto place = runners_.extract(number);
  const auto& key = place.mapped().keyed->key;
  numbers_.erase(key);
  if (setup_.lease)
    caf::anon_send(setup_.lease->keeper(), key_release{keys_.prefix + key});
  --*keys_.count;
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
  return std::min<std::chrono::milliseconds>(
      lifetime().bounds().unused_for.value_or(
          setup_.shared->limits.keyed_state_timeout),
      unit_limits::deadline_max);
}

} // namespace stagedoor
