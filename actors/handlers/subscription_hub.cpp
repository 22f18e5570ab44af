#include "stagedoor/actors/handlers/subscription_hub.hpp"

#include "stagedoor/actors/caf_api/monitors.hpp"
#include "stagedoor/actors/cluster/replica_set.hpp"
#include "stagedoor/actors/operators/denial_log.hpp"
#include "stagedoor/actors/operators/metrics.hpp"
#include "stagedoor/protocol/envelope.hpp"

#include "caf/send.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace stagedoor {

namespace {

connection_actor as_connection(const caf::actor& client) {
  return caf::actor_cast<connection_actor>(client);
}

reply refuse_request_id(const char* text) {
  return reject({{"request_id", json::array{json::string(text)}}});
}

/// Whoever has missed an event would not know it.
const std::shared_ptr<const group_label>& closes_the_slow() {
  static const auto result =
      std::make_shared<const group_label>(group_label{{}, slow_member::close});
  return result;
}

/// Has a hub hear of the changes of a feed.
change_watcher watcher_of(const subscription_hub_actor& hub,
                          const std::string& group) {
  return {[hub](const std::shared_ptr<const std::string>& text) {
            caf::anon_send(hub, group_event{text, closes_the_slow()});
          },
          [hub, group] { caf::anon_send(hub, caf::close_atom_v, group); }};
}

/// Whether a client asks for what it has already, as some do after a reconnect.
bool is_repeated(const request& begun, const request& message) {
  return begun.action() == message.action() && begun.route() == message.route()
         && begun.data().message.arguments == message.data().message.arguments;
}

} // namespace

subscription_hub_state::~subscription_hub_state() {
  if (self_->home().is_ending())
    return;
  for (const auto& [address, client] : clients_)
    caf::anon_send(as_connection(client.connection), caf::close_atom_v,
                   static_cast<std::uint16_t>(close_code::server_error),
                   std::string{"subscriptions lost"});
}

subscription_hub_actor::behavior_type
subscription_hub_state::start(subscription_hub_setup setup) {
  setup_ = std::move(setup);
  caf_api::on_down(*self_,
                   [this](const caf::down_msg& down) { actor_died(down); });
  return {
      [this](const request& message, const loaded_object& object,
             reply& success) { return change(message, object, success); },
      [this](const group_event& event) { observe(*event.text); },
      [this](const connection_opened& refreshed) { refresh(refreshed); },
      [this](caf::close_atom, const std::string& group) { missed(group); },
  };
}

// -- subscribers --------------------------------------------------------------

reply subscription_hub_state::change(const request& message,
                                     const loaded_object& object,
                                     reply& success) {
  const auto& request_id = message.data().message.head.request_id;
  if (!request_id || request_id->is_null())
    return refuse_request_id("This field is required.");
  const auto& feed = action_of(message).subscription->begins;
  if (feed)
    return begin(message, feed, object, success);
  const auto known = clients_.find(message.data().connection.address());
  if (known != clients_.end())
    if (const auto id = find(known->second, *request_id); id != 0)
      end(id);
  return std::move(success);
}

reply subscription_hub_state::begin(const request& message,
                                    const change_feed_ptr& feed,
                                    const loaded_object& object,
                                    reply& success) {
  const auto known = clients_.find(message.data().connection.address());
  if (known != clients_.end()) {
    if (const auto id =
            find(known->second, *message.data().message.head.request_id);
        id != 0)
      return is_repeated(open_.at(id).message, message)
                 ? std::move(success)
                 : refuse_request_id(
                     "There is a subscription with this request_id.");
    if (known->second.open.size() >= setup_.shared->limits.subscriptions_max)
      return reject("No further subscription can be begun.");
  }
  try {
    auto begun = feed->begin(message, object);
    if (auto* refusal = std::get_if<reply>(&begun))
      return std::move(*refusal);
    add(message, feed,
        std::move(std::get<std::unique_ptr<const subscription>>(begun)));
  } catch (const std::exception& error) {
    log_thrown(error.what());
    return to_reply(errc::server_error);
  }
  return std::move(success);
}

/// @returns 0 if there is none.
std::uint64_t subscription_hub_state::find(const subscriber& client,
                                           const json::value& request_id) {
  const auto found =
      std::find_if(client.open.begin(), client.open.end(), [&](auto id) {
        return open_.at(id).request_id() == request_id;
      });
  return found == client.open.end() ? 0 : *found;
}

