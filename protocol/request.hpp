#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/client_message.hpp"
#include "stagedoor/protocol/scope.hpp"

#include "caf/actor.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace stagedoor {

class decision_cache;

/// The contents of a request; see `request`.
struct request_data {
  scope_ptr scope;
  client_message message;
  /// The named groups of all matched route patterns. If two have the same name,
  /// this is the inner one.
  fields captures;
  /// The connection of the client, a `connection_actor`. It accepts events for
  /// the client and orders to join and leave groups.
  caf::actor connection;
  /// Counts the messages of the connection, from 1.
  std::uint64_t sequence = 0;
  /// False while the connection runs as many concurrent actions as it is
  /// allowed to.
  bool concurrent_allowed = true;
  /// The cached answers of permissions for this connection, see
  /// permissions/decision_cache.hpp. They stay on the connection's unit.
  std::shared_ptr<decision_cache> decisions;
  /// True if the message has come from a handler of another node. That handler
  /// sends interim replies and broadcasts, and waits for the final reply. This
  /// field does not travel between nodes.
  bool relayed = false;
  /// Whether the client only asks if the message would be allowed, see
  /// protocol/README.md, "Asking what is allowed". It ends where its action
  /// would run, and the data of its answer is true, or null if nobody knows.
  bool only_asks = false;
};

/// A request that is still being made: a message whose route has not been
/// matched. It becomes the request without a copy. Its head can be kept
/// meanwhile, which the request shares.
/// Thread rule: one owner at a time.
class request_draft {
public:
  request_draft() : contents_(std::make_shared<contents>()) {}
  explicit request_draft(request_data data)
      : contents_(std::make_shared<contents>(std::move(data))) {}

  request_data* operator->() const { return contents_.get(); }
  request_data& operator*() const { return *contents_; }

  /// What the envelope will repeat of the message.
  [[nodiscard]] std::shared_ptr<const message_head> head() const {
    return {contents_, &contents_->message.head};
  }

private:
  friend class request;

  /// What the copies of a request share.
  struct contents : request_data {
    contents() = default;
    explicit contents(request_data&& data) : request_data(std::move(data)) {}
    /// Few messages have a query, so it is decoded when it is first asked for.
    mutable std::once_flag is_query_decoded;
    mutable fields query;
  };

  std::shared_ptr<contents> contents_;
};

/// One message on its way to an action, as permissions and actions see it. It
/// is immutable and cheap to copy, because all copies in a process share its
/// contents.
/// Thread rule: may be read from any thread.
class request {
public:
  request();
  explicit request(request_data data);
  /// Ends the making of a request.
  explicit request(request_draft draft);

  [[nodiscard]] const stagedoor::scope& scope() const { return *data_->scope; }
  [[nodiscard]] const stagedoor::user& user() const {
    return data_->scope->user;
  }
  [[nodiscard]] const std::string& action() const {
    return *data_->message.head.action;
  }
  /// The route as the client sent it, with its query.
  [[nodiscard]] const std::string& route() const {
    return data_->message.head.route;
  }
  /// The names and values of the route's query, decoded, in the order they
  /// came; see protocol/README.md, "The query of a route".
  [[nodiscard]] const fields& query() const;
  /// Returns the value of a key of the message, or null if there is none. It
  /// does not look at captures and the query, which win over the message where
  /// an action declares an argument.
  [[nodiscard]] const json::value* body(std::string_view key) const;
  /// Returns the value of a named group of the route, or null if there is none.
  [[nodiscard]] const std::string* capture(std::string_view name) const;

  /// What the message says with `once` and `once_age`; null if nothing.
  [[nodiscard]] const once_mark* once() const {
    return data_->message.once.get();
  }

  /// Whether the client only asks if the message would be allowed. No action
  /// runs. A permission that counts messages does not count these.
  [[nodiscard]] bool only_asks() const { return data_->only_asks; }

  [[nodiscard]] const request_data& data() const { return *data_; }

private:
  std::shared_ptr<const request_draft::contents> data_;
};

/// A request as one text, in which it crosses a node, but for what the requests
/// of its connection share: their scope and the connection.
std::string pack(const request& x);

/// Reads such a text into an empty request that is still being made.
/// @returns errc::malformed_message if the text is none.
caf::error unpack(request_data& x, std::string_view packed);

/// Makes a request of such a text and of what its connection shares.
caf::error unpack(request& x, std::string_view packed, scope_ptr scope,
                  caf::actor connection);

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, request& x) {
  scope where;
  std::string packed;
  caf::actor connection;
  if constexpr (caf_api::reads_object<Inspector>) {
    where = x.scope();
    packed = pack(x);
    connection = x.data().connection;
  }
  auto load = [&]() -> caf::error {
    return unpack(x, packed, std::make_shared<const scope>(std::move(where)),
                  std::move(connection));
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::request", load, where,
                                 packed, connection);
}

} // namespace stagedoor
