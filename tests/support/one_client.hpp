#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "raw_client.hpp"
#include "test_server.hpp"

namespace stagedoor::test {

/// A server with one client.
struct one_client {
  explicit one_client(
      std::vector<endpoint_spec> endpoints = newsroom::endpoints(),
      const test_server::edit& change = {}, const std::string& target = "/ws/")
      : server(std::move(endpoints), change), client(server.port(), target) {}

  /// Sends a text and reads the next one.
  /// @returns both where there are two: each message has one answer.
  std::string ask(std::string_view text) {
    auto answer = client.ask(text);
    const auto sentinel = std::to_string(++asked_);
    const auto next = client.ask(R"({"action":"_","route":"_","request_id":)"
                                 + sentinel + "}");
    if (!next.ends_with(R"("request_id":)" + sentinel + "}"))
      return answer + " and " + next;
    return answer;
  }

  test_server server;
  websocket_client client;

private:
  int asked_ = 0;
};

} // namespace stagedoor::test
