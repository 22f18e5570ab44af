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

/// An active user without roles, groups and codenames, which can be added.
/// @param id an integer or a string.
user user_named(std::string username, json::value id);

/// What a client's opening request says besides the target; what is left out of
/// `{.who = alice, .headers = …}` is not sent.
struct opening {
  /// Whose credentials the client brings, whatever the users of the world are;
  /// absent: none.
  std::optional<user> who = std::nullopt;
  /// How long these credentials hold from now on; absent: for ever.
  std::optional<std::chrono::seconds> lifetime = std::nullopt;
  /// Instead of `who`: a bearer token for the world's own users or
  /// authenticator. Either one travels in the query, where no permission and no
  /// handler sees it.
  std::string token = {};
  /// In any case of letters; one that every opening request has is replaced.
  fields headers = {};
  std::vector<std::string> subprotocols = {};
};

/// An opening request on its way, to say what is expected of the answer.
/// Thread rule: the thread of the test, as long as the world lives.
class pending_opening {
public:
  pending_opening(virtual_system& on, std::shared_ptr<virtual_socket> socket,
                  std::string target);

  /// The client whose connection was accepted; waits for what a worker thread
  /// has to decide.
  /// Errors: throws `failure` with the answer if the opening was refused.
  client expect_accepted() const;

  /// The opening is refused, in whatever way.
  /// @returns the HTTP answer.
  http_answer expect_refusal() const;
  /// The same with this status and, in the body, this `code`.
  http_answer expect_refusal(unsigned status) const;
  http_answer expect_refusal(unsigned status, std::string_view code) const;

  /// There is no answer yet.
  void expect_no_answer() const;

private:
  void await_answer() const;

  virtual_system* system_;
  std::shared_ptr<virtual_socket> socket_;
  std::string target_;
};

} // namespace stagedoor::testing
