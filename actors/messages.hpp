#pragma once

#include "stagedoor/actors/loaded.hpp"
#include "stagedoor/actors/transport.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"
#include "stagedoor/permissions/evaluation.hpp"
#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/event.hpp"
#include "stagedoor/protocol/group.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/request.hpp"
#include "stagedoor/protocol/user.hpp"

#include "caf/type_id.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace spdlog {
class logger;
} // namespace spdlog

namespace stagedoor {

/// socket → listener: a client has connected, on the unit of this index.
struct socket_accepted {
  std::shared_ptr<transport> socket;
  std::size_t unit_index = 0;
};

/// socket → listener: accepting has failed; try again after a while.
struct accept_failed {
  std::string reason;
};

/// listener → connection: drop cached decisions and ask guards of groups again.
struct invalidation_order {
  /// Empty: of all users.
  std::string user_id;
  /// Kept until the guards have answered; the last to let go ends the order.
  std::shared_ptr<const void> hold = nullptr;
};

/// listener → server: the number of connections of each unit.
struct connection_counts {
  std::vector<std::size_t> by_unit;
};

/// connection → authenticator: find the user of this bearer token.
struct credentials {
  std::string token;
};

/// authenticator → connection: the user of the token, or nothing if the token
/// is refused.
struct authentication {
  std::optional<identity> accepted;
  /// Why the token is refused, for the log; may be empty. It stays on its node.
  std::string refusal = {};
};

/// connection, handler → permission pool: one question to a list.
struct permission_check {
  question asked = question::has_permission;
  /// The list and the subject of the question. The sender has it back with the
  /// answer, for the next question and for explanations.
  std::shared_ptr<evaluation> about;
};

/// permission worker → actor that is mounted as a permission: one question, see
/// actor_permission.hpp.
struct permission_query {
  question asked = question::has_permission;
  /// The message. For can_connect it has the scope and the action `connect`.
  request about;
  /// Null except for has_object_permission.
  std::shared_ptr<const json::value> object;
};

// Of questions to other nodes, see far_messages.hpp.
struct far_query;
struct query_batch;
struct query_answers;
struct far_request;
struct request_batch;
struct request_answers;

/// handler → router and handler of another unit: a permitted message to run
/// there, with the answers of its permissions.
struct permitted_request {
  request what;
  std::shared_ptr<evaluation> guard;
};

/// runner, worker thread → handler: the object of an action that takes one.
struct preparation {
  /// Null if there is none; `refusal` is the answer then.
  loaded_object object;
  /// The JSON that permissions see of the object, if they look at it.
  std::shared_ptr<const json::value> as_json;
  reply refusal;
};

/// handler → connection: the final reply of a concurrent action.
struct late_reply {
  std::uint64_t sequence = 0;
  reply answer;
};

/// connection → router → handler: the connection is open. handler → runner: the
/// same, before the runner's first message of the connection. connection →
/// subscription hub: its credentials have been refreshed.
struct connection_opened {
  scope_ptr scope;
  caf::actor connection;
};

/// handler → runner: the connection has ended.
struct connection_ended {
  std::uint64_t connection_id = 0;
};

/// connection → group hub: the connection has joined a group, or what is known
/// of it has changed.
struct group_joined {
  std::string group;
  scope_ptr scope;
  caf::actor connection;
  /// What the application says of the member, as JSON; empty leaves it as it
  /// is.
  std::string meta = {};
};

/// connection → group hub: the connection has left a group.
struct group_left {
  std::string group;
  caf::actor_id connection = 0;
};

/// group hub → connection: an event of a group. subscription hub → connection:
/// an event of a subscription.
struct group_event {
  /// The encoded event, which all members of a group share.
  std::shared_ptr<const std::string> text;
  /// Shared as well, and never null.
  std::shared_ptr<const group_label> group;
};

/// Says how far a question for the members of a group goes.
enum class group_reach : std::uint8_t {
  /// To the group hub of one unit.
  unit,
  /// To all units of a server.
  node,
  /// To all nodes.
  cluster,
};

template <caf_api::asks_about_enums Inspector>
bool inspect(Inspector& f, group_reach& x) {
  return caf_api::inspect_enum(f, x);
}

/// node → node: the services that a node offers now, and the nodes that it
/// sees.
struct node_news {
  /// The offered actors with the names of their services.
  std::vector<std::pair<std::string, caf::actor>> services;
  /// The addresses of the nodes that it sees, as `host:port`.
  std::vector<std::string> addresses;
};

// Between the keepers of nodes, see key_messages.hpp and once_messages.hpp.
struct key_claim;
struct key_release;
enum class key_note_kind : std::uint8_t;
struct key_note;
struct key_vote;
struct once_claim;
struct once_verdict;
struct once_end;
struct once_record;
struct once_note;
struct once_receipt;

/// server → notifier: whom it speaks to, and where it tells what goes wrong.
struct notifier_link {
  std::shared_ptr<spdlog::logger> log;
  /// The hubs of all units, the first unit's first.
  std::vector<caf::actor> hubs;
  /// Takes `revoke_atom`, as the listener does.
  caf::actor closer;
};

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, credentials& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::credentials", x.token);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, authentication& x) {
  using std::chrono::milliseconds;
  using time_point = std::chrono::system_clock::time_point;
  bool accepted = x.accepted.has_value();
  auto whole = x.accepted.value_or(identity{});
  bool expires = whole.expires.has_value();
  // Since 1970.
  std::int64_t expiry_ms =
      std::chrono::duration_cast<milliseconds>(
          whole.expires.value_or(time_point{}).time_since_epoch())
          .count();
  auto load = [&]() -> caf::error {
    whole.expires.reset();
    if (expires)
      whole.expires = time_point{milliseconds{expiry_ms}};
    x.accepted = accepted ? std::optional{std::move(whole)} : std::nullopt;
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::authentication", load,
                                 accepted, whole.who, expires, expiry_ms);
}