void subscription_hub_state::add(const request& message,
                                 const change_feed_ptr& feed,
                                 std::unique_ptr<const subscription> what) {
  const auto me = caf::actor_cast<caf::actor>(self_);
  auto group = feed->group();
  auto& watched = feeds_[group];
  if (!watched.feed) {
    watched.feed = feed;
    watched.watch = feed->watch(
        watcher_of(caf::actor_cast<subscription_hub_actor>(self_), group));
    if (!watched.watch)
      self_->send(setup_.groups,
                  group_joined{group, std::make_shared<const scope>(), me});
  }
  const auto& connection = message.data().connection;
  auto& client = clients_[connection.address()];
  if (client.open.empty()) {
    client.connection = connection;
    caf_api::monitor(*self_, connection);
    self_->send(as_connection(connection), caf::subscribe_atom_v, me);
  }
  const auto id =
      open_.add(open_subscription{message, std::move(what), std::move(group)})
          .id;
  watched.subscriptions.insert(id);
  client.open.push_back(id);
}

void subscription_hub_state::end(std::uint64_t id) {
  const auto gone = open_.take(id);
  if (!gone)
    return;
  const auto feed = feeds_.find(gone.mapped().group);
  feed->second.subscriptions.erase(id);
  if (feed->second.subscriptions.empty()) {
    if (!feed->second.watch)
      self_->send(setup_.groups, group_left{feed->first, self_->id()});
    feeds_.erase(feed);
  }
  const auto client =
      clients_.find(gone.mapped().message.data().connection.address());
  if (client == clients_.end())
    return; // It is going.
  std::erase(client->second.open, id);
  if (!client->second.open.empty())
    return;
  caf_api::demonitor(*self_, client->first);
  self_->send(as_connection(client->second.connection), caf::unsubscribe_atom_v,
              caf::actor_cast<caf::actor>(self_));
  clients_.erase(client);
}

/// The permissions and the feed see a client as it is now.
void subscription_hub_state::refresh(const connection_opened& refreshed) {
  const auto client = clients_.find(refreshed.connection.address());
  if (client == clients_.end())
    return;
  for (const auto id : client->second.open) {
    auto& message = open_.at(id).message;
    auto data = message.data();
    data.scope = refreshed.scope;
    data.decisions = nullptr;
    message = request{std::move(data)};
  }
}

void subscription_hub_state::actor_died(const caf::down_msg& down) {
  if (const auto gone = clients_.extract(down.source))
    for (const auto id : gone.mapped().open)
      end(id);
}

// -- changes, in order --------------------------------------------------------

void subscription_hub_state::observe(const std::string& text) {
  try {
    const auto event = parse_json(text, wire_depth_max);
    if (!event)
      return;
    const auto found = feeds_.find(std::string(event->at("type").as_string()));
    if (found == feeds_.end())
      return; // Nobody is subscribed any more.
    const auto change = found->second.feed->read(event->at("data"));
    if (!change) {
      missed(std::string{found->first});
      return;
    }
    // A copy: what is told may end a subscription.
    const auto subscriptions = found->second.subscriptions;
    for (const auto id : subscriptions) {
      open_.at(id).waiting.push_back(change);
      go_on(id);
    }
  } catch (const std::exception& error) {
    log_thrown(error.what());
  }
}

void subscription_hub_state::go_on(std::uint64_t id) {
  auto* open = open_.find(id);
  while (open != nullptr && !open->is_asking && !open->waiting.empty()) {
    const auto change = std::move(open->waiting.front());
    open->waiting.pop_front();
    if (const auto told = judge(*open, *change); told && told->is_guarded) {
      auto about = std::make_shared<evaluation>(
          route().guard_of(open->message.action()), open->message);
      about->set_object(open->what->object(*change));
      ask(id, {question::has_permission, std::move(about), *told});
    } else if (told) {
      tell(id, *told);
    }
    open = open_.find(id);
  }
  if (open == nullptr
      || open->waiting.size() <= setup_.shared->limits.subscription_changes_max)
    return;
  close(id, "slow consumer");
}

/// Nobody can tell the subscribers of a feed what has changed.
void subscription_hub_state::missed(const std::string& group) {
  const auto found = feeds_.find(group);
  if (found == feeds_.end())
    return;
  // A copy: each ends.
  const auto subscriptions = found->second.subscriptions;
  for (const auto id : subscriptions)
    close(id, "changes missed");
}

