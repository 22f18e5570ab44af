#pragma once

#include "stagedoor/actors/messages.hpp"

#include "caf/actor.hpp"
#include "caf/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Questions to other nodes and their answers, of which those of a turn travel
// together. No application sends them.

namespace stagedoor {

/// permission worker → query sender: a question for an actor on another node.
struct far_query {
  caf::actor whom;
  permission_query what;
};

/// relay → request sender: a message for the handlers of another node.
struct far_request {
  /// A request answerer.
  caf::actor whom;
  request what;
};

/// query sender → query answerer of another node: the questions of a turn for
/// actors there, see cluster/query_batches.hpp.
struct query_batch {
  /// Counts the batches of its sender.
  std::uint64_t number = 0;
  /// After this time nobody waits for an answer any more.
  std::uint64_t timeout_ms = 0;
  /// Whom the questions are for.
  std::vector<caf::actor> actors = {};
  /// Scopes that no earlier batch has brought, with their connections.
  std::vector<scope> scopes = {};
  std::vector<caf::actor> connections = {};
  /// The questions as one text, because CAF takes its time for each value.
  std::string queries = {};
};

/// query answerer → query sender: answers to questions of a batch. Those to the
/// others follow. Without any, it could not read the batch.
struct query_answers {
  /// That of the batch.
  std::uint64_t number = 0;
  /// With the places of the questions in the batch, from 0.
  std::vector<std::pair<std::uint32_t, decision>> decisions = {};
  /// Why there is no decision.
  std::vector<std::pair<std::uint32_t, caf::error>> failures = {};
};

/// request sender → request answerer of another node: the messages of a turn
/// for the handlers there, see cluster/request_batches.hpp.
struct request_batch {
  /// Counts the batches of its sender.
  std::uint64_t number = 0;
  /// Scopes that no earlier batch has brought, with their connections.
  std::vector<scope> scopes = {};
  std::vector<caf::actor> connections = {};
  /// The messages as one text.
  std::string requests = {};
};

/// request answerer → request sender: answers to messages of any batches, as
/// one text. Those to the others follow.
struct request_answers {
  std::string answers = {};
};

/// The decisions as one text, see packed.hpp: of each its place and its
/// verdict, and the rest of one that does not allow.
std::string decisions_to_wire(const query_answers& x);
caf::error decisions_from_wire(query_answers& x, std::string_view packed);

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, query_batch& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::query_batch", x.number,
                                 x.timeout_ms, x.actors, x.scopes,
                                 x.connections, x.queries);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, query_answers& x) {
  std::string decisions;
  if constexpr (caf_api::reads_object<Inspector>)
    decisions = decisions_to_wire(x);
  auto load = [&]() -> caf::error { return decisions_from_wire(x, decisions); };
  return caf_api::inspect_loaded(f, x, "stagedoor::query_answers", load,
                                 x.number, decisions, x.failures);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, request_batch& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::request_batch", x.number,
                                 x.scopes, x.connections, x.requests);
}

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, request_answers& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::request_answers", x.answers);
}

} // namespace stagedoor
