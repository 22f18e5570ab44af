#pragma once

#include "stagedoor/protocol/user.hpp"
#include "stagedoor/protocol/websocket/handshake.hpp"
#include "stagedoor/testing/client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stagedoor::testing {

/// Makes an active user. Roles, groups and codenames can be added to it.
/// @param id an integer or a string.
user user_named(std::string username, json::value id);

/// The parts of an opening request beside its target, for instance `{.who =
/// alice, .headers = …}`. Parts that are left out are not sent.
struct opening {
  /// The user whose credentials the client brings. The world accepts them,
  /// whatever its own users are. Absent for an anonymous client.
  std::optional<user> who = std::nullopt;
  /// The time from now until these credentials expire; absent if they never
  /// expire.
  std::optional<std::chrono::seconds> lifetime = std::nullopt;
  /// A bearer token for the world's own users or authenticator, instead of
  /// `who`. Both kinds of credentials travel in the query, where no permission
  /// and no handler sees them.
  std::string token = {};
  /// Headers with names in any case. They replace the usual ones of the same
  /// name.
  fields headers = {};
  std::vector<std::string> subprotocols = {};
};

/// An opening request that a client has sent; its member functions check the
/// answer.
/// Thread rule: the thread of the test, as long as the world lives.
class pending_opening {
public:
  pending_opening(virtual_system& on, std::shared_ptr<virtual_socket> socket,
                  std::string target);

  /// Returns the client of the accepted connection. Waits if a worker thread
  /// has to decide.
  /// Errors: throws `failure` with the answer if the opening was refused.
  client expect_accepted() const;

  /// Checks that the opening request is refused, in whatever way.
  /// @returns the HTTP answer.
  http_answer expect_refusal() const;
  /// Checks that the opening request is refused with this status and, if given,
  /// this `code` in the body.
  http_answer expect_refusal(unsigned status) const;
  http_answer expect_refusal(unsigned status, std::string_view code) const;

  /// Checks that there is no answer yet.
  void expect_no_answer() const;

private:
  void await_answer() const;

  virtual_system* system_;
  std::shared_ptr<virtual_socket> socket_;
  std::string target_;
};

} // namespace stagedoor::testing
