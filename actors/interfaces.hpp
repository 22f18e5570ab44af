#pragma once

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/messages.hpp"
#include "stagedoor/actors/transport.hpp"

#include "caf/actor.hpp"
#include "caf/typed_actor.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The typed interface of every role, in the order of the message path. Read
/// this file to learn the system.
namespace stagedoor {

/// Accepts sockets on one address and spawns a connection for each.
using listener_actor = caf::typed_actor<
    // The server drains: newcomers get 503, connections close with 4012.
    caf_api::reacts_to<drain_atom>,
    // Accept again after the system ran out of file descriptors.
    caf_api::reacts_to<retry_atom>,
    // The credentials of the user with this id are revoked: close the user's
    // connections with 4401, on all nodes. An integer is spelled in decimal, a
    // string has no quotes.
    caf_api::reacts_to<revoke_atom, std::string>,
    // Drop the cached permission decisions of the user with this id, or of all
    // users if it is empty, and ask the guards of their groups again, on all
    // nodes. Answers when all have done so. Fails with errc::timed_out, whose
    // text names the nodes that have not answered within `invalidate_timeout`
    // or that are lost.
    caf_api::replies_to<invalidate_atom, std::string>::with<void>,
    // The same for this node only, from the listener of another node and from
    // the group hub. The second one answers when the guards have answered.
    caf_api::reacts_to<caf::put_atom, revoke_atom, std::string>,
    caf_api::replies_to<caf::put_atom, invalidate_atom,
                        std::string>::with<void>,
    // From whatever let go of an order last; the number is that of the order.
    caf_api::reacts_to<answer_atom, std::uint64_t>,
    // From its own deadlines; the number is that of the question.
    caf_api::reacts_to<expired_atom, std::uint64_t>,
    // Returns the number of connections of each unit.
    caf_api::replies_to<caf::get_atom>::with<connection_counts>>;

/// One socket, from the opening request to the close.
using connection_actor = caf::typed_actor<
    // From its own deadlines; the number says from which one.
    caf_api::reacts_to<expired_atom, std::uint64_t>,
    // From a handler: the final reply of a concurrent action.
    caf_api::reacts_to<late_reply>,
    // Push an event to this client. It is dropped while the outbound queue is
    // full.
    caf_api::reacts_to<event>,
    // From handlers and actors of the application: join or leave a group. Fails
    // with errc::invalid_group, errc::too_many_groups or errc::unavailable, and
    // with what the status of the group's guard stands for if that denies.
    caf_api::replies_to<caf::join_atom, std::string>::with<void>,
    // The same with what the application says of the member, as JSON. Fails
    // with errc::invalid_meta too.
    caf_api::replies_to<caf::join_atom, std::string, std::string>::with<void>,
    // Says something else of a member. Nothing changes if it is none.
    caf_api::replies_to<caf::update_atom, std::string, std::string>::with<void>,
    caf_api::replies_to<caf::leave_atom, std::string>::with<void>,
    // The first two on behalf of the message with this number: its reply comes
    // before what the group says.
    caf_api::replies_to<caf::join_atom, std::string, std::uint64_t>::with<void>,
    caf_api::replies_to<caf::join_atom, std::string, std::string,
                        std::uint64_t>::with<void>,
    // From the group hub: an event of one of its groups.
    caf_api::reacts_to<group_event>, caf_api::reacts_to<numbered_event>,
    // From actors of the application: an event for a group. It goes to the
    // group hub.
    caf_api::reacts_to<group_broadcast>,
    // The server drains: finish what has come, then close with 4012.
    caf_api::reacts_to<drain_atom>,
    // The credentials of the user with this id are revoked.
    caf_api::reacts_to<revoke_atom, std::string>,
    // Drop cached permission decisions, and ask the guards of groups again.
    caf_api::reacts_to<invalidation_order>,
    // From a subscription hub: tell it of refreshed credentials, or no more.
    caf_api::reacts_to<caf::subscribe_atom, caf::actor>,
    caf_api::reacts_to<caf::unsubscribe_atom, caf::actor>,
    // Close with this code and reason.
    caf_api::reacts_to<caf::close_atom, std::uint16_t, std::string>>;

/// Finds the user of a bearer token. An application may bring its own, see
/// `server_options::authenticator`.
using authenticator_actor =
    caf::typed_actor<caf_api::replies_to<credentials>::with<authentication>>;

/// Matches the routes of one endpoint, for one unit.
using router_actor = caf::typed_actor<
    // A message of a connection. The router passes it to a handler, which
    // answers it.
    caf_api::replies_to<request_draft>::with<reply>,
    // A connection was accepted. The router tells the root handler.
    caf_api::reacts_to<connection_opened>,
    // From a handler of another unit: run a permitted message whose state is
    // kept on this unit. The number is that of its route.
    caf_api::replies_to<run_atom, std::uint64_t,
                        permitted_request>::with<reply>,
    // The routers of the endpoint on all units of the server, in the order of
    // the units.
    caf_api::reacts_to<std::vector<caf::actor>>,
    // The server stops: have all states that live by key end, and begin none.
    caf_api::reacts_to<drain_atom>>;

/// An actor of the application, on this node or on another one, that a route
/// leads to; see `handler_builder::mounts`.
using mounted_actor = caf::typed_actor<
    // A permitted message. The client gets the reply.
    caf_api::replies_to<request>::with<reply>>;

/// Guards and runs one route, for one unit.
using handler_actor = caf::typed_actor<
    // A message for this route, not yet permitted.
    caf_api::replies_to<request>::with<reply>,
    // A message that no route has matched. If it is permitted, the reply is a
    // 404.
    caf_api::replies_to<unmatched_atom, request>::with<reply>,
    // Already permitted by the handler of another unit: run it here.
    caf_api::replies_to<run_atom, permitted_request>::with<reply>,
    // A connection was accepted. Only root handlers get this.
    caf_api::reacts_to<connection_opened>,
    // The answer of a blocking loader or action; the number is that of the
    // message.
    caf_api::reacts_to<answer_atom, std::uint64_t, preparation>,
    caf_api::reacts_to<answer_atom, std::uint64_t, reply>,
    // From a runner: its state has been loaded, or cannot be.
    caf_api::reacts_to<caf::open_atom, reply>,
    // From a runner: its state has said that it ends.
    caf_api::reacts_to<caf::close_atom>,
    // From the router, which has it from the server.
    caf_api::reacts_to<drain_atom>,
    // From the deadlines of its runners, and from the key keeper: the state may
    // have to end. The number is that of the runner.
    caf_api::reacts_to<expired_atom, caf::close_atom, std::uint64_t>,
    // From its own deadlines; the number is that of the message.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// Several permission workers behind one handle.
using permission_pool_actor = caf::typed_actor<
    // One question. The pool passes it to a worker, which answers it.
    caf_api::replies_to<permission_check>::with<decision>,
    // Returns the workers that are alive.
    caf_api::replies_to<caf::get_atom>::with<std::vector<caf::actor>>>;

/// Asks the permissions of a list, one after the other.
using permission_worker_actor = caf::typed_actor<
    // One question to a list.
    caf_api::replies_to<permission_check>::with<decision>,
    // The answer of a blocking permission; the numbers are those of the
    // question and of the permission's turn in it.
    caf_api::reacts_to<answer_atom, std::uint64_t, std::uint64_t, decision>,
    // From its own deadlines; the number is that of the question.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// An actor of the application, on this node or on another one, that is mounted
/// as a permission; see actor_permission.hpp.
using permission_actor =
    caf::typed_actor<caf_api::replies_to<permission_query>::with<decision>>;

/// Sends the questions that a unit has for permissions on other nodes.
using query_sender_actor = caf::typed_actor<
    // From a permission worker: a question for an actor on another node.
    caf_api::replies_to<far_query>::with<decision>,
    // From the query answerer of that node.
    caf_api::reacts_to<query_answers>,
    // From its own deadlines; the number is that of the batch.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// Answers the questions of other nodes for permissions that are actors of this
/// one.
using query_answerer_actor = caf::typed_actor<
    // From a query sender: questions. The answers are messages of their own.
    caf_api::reacts_to<query_batch>>;

/// Sends the messages that a unit has for the handlers of other nodes.
using request_sender_actor = caf::typed_actor<
    // From a relay: a message for the handlers of another node.
    caf_api::replies_to<far_request>::with<reply>,
    // From a request answerer of that node.
    caf_api::reacts_to<request_answers>,
    // From its own deadlines; the number is that of the batch.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// Has the handlers of one endpoint on one unit answer the messages of other
/// nodes.
using request_answerer_actor = caf::typed_actor<
    // From a request sender: messages. The answers are messages of their own.
    caf_api::reacts_to<request_batch>,
    // From itself: a batch that waits may begin.
    caf_api::reacts_to<caf::tick_atom>,
    // From a relay of this node: a message.
    caf_api::replies_to<request>::with<reply>,
    // From a relay: a connection was accepted, for the router.
    caf_api::reacts_to<connection_opened>>;

/// Knows the members of all groups on one unit, and spreads events.
using group_hub_actor = caf::typed_actor<
    // Spread an event for a group over all nodes.
    caf_api::reacts_to<group_broadcast>,
    // From connections of the unit.
    caf_api::reacts_to<group_joined>, caf_api::reacts_to<group_left>,
    // The hubs of all units of the server, in the order of the units.
    caf_api::reacts_to<std::vector<caf::actor>>,
    // From the hub of another unit: events for the members on this unit.
    caf_api::reacts_to<group_batch>,
    // From the history keeper: the same for a group with a history.
    caf_api::reacts_to<numbered_line>,
    // From a hub of another node: events for all units. The answer says that
    // they have them.
    caf_api::replies_to<caf::put_atom, group_batch>::with<void>,
    // From the hubs of the other units to the first one: who has come or gone
    // in a group with presence.
    caf_api::reacts_to<presence_note>,
    // From the first hub of another node: the same. The answer says that it has
    // the notes.
    caf_api::replies_to<caf::put_atom, presence_notes>::with<void>,
    // Answers when the hub has handed out all events that it has had before.
    caf_api::replies_to<caf::flush_atom>::with<void>,
    // Returns the members of a group.
    caf_api::replies_to<caf::get_atom, std::string,
                        group_reach>::with<member_list>,
    // From its own deadlines; the number is that of the question.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// Numbers and keeps the events of the groups with a history.
using history_keeper_actor = caf::typed_actor<
    // From a group hub: number these events, keep them, and have all hubs
    // spread them.
    caf_api::reacts_to<group_batch>,
    // From a connection: what has come behind a position.
    caf_api::replies_to<history_query>::with<history_part>,
    // From a group hub: whether its unit has members of a group.
    caf_api::reacts_to<group_use>,
    // The hubs of all units of the server, in the order of the units.
    caf_api::reacts_to<std::vector<caf::actor>>,
    // From its own deadline.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// Tells clients what the application says, in the order in which it is said;
/// see notifier.hpp. A client is named by its connection's actor.
using notifier_actor = caf::typed_actor<
    // An event for all members of a group.
    caf_api::reacts_to<group_broadcast>,
    // An event for one client.
    caf_api::reacts_to<caf::actor, event>,
    // Make a client join or leave a group.
    caf_api::reacts_to<caf::join_atom, caf::actor, std::string>,
    // The same with what the application says of the member, as JSON, or only
    // that.
    caf_api::reacts_to<caf::join_atom, caf::actor, std::string, std::string>,
    caf_api::reacts_to<caf::update_atom, caf::actor, std::string, std::string>,
    caf_api::reacts_to<caf::leave_atom, caf::actor, std::string>,
    // Close a connection with this code and reason.
    caf_api::reacts_to<caf::close_atom, caf::actor, std::uint16_t, std::string>,
    // Close the connections of the user with this id, see listener_actor.
    caf_api::reacts_to<revoke_atom, std::string>,
    // From the server: it is there.
    caf_api::reacts_to<notifier_link>>;

/// Knows the subscriptions of one route on one unit.
using subscription_hub_actor = caf::typed_actor<
    // The message of an action that begins or ends a subscription, the object
    // that it has taken, and its success. Returns the answer of the client.
    caf_api::replies_to<request, loaded_object, reply>::with<reply>,
    // From the group hub, or from the feed itself: a change.
    caf_api::reacts_to<group_event>,
    // From a connection: the client has refreshed its credentials.
    caf_api::reacts_to<connection_opened>,
    // From a feed: changes of this group were missed.
    caf_api::reacts_to<caf::close_atom, std::string>>;

/// Runs the actions of one handler and keeps its state.
using runner_actor = caf::typed_actor<
    // A permitted message.
    caf_api::replies_to<request>::with<reply>,
    // Find the object of a message. If the flag is true, the answer has the
    // JSON that permissions see of it.
    caf_api::replies_to<prepare_atom, request, bool>::with<preparation>,
    // The same message, permitted for that object.
    caf_api::replies_to<request, loaded_object>::with<reply>,
    // A connection has begun or ended, for the handler's hooks.
    caf_api::reacts_to<connection_opened>, caf_api::reacts_to<connection_ended>,
    // A deferred answer of an action; the number is the runner's own.
    caf_api::reacts_to<answer_atom, std::uint64_t, reply>,
    // From a worker thread: it has done what a coroutine waits for; the number
    // is that of the coroutine.
    caf_api::reacts_to<resume_atom, std::uint64_t>,
    // Nothing more comes: end when all replies are given and `on_end` has run.
    caf_api::reacts_to<caf::close_atom>,
    // From its own deadlines; the number is that of the timer or of the
    // coroutine.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// Knows which node of a cluster keeps the state of which key. Each server that
/// runs handlers has one.
using key_keeper_actor = caf::typed_actor<
    // From a handler: whether the state of a key may begin on this node.
    caf_api::replies_to<key_claim>::with<bool>,
    // From a handler: that state has ended.
    caf_api::reacts_to<key_release>,
    // From the keeper of another node.
    caf_api::replies_to<key_note>::with<key_vote>,
    // The server drains: have all states end.
    caf_api::reacts_to<drain_atom>,
    // The server stops. Returns the number of the other nodes, when they know.
    caf_api::replies_to<caf::close_atom>::with<std::uint64_t>,
    // From its own deadline.
    caf_api::reacts_to<expired_atom>>;

/// Keeps the keys of messages that run once, and their answers. Each server
/// that runs handlers, and has actions that run exactly once, has one.
using once_keeper_actor = caf::typed_actor<
    // From a handler, or from the keeper of another node for one of its
    // handlers: a message with a key. Returns that it runs, or the answer of
    // the one that has run, when it is there.
    caf_api::replies_to<once_claim>::with<once_verdict>,
    // From a handler: a message that runs has ended.
    caf_api::reacts_to<once_end>,
    // From the keeper of another node.
    caf_api::replies_to<once_note>::with<once_receipt>,
    // The server stops. Returns the number of the other nodes, when they have
    // its keys.
    caf_api::replies_to<caf::close_atom>::with<std::uint64_t>,
    // From its own deadline.
    caf_api::reacts_to<expired_atom>>;

/// Answers operators over HTTP. It is not on the message path.
using admin_actor = caf::typed_actor<
    // Accept again after a failure.
    caf_api::reacts_to<retry_atom>,
    // From its own deadlines; the number is that of the request.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

} // namespace stagedoor
