#pragma once

#include "stagedoor/protocol/caf_api/messages.hpp"
#include "stagedoor/protocol/user.hpp"

#include "caf/error.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stagedoor {

/// Names with values, in the order they came.
using fields = std::vector<std::pair<std::string, std::string>>;

/// Returns the first value under exactly this name, or null if there is none.
const std::string* find_field(const fields& all, std::string_view name);

/// Fields that are kept for as long as a connection and are rarely looked at.
/// They are one text, which takes less memory than `fields` do.
class packed_fields {
public:
  packed_fields() = default;
  packed_fields(const fields& all); // NOLINT(google-explicit-constructor)

  [[nodiscard]] fields unpacked() const;

  [[nodiscard]] bool empty() const { return text_.empty(); }

  friend bool operator==(const packed_fields&, const packed_fields&) = default;

private:
  friend std::optional<std::string_view> find_field(const packed_fields& all,
                                                    std::string_view name);

  /// Of each field the name and the value, see packed.hpp.
  std::string text_;
};

/// Returns the first value under exactly this name, or nothing. It is valid as
/// long as the fields are.
std::optional<std::string_view> find_field(const packed_fields& all,
                                           std::string_view name);

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, packed_fields& x) {
  fields all;
  if constexpr (caf_api::reads_object<Inspector>)
    all = x.unpacked();
  auto load = [&]() -> caf::error {
    x = all;
    return caf::none;
  };
  return caf_api::inspect_loaded(f, x, "stagedoor::packed_fields", load, all);
}

/// The properties of a connection that its opening request determines. A scope
/// never changes, and all who handle the connection's messages share it. A
/// refresh of the credentials replaces it as a whole, between two messages.
/// Credentials that came in the query or among the subprotocols are not in it.
struct scope {
  /// Unique within the server process.
  std::uint64_t connection_id = 0;
  /// The percent-decoded path.
  std::string path;
  /// The named groups of the endpoint's path pattern.
  fields path_captures;
  /// The decoded query.
  fields query;
  /// The names are in lower case.
  packed_fields headers;
  fields cookies;
  /// The subprotocols that the client offered, and the one that the endpoint
  /// picked.
  std::vector<std::string> subprotocols;
  std::string subprotocol;
  /// The address and port of the client, `127.0.0.1:4711` or `[::1]:4711`.
  std::string peer;
  stagedoor::user user;
};

using scope_ptr = std::shared_ptr<const scope>;

template <class Inspector>
caf_api::inspect_result<Inspector> inspect(Inspector& f, scope& x) {
  return caf_api::inspect_fields(f, x, "stagedoor::scope", x.connection_id,
                                 x.path, x.path_captures, x.query, x.headers,
                                 x.cookies, x.subprotocols, x.subprotocol,
                                 x.peer, x.user);
}

} // namespace stagedoor
