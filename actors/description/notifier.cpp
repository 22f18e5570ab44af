#include "stagedoor/actors/description/notifier.hpp"

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/messages.hpp"
#include "stagedoor/protocol/errors.hpp"

#include "caf/send.hpp"
#include "caf/typed_event_based_actor.hpp"

#include <spdlog/spdlog.h>

#include <deque>
#include <functional>
#include <utility>

namespace stagedoor {

namespace {

/// Carries out what is said to a notifier, one after the other.
///
/// An event of a group takes the way over the hubs, and everything else goes to
/// the connection itself. So that neither overtakes the other, the hubs are
/// asked whether they have handed out all events before something goes to a
/// connection, and a connection whether it has joined or left before an event
/// follows.
class notifier_state {
public:
  using pointer = notifier_actor::stateful_pointer<notifier_state>;

  static inline const char* name = "stagedoor.notifier";

  explicit notifier_state(pointer self) : self_(self) {}

  notifier_actor::behavior_type start(const notifier_link& nobody);

private:
  /// What was said and waits for its turn.
  struct order {
    std::function<void()> carry_out;
    /// Whether it goes to a connection, and not over the hubs.
    bool is_direct = true;
  };

  void begin(const notifier_link& link);
  void add(order next);
  void proceed();
  void flush();
  template <class... Order>
  void change(const caf::actor& connection, const std::string& group,
              const Order&... asked);
  void resume();

  pointer self_;
  notifier_link link_;
  std::deque<order> waiting_;
  std::size_t dropped_ = 0;
  /// Something has to be answered before the next one has its turn: the server
  /// is there, the hubs have handed out, a connection has joined or left.
  bool is_waiting_ = true;
  /// Whether the hubs may have events that they have not handed out.
  bool has_spread_ = false;
};

notifier_actor::behavior_type
notifier_state::start(const notifier_link& nobody) {
  link_ = nobody;
  return {
      [this](const group_broadcast& content) {
        add({[this, content] {
               has_spread_ = true;
               self_->send(caf::actor_cast<group_hub_actor>(link_.hubs.front()),
                           content);
             },
             false});
      },
      [this](const caf::actor& connection, const event& content) {
        add({[this, connection, content] {
          self_->send(caf::actor_cast<connection_actor>(connection), content);
        }});
      },
      [this](caf::join_atom atom, const caf::actor& connection,
             const std::string& group) {
        change(connection, group, atom, group);
      },
      [this](caf::join_atom atom, const caf::actor& connection,
             const std::string& group, const std::string& meta) {
        change(connection, group, atom, group, meta);
      },
      [this](caf::update_atom atom, const caf::actor& connection,
             const std::string& group, const std::string& meta) {
        change(connection, group, atom, group, meta);
      },
      [this](caf::leave_atom atom, const caf::actor& connection,
             const std::string& group) {
        change(connection, group, atom, group);
      },
      [this](caf::close_atom atom, const caf::actor& connection,
             std::uint16_t code, const std::string& reason) {
        add({[this, atom, connection, code, reason] {
          self_->send(caf::actor_cast<connection_actor>(connection), atom, code,
                      reason);
        }});
      },
      [this](revoke_atom atom, const std::string& user_id) {
        add({[this, atom, user_id] {
          self_->send(caf::actor_cast<listener_actor>(link_.closer), atom,
                      user_id);
        }});
      },
      [this](const notifier_link& link) { begin(link); },
  };
}

void notifier_state::begin(const notifier_link& link) {
  if (!link_.hubs.empty())
    return;
  link_ = link;
  if (dropped_ > 0)
    link_.log->error("the notifier: {} were dropped that were said before the "
                     "server was there",
                     dropped_);
  resume();
}

void notifier_state::add(order next) {
  if (link_.hubs.empty() && waiting_.size() >= notifier::waiting_max) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(next));
  proceed();
}

void notifier_state::proceed() {
  while (!is_waiting_ && !waiting_.empty()) {
    if (waiting_.front().is_direct && has_spread_) {
      flush();
      return;
    }
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next.carry_out();
  }
}

/// Waits until the hubs have handed out what they have: the first one, which
/// passes events to the others, and then these.
void notifier_state::flush() {
  is_waiting_ = true;
  auto left = std::make_shared<std::size_t>(link_.hubs.size());
  const auto answered = [this, left] {
    if (--*left > 0)
      return;
    has_spread_ = false;
    resume();
  };
  // A hub that is gone has nothing to hand out.
  const auto ask = [this, answered](const caf::actor& hub, auto then) {
    self_
        ->request(caf::actor_cast<group_hub_actor>(hub), caf::infinite,
                  caf::flush_atom_v)
        .then(then, [then](const caf::error&) { then(); });
  };
  ask(link_.hubs.front(), [this, ask, answered] {
    for (std::size_t i = 1; i < link_.hubs.size(); ++i)
      ask(link_.hubs[i], answered);
    answered();
  });
}

/// Has a connection join or leave a group, or change in it.
/// @param asked what to ask the connection for.
template <class... Order>
void notifier_state::change(const caf::actor& connection,
                            const std::string& group, const Order&... asked) {
  add({[this, connection, group, asked...] {
    is_waiting_ = true;
    self_
        ->request(caf::actor_cast<connection_actor>(connection), caf::infinite,
                  asked...)
        .then([this] { resume(); },
              [this, group](const caf::error& error) {
                link_.log->warn("the notifier: a client cannot join or leave "
                                "the group {}: {}",
                                to_json_string(group), text_of(error));
                resume();
              });
  }});
}

/// What was waited for has come.
void notifier_state::resume() {
  is_waiting_ = false;
  proceed();
}

/// Tells clients what the application says.
///
/// Receives: what was said (notifiers, actors of the application); that the
/// server is there (server).
/// Sends: events (the first group hub, connections); orders to join, leave and
/// close (connections); whose connections are to be closed (listener).
/// Limits: `notifier::waiting_max` before the server is there.
/// Ends when: nobody refers to it.
/// Next on the path: groups/group_hub.hpp, connections/connection.hpp.
notifier_actor::behavior_type notifier_role(notifier_state::pointer self,
                                            const notifier_link& nobody) {
  return caf_api::state_of(self).start(nobody);
}

} // namespace