/// What crosses a node of the object of a question: JSON, or nothing.
std::string object_to_wire(const permission_query& x);
caf::error object_from_wire(permission_query& x, const std::string& object);

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, permission_query& x) {
  auto asked = static_cast<std::uint8_t>(x.asked);
  std::string object;
  if constexpr (caf_api::reads_object<Inspector>)
    object = object_to_wire(x);
  auto load = [&]() -> caf::error {
    x.asked = static_cast<question>(asked);
    return object_from_wire(x, object);
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::permission_query", load,
                                 asked, x.about, object);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, connection_opened& x) {
  scope where;
  if constexpr (caf_api::reads_object<Inspector>)
    where = *x.scope;
  auto load = [&]() -> caf::error {
    x.scope = std::make_shared<const scope>(std::move(where));
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::connection_opened", load,
                                 where, x.connection);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, group_event& x) {
  std::string text;
  group_label group;
  if constexpr (caf_api::reads_object<Inspector>) {
    text = *x.text;
    group = *x.group;
  }
  auto load = [&]() -> caf::error {
    x.text = std::make_shared<const std::string>(std::move(text));
    x.group = std::make_shared<const group_label>(std::move(group));
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::group_event", load, text,
                                 group.name, group.slow);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, late_reply& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::late_reply", x.sequence,
                                 x.answer);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, node_news& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::node_news", x.services,
                                 x.addresses);
}

} // namespace stagedoor

// The messages between nodes, far above `first_custom_type_id`, which belongs
// to the application. New types are only added at the end.
CAF_BEGIN_TYPE_ID_BLOCK(stagedoor, 50000)
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::request))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::reply))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::event))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::scope))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::user))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::decision))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::credentials))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::authentication))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::late_reply))
CAF_ADD_ATOM(stagedoor, stagedoor, unmatched_atom, "unmatched")
CAF_ADD_ATOM(stagedoor, stagedoor, run_atom, "run")
CAF_ADD_ATOM(stagedoor, stagedoor, drain_atom, "drain")
CAF_ADD_ATOM(stagedoor, stagedoor, expired_atom, "expired")
CAF_ADD_ATOM(stagedoor, stagedoor, answer_atom, "answer")
CAF_ADD_ATOM(stagedoor, stagedoor, retry_atom, "retry")
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::permission_query))
CAF_ADD_ATOM(stagedoor, stagedoor, prepare_atom, "prepare")
CAF_ADD_ATOM(stagedoor, stagedoor, revoke_atom, "revoke")
CAF_ADD_ATOM(stagedoor, stagedoor, invalidate_atom, "invalidate")
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::group_broadcast))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::group_batch))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::member_list))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::group_reach))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::connection_opened))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::node_news))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::group_event))
CAF_ADD_ATOM(stagedoor, stagedoor, resume_atom, "resume")
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::presence_note))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::presence_notes))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::key_note_kind))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::key_note))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::key_vote))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::query_batch))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::query_answers))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::request_batch))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::request_answers))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::once_claim))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::once_verdict))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::once_record))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::once_note))
CAF_ADD_TYPE_ID(stagedoor, (stagedoor::once_receipt))
CAF_END_TYPE_ID_BLOCK(stagedoor)

// history_messages.hpp has these.
namespace stagedoor {
struct group_use;
struct numbered_line;
struct numbered_event;
struct history_query;
struct history_part;
} // namespace stagedoor

// The messages that stay inside the process.
STAGEDOOR_BEGIN_LOCAL_TYPES
STAGEDOOR_LOCAL_TYPE(stagedoor::connection_counts)
STAGEDOOR_LOCAL_TYPE(stagedoor::invalidation_order)
STAGEDOOR_LOCAL_TYPE(stagedoor::permission_check)
STAGEDOOR_LOCAL_TYPE(stagedoor::permitted_request)
STAGEDOOR_LOCAL_TYPE(stagedoor::preparation)
STAGEDOOR_LOCAL_TYPE(stagedoor::loaded_object)
STAGEDOOR_LOCAL_TYPE(stagedoor::request_draft)
STAGEDOOR_LOCAL_TYPE(stagedoor::connection_ended)
STAGEDOOR_LOCAL_TYPE(stagedoor::group_joined)
STAGEDOOR_LOCAL_TYPE(stagedoor::group_left)
STAGEDOOR_LOCAL_TYPE(stagedoor::group_use)
STAGEDOOR_LOCAL_TYPE(stagedoor::numbered_line)
STAGEDOOR_LOCAL_TYPE(stagedoor::numbered_event)
STAGEDOOR_LOCAL_TYPE(stagedoor::history_query)
STAGEDOOR_LOCAL_TYPE(stagedoor::history_part)
STAGEDOOR_LOCAL_TYPE(stagedoor::notifier_link)
STAGEDOOR_LOCAL_TYPE(stagedoor::key_claim)
STAGEDOOR_LOCAL_TYPE(stagedoor::key_release)
STAGEDOOR_LOCAL_TYPE(stagedoor::once_end)
STAGEDOOR_LOCAL_TYPE(stagedoor::far_query)
STAGEDOOR_LOCAL_TYPE(stagedoor::far_request)
STAGEDOOR_END_LOCAL_TYPES
