#pragma once

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/messages.hpp"
#include "stagedoor/actors/transport.hpp"

#include "caf/actor.hpp"
#include "caf/typed_actor.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// The typed interface of every role, in the order of the message path: the
/// system can be learned from this page.
namespace stagedoor {

/// Accepts sockets on one address and spawns a connection for each.
using listener_actor = caf::typed_actor<
    // From its own socket.
    caf_api::reacts_to<socket_accepted>, caf_api::reacts_to<accept_failed>,
    // The server drains: newcomers get 503, connections close with 1012.
    caf_api::reacts_to<drain_atom>,
    // Accept again after the system ran out of file descriptors.
    caf_api::reacts_to<retry_atom>,
    // The credentials of the user with this id are revoked: the user's
    // connections close with 4401, on all nodes. An integer is spelled in
    // decimal, a string stands without quotes.
    caf_api::reacts_to<revoke_atom, std::string>,
    // Drop the cached permission decisions of the user with this id, or of all
    // users if it is empty, on all nodes.
    caf_api::reacts_to<invalidate_atom, std::string>,
    // The same from the listener of another node: for this node.
    caf_api::reacts_to<caf::put_atom, revoke_atom, std::string>,
    caf_api::reacts_to<caf::put_atom, invalidate_atom, std::string>,
    // How many connections there are, by unit.
    caf_api::replies_to<caf::get_atom>::with<connection_counts>>;

/// One socket, from the opening request to the close.
using connection_actor = caf::typed_actor<
    // From its own socket.
    caf_api::reacts_to<transport_event>,
    // From its own deadlines; the number says which.
    caf_api::reacts_to<expired_atom, std::uint64_t>,
    // From a handler: the final reply of a concurrent action.
    caf_api::reacts_to<late_reply>,
    // A push to this client; dropped while its outbound queue is full.
    caf_api::reacts_to<event>,
    // Be in a group, or be in it no more. From handlers and actors of the
    // application; fails with errc::invalid_group, errc::too_many_groups,
    // errc::unavailable.
    caf_api::replies_to<caf::join_atom, std::string>::with<void>,
    caf_api::replies_to<caf::leave_atom, std::string>::with<void>,
    // From the group hub: an event of a group that it is in.
    caf_api::reacts_to<group_event>,
    // From actors of the application: passed on to the group hub.
    caf_api::reacts_to<group_broadcast>,
    // The server drains: finish what has come, then close with 1012.
    caf_api::reacts_to<drain_atom>,
    // The credentials of the user with this id are revoked.
    caf_api::reacts_to<revoke_atom, std::string>,
    // Drop the cached permission decisions of the user with this id, or of all
    // users if it is empty.
    caf_api::reacts_to<invalidate_atom, std::string>,
    // Close with this code and reason.
    caf_api::reacts_to<caf::close_atom, std::uint16_t, std::string>>;

/// Knows who has a bearer token. An embedder may bring its own, see
/// `server_options::authenticator`.
using authenticator_actor =
    caf::typed_actor<caf_api::replies_to<credentials>::with<authentication>>;

/// Matches the routes of one endpoint, for one unit.
using router_actor = caf::typed_actor<
    // A message of a connection; answered by the handler that it is sent on to.
    caf_api::replies_to<request_data>::with<reply>,
    // The same from a node that runs no handlers; see server.hpp.
    caf_api::replies_to<request>::with<reply>,
    // A connection was accepted; the root handler hears of it.
    caf_api::reacts_to<connection_opened>,
    // From a handler of another unit: run a permitted message of a handler that
    // lives for the server; the number is its route's.
    caf_api::replies_to<run_atom, std::uint64_t,
                        permitted_request>::with<reply>>;

/// An actor of the application, local or on another node, that a route leads
/// to; see `handler_builder::mounts`.
using mounted_actor = caf::typed_actor<
    // A permitted message; the reply is what the client gets.
    caf_api::replies_to<request>::with<reply>>;

/// Guards and runs one route, for one unit.
using handler_actor = caf::typed_actor<
    // A message for this route, not yet permitted.
    caf_api::replies_to<request>::with<reply>,
    // A message that no route matched: permitted or not, it is a 403 or a 404.
    caf_api::replies_to<unmatched_atom, request>::with<reply>,
    // Already permitted by the handler of another unit: run it here.
    caf_api::replies_to<run_atom, permitted_request>::with<reply>,
    // A connection was accepted; sent to root handlers.
    caf_api::reacts_to<connection_opened>,
    // The answer of a blocking loader or action; the number is the message's.
    caf_api::reacts_to<answer_atom, std::uint64_t, preparation>,
    caf_api::reacts_to<answer_atom, std::uint64_t, reply>,
    // From its own deadlines; the number is the message's.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// N permission workers behind one handle.
using permission_pool_actor = caf::typed_actor<
    // One question; answered by the worker that it is sent on to.
    caf_api::replies_to<permission_check>::with<decision>,
    // The workers that are alive.
    caf_api::replies_to<caf::get_atom>::with<std::vector<caf::actor>>>;

/// Asks permissions, one after the other.
using permission_worker_actor = caf::typed_actor<
    // One question to a list.
    caf_api::replies_to<permission_check>::with<decision>,
    // The answer of a blocking permission; the numbers are those of the
    // question and of the permission's turn in it.
    caf_api::reacts_to<answer_atom, std::uint64_t, std::uint64_t, decision>,
    // From its own deadlines; the number is the question's.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// An actor of the application, local or on another node, that is mounted as a
/// permission; see actor_permission.hpp.
using permission_actor =
    caf::typed_actor<caf_api::replies_to<permission_query>::with<decision>>;

/// Knows which connections of one unit are in which group, and spreads events.
using group_hub_actor = caf::typed_actor<
    // An event for a group, to be spread over all nodes.
    caf_api::reacts_to<group_broadcast>,
    // From connections of the unit.
    caf_api::reacts_to<group_joined>, caf_api::reacts_to<group_left>,
    // The hubs of all units of the server, the first one's first.
    caf_api::reacts_to<std::vector<caf::actor>>,
    // From the hub of another unit: for this unit's members.
    caf_api::reacts_to<group_batch>,
    // From a hub of another node: for all units; answered when they have it.
    caf_api::replies_to<caf::put_atom, group_batch>::with<void>,
    // Who is in a group.
    caf_api::replies_to<caf::get_atom, std::string,
                        group_reach>::with<member_list>,
    // From its own deadlines; the number is the question's.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// Runs the actions of one handler and keeps its state.
using runner_actor = caf::typed_actor<
    // A permitted message.
    caf_api::replies_to<request>::with<reply>,
    // A message of an action that takes an object: find it; true: with what
    // permissions see of it.
    caf_api::replies_to<prepare_atom, request, bool>::with<preparation>,
    // The same message, permitted for that object.
    caf_api::replies_to<request, loaded_object>::with<reply>,
    // A connection is there, or has gone: for the handler's hooks.
    caf_api::reacts_to<connection_opened>, caf_api::reacts_to<connection_ended>,
    // An action answers that it had put off; the number is the runner's own.
    caf_api::reacts_to<answer_atom, std::uint64_t, reply>,
    // From its own deadlines; the number is the timer's.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

/// Answers operators over HTTP; beside the message path.
using admin_actor = caf::typed_actor<
    // From its own sockets.
    caf_api::reacts_to<socket_accepted>, caf_api::reacts_to<accept_failed>,
    caf_api::reacts_to<admin_event>,
    // Accept again after a failure.
    caf_api::reacts_to<retry_atom>,
    // From its own deadlines; the number is the request's.
    caf_api::reacts_to<expired_atom, std::uint64_t>>;

} // namespace stagedoor