notifier::notifier(caf::actor_system& sys)
    : actor_(sys.spawn<caf::hidden + caf::lazy_init>(notifier_role,
                                                     notifier_link{})) {}

void notifier::broadcast(std::string group, event content) const {
  caf::anon_send(actor_, group_broadcast{std::move(group), std::move(content)});
}

void notifier::broadcast_to_others(const caf::actor& connection,
                                   std::string group, event content) const {
  caf::anon_send(actor_, group_broadcast{std::move(group), std::move(content),
                                         address_of(connection)});
}

void notifier::push_to_user(const json::value& user_id, event content) const {
  broadcast(user_group(user_id), std::move(content));
}

void notifier::push(const caf::actor& connection, event content) const {
  caf::anon_send(actor_, connection, std::move(content));
}

void notifier::join(const caf::actor& connection, std::string group) const {
  caf::anon_send(actor_, caf::join_atom_v, connection, std::move(group));
}

void notifier::join(const caf::actor& connection, std::string group,
                    const json::value& meta) const {
  caf::anon_send(actor_, caf::join_atom_v, connection, std::move(group),
                 meta_text(meta));
}

void notifier::update_meta(const caf::actor& connection, std::string group,
                           const json::value& meta) const {
  caf::anon_send(actor_, caf::update_atom_v, connection, std::move(group),
                 meta_text(meta));
}

void notifier::leave(const caf::actor& connection, std::string group) const {
  caf::anon_send(actor_, caf::leave_atom_v, connection, std::move(group));
}

void notifier::close_connection(const caf::actor& connection, close_code code,
                                std::string reason) const {
  caf::anon_send(actor_, caf::close_atom_v, connection,
                 static_cast<std::uint16_t>(code), std::move(reason));
}

void notifier::close_user(std::string_view id) const {
  caf::anon_send(actor_, revoke_atom_v, std::string(id));
}

void notifier::begin(std::shared_ptr<spdlog::logger> log,
                     std::vector<caf::actor> hubs, caf::actor closer) const {
  caf::anon_send(actor_, notifier_link{std::move(log), std::move(hubs),
                                       std::move(closer)});
}

} // namespace stagedoor