/// Closes a connection whose client would not know what it has missed.
void subscription_hub_state::close(std::uint64_t id, const char* reason) {
  const auto code = setup_.shared->standard_close_codes
                        ? standard_of(close_code::try_again_later)
                        : close_code::try_again_later;
  self_->send(as_connection(open_.at(id).message.data().connection),
              caf::close_atom_v, static_cast<std::uint16_t>(code),
              std::string{reason});
  end(id);
}

/// Whoever cannot be judged sees nothing more.
std::optional<notice>
subscription_hub_state::judge(const open_subscription& open,
                              const observed_change& change) {
  try {
    return open.what->judge(change, open.message.user());
  } catch (const std::exception& error) {
    log_thrown(error.what());
    return open.what->revoked();
  }
}

void subscription_hub_state::ask(std::uint64_t id, open_question next) {
  while (const auto* answer = ask_here(id, next))
    if (!decided(id, next, *answer))
      return;
  ask_pool(id, next);
}

/// Most permissions answer at once.
/// @returns null if the pool has to be asked. So it is for the first event,
///          which must not overtake the answer that has begun the subscription.
const decision* subscription_hub_state::ask_here(std::uint64_t id,
                                                 const open_question& next) {
  if (!open_.at(id).is_known)
    return nullptr;
  auto* metrics = unit_metrics::of(*setup_.shared, self_->home());
  const auto began = metrics != nullptr ? self_->home().precise_now()
                                        : evaluation::clock::time_point{};
  const auto* result = next.about->ask(next.asked, self_->home().now());
  if (result != nullptr && metrics != nullptr)
    metrics->count_decision(next.asked, *result,
                            self_->home().precise_now() - began);
  return result;
}

void subscription_hub_state::ask_pool(std::uint64_t id,
                                      const open_question& next) {
  open_.at(id).is_asking = true;
  self_
      ->request(setup_.pool, caf::infinite,
                permission_check{next.asked, next.about})
      .then([=, this](const decision& answer) { answered(id, next, answer); },
            [=, this](const caf::error& error) {
              answered(
                  id, next,
                  decision_error("the permission pool: " + text_of(error)));
            });
}

void subscription_hub_state::answered(std::uint64_t id, open_question next,
                                      const decision& answer) {
  auto* open = open_.find(id);
  if (open == nullptr)
    return; // It has ended.
  open->is_asking = false;
  open->is_known = true;
  if (decided(id, next, answer))
    ask(id, std::move(next));
  go_on(id);
}

/// @returns whether the next question is to be asked.
bool subscription_hub_state::decided(std::uint64_t id, open_question& next,
                                     const decision& answer) {
  if (!answer.is_allowed()) {
    if (setup_.shared->denials)
      setup_.shared->denials->add(*next.about, next.asked, answer);
    tell(id, open_.at(id).what->revoked());
    return false;
  }
  if (next.asked == question::has_permission && next.about->object()) {
    next.asked = question::has_object_permission;
    return true;
  }
  tell(id, next.told);
  return false;
}

void subscription_hub_state::tell(std::uint64_t id, const notice& told) {
  const auto& open = open_.at(id);
  std::string text;
  append_subscription_event(text, told.type, *told.data, told.status,
                            open.request_id());
  self_->send(as_connection(open.message.data().connection),
              group_event{std::make_shared<const std::string>(std::move(text)),
                          closes_the_slow()});
  if (told.is_last)
    end(id);
}

void subscription_hub_state::log_thrown(const char* what) const {
  setup_.shared->log->error("a subscription of handler \"{}\" threw: {}",
                            route().handler->name, what);
}

subscription_hub_actor::behavior_type
subscription_hub(subscription_hub_state::pointer self,
                 subscription_hub_setup setup) {
  return caf_api::state_of(self).start(std::move(setup));
}

subscription_slot::~subscription_slot() {
  if (hub_)
    caf::anon_send_exit(hub_, caf::exit_reason::user_shutdown);
}

const subscription_hub_actor& subscription_slot::hub() {
  if (!hub_) {
    hub_ = self_->home().spawn(subscription_hub, setup_);
    caf_api::monitor(*self_, hub_);
  }
  return hub_;
}

bool subscription_slot::hub_died(const caf::down_msg& down) {
  if (!hub_ || !are_same(hub_.address(), down.source))
    return false;
  hub_ = nullptr;
  setup_.shared->log->error("the subscription hub of handler \"{}\" died: {}",
                            setup_.routes->all()[setup_.route].handler->name,
                            text_of(down.reason));
  return true;
}

} // namespace stagedoor
